//! How a command fails: a message, its causes, a hint, an exit code.

use std::error::Error;

use crate::base::Hint;
use crate::model::EngineError;
use crate::session::SessionError;

/// The exit codes that scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    Done = 0,
    Failed = 1,
    Usage = 2,
    Findings = 10,
    Denied = 11,
    BudgetSpent = 12,
    NoModel = 13,
    Unverified = 14,
    Bug = 70,
    Interrupted = 130,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

/// An error as a person sees it.
#[derive(Debug)]
pub struct Failure {
    pub code: ExitCode,
    pub message: String,
    pub causes: Vec<String>,
    pub hint: Option<String>,
    /// A closed pipe: nothing is said, and it counts as success.
    pub silent: bool,
}

impl Failure {
    /// Itself as a line of a stream.
    pub(super) fn event(&self) -> serde_json::Value {
        serde_json::json!({
            "v": 1,
            "type": "error",
            "message": self.message,
            "causes": self.causes,
            "hint": self.hint,
        })
    }

    /// A failure with its own words and exit code 1.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            code: ExitCode::Failed,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
            silent: false,
        }
    }

    /// Sets the exit code.
    #[must_use]
    pub fn code(mut self, code: ExitCode) -> Self {
        self.code = code;
        self
    }

    /// Sets the hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Says what was being done; the former message becomes the first cause.
    #[must_use]
    pub fn while_doing(mut self, message: impl Into<String>) -> Self {
        let cause = std::mem::replace(&mut self.message, message.into());
        self.causes.insert(0, cause);
        self
    }
}

impl Failure {
    /// No model can be used: an exit code of its own, so that scripts can fetch one and go on.
    pub fn no_model(error: crate::model::ModelError) -> Self {
        Self::from(error).code(ExitCode::NoModel)
    }
}

/// The exit code of an error of a task: a refusal and a model that is not there have their own.
fn code_of(error: &(dyn Error + 'static)) -> ExitCode {
    match error.downcast_ref::<SessionError>() {
        Some(SessionError::Denied(_)) => ExitCode::Denied,
        Some(SessionError::Engine(EngineError::Absent { .. })) => ExitCode::NoModel,
        _ => ExitCode::Failed,
    }
}

/// Every error of the rooms below says what to do about it.
impl<E: Error + Hint + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut failure = Self::new(error.to_string()).code(code_of(&error));
        failure.hint = error.hint();
        let mut cause = error.source();
        while let Some(source) = cause {
            failure.causes.push(source.to_string());
            cause = source.source();
        }
        failure
    }
}
