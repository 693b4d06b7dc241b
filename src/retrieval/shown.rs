//! Which places were shown before and still say the same?
//!
//! Text tells: a place whose text was shown is known wherever it moved in its file, and in a file
//! that is as it was every line that was shown is. What changed since is new.

use std::collections::HashMap;

use crate::base::{Digest, Span};
use crate::index::{FileId, Index};
use crate::repo::BlobId;
use crate::retrieval::state::Shown;

/// What was shown before, by file.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<FileId, Places>);

/// What was shown of a file.
#[derive(Debug, Default)]
struct Places {
    /// Lines that were shown of the file as it is now, by line.
    lines: Vec<Span>,
    texts: Vec<Digest>,
    /// Lines with their texts: a line that is longer than a place is in several.
    both: Vec<(Span, Digest)>,
}

impl Known {
    /// `shown` as far as it is in `index`; what has moved to another path is not known.
    pub(super) fn of(index: &Index, shown: &[Shown]) -> Self {
        let mut known: HashMap<FileId, Places> = HashMap::new();
        let mut changed: HashMap<(FileId, &BlobId), bool> = HashMap::new();
        for it in shown {
            let Some(file) = index.find(&it.citation.path) else { continue };
            let places = known.entry(file).or_default();
            let unchanged = match &it.citation.blob {
                None => it.text.is_none(),
                Some(blob) => !*changed.entry((file, blob)).or_insert_with(|| {
                    let now = index.text(file);
                    now.map_or(true, |now| it.citation.standing(&now).changed != Some(false))
                }),
            };
            if unchanged {
                places.lines.push(it.citation.span);
                places.both.extend(it.text.map(|text| (it.citation.span, text)));
            }
            places.texts.extend(it.text);
        }
        known.values_mut().for_each(|places| places.lines.sort());
        Self(known)
    }

    /// Whether nothing of the file was shown.
    pub(super) fn is_new(&self, file: FileId) -> bool {
        !self.0.contains_key(&file)
    }

    /// Whether all that showing `place` of `file` would show was shown before.
    pub(super) fn has(&self, file: FileId, place: &Shown) -> bool {
        let Some(places) = self.0.get(&file) else { return false };
        let span = place.citation.span;
        let same_text = place.text.is_some_and(|text| places.texts.contains(&text));
        let another_part =
            places.both.iter().any(|(lines, text)| *lines == span && Some(*text) != place.text);
        same_text || (!another_part && covers(&places.lines, span))
    }
}

/// Whether every line of `span` is in one of `sorted`.
fn covers(sorted: &[Span], span: Span) -> bool {
    let mut next = span.start;
    for it in sorted.iter().filter(|it| it.overlaps(&span)) {
        if it.start > next {
            return false;
        }
        next = next.max(it.end.saturating_add(1));
    }
    next > span.end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_are_covered_where_each_is(
            spans in prop::collection::vec((1..30u32, 0..8u32), 0..6), start in 1..30u32, more in 0..9u32,
        ) {
            let mut spans: Vec<Span> =
                spans.into_iter().map(|(start, more)| Span::new(start, start + more)).collect();
            spans.sort();
            let span = Span::new(start, start + more);
            let each = (span.start..=span.end).all(|line| {
                spans.iter().any(|it| it.start <= line && line <= it.end)
            });
            prop_assert_eq!(covers(&spans, span), each);
        }
    }
}
