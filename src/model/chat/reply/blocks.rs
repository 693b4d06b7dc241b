//! Replies whose thoughts and calls stand between markers.

use crate::model::chat::reply::calls::{self, Found};
use crate::model::chat::reply::format::{Block, Format, What};
use crate::model::chat::reply::json::Repair;
use crate::model::chat::reply::part::{Part, Unread};
use crate::model::chat::reply::reader::{Offer, first_marker, undecided};

/// What JSON is put into by models that write it for people.
const FENCE: &str = "```json";

/// Where in the reply the next letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nothing but white space and thoughts came so far.
    Start,
    Text,
    Inside(Block),
    /// In a reply that begins like a JSON object.
    Bare,
}

#[derive(Debug)]
pub(super) struct Blocks {
    format: Format,
    offer: Offer,
    place: Place,
    /// What was not given out yet.
    held: String,
    /// Every marker: those that open, and those that close, which may stand alone.
    markers: Vec<&'static str>,
}

impl Blocks {
    pub(super) fn new(format: &Format, offer: Offer, in_reasoning: bool) -> Self {
        let reasoning = format.blocks.iter().find(|block| block.what == What::Reasoning);
        let place = match reasoning {
            Some(block) if in_reasoning => Place::Inside(*block),
            _ => Place::Start,
        };
        let opens = format.blocks.iter().map(|block| block.open);
        let closes = format.blocks.iter().filter_map(|block| block.close);
        let markers = opens.chain(closes).collect();
        Self { format: format.clone(), offer, place, held: String::new(), markers }
    }

    pub(super) fn push(&mut self, text: &str) -> Vec<Part> {
        self.held.push_str(text);
        let mut parts = Vec::new();
        while self.step(&mut parts) {}
        parts
    }

    pub(super) fn finish(mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        loop {
            while self.step(&mut parts) {}
            let held = self.held.len();
            match self.place {
                Place::Start | Place::Text => {
                    self.give(held, Part::Text, &mut parts);
                    return parts;
                }
                Place::Bare => self.bare(&mut parts),
                Place::Inside(Block { what: What::Reasoning, .. }) => {
                    self.give(held, Part::Reasoning, &mut parts);
                    return parts;
                }
                Place::Inside(block) => {
                    let (end, close) = self.first_end(block).unwrap_or((held, ""));
                    self.close(block, end, close, &mut parts);
                }
            }
        }
    }

    /// Gives out the next part, if it is certain.
    fn step(&mut self, parts: &mut Vec<Part>) -> bool {
        match self.place {
            Place::Start if self.format.bare_calls && self.may_begin_bare() => {
                let begins = self.begins_bare();
                if begins {
                    self.place = Place::Bare;
                }
                begins
            }
            Place::Start | Place::Text => self.outside(parts),
            Place::Bare => false,
            Place::Inside(block) if block.what == What::Reasoning => self.thoughts(block, parts),
            Place::Inside(block) => match self.certain_end(block) {
                Some((end, close)) => {
                    self.close(block, end, close, parts);
                    true
                }
                None => false,
            },
        }
    }

    fn begins_bare(&self) -> bool {
        let begins = self.held.trim_start();
        begins.starts_with('{') || begins.starts_with(FENCE)
    }

    /// Whether it begins so, or may do when more has come.
    fn may_begin_bare(&self) -> bool {
        self.begins_bare() || FENCE.starts_with(self.held.trim_start())
    }

    fn outside(&mut self, parts: &mut Vec<Part>) -> bool {
        let Some((at, marker)) = first_marker(&self.held, &self.markers) else {
            let certain = self.held.len() - undecided(&self.held, &self.markers);
            if !self.held[..certain].trim().is_empty() {
                self.place = Place::Text;
            }
            self.give(certain, Part::Text, parts);
            return false;
        };
        if !self.held[..at].trim().is_empty() {
            self.place = Place::Text;
        }
        self.give(at, Part::Text, parts);
        match self.format.blocks.iter().find(|block| block.open == marker).copied() {
            // The marker of a call stays with it.
            Some(block) if block.what == What::Calls => self.place = Place::Inside(block),
            Some(block) => {
                self.give(marker.len(), Part::Marker, parts);
                self.place = Place::Inside(block);
            }
            None => self.give(marker.len(), Part::Marker, parts),
        }
        true
    }

    fn thoughts(&mut self, block: Block, parts: &mut Vec<Part>) -> bool {
        let close = block.close.unwrap_or_default();
        match self.held.find(close) {
            Some(at) => {
                self.give(at, Part::Reasoning, parts);
                self.give(close.len(), Part::Marker, parts);
                self.place = Place::Start;
                true
            }
            None => {
                let certain = self.held.len() - undecided(&self.held, &[close]);
                self.give(certain, Part::Reasoning, parts);
                false
            }
        }
    }

