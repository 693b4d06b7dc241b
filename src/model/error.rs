//! Why there is no model to use.

use std::path::PathBuf;

use crate::base::Hint;
use crate::model::EngineError;

/// The model that is pulled when nobody has one.
pub const RECOMMENDED: &str = "qwen2.5-coder-1.5b";

/// Why no model can be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("there is no model on this machine")]
    NoModel,
    #[error("the model `{0}` is not installed")]
    NotInstalled(String),
    #[error("no model is called `{name}`")]
    Unknown { name: String, closest: Option<String> },
    #[error("there is no file `{0}`")]
    NoFile(PathBuf),
    #[error("`{0}` cannot name a model: use letters, digits, `.`, `_` and `-`")]
    BadName(String),
    #[error("the file of `{name}` has changed since it was installed: `{path}`")]
    Changed { name: String, path: PathBuf },
    #[error("the record of the model, `{path}`, cannot be read")]
    Record {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("no folder for models: neither `COUNTERSIGN_MODELS` nor a home folder is set")]
    NoHome,
    #[error("cannot {doing} `{path}`")]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl ModelError {
    /// Says what was done to which file when it failed.
    pub(in crate::model) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }
}

impl Hint for ModelError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoModel => Some(format!("run `countersign model pull {RECOMMENDED}`")),
            Self::NotInstalled(name) => Some(format!("run `countersign model pull {name}`")),
            Self::Unknown { closest: Some(closest), .. } => Some(format!(
                "did you mean `{closest}`? `countersign model list` shows all of them"
            )),
            Self::Unknown { closest: None, .. } => {
                Some("`countersign model list` shows what can be named".into())
            }
            Self::NoFile(_) => {
                Some("give the path of a `.gguf` file, or the name of a model".into())
            }
            Self::Changed { name, .. } => Some(format!(
                "run `countersign model rm {name}` and `countersign model pull {name}`"
            )),
            Self::Engine(error) => error.hint(),
            Self::NoHome => Some("set `COUNTERSIGN_MODELS` to a folder".into()),
            Self::BadName(_) | Self::Record { .. } | Self::Io { .. } => None,
        }
    }
}
