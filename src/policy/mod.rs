//! What may happen?
//!
//! Everything that the program can do to the machine is one [`Action`]. Functions that act take a
//! [`Permit`], and only [`judge`] makes one. Agents, hooks and people pass the same gate.

mod action;
mod judge;

pub use action::{Act, Action, Actor, EditPath, ReachNetwork, ReadPath, RunCommand};
pub use judge::{Permit, Ruling};
