//! Replies in channels, as gpt-oss writes them.
//!
//! A message is `<|start|>ROLE<|channel|>CHANNEL to=RECIPIENT<|message|>…<|end|>`. The prompt ends
//! with the role, so a reply begins at the channel. The channel `analysis` holds thoughts; what is
//! sent to `functions.NAME` is a call, and all else is text.

use crate::model::chat::reply::calls::{self, named};
use crate::model::chat::reply::part::{Part, Unread};
use crate::model::chat::reply::reader::{Offer, first_marker, undecided};

const MESSAGE: &str = "<|message|>";
/// What stands before a recipient.
const TO: &str = "to=";
/// Recipients that are no tools.
const PEOPLE: [&str; 3] = ["assistant", "user", "all"];
const HEADERS: [&str; 3] = ["<|start|>", "<|channel|>", MESSAGE];
const ENDS: [&str; 3] = ["<|end|>", "<|return|>", "<|call|>"];

#[derive(Debug)]
enum Place {
    /// Nothing came so far. The prompt ends amid a header, which may go on with a recipient.
    Start,
    Text,
    Thoughts,
    Header,
    /// In a message to a tool, with the header as it was written.
    Call {
        name: String,
        header: String,
    },
}

#[derive(Debug)]
pub(super) struct Harmony {
    offer: Offer,
    place: Place,
    held: String,
}

impl Harmony {
    pub(super) fn new(offer: Offer) -> Self {
        Self { offer, place: Place::Start, held: String::new() }
    }

    pub(super) fn push(&mut self, text: &str) -> Vec<Part> {
        self.held.push_str(text);
        let mut parts = Vec::new();
        while self.step(&mut parts) {}
        parts
    }

    pub(super) fn finish(mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        while self.step(&mut parts) {}
        let rest = self.held.len();
        match self.place {
            Place::Start | Place::Text => self.give(rest, Part::Text, &mut parts),
            Place::Thoughts => self.give(rest, Part::Reasoning, &mut parts),
            Place::Call { .. } => self.call(rest, &mut parts),
            Place::Header => {
                let raw = std::mem::take(&mut self.held);
                let why = format!("the message has no `{MESSAGE}`");
                parts.push(Part::Unread(Unread { raw, why }));
            }
        }
        parts
    }

    fn step(&mut self, parts: &mut Vec<Part>) -> bool {
        match self.place {
            Place::Start => return self.start(),
            Place::Header => return self.header(parts),
            _ => {}
        }
        let markers = [HEADERS, ENDS].concat();
        let Some((at, marker)) = first_marker(&self.held, &markers) else {
            let certain = self.held.len() - undecided(&self.held, &markers);
            match self.place {
                Place::Text => self.give(certain, Part::Text, parts),
                Place::Thoughts => self.give(certain, Part::Reasoning, parts),
                Place::Call { .. } | Place::Header | Place::Start => {}
            }
            return false;
        };
        match self.place {
            Place::Thoughts => self.give(at, Part::Reasoning, parts),
            Place::Call { .. } => self.call(at, parts),
            Place::Text | Place::Header | Place::Start => self.give(at, Part::Text, parts),
        }
        self.place = Place::Text;
        if HEADERS.contains(&marker) {
            self.place = Place::Header;
        } else {
            self.give(marker.len(), Part::Marker, parts);
        }
        true
    }

    /// Sees whether the reply goes on with the header of the prompt.
    fn start(&mut self) -> bool {
        let begins = self.held.trim_start();
        if TO.starts_with(begins) {
            return false;
        }
        self.place = if begins.starts_with(TO) { Place::Header } else { Place::Text };
        true
    }

    /// Reads a header that is complete.
    fn header(&mut self, parts: &mut Vec<Part>) -> bool {
        let Some(end) = self.held.find(MESSAGE).map(|at| at + MESSAGE.len()) else { return false };
        let header: String = self.held.drain(..end).collect();
        let words = header.replace("<|", " <|").replace("|>", "|> ");
        let mut words = words.split_whitespace();
        let recipient = words.clone().find_map(|word| word.strip_prefix(TO));
        let recipient = recipient.filter(|to| !PEOPLE.contains(to));
        let channel = words.find(|word| *word == "<|channel|>").and_then(|_| words.next());
        self.place = match recipient.map(|to| named(to.strip_prefix("functions.").unwrap_or(to))) {
            Some(Ok(name)) => Place::Call { name: name.to_owned(), header: header.clone() },
            _ if channel == Some("analysis") => Place::Thoughts,
            _ => Place::Text,
        };
        if !matches!(self.place, Place::Call { .. }) {
            parts.push(Part::Marker(header));
        }
        true
    }

    /// Reads the call whose arguments end at `end`.
    fn call(&mut self, end: usize, parts: &mut Vec<Part>) {
        let place = std::mem::replace(&mut self.place, Place::Text);
        let Place::Call { name, header } = place else { return };
        let body: String = self.held.drain(..end).collect();
        let mut repairs = Vec::new();
        let arguments = calls::arguments(&body, &mut repairs);
        let raw = header + &body;
        parts.push(match arguments {
            Ok(arguments) => {
                let call = calls::call(&mut self.offer, "", &name, arguments);
                Part::Calls { calls: vec![call], repairs, raw }
            }
            Err(why) => Part::Unread(Unread { raw, why }),
        });
    }

    fn give(&mut self, length: usize, part: fn(String) -> Part, parts: &mut Vec<Part>) {
        if length > 0 {
            parts.push(part(self.held.drain(..length).collect()));
        }
    }
}
