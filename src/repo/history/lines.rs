//! Which lines went and which came? And are two files the same at heart?
//!
//! Lines that only moved are no change here: it is words that are wanted, not a patch.

use rustc_hash::FxHashMap;

/// How many bytes are compared at once.
const PIECE: usize = 256;

/// The lines of `after` that `before` has not, then those of `before` that `after` has not; at most
/// `room` bytes of them.
pub(super) fn changed(before: &[u8], after: &[u8], room: usize) -> String {
    let (before, after) = without_same_ends(before, after);
    let mut counts: FxHashMap<&[u8], usize> = FxHashMap::default();
    for line in lines(before) {
        *counts.entry(line).or_default() += 1;
    }
    let mut text = Vec::new();
    for line in lines(after) {
        match counts.get_mut(line) {
            Some(count) if *count > 0 => *count -= 1,
            _ => add(&mut text, line, room),
        }
    }
    for line in lines(before) {
        if let Some(count) = counts.get_mut(line).filter(|count| **count > 0) {
            *count -= 1;
            add(&mut text, line, room);
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn add(text: &mut Vec<u8>, line: &[u8], room: usize) {
    let line = line.trim_ascii();
    if !line.is_empty() && text.len() < room {
        text.extend_from_slice(&line[..line.len().min(room - text.len())]);
        text.push(b'\n');
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n')
}

/// Both without the lines that are the same at the beginning and at the end.
fn without_same_ends<'a>(a: &'a [u8], b: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    // Pieces are compared first: files are long and changes small.
    let pieces = a.chunks_exact(PIECE).zip(b.chunks_exact(PIECE)).take_while(|(a, b)| a == b);
    let sure = pieces.count() * PIECE;
    let same = sure + a[sure..].iter().zip(&b[sure..]).take_while(|(a, b)| a == b).count();
    let start = a[..same].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let (a, b) = (&a[start..], &b[start..]);
    let pieces = a.rchunks_exact(PIECE).zip(b.rchunks_exact(PIECE)).take_while(|(a, b)| a == b);
    let sure = pieces.count() * PIECE;
    let (rest_a, rest_b) = (&a[..a.len() - sure], &b[..b.len() - sure]);
    let rest = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(a, b)| a == b);
    let same = sure + rest.count();
    let end = &a[a.len() - same..];
    let kept = end.iter().position(|byte| *byte == b'\n').unwrap_or(same);
    (&a[..a.len() - same + kept], &b[..b.len() - same + kept])
}

/// How much of the longer one's lines the other has, too: 1 is all. Empty lines say nothing.
pub(super) fn likeness(before: &[u8], after: &[u8]) -> f32 {
    let said = |line: &&[u8]| !line.trim_ascii().is_empty();
    let mut counts: FxHashMap<&[u8], usize> = FxHashMap::default();
    let (mut all, mut other, mut common) = (0, 0, 0);
    for line in lines(before).filter(said) {
        all += 1;
        *counts.entry(line).or_default() += 1;
    }
    for line in lines(after).filter(said) {
        other += 1;
        if let Some(count) = counts.get_mut(line).filter(|count| **count > 0) {
            *count -= 1;
            common += 1;
        }
    }
    common as f32 / all.max(other).max(1) as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str, expected: &str) {
        assert_eq!(changed(before.as_bytes(), after.as_bytes(), 100), expected);
    }

    #[test]
    fn only_lines_that_differ_are_changed() {
        check("a\nb\nc\n", "a\nx\nc\n", "x\nb\n");
        check("", "a\n\n b\n", "a\nb\n");
        check("a\nb\n", "b\na\n", "");
        check("a\na\n", "a\n", "a\n");
        check("same", "same", "");
        check("word one", "word two", "word two\nword one\n");
    }

    #[test]
    fn a_long_change_is_cut() {
        assert_eq!(changed(b"", b"abcdef\nghi\n", 4), "abcd\n");
    }

    proptest! {
        #[test]
        fn what_changed_is_the_difference(before in "[ab\n]{0,300}", after in "[ab\n]{0,300}") {
            let (before, after) = (before.as_bytes(), after.as_bytes());
            let sorted = |text: &[u8]| {
                let mut lines: Vec<Vec<u8>> = lines(text).map(<[u8]>::to_vec).collect();
                lines.retain(|line| !line.is_empty());
                lines.sort();
                lines
            };
            // What is only in one of them, as many times as it is there more often.
            let (mut expected, mut other) = (Vec::new(), sorted(before));
            for line in sorted(after) {
                match other.iter().position(|it| *it == line) {
                    Some(at) => drop(other.remove(at)),
                    None => expected.push(line),
                }
            }
            expected.extend(other);
            expected.sort();
            prop_assert_eq!(sorted(changed(before, after, 1000).as_bytes()), expected);
        }
    }
}
