//! What a person is asked while a task runs, and what the answer is.

use serde::{Deserialize, Serialize};

use crate::policy::{Act, Action, Actor, Ruling};

/// Somebody wants to do something that a rule asks a person about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub actor: Actor,
    pub action: Action,
    /// The rule that asks, and why.
    pub rule: String,
    pub why: String,
}

/// What the person says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Approval {
    /// Yes, this time.
    Once,
    /// Yes, and the same rule need not ask about the same thing again in this session.
    Session,
    /// No; the reason goes back to whoever wanted it.
    Denied { reason: String },
}

impl Question {
    /// What `ruling` asks a person, if it does.
    pub(super) fn of<A: Act>(actor: Actor, ruling: &Ruling<A>) -> Option<Self> {
        match ruling {
            Ruling::Ask { act, rule, why } => {
                Some(Self { actor, action: act.action(), rule: rule.clone(), why: why.clone() })
            }
            Ruling::Allow(_) | Ruling::Deny { .. } => None,
        }
    }
}

impl Approval {
    /// Why not, in the words for whoever asked; `None` for a yes.
    pub(super) fn refusal(&self) -> Option<String> {
        match self {
            Self::Once | Self::Session => None,
            Self::Denied { reason } if reason.trim().is_empty() => {
                Some("a person said no".to_owned())
            }
            Self::Denied { reason } => Some(format!("a person said no: {}", reason.trim())),
        }
    }
}
