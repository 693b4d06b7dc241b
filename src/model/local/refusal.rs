//! Why a model cannot be loaded as was asked, before llama.cpp hears of it.

use crate::model::EngineError;

/// A setting that does not go with a model or with another setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The setting as a person writes it.
    pub(super) setting: String,
    pub(super) why: String,
    /// What to do instead.
    pub(super) remedy: String,
}

impl Refusal {
    pub(super) fn new(
        setting: impl Into<String>,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { setting: setting.into(), why: why.into(), remedy: remedy.into() }
    }

    /// The error that the user sees.
    pub(super) fn of(self, model: &str) -> EngineError {
        let Self { setting, why, remedy } = self;
        EngineError::Setting { name: model.to_owned(), setting, why, remedy }
    }
}
