//! What a person is asked while a task runs, and what the answer is.

use serde::{Deserialize, Serialize};

use crate::journal::Event;
use crate::policy::{Act, Action, Actor, Permit, Refusal, Ruling, judge};
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::record::Recorder;

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

/// Whoever writes down what is done, and can be asked for a person's yes.
pub trait Witness {
    fn record(&mut self, event: Event) -> Result<(), SessionError>;

    /// What a person says to a question; `None` where nobody is there.
    fn approves(&mut self, _question: Question) -> Result<Option<Approval>, SessionError> {
        Ok(None)
    }
}

/// Who only writes down asks nobody.
impl<F: FnMut(Event) -> Result<(), SessionError>> Witness for F {
    fn record(&mut self, event: Event) -> Result<(), SessionError> {
        self(event)
    }
}

impl Witness for Recorder<'_> {
    fn record(&mut self, event: Event) -> Result<(), SessionError> {
        Ok(Recorder::record(self, event)?)
    }

    fn approves(&mut self, question: Question) -> Result<Option<Approval>, SessionError> {
        Ok(self.answered(question)?)
    }
}

/// The permit for `act`, where the rules allow it or ask and a person says yes. A no has its reason in it.
pub(super) fn permitted<A: Act>(
    desk: &Desk,
    actor: Actor,
    act: A,
    witness: &mut dyn Witness,
) -> Result<Permit<A>, SessionError> {
    let ruling = judge(&desk.rules, actor, act);
    witness.record(ruling.event(actor))?;
    let answer = match Question::of(actor, &ruling) {
        Some(question) => witness.approves(question)?,
        None => None,
    };
    match answer {
        None => Ok(ruling.permit()?),
        Some(answer) => match answer.refusal() {
            None => Ok(ruling.approved("a person")?),
            Some(why) => {
                let (action, rule) = (ruling.act().action(), ruling.rule().to_owned());
                Err(Refusal { action, rule, why, asks: false }.into())
            }
        },
    }
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
