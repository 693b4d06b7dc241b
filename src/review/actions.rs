//! What a review has others do: it touches no file itself.

use crate::proposal::Piece;

/// Carries out what a person asks for. Errors are sentences for the person.
pub trait Actions {
    /// Writes what was decided, and says what was done.
    fn apply(&mut self, pieces: &[Piece]) -> Result<String, String>;

    /// Keeps what was decided so far; `at` names the piece in front.
    fn save(&mut self, pieces: &[Piece], at: Option<&str>) -> Result<(), String>;

    /// Has the person edit the new lines of `piece`, and gives what they left.
    fn edit(&mut self, piece: &Piece) -> Result<Vec<u8>, String>;

    /// Begins to have the piece at `_at` worded anew, as the comment says, and does not wait for it.
    fn revise(&mut self, _pieces: &[Piece], _at: usize, _comment: &str) -> Result<(), String> {
        Err("there is no model here to word it anew".to_owned())
    }

    /// The new lines of the piece that is being worded anew, once they are there: all that stands for
    /// [`Piece::text`], unchanged lines around the changed ones too.
    fn revised(&mut self) -> Option<Result<Vec<u8>, String>> {
        None
    }
}
