//! The keys that there are, what their values look like, and which of them a repository may set.
//!
//! There is no list besides `defaults.toml` and, for servers by name, `remotes.toml`: a key is known
//! when it has a default, and takes values of its default's kind.

use std::str::FromStr;

use toml::Value;

use crate::config::{ConfigError, Mode, Origin, Setting, remotes};

/// The kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Mode,
    /// One of some words, and how they are named in a message.
    Word(&'static [&'static str], &'static str),
    Whole,
    Number,
    Flag,
}

impl Kind {
    fn of(default: &Setting) -> Self {
        match &default.value {
            _ if default.key == "policy.mode" => Self::Mode,
            _ if default.key == "model.kv" => {
                Self::Word(&["f16", "q8_0", "q4_0", "auto"], "`f16`, `q8_0`, `q4_0` or `auto`")
            }
            _ if default.key == "model.flash" => {
                Self::Word(&["auto", "on", "off"], "`auto`, `on` or `off`")
            }
            _ if default.key == "propose.way" => {
                Self::Word(&["auto", "pipeline", "loop"], "`auto`, `pipeline` or `loop`")
            }
            _ if default.key == "model.rope" => Self::Word(&["model", "yarn"], "`model` or `yarn`"),
            Value::Integer(_) => Self::Whole,
            Value::Float(_) => Self::Number,
            Value::Boolean(_) => Self::Flag,
            _ => Self::Text,
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Word(_, words) => words,
            Self::Mode => "`plan`, `ask`, `auto-edit` or `auto`",
            Self::Whole => "a whole number from 0 to 4294967295",
            Self::Number => "a number of 0 or more",
            Self::Flag => "true or false",
        }
    }

    /// The value in the kind's own form, if it is of this kind.
    fn accept(self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Self::Text, Value::String(_)) | (Self::Flag, Value::Boolean(_)) => Some(value.clone()),
            (Self::Mode, Value::String(text)) => Mode::from_str(text).ok().map(|_| value.clone()),
            (Self::Word(words, _), Value::String(text)) => {
                words.contains(&text.as_str()).then(|| value.clone())
            }
            (Self::Whole, Value::Integer(n)) => u32::try_from(*n).ok().map(|_| value.clone()),
            (Self::Number, Value::Float(x)) => (x.is_finite() && *x >= 0.0).then(|| value.clone()),
            (Self::Number, Value::Integer(n)) => {
                u32::try_from(*n).ok().map(|n| Value::Float(f64::from(n)))
            }
            _ => None,
        }
    }

    /// Reads text from a flag or a variable: quotes around text are optional.
    fn read(self, text: &str) -> Value {
        let parsed = toml::from_str::<toml::Table>(&format!("value = {text}"))
            .ok()
            .and_then(|mut table| table.remove("value"));
        match (self, parsed) {
            (Self::Text | Self::Mode | Self::Word(..), Some(Value::String(unquoted))) => {
                Value::String(unquoted)
            }
            (Self::Whole | Self::Number | Self::Flag, Some(value)) => value,
            _ => Value::String(text.to_owned()),
        }
    }
}

/// Checks `setting` against the default of its key.
pub(super) fn check(defaults: &[Setting], setting: Setting) -> Result<Setting, ConfigError> {
    let default = find(defaults, &setting.key, &setting.origin)?;
    let kind = Kind::of(default);
    match kind.accept(&setting.value) {
        Some(value) => Ok(Setting { value, ..setting }),
        None => Err(ConfigError::WrongValue {
            origin: setting.origin,
            key: setting.key,
            expected: kind.expected(),
            found: setting.value.to_string().trim().to_owned(),
        }),
    }
}

/// Reads the text of a flag or a variable as a value for `key`.
pub(super) fn read(
    defaults: &[Setting],
    key: &str,
    text: &str,
    origin: Origin,
) -> Result<Setting, ConfigError> {
    let kind = Kind::of(find(defaults, key, &origin)?);
    check(defaults, Setting { key: key.to_owned(), value: kind.read(text), origin })
}

fn find<'a>(
    defaults: &'a [Setting],
    key: &str,
    origin: &Origin,
) -> Result<&'a Setting, ConfigError> {
    let of_remote = remotes::default_of(key);
    let wanted = of_remote.as_deref().unwrap_or(key);
    defaults.iter().find(|default| default.key == wanted).ok_or_else(|| ConfigError::UnknownKey {
        origin: origin.clone(),
        key: key.to_owned(),
        closest: closest(defaults, key),
    })
}

/// The key that looks most like `key`, or whose last part does, if any looks like it at all.
fn closest(defaults: &[Setting], key: &str) -> Option<String> {
    let name = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let likeness = |known: &str| {
        let whole = strsim::jaro_winkler(known, key);
        whole.max(strsim::jaro_winkler(&name(known), &name(key)) - 0.01)
    };
    let scored = defaults.iter().map(|default| (likeness(&default.key), &default.key));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.8).then(|| best.1.clone())
}

/// Why a repository may not set this, where `current` holds without it. Nothing in a clone may
/// run a command, open a file of its own as a model, or let agents do more than the user said.
pub(super) fn forbidden_to_repository(setting: &Setting, current: &Value) -> Option<&'static str> {
    let text = setting.value.as_str().unwrap_or_default();
    match setting.key.as_str() {
        key if remotes::parts(key).is_some() => {
            Some("a clone must not choose where your code is sent, or which key is")
        }
        "propose.test" => Some("a clone must not choose commands that run here"),
        "model.name" if text.contains(['/', '\\', ':']) || text.ends_with(".gguf") => {
            Some("a clone may name a model, not bring one")
        }
        "model.adapter" => Some("a clone may name a model, not bring one"),
        "model.threads" | "model.gpu_layers" | "model.cache_mb" | "model.kv" | "model.flash"
        | "model.experts" => Some("it is about this machine"),
        "policy.mode" => {
            let mode = |value: &Value| value.as_str().and_then(|text| text.parse::<Mode>().ok());
            (mode(&setting.value) > mode(current))
                .then_some("a clone must not let agents do more than you let them")
        }
        _ => None,
    }
}
