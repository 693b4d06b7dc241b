//! Every host that is reached has a permit of its own, also those that others lead to.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::policy::{Actor, Permit, ReachNetwork, Refusal, Rules, judge};

/// Asks the policy, once for each host.
#[derive(Debug)]
pub struct Gate {
    rules: Rules,
    purpose: String,
    known: Mutex<HashSet<String>>,
}

impl Gate {
    /// Judges by `rules` what is reached to fetch the model `name`.
    pub fn new(rules: Rules, name: &str) -> Self {
        let purpose = format!("fetch the model {name}");
        Self { rules, purpose, known: Mutex::default() }
    }

    /// Leave to reach `host`, which may be the name of a registry.
    pub(super) fn permit(&self, host: &str) -> Result<Permit<ReachNetwork>, Refusal> {
        let reach = ReachNetwork { host: host.to_owned(), purpose: self.purpose.clone() };
        judge(&self.rules, Actor::Person, reach).permit()
    }

    /// Whether `host` may be reached; refused again each time, permitted once.
    pub(super) fn open(&self, host: &str) -> Result<(), Refusal> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known().contains(host) {
            self.permit(host)?;
            known().insert(host.to_owned());
        }
        Ok(())
    }
}
