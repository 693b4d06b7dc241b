//! Which lines of a change differ in white space only.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::proposal::Line;

/// Runs longer than this together are compared line by line only: the work grows with the product.
const SEARCHED: usize = 2000;

/// The pairs of a removed and an added line, in order, that are alike but for white space.
pub(super) fn pairs(
    lines: &[Line],
    removed: Range<usize>,
    added: Range<usize>,
) -> Vec<(usize, usize)> {
    let inks = |range: Range<usize>| -> Vec<Vec<u8>> {
        lines[range].iter().map(|line| ink(&line.bytes)).collect()
    };
    let (old, new) = (inks(removed.clone()), inks(added.clone()));
    if old.len() + new.len() > SEARCHED {
        let same = old.iter().zip(&new).enumerate().filter(|(_, (old, new))| old == new);
        return same.map(|(at, _)| (removed.start + at, added.start + at)).collect();
    }
    let mut pairs = Vec::new();
    for op in capture_diff_slices(Algorithm::Histogram, &old, &new) {
        if let DiffOp::Equal { old_index, new_index, len } = op {
            pairs.extend(
                (0..len).map(|n| (removed.start + old_index + n, added.start + new_index + n)),
            );
        }
    }
    pairs
}

/// A line without its white space.
pub(super) fn ink(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
}
