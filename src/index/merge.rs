//! Which segments are put together, and when: never so many that a small refresh has to wait for it.
//!
//! Each refresh may rewrite a share of the documents that it wrote itself, and a few more. What does
//! not fit stays until a larger refresh comes, or until there are so many segments that searches would
//! feel it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tantivy::SegmentMeta;
use tantivy::merge_policy::{MergeCandidate, MergePolicy};

/// Segments of more documents are not put together any more: that takes longer than it saves.
const LARGEST: u32 = 40_000;
/// So many documents may be rewritten however small the refresh is; it takes some hundredths of a
/// second.
const ALWAYS: u32 = 1_500;
/// One document may be rewritten for so many that the refresh wrote: a first build gains little.
const WRITTEN_FOR_ONE: u32 = 4;
/// Fewer segments than these are left alone.
const FEWEST: usize = 8;
/// Of more segments than these the smaller half is put together, whatever it takes.
const MOST: usize = 32;
/// A segment that has more deleted documents than this share is written anew.
const MOST_DELETED: f32 = 0.3;

/// Chooses by how much the refresh wrote.
#[derive(Debug, Default)]
pub(super) struct Budget {
    written: Arc<AtomicU32>,
}

impl Budget {
    /// Counts the documents that the refresh writes.
    pub(super) fn written(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.written)
    }
}

impl MergePolicy for Budget {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let mut segments: Vec<&SegmentMeta> =
            segments.iter().filter(|it| it.num_docs() <= LARGEST).collect();
        segments.sort_by_key(|it| (it.num_docs(), it.id()));
        let sizes: Vec<u32> = segments.iter().map(|it| it.num_docs()).collect();
        let budget = self.written.load(Ordering::Relaxed) / WRITTEN_FOR_ONE + ALWAYS;
        let together = together(&sizes, budget);
        let ids = |some: &[&SegmentMeta]| MergeCandidate(some.iter().map(|it| it.id()).collect());
        let mut candidates = Vec::new();
        if together > 0 {
            candidates.push(ids(&segments[..together]));
        }
        let mut left = budget.saturating_sub(sizes[..together].iter().sum());
        for segment in &segments[together..] {
            let deleted = segment.num_deleted_docs() as f32 / segment.max_doc().max(1) as f32;
            if deleted > MOST_DELETED && segment.num_docs() <= left {
                left -= segment.num_docs();
                candidates.push(ids(&[*segment]));
            }
        }
        candidates
    }
}

/// How many of the smallest segments are put together, whose numbers of documents are in order.
fn together(sizes: &[u32], budget: u32) -> usize {
    if sizes.len() > MOST {
        return sizes.len() / 2;
    }
    let sums = sizes.iter().scan(0u32, |sum, size| {
        *sum = sum.saturating_add(*size);
        Some(*sum)
    });
    let fit = sums.take_while(|sum| *sum <= budget).count();
    if fit < FEWEST { 0 } else { fit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_for_a_refresh_is_left() {
        assert_eq!(together(&[20; 7], 1_500), 0);
        assert_eq!(together(&[20; 8], 1_500), 8);
        let with_larger = [[20; 8].as_slice(), &[1_400, 10_000]].concat();
        assert_eq!(together(&with_larger, 1_500), 8);
        assert_eq!(together(&with_larger, 2_000), 9);
        assert_eq!(together(&with_larger, 20_000), 10);
        assert_eq!(together(&[10_000; 32], 1_500), 0);
        assert_eq!(together(&[10_000; 33], 1_500), 16);
    }

    #[test]
    fn many_small_refreshes_leave_few_segments_and_rewrite_little() {
        let (mut sizes, mut rewritten, mut most) = (Vec::new(), 0, 0);
        for _ in 0..5_000 {
            sizes.push(20);
            sizes.sort_unstable();
            let count = together(&sizes, ALWAYS);
            let sum: u32 = sizes.drain(..count).sum();
            sizes.extend((sum > 0).then_some(sum).filter(|sum| *sum <= LARGEST));
            rewritten += sum;
            most = most.max(sum);
            assert!(sizes.len() <= MOST, "{sizes:?}");
        }
        assert!(most <= LARGEST, "{most}");
        // Each document about as often as there are sizes from one refresh to the largest.
        assert!(rewritten / (5_000 * 20) < 12, "{rewritten}");
    }
}
