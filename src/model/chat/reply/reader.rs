//! Reads a reply as it grows.

use crate::model::Tool;
use crate::model::chat::reply::blocks::Blocks;
use crate::model::chat::reply::format::Format;
use crate::model::chat::reply::harmony::Harmony;
use crate::model::chat::reply::part::{Part, Reply};

/// Reads one reply. What may be the beginning of a marker, or of a call, is held back.
#[derive(Debug)]
pub struct Reader(Kind);

#[derive(Debug)]
enum Kind {
    Blocks(Blocks),
    Harmony(Harmony),
}

/// What is needed to read calls.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) tools: Vec<Tool>,
    /// Calls that were read, here and before: the next one is numbered by it.
    pub(super) calls: usize,
}

impl Reader {
    /// For a reply to a prompt that offered `tools` and has `calls_before` calls in it.
    /// `in_reasoning` says that the reply begins amid thoughts.
    pub fn new(format: &Format, tools: &[Tool], calls_before: usize, in_reasoning: bool) -> Self {
        let offer = Offer { tools: tools.to_vec(), calls: calls_before };
        Self(if format.is_in_channels() {
            Kind::Harmony(Harmony::new(offer))
        } else {
            Kind::Blocks(Blocks::new(format, offer, in_reasoning))
        })
    }

    /// Takes more of the reply; gives the parts that are certain now. A long part comes in pieces.
    pub fn push(&mut self, text: &str) -> Vec<Part> {
        match &mut self.0 {
            Kind::Blocks(blocks) => blocks.push(text),
            Kind::Harmony(harmony) => harmony.push(text),
        }
    }

    /// The reply has ended: gives what was held back.
    pub fn finish(self) -> Vec<Part> {
        match self.0 {
            Kind::Blocks(blocks) => blocks.finish(),
            Kind::Harmony(harmony) => harmony.finish(),
        }
    }

    /// Reads a whole reply.
    pub fn read(mut self, text: &str) -> Reply {
        let mut parts = self.push(text);
        parts.extend(self.finish());
        Reply::of(parts)
    }
}

/// Where the first of `markers` stands in `text`, and which it is; of two at one place the longer.
pub(super) fn first_marker<'m>(text: &str, markers: &[&'m str]) -> Option<(usize, &'m str)> {
    let places = markers.iter().filter_map(|marker| Some((text.find(marker)?, *marker)));
    places.min_by_key(|(at, marker)| (*at, usize::MAX - marker.len()))
}

/// Bytes at the end of `text` that could begin one of `markers`.
pub(super) fn undecided(text: &str, markers: &[&str]) -> usize {
    let longest = markers.iter().map(|marker| marker.len()).max().unwrap_or(0);
    let from = text.len().saturating_sub(longest);
    let starts = (from..text.len()).filter(|at| text.is_char_boundary(*at));
    let tails = starts.map(|at| &text[at..]);
    let begins = |tail: &&str| markers.iter().any(|marker| marker.starts_with(tail));
    tails.filter(begins).map(str::len).max().unwrap_or(0)
}
