//! Merge conflicts that were committed by mistake.
//!
//! A line of seven equals signs is also a heading, so nothing counts but the three marker lines
//! in their order, all of them added by the change.

use crate::base::Span;
use crate::hooks::check::Found;

/// The conflicts among the `added` lines.
pub(super) fn find(added: &[(u32, &[u8])]) -> Vec<Found> {
    let mut found = Vec::new();
    let (mut start, mut middle) = (None, false);
    for (number, line) in added {
        if is_marker(line, b'<') {
            (start, middle) = (Some(*number), false);
        } else if start.is_some() && is_marker(line, b'=') {
            middle = true;
        } else if middle && is_marker(line, b'>') {
            if let Some(first) = start.take() {
                let message = "unresolved merge conflict".to_owned();
                found.push((Span::new(first, *number), message));
            }
            middle = false;
        }
    }
    found
}

/// Seven of `sign` at the start of the line, then nothing or a blank.
fn is_marker(line: &[u8], sign: u8) -> bool {
    line.len() >= 7
        && line[..7].iter().all(|byte| *byte == sign)
        && matches!(line.get(7), None | Some(b' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(u32, u32)]) {
        let added: Vec<(u32, &[u8])> =
            (1..).zip(text.lines()).map(|(number, line)| (number, line.as_bytes())).collect();
        let found: Vec<(u32, u32)> =
            find(&added).iter().map(|(span, _)| (span.start, span.end)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn three_markers_in_order_make_a_conflict() {
        check("<<<<<<< HEAD\na\n=======\nb\n>>>>>>> theirs\n", &[(1, 5)]);
        check(
            "<<<<<<<\na\n||||||| base\nc\n=======\nb\n>>>>>>>\n\n<<<<<<< x\n=======\n>>>>>>> y\n",
            &[(1, 7), (9, 11)],
        );
    }

    #[test]
    fn headings_and_quotes_are_none() {
        check("Title\n=======\n", &[]);
        check("<<<<<<< HEAD\n>>>>>>> theirs\n", &[]);
        check(" <<<<<<< a\n =======\n >>>>>>> b\n", &[]);
        check("<<<<<<<<\n=======\n>>>>>>>>\n", &[]);
        check(">>>>>>> b\n=======\n<<<<<<< a\n", &[]);
    }
}
