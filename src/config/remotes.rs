//! Servers that answer in the place of a model on this machine: `[remotes.NAME]`.
//!
//! Only the user, the administrator and the command line name them; a repository never does.

use serde::Deserialize;
use toml::{Table, Value};

use crate::base::Tokens;
use crate::config::sections::text_unless_empty;
use crate::config::{ConfigError, Setting};

/// The section of all of them.
const SECTION: &str = "remotes.";

/// Stands for any name in the keys of `remotes.toml`.
const ANY: &str = "NAME";

/// A server and how to ask it. `remotes.toml` says what each value means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Remote {
    #[serde(skip)]
    pub name: String,
    pub url: String,
    #[serde(deserialize_with = "text_unless_empty")]
    pub model: Option<String>,
    #[serde(deserialize_with = "text_unless_empty")]
    pub key_env: Option<String>,
    /// 0 is what the server says.
    pub context: Tokens,
    pub silence_s: u32,
}

/// The name and the field in `key`, if it is about a remote: `remotes.NAME.url`.
pub(super) fn parts(key: &str) -> Option<(&str, &str)> {
    let (name, field) = key.strip_prefix(SECTION)?.rsplit_once('.')?;
    (!name.is_empty()).then_some((name, field))
}

/// The key in `remotes.toml` that has the default of `key`.
pub(super) fn default_of(key: &str) -> Option<String> {
    parts(key).map(|(_, field)| format!("{SECTION}{ANY}.{field}"))
}

/// Whether `setting` is such a default, which is about no server.
pub(super) fn is_default(setting: &Setting) -> bool {
    parts(&setting.key).is_some_and(|(name, _)| name == ANY)
}

/// The remotes that `settings` say something about, by name, with `defaults` for the rest.
pub(super) fn typed(
    defaults: &[Setting],
    settings: &[Setting],
) -> Result<Vec<Remote>, ConfigError> {
    let named = |wanted: &str, settings: &[Setting]| -> Table {
        let parts = settings.iter().filter_map(|it| Some((parts(&it.key)?, it)));
        let mine = parts.filter(|((name, _), _)| *name == wanted);
        mine.map(|((_, field), setting)| (field.to_owned(), setting.value.clone())).collect()
    };
    let mut names: Vec<&str> =
        settings.iter().filter_map(|it| parts(&it.key)).map(|it| it.0).collect();
    names.sort_unstable();
    names.dedup();
    let remote = |name: &str| {
        let mut table = named(ANY, defaults);
        table.extend(named(name, settings));
        let unfit = |error: toml::de::Error| ConfigError::Unfit { why: error.message().to_owned() };
        let remote: Remote = Value::Table(table).try_into().map_err(unfit)?;
        Ok(Remote { name: name.to_owned(), ..remote })
    };
    names.into_iter().map(remote).collect()
}
