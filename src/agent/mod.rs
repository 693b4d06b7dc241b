//! What is the next step?
//!
//! Roles say who does what; a pure machine says what comes next: an [`Input`] in, [`Effect`]s out.
//! Nothing here reads, asks, runs or writes anything.

mod answer;
mod answer_form;
mod choice;
mod machine;
mod numbered;
mod rights;
mod role;
mod roles;
mod steps;
mod validate;

pub use answer::{Answer, Dropped, Quote};
pub use answer_form::answer_form;
pub use choice::{Attempt, Behaviour, Drafted};
pub use machine::{Approach, Effect, Ending, Feedback, Input, Machine, Plan, TestResult, Turn};
pub use numbered::{Numbered, numbered};
pub use role::{Budget, Contract, Reads, Role, TemplateNames};
pub use roles::{Known, LeftOut, RoleError, Roles};
pub use steps::{Step, step};
pub use validate::{Mistake, Surroundings, mistakes};
