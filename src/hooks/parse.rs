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
    let Some(language) = Language::of(&change.path, &after.bytes) else { return Vec::new() };
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
