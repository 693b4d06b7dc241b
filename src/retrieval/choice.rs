//! Which places of the ranked files are shown, and how they are told.

use crate::index::{ChunkId, FileId, IndexError, each_word};
use crate::retrieval::candidates::Signals;
use crate::retrieval::neighbours::Around;
use crate::retrieval::passing::Gate;
use crate::retrieval::rerank::Ranked;
use crate::retrieval::{Hit, Place};

/// How much each hit of a file keeps of the file's score; a file has no more hits than this.
const SATURATION: [f32; 5] = [1.0, 0.85, 0.75, 0.67, 0.6];
/// So many chunks of a file are looked at for hits.
const LOOKED_AT: usize = 12;

/// What there is to choose from.
pub(super) struct Choosing<'a> {
    pub(super) gate: &'a Gate<'a>,
    pub(super) signals: &'a Signals,
    pub(super) around: &'a Around,
    pub(super) ranked: &'a [Ranked],
}

/// A place to show: of which file in the ranking, and with what score.
pub(super) struct Choice {
    rank: usize,
    place: Place,
    score: f32,
}

impl Choosing<'_> {
    /// The best place of each of so many files that they are two thirds of the hits, and further
    /// places of the best files. The files stay in the order of the ranking.
    pub(super) fn choose(&self, limit: usize) -> Result<Vec<Choice>, IndexError> {
        let (mut firsts, mut further) = (Vec::new(), Vec::new());
        for (rank, file) in self.ranked.iter().enumerate() {
            if firsts.len() == limit {
                break;
            }
            for (place, share) in self.places(file.file)?.into_iter().zip(SATURATION) {
                let list = if share == 1.0 { &mut firsts } else { &mut further };
                list.push(Choice { rank, place, score: file.score * share });
            }
        }
        let order = |a: &Choice, b: &Choice| {
            b.score
                .total_cmp(&a.score)
                .then(a.rank.cmp(&b.rank))
                .then_with(|| self.line(a).cmp(&self.line(b)))
        };
        further.sort_by(order);
        let files = (2 * limit).div_ceil(3).max(limit.saturating_sub(further.len()));
        firsts.truncate(files);
        let room = limit - firsts.len();
        let last = firsts.last().map_or(0, |it| it.rank);
        firsts.extend(further.into_iter().filter(|it| it.rank <= last).take(room));
        firsts.sort_by(order);
        Ok(firsts)
    }

    fn line(&self, choice: &Choice) -> u32 {
        match &choice.place {
            Place::Chunk(chunk) => self.gate.index.line_of(*chunk),
            Place::Definition(symbol) => symbol.span.start,
        }
    }

    /// What can be shown of a file, best first.
    fn places(&self, file: FileId) -> Result<Vec<Place>, IndexError> {
        let first = self.signals.first.get(&file).into_iter().flatten().copied();
        let matching = self.signals.of_file.get(&file).into_iter().flatten().map(|it| it.0);
        let mut chunks: Vec<ChunkId> = Vec::new();
        for chunk in first.chain(matching) {
            if !chunks.contains(&chunk) {
                chunks.push(chunk);
            }
        }
        if self.gate.filter.is_about_places() {
            let places = match self.gate.best_places(file, &chunks) {
                Err(IndexError::Stale(_)) => Vec::new(),
                places => places?,
            };
            return self.gate.not_shown(file, places);
        }
        if chunks.is_empty() {
            let start = || self.gate.index.chunks_of(file).first().copied();
            let otherwise = self.signals.otherwise.get(&file).copied();
            chunks.extend(otherwise.or_else(|| self.around.chunk_of(file)).or_else(start));
        }
        let places = chunks.into_iter().map(Place::Chunk).collect();
        self.distinct(self.gate.not_shown(file, places)?)
    }

    /// Another part of a definition that is shown says little more.
    fn distinct(&self, candidates: Vec<Place>) -> Result<Vec<Place>, IndexError> {
        let (mut symbols, mut places) = (Vec::new(), Vec::new());
        for place in candidates.into_iter().take(LOOKED_AT) {
            let symbol = match &place {
                Place::Chunk(chunk) => self.gate.index.symbol_of(*chunk)?,
                Place::Definition(symbol) => Some(symbol.path.clone()),
            };
            if places.len() < SATURATION.len() && !symbols.contains(&symbol) {
                symbols.push(symbol);
                places.push(place);
            }
        }
        Ok(places)
    }

    /// What is said of a choice.
    pub(super) fn hit(&self, choice: &Choice) -> Result<Hit, IndexError> {
        let file = &self.ranked[choice.rank];
        let hit = self.gate.hit(file.file, &choice.place)?;
        let parts: Vec<String> =
            file.parts.iter().map(|(name, part)| format!("{name} {part:.2}")).collect();
        let words = &self.signals.words;
        let mut said = vec![false; words.len()];
        each_word(&hit.text, |it| {
            for (said, word) in said.iter_mut().zip(words) {
                *said |= it == word;
            }
        });
        let found: Vec<&str> =
            words.iter().zip(said).filter(|it| it.1).map(|it| it.0.as_str()).collect();
        let mut why = parts.join(", ");
        if !found.is_empty() {
            why = format!("{why}; says {}", found.join(" "));
        }
        let signals = file.parts.iter().copied().collect();
        Ok(Hit { score: choice.score, why, signals, ..hit })
    }
}
