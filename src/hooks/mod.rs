//! What runs when git or CI asks?
//!
//! A change is checked before it becomes a commit: does it still parse, was a merge left half
//! done, does it carry a secret? Findings become a report for a person, a script or a CI service.
//! Nothing here needs a model, and nothing here changes a file but the hook itself.

mod check;
mod github;
mod install;
mod markers;
mod parse;
mod sarif;
mod secrets;
mod text;

pub use check::{Finding, Reading, Report, Rule, check};
pub use github::github;
pub use install::{HookError, Installed, State, Uninstalled, install, status, uninstall};
pub use sarif::sarif;
pub use text::{advice, text};
