//! Sorted lines, of which each is kept as what differs from the one before.
//!
//! Imports of a file mostly begin alike, and the manifest keeps those of all files.

use crate::index::columns::{push_varint, varint};

/// Bytes of `lines`, which are sorted: how much a line has of the one before, how much follows, and
/// that.
pub(super) fn encode<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut before: &[u8] = &[];
    for line in lines {
        let line = line.as_bytes();
        let same = before.iter().zip(line).take_while(|(one, other)| one == other).count();
        for number in [same, line.len() - same] {
            push_varint(&mut bytes, u32::try_from(number).unwrap_or(u32::MAX));
        }
        bytes.extend_from_slice(&line[same..]);
        before = line;
    }
    bytes
}

/// The lines that [`encode`] made bytes of; of other bytes, those up to where they make no sense.
pub(super) fn decode(mut bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line: Vec<u8> = Vec::new();
    while let (Some(same), Some(more)) = (varint(&mut bytes), varint(&mut bytes)) {
        let Some(new) = bytes.get(..more as usize).filter(|_| same as usize <= line.len()) else {
            break;
        };
        line.truncate(same as usize);
        line.extend_from_slice(new);
        bytes = &bytes[new.len()..];
        let Ok(text) = String::from_utf8(line.clone()) else { break };
        lines.push(text);
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_come_back(lines in prop::collection::btree_set("[=~]a{0,3}(é|b|/){0,4}", 0..9)) {
            let bytes = encode(lines.iter().map(String::as_str));
            prop_assert_eq!(decode(&bytes).into_iter().collect::<BTreeSet<_>>(), lines);
        }

        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            decode(&bytes);
        }
    }

    #[test]
    fn what_is_alike_is_kept_once() {
        assert_eq!(encode(["~a/b/c", "~a/b/d"]), b"\x00\x06~a/b/c\x05\x01d");
    }
}
