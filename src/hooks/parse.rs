//! Syntax errors that a change brings.
//!
//! Lines move, so the errors before and after are compared by what they say. A file that did not
//! parse before (an unknown dialect, a macro that the grammar cannot see through) may stay as it is.

use std::collections::BTreeMap;

use crate::hooks::check::Found;
use crate::repo::{FileChange, FileState};
use crate::syntax::{Language, errors};

/// One mistake often leaves many errors behind it; more than these help nobody.
const MAX_SHOWN: usize = 3;

/// The syntax errors of the new version that the old one did not have.
pub(super) fn newly_broken(change: &FileChange) -> Vec<Found> {
    let Some(after) = &change.after else { return Vec::new() };
    let language = Language::of(&change.path, &after.bytes);
    let Some(language) = language.filter(|language| language.is_judged()) else {
        return Vec::new();
    };
    let of = |state: &FileState| errors(language, &state.bytes);
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for error in change.before.as_ref().map(of).unwrap_or_default() {
        *known.entry(error.message).or_default() += 1;
    }
    let mut new = of(after);
    new.retain(|error| match known.get_mut(&error.message) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    });
    shorten(new.into_iter().map(|error| (error.span, error.message)).collect())
}

fn shorten(mut found: Vec<Found>) -> Vec<Found> {
    let more = found.len().saturating_sub(MAX_SHOWN);
    found.truncate(MAX_SHOWN);
    if let (Some((_, message)), true) = (found.last_mut(), more > 0) {
        message.push_str(&format!(", and {more} more in this file"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{RepoPath, Span};
    use crate::repo::Mode;

    #[track_caller]
    fn check(path: &str, before: Option<&str>, after: &str, expected: &[&str]) {
        let state = |text: &str| FileState { bytes: text.into(), mode: Mode::Regular };
        let change = FileChange {
            path: RepoPath::new(path).unwrap(),
            before: before.map(state),
            after: Some(state(after)),
        };
        let found: Vec<String> =
            newly_broken(&change).iter().map(|(span, what)| format!("{span}: {what}")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_new_error_is_named_with_its_line() {
        check("a.py", Some("f(1)\n"), "f(1)\n\nf(2\n", &["3: unexpected `f(2`"]);
        check("a.py", None, "def f(x:\n    return x\n", &["1: unexpected `def f(x:`"]);
    }

    #[test]
    fn an_old_error_that_only_moved_is_not_new() {
        check("a.py", Some("f(2\n"), "x = 1\n\n\nf(2\n", &[]);
        check("a.py", Some("f(2\n"), "f(2)\n", &[]);
    }

    #[test]
    fn what_cannot_be_judged_is_not() {
        check("a.c", None, "MACRO(x) int y\n{{{", &[]);
        check("a.sql", None, "SELEKT {{{", &[]);
        check("a.unknown", None, "f(2\n", &[]);
    }

    #[test]
    fn one_mistake_with_many_errors_is_cut_short_and_says_so() {
        let many =
            |count| (1..=count).map(|line| (Span::new(line, line), "x".to_owned())).collect();
        assert_eq!(shorten(many(3)).last().unwrap().1, "x");
        let cut = shorten(many(8));
        assert_eq!((cut.len(), cut[2].1.as_str()), (3, "x, and 5 more in this file"));
    }
}
