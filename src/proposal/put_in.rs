//! A file put together again from what it was and the hunks that are accepted.

use std::ops::Range;

use crate::proposal::hunks::{is_text, is_whole, lines};
use crate::proposal::{Hunk, HunkKind};
use crate::repo::{FileChange, FileState, Mode};

/// The old file with `accepted` put in: all of them give `after`, none give `before`. They hunks
/// of `change` or pieces of them, in order.
///
/// Where the last line of a file without a line feed at its end comes to stand before another line,
/// it gets one.
pub(super) fn put_in<'a>(
    change: &FileChange,
    accepted: impl Iterator<Item = &'a Hunk>,
) -> Option<FileState> {
    // Where a file lies says nothing about what is in it.
    let mut accepted = accepted.filter(|hunk| hunk.kind != HunkKind::Rename).peekable();
    let before = match (&change.before, &change.after) {
        (None, Some(after)) if is_text(after) => None,
        (Some(before), Some(_)) if !is_whole(change) => Some(before),
        (before, after) => {
            return if accepted.peek().is_some() { after.clone() } else { before.clone() };
        }
    };
    if before.is_none() && accepted.peek().is_none() {
        return None;
    }
    let after_mode = change.after.as_ref().map_or(Mode::Regular, |after| after.mode);
    let old = lines(before.map_or(&[][..], |before| &before.bytes));
    let mut state =
        FileState { bytes: Vec::new(), mode: before.map_or(after_mode, |before| before.mode) };
    let mut kept = 0;
    for hunk in accepted {
        match hunk.kind {
            HunkKind::Mode => state.mode = after_mode,
            HunkKind::Lines => {
                slice(&old, kept..hunk.old.start).iter().for_each(|it| add(&mut state.bytes, it));
                hunk.new_side().for_each(|line| add(&mut state.bytes, &line.bytes));
                kept = hunk.old.end;
            }
            HunkKind::Rename | HunkKind::Whole => {}
        }
    }
    let rest = old.get(kept as usize..).unwrap_or_default();
    rest.iter().for_each(|line| add(&mut state.bytes, line));
    Some(state)
}

/// Adds a line behind others; the one before it is ended first, as the lines before it are.
fn add(bytes: &mut Vec<u8>, line: &[u8]) {
    if !bytes.is_empty() && !bytes.ends_with(b"\n") {
        let last = bytes.iter().rposition(|byte| *byte == b'\n');
        let is_crlf = last.is_some_and(|at| at > 0 && bytes[at - 1] == b'\r');
        bytes.extend(if is_crlf { &b"\r\n"[..] } else { b"\n" });
    }
    bytes.extend(line);
}

fn slice<'a, 'b>(lines: &'b [&'a [u8]], range: Range<u32>) -> &'b [&'a [u8]] {
    lines.get(range.start as usize..range.end as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proposal::hunks;
    use crate::repo::testing::{path, state};

    fn change(before: Option<FileState>, after: Option<FileState>) -> FileChange {
        FileChange { path: path("f"), before, after }
    }

    /// The file with those hunks in it whose numbers are accepted.
    fn target(
        change: &FileChange,
        hunks: &[Hunk],
        accepted: &dyn Fn(u32) -> bool,
    ) -> Option<FileState> {
        put_in(change, hunks.iter().filter(|hunk| accepted(hunk.number)))
    }

    #[test]
    fn a_mode_goes_in_without_the_lines() {
        let executable = |text| FileState { mode: Mode::Executable, ..state(text) };
        let change = change(Some(state("a\n")), Some(executable("b\n")));
        let hunks = hunks(std::slice::from_ref(&change));
        assert_eq!(target(&change, &hunks, &|n| n == 1), Some(executable("a\n")));
        assert_eq!(target(&change, &hunks, &|n| n == 2), Some(state("b\n")));
    }

    /// Text of few different lines, so that versions share some; any ending, or none.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let endings: [&[u8]; 6] = [b"a\n", b"b\n", b"c\r\n", b"\n", b"\xff\r", b"end"];
        let line = proptest::sample::select(endings.to_vec());
        proptest::collection::vec(line, 0..40).prop_map(|lines| lines.concat())
    }

    fn version() -> impl Strategy<Value = Option<FileState>> {
        let mode = prop_oneof![Just(Mode::Regular), Just(Mode::Executable)];
        let bytes = prop_oneof![
            8 => text(),
            1 => proptest::collection::vec(any::<u8>(), 0..20),
        ];
        proptest::option::weighted(
            0.9,
            (bytes, mode).prop_map(|(bytes, mode)| FileState { bytes, mode }),
        )
    }

    proptest! {
        #[test]
        fn all_hunks_are_after_and_none_are_before(before in version(), after in version()) {
            let change = change(before, after);
            let hunks = hunks(std::slice::from_ref(&change));
            prop_assert_eq!(&target(&change, &hunks, &|_| true), &change.after);
            prop_assert_eq!(&target(&change, &hunks, &|_| false), &change.before);
        }

        #[test]
        fn any_choice_has_only_lines_of_either_side(
            before in text(), after in text(), choice in any::<u64>(),
        ) {
            let version = |bytes: &[u8]| Some(FileState { bytes: bytes.to_vec(), mode: Mode::Regular });
            let change = change(version(&before), version(&after));
            let hunks = hunks(std::slice::from_ref(&change));
            let chosen = target(&change, &hunks, &|n| choice >> (n % 64) & 1 == 1).unwrap();
            for line in lines(&chosen.bytes) {
                prop_assert!(lines(&before).contains(&line) || lines(&after).contains(&line));
            }
            let accepted: usize = hunks.iter().filter(|h| choice >> (h.number % 64) & 1 == 1)
                .map(|h| h.new.len()).sum();
            prop_assert!(lines(&chosen.bytes).len() >= accepted);
        }
    }
}
