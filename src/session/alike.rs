//! A mistake that was copied: where a change of a line mends a part of what fails, all places that have the
//! line may want it.

use crate::agent::Drafted;
use crate::base::RepoPath;
use crate::journal::Event;
use crate::proposal::{self, Dialect, Edit};
use crate::repo::{FileChange, FileState};
use crate::session::driver::SessionError;
use crate::session::read::read;
use crate::session::run::Run;

/// A line that stands more often is no copy of a mistake.
const MOST: usize = 6;

impl Run<'_> {
    /// What comes of the change of lines in `reply` where all places of its file that have these lines get
    /// it; none where `drafted`, which changes one of them, mends nothing or all, or as much as that.
    pub(super) fn in_like_places(
        &mut self,
        reply: &str,
        drafted: &Drafted,
    ) -> Result<Option<Drafted>, SessionError> {
        let before = match self.failing {
            Some(_) => self.failing_tests,
            None => self.examples.as_ref().map(|examples| examples.failing),
        };
        let Some((after, before)) = failing(drafted).zip(before) else { return Ok(None) };
        if after == 0 || after >= before {
            return Ok(None);
        }
        let Some(change) = self.everywhere(reply) else { return Ok(None) };
        let changes = vec![change];
        if self.any_refused(&changes)?.is_some() {
            return Ok(None);
        }
        let path = changes[0].path.clone();
        let all = self.drafted(changes)?;
        if failing(&all).is_none_or(|all| all >= after) {
            return Ok(None);
        }
        // The answer names one place: whoever reads it has to know why there are more.
        let text = format!("the change of a line is made in all places of `{path}` that have it");
        self.recorder.record(Event::Noted { role: "copies".to_owned(), text })?;
        Ok(Some(all))
    }

    fn everywhere(&self, reply: &str) -> Option<FileChange> {
        let edits = proposal::parse(reply).ok()?;
        let [Edit { dialect: Dialect::Lines, path: Some(path), old: Some(old), code, .. }] =
            &edits[..]
        else {
            return None;
        };
        let path = RepoPath::new(path).ok()?;
        let state = read(self.desk(), &path)?;
        let text = replaced(std::str::from_utf8(&state.bytes).ok()?, old, code)?;
        let after = Some(FileState { bytes: text.into_bytes(), ..state.clone() });
        Some(FileChange { path, before: Some(state), after })
    }
}

/// In how many tests a draft fails, or where there are none, in how many examples.
fn failing(drafted: &Drafted) -> Option<u32> {
    drafted.test.as_ref().or(drafted.examples.as_ref())?.failing
}

/// `text` with `new` for all lines that are `old`, if they stand in it several times.
fn replaced(text: &str, old: &str, new: &str) -> Option<String> {
    let begins = |at: &usize| *at == 0 || text.as_bytes()[*at - 1] == b'\n';
    let places = text.match_indices(old).map(|(at, _)| at).filter(begins);
    let places: Vec<usize> = places.collect();
    if old.trim().is_empty() || !(2..=MOST).contains(&places.len()) {
        return None;
    }
    let (mut whole, mut done) = (String::new(), 0);
    for at in places {
        whole += &text[done..at];
        whole += new;
        done = at + old.len();
    }
    Some(whole + &text[done..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_stand_several_times_are_replaced_in_all_places() {
        let text = "def f():\n    a\n    b\n\ndef g():\n    a\n    x = a\n";
        let expected = "def f():\n    c\n    d\n    b\n\ndef g():\n    c\n    d\n    x = a\n";
        assert_eq!(replaced(text, "    a\n", "    c\n    d\n").as_deref(), Some(expected));
        assert_eq!(replaced(text, "a\n", "c\n"), None, "the end of a line is none");
        assert_eq!(replaced(text, "    b\n", "c\n"), None, "once");
        assert_eq!(replaced(&"a\n".repeat(MOST + 1), "a\n", "c\n"), None);
        assert_eq!(replaced("\n\n", "\n", "c\n"), None);
    }
}
