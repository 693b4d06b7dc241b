//! What is the next step?
//!
//! Roles say who does what; a pure machine says what comes next: an [`Input`] in, [`Effect`]s out.
//! Nothing here reads, asks, runs or writes anything.

mod machine;
mod role;

pub use machine::{Effect, Ending, Feedback, Input, Machine, Plan, TestResult, Turn};
pub use role::{Role, RoleError, TemplateNames};
