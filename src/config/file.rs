//! A configuration file, taken apart into settings that know their lines.

use std::path::PathBuf;

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use crate::config::setting::Layer;
use crate::config::{ConfigError, Origin, Setting};

/// A file, read.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    pub layer: Layer,
    pub path: PathBuf,
    pub text: String,
}

/// The settings of `file`, in the order of their keys.
pub(super) fn settings(file: &ConfigFile) -> Result<Vec<Setting>, ConfigError> {
    let syntax = |error: toml::de::Error| ConfigError::Syntax {
        path: file.path.clone(),
        line: line(&file.text, error.span().map_or(0, |span| span.start)),
        why: error.message().to_owned(),
    };
    let places = DeTable::parse(&file.text).map_err(syntax)?;
    let values: Table = toml::from_str(&file.text).map_err(syntax)?;
    let mut found = Vec::new();
    walk("", &values, places.get_ref(), &mut |key, value, at| {
        let origin =
            Origin::File { layer: file.layer, path: file.path.clone(), line: line(&file.text, at) };
        found.push(Setting { key, value: value.clone(), origin });
    });
    Ok(found)
}

/// The settings of the texts that are part of the program.
pub(super) fn defaults() -> Result<Vec<Setting>, ConfigError> {
    let texts = [include_str!("defaults.toml"), include_str!("remotes.toml")];
    let mut found = Vec::new();
    for text in texts.map(str::to_owned) {
        let file = ConfigFile { layer: Layer::System, path: "defaults.toml".into(), text };
        found.extend(settings(&file)?);
    }
    for setting in &mut found {
        setting.origin = Origin::Default;
    }
    Ok(found)
}

/// Visits every value that is no table with its dotted key and the byte at which its key stands.
fn walk(
    prefix: &str,
    values: &Table,
    places: &DeTable<'_>,
    visit: &mut impl FnMut(String, &Value, usize),
) {
    for (place, inner) in places {
        let name: &str = place.get_ref();
        let key = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
        match (values.get(name), inner.get_ref()) {
            (Some(Value::Table(values)), DeValue::Table(places)) => {
                walk(&key, values, places, visit);
            }
            (Some(value), _) => visit(key, value, place.span().start),
            (None, _) => {}
        }
    }
}

fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
