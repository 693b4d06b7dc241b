//! The parts that a reply consists of.

use crate::model::ToolCall;
use crate::model::chat::reply::json::Repair;

/// A part of a reply. Untrusted, all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Thoughts: shown or hidden, never an answer.
    Reasoning(String),
    /// What is said to whoever asked.
    Text(String),
    /// What separates parts, like `<think>`. Nobody has to see it.
    Marker(String),
    /// Calls, and what had to be repaired before they could be read.
    Calls { calls: Vec<ToolCall>, repairs: Vec<Repair>, raw: String },
    /// What was meant as a call and cannot be read.
    Unread(Unread),
}

/// What was meant as a call, and why it is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub raw: String,
    /// Fit to be told to the model.
    pub why: String,
}

impl Part {
    /// The letters of the reply that this part was read from.
    pub fn raw(&self) -> &str {
        match self {
            Self::Reasoning(raw) | Self::Text(raw) | Self::Marker(raw) => raw,
            Self::Calls { raw, .. } | Self::Unread(Unread { raw, .. }) => raw,
        }
    }
}

/// A whole reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub reasoning: String,
    pub text: String,
    pub calls: Vec<ToolCall>,
    pub repairs: Vec<Repair>,
    pub unread: Vec<Unread>,
}

impl Reply {
    /// Puts `parts` together. White space between text and thoughts or calls belongs to the layout
    /// and is left out.
    pub fn of(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut reply = Self::default();
        for part in parts {
            match part {
                Part::Reasoning(text) => reply.reasoning += &text,
                Part::Text(text) => reply.text += &text,
                Part::Marker(_) => {}
                Part::Calls { calls, repairs, .. } => {
                    reply.calls.extend(calls);
                    reply.repairs.extend(repairs);
                }
                Part::Unread(unread) => reply.unread.push(unread),
            }
        }
        reply.reasoning = reply.reasoning.trim().to_owned();
        reply.text = reply.text.trim_matches('\n').to_owned();
        if !reply.calls.is_empty() {
            reply.text = reply.text.trim().to_owned();
        }
        reply
    }
}
