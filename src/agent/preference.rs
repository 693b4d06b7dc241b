//! Why the draft that is proposed stands before the others that a task came to, in words for a person.

use serde::{Deserialize, Serialize};

/// How many answers were compared, and what decided between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// The chosen change, counted from 1 as they came.
    pub change: u32,
    /// Answers of the model, those among them that are of no use, and the changes that the rest come to:
    /// equal changes are one.
    pub answers: u32,
    pub refused: u32,
    pub changes: u32,
    /// What speaks for the chosen one against the next best.
    pub why: String,
}

impl Preference {
    /// In one sentence: `the best of 4 answers (1 of no use, 2 different changes): it alone passes its tests`.
    pub fn words(&self) -> String {
        let refused = match self.refused {
            0 => String::new(),
            n => format!("{n} of no use, "),
        };
        let changes = match self.changes {
            1 => "all the same change".to_owned(),
            n => format!("{n} different changes"),
        };
        format!("the best of {} answers ({refused}{changes}): {}", self.answers, self.why)
    }
}
