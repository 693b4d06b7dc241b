//! What may happen?
//!
//! Everything that the program can do to the machine is one [`Action`]. Functions that act take a
//! [`Permit`], and only [`judge()`] makes one. Agents, hooks and people pass the same gate.

mod action;
mod cedar;
mod guard;
mod judge;
mod rules;
pub mod sandbox;
mod statements;
mod texts;

pub use action::{Act, Action, Actor, EditPath, ReachNetwork, ReadPath, RunCommand};
pub use judge::{Permit, Refusal, Ruling, judge};
pub use rules::{Layer, PolicyError, PolicyFile, Rule, Rules, may_read};
pub use sandbox::{Confinement, Sandbox};
pub use texts::RuleTexts;
