//! Searching all hunks and all paths for a text.
//!
//! A text without capitals finds capitals too.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};

use crate::review::layout;
use crate::review::state::State;
use crate::review::way::Where;

/// What is searched for, and what was found.
#[derive(Debug, Default)]
pub(super) struct Search {
    pub(super) text: String,
    pattern: Option<Regex>,
    pub(super) hits: Vec<Hit>,
    /// The hit that was gone to last.
    at: Option<usize>,
    /// What is searched.
    pub(super) all: Haystack,
}

/// A line with the text in it, or a hunk whose file's path has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// An index of `State::hunks`.
    pub(super) hunk: usize,
    /// An index of its lines; none for a path.
    pub(super) line: Option<usize>,
}

impl Search {
    /// Searches for nothing.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The byte ranges of `line` that have the text.
    pub(super) fn in_line<'a>(&'a self, line: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        let found = self.pattern.iter().flat_map(move |pattern| pattern.find_iter(line));
        found.map(|found| found.range())
    }
}

/// Every path and every line, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Haystack {
    bytes: Vec<u8>,
    /// Where each starts, and what is found there.
    starts: Vec<(usize, Hit)>,
}

impl Haystack {
    /// Lines up what can be found.
    pub(super) fn new(state: &State) -> Self {
        let mut all = Self::default();
        for file in state.files.iter().filter(|file| !file.hunks.is_empty()) {
            all.add(file.label().as_bytes(), Hit { hunk: file.hunks.start, line: None });
            for hunk in file.hunks.clone() {
                let lines =
                    state.pieces.get(hunk).map_or(&[][..], |piece| &piece.hunk.lines).iter();
                for (at, line) in lines.enumerate() {
                    all.add(&line.bytes, Hit { hunk, line: Some(at) });
                }
            }
        }
        all
    }

    fn add(&mut self, text: &[u8], hit: Hit) {
        self.starts.push((self.bytes.len(), hit));
        self.bytes.extend_from_slice(text);
        if !text.ends_with(b"\n") {
            self.bytes.push(b'\n');
        }
    }

    /// The lines that `pattern`, which has no line feed, is in.
    fn hits(&self, pattern: &Regex) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut from = 0;
        while let Some(found) = pattern.find_at(&self.bytes, from) {
            let behind = self.starts.partition_point(|(start, _)| *start <= found.start());
            hits.extend(behind.checked_sub(1).map(|line| self.starts[line].1));
            match self.starts.get(behind) {
                Some((next, _)) => from = *next,
                None => break,
            }
        }
        hits
    }
}

/// Looks for `text` in every path and every line.
pub(super) fn find(state: &mut State, text: &str) {
    let has_capitals = text.chars().any(char::is_uppercase);
    let pattern = (!text.is_empty()).then(|| {
        RegexBuilder::new(&regex::escape(text)).case_insensitive(!has_capitals).build().ok()
    });
    let search = &mut state.look.search;
    search.text = text.to_owned();
    search.pattern = pattern.flatten();
    search.at = None;
    search.hits = search.pattern.as_ref().map(|it| search.all.hits(it)).unwrap_or_default();
}

/// Goes to the next hit in `direction`, beyond the last to the first.
pub(super) fn go(state: &mut State, direction: Where) {
    // Hunks may have changed since.
    state.look.search.all = Haystack::new(state);
    let (text, at) = (state.look.search.text.clone(), state.look.search.at);
    find(state, &text);
    let search = &state.look.search;
    let all = search.hits.len();
    if text.is_empty() || all == 0 {
        state.notice = Some(match text.is_empty() {
            true => "`/` searches first".to_owned(),
            false => format!("`{}` is nowhere in this proposal", crate::review::text::plain(&text)),
        });
        return;
    }
    let is_here = |hit: usize| search.hits.get(hit).is_some_and(|hit| hit.hunk == state.at);
    let next = match (at.filter(|hit| is_here(*hit)), direction) {
        (Some(hit), Where::Forward) => (hit + 1) % all,
        (Some(hit), Where::Back) => (hit + all - 1) % all,
        (None, Where::Forward) => {
            // The path of a file stands before its first line, and is never behind the person.
            let here = (state.at, state.line_in_front().filter(|line| *line > 0));
            search.hits.partition_point(|hit| (hit.hunk, hit.line) < here) % all
        }
        (None, Where::Back) => {
            (search.hits.partition_point(|hit| hit.hunk <= state.at) + all - 1) % all
        }
    };
    let hit = search.hits[next];
    state.look.search.at = Some(next);
    if hit.hunk != state.at {
        state.go_to(hit.hunk);
    }
    if let Some(row) = hit.line.and_then(|line| state.look.page.row_of(line)) {
        state.scroll = row.saturating_sub(layout::visible_lines(state) / 3);
        state.clamp_scroll();
    }
    state.notice = Some(format!(
        "{} of {all} for `{}`; ctrl-n, ctrl-p for the others",
        next + 1,
        crate::review::text::plain(&text)
    ));
}
