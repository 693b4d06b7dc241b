//! Advice that travels with an error.

/// What a person can do about an error: a sentence, with the command to type in backticks.
pub trait Hint {
    /// The advice, or `None` where the message already says it all.
    fn hint(&self) -> Option<String>;
}
