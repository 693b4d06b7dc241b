//! What is the next step?
//!
//! Roles say who does what; a pure machine says what comes next: an [`Input`] in, [`Effect`]s out.
//! Nothing here reads, asks, runs or writes anything.

mod choice;
mod machine;
mod role;

pub use choice::{Attempt, Drafted};
pub use machine::{Approach, Effect, Ending, Feedback, Input, Machine, Plan, TestResult, Turn};
pub use role::{Role, RoleError, TemplateNames};
