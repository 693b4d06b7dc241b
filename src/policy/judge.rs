//! The gate: an act and who wants it in, a ruling out.

use crate::policy::Act;

/// Leave to do one act. Nothing outside this file can make one.
#[derive(Debug, Clone)]
pub struct Permit<A: Act> {
    act: A,
    rule: String,
}

impl<A: Act> Permit<A> {
    /// What is permitted.
    pub fn act(&self) -> &A {
        &self.act
    }

    /// The rule that permits it.
    pub fn rule(&self) -> &str {
        &self.rule
    }
}

/// What the gate says.
#[derive(Debug, Clone)]
pub enum Ruling<A: Act> {
    /// Go ahead.
    Allow(Permit<A>),
    /// Only if a person says yes; [`Ruling::approved`] turns the yes into a permit.
    Ask { act: A, rule: String, why: String },
    /// No.
    Deny { act: A, rule: String, why: String },
}
