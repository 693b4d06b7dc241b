//! No model at all. What needs none goes on; whoever asks is told why there is none.

use crate::base::Tokens;
use crate::model::{Cancel, Completion, Delta, Engine, EngineError, ModelInfo, Prompt, Sampling};

/// Nobody who could answer.
#[derive(Debug)]
pub struct Absent {
    info: ModelInfo,
    why: String,
    remedy: Option<String>,
}

impl Absent {
    /// In the place of a model, with the reason and what to do about it.
    pub fn new(info: ModelInfo, why: impl Into<String>, remedy: Option<String>) -> Self {
        Self { info, why: why.into(), remedy }
    }

    /// In the place of a model that has no name either.
    pub fn nameless(context: Tokens, why: impl Into<String>, remedy: Option<String>) -> Self {
        Self::new(ModelInfo { name: "none".to_owned(), digest: None, context }, why, remedy)
    }
}

impl Engine for Absent {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// An estimate: there are no tokens without a model.
    fn count(&self, text: &str) -> Tokens {
        Tokens::count(text.len().div_ceil(4))
    }

    fn complete(
        &self,
        _prompt: &Prompt,
        _sampling: &Sampling,
        _cancel: &Cancel,
        _on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Completion, EngineError> {
        Err(EngineError::Absent { why: self.why.clone(), remedy: self.remedy.clone() })
    }
}