    /// Where calls end for certain: a marker that an argument quotes is no end.
    fn certain_end(&self, block: Block) -> Option<(usize, &'static str)> {
        let begin = block.open.len();
        let ends = self.ends(block);
        let mut from = begin;
        loop {
            let (at, marker) = first_marker(&self.held[from..], &ends)?;
            let at = from + at;
            if !calls::is_unfinished(&self.held[begin..at]) {
                return Some((at, if Some(marker) == block.close { marker } else { "" }));
            }
            from = at + marker.len();
        }
    }

    /// The first place where calls may end; for when nothing more comes.
    fn first_end(&self, block: Block) -> Option<(usize, &'static str)> {
        let begin = block.open.len();
        let (at, marker) = first_marker(&self.held[begin..], &self.ends(block))?;
        Some((begin + at, if Some(marker) == block.close { marker } else { "" }))
    }

    /// What ends calls: their own marker, or where there is none the beginning of another block.
    fn ends(&self, block: Block) -> Vec<&'static str> {
        match block.close {
            Some(close) => vec![close],
            None => self.format.blocks.iter().map(|block| block.open).collect(),
        }
    }

    /// Reads the calls that end at `end`, before the marker `close`.
    fn close(&mut self, block: Block, end: usize, close: &str, parts: &mut Vec<Part>) {
        let raw: String = self.held.drain(..end).collect();
        // A block that is named by its beginning is read with it.
        let named = block.open.ends_with('=');
        let begin = if named { 0 } else { block.open.len() };
        let missing = close.is_empty() && block.close.is_some();
        match calls::read(&raw[begin..], &mut self.offer) {
            Ok(Found { calls, mut repairs, used }) => {
                if missing {
                    repairs.push(Repair::MissingMarker);
                }
                let rest = raw[begin + used..].to_owned();
                let raw = raw[..begin + used].to_owned();
                parts.push(Part::Calls { calls, repairs, raw });
                if !rest.is_empty() {
                    parts.push(Part::Text(rest));
                }
            }
            Err(why) => parts.push(Part::Unread(Unread { raw, why })),
        }
        self.give(close.len(), Part::Marker, parts);
        self.place = Place::Text;
    }

    /// The rest of a reply, which begins like JSON: calls if it can be read so, or else text. What
    /// follows them is text, too, with calls between markers perhaps.
    fn bare(&mut self, parts: &mut Vec<Part>) {
        let raw = std::mem::take(&mut self.held);
        let fenced = raw.trim_start().strip_prefix(FENCE);
        let body = fenced.unwrap_or(&raw);
        let begin = raw.len() - body.len();
        let names: Vec<String> = self.offer.tools.iter().map(|tool| tool.name.clone()).collect();
        let offered = |name: &String| names.contains(name);
        let quoted = names.iter().any(|name| raw.contains(&format!("\"{name}\"")));
        let calls_before = self.offer.calls;
        self.place = Place::Text;
        match calls::read(body, &mut self.offer) {
            Ok(mut found)
                if self.format.only_bare_calls
                    || found.calls.iter().all(|call| offered(&call.name)) =>
            {
                if !self.format.only_bare_calls {
                    found.repairs.push(Repair::MissingMarker);
                }
                let after = body[found.used..].trim_start();
                let after = fenced.and_then(|_| after.strip_prefix("```")).unwrap_or(after);
                let after = if after.trim().is_empty() { "" } else { after };
                let raw = raw[..begin + body.len() - after.len()].to_owned();
                self.held = after.to_owned();
                parts.push(Part::Calls { calls: found.calls, repairs: found.repairs, raw });
            }
            // Who names arguments means a call, of a tool that there is not.
            Ok(found) if of_other_tool(&found, &body[..found.used]) => {
                let name = found.calls.iter().find(|call| !offered(&call.name));
                let name = calls::first_words(name.map_or("", |call| &call.name));
                let why = format!("there is no tool {name}; there are: {}", names.join(", "));
                parts.push(Part::Unread(Unread { raw, why }));
            }
            Err(why) if says_arguments(&raw) && !self.opens_calls(&raw) => {
                let unread = quoted || self.format.only_bare_calls;
                let part = |raw| Part::Unread(Unread { raw, why });
                parts.push(if unread { part(raw) } else { Part::Text(raw) });
            }
            _ => {
                self.offer.calls = calls_before;
                self.held = raw;
            }
        }
    }

    /// Whether calls between markers begin in `text`.
    fn opens_calls(&self, text: &str) -> bool {
        let mut calls = self.format.blocks.iter().filter(|block| block.what == What::Calls);
        calls.any(|block| text.contains(block.open))
    }

    /// Gives out the first `length` bytes of what is held.
    fn give(&mut self, length: usize, part: fn(String) -> Part, parts: &mut Vec<Part>) {
        if length > 0 {
            parts.push(part(self.held.drain(..length).collect()));
        }
    }
}

/// Whether `raw`, in which these calls were read, says that it is one: by a name, and by arguments that
/// are an object.
fn of_other_tool(found: &Found, raw: &str) -> bool {
    says_arguments(raw)
        && raw.contains("\"name\"")
        && found.calls.iter().all(|call| call.arguments.is_object())
}

fn says_arguments(raw: &str) -> bool {
    ["\"arguments\"", "\"parameters\""].iter().any(|key| raw.contains(key))
}
