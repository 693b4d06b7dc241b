//! What does the human decide?
//!
//! The review of one change: files by risk, their hunks, a verdict on each, then apply or leave.
//! `update` changes the state and names effects, `view` draws it, and neither does I/O; `run` is
//! the loop that reads keys and has effects carried out, `terminal` the only one that knows the
//! terminal. Nothing here touches the work tree: accepted hunks go to whoever called.

mod actions;
mod colours;
mod decide;
mod diff;
mod input;
mod keys;
mod layout;
mod piece;
mod plain;
mod risk;
mod run;
mod state;
#[cfg(test)]
mod storm;
mod summary;
mod terminal;
#[cfg(test)]
mod testing;
mod text;
mod theme;
mod update;
mod view;

pub use actions::Actions;
pub use input::ReviewInput;
pub use plain::run_plain;
pub use risk::{Risk, risk};
pub use run::{Outcome, ReviewError, run, run_on};
pub use terminal::Terminal;
pub use theme::Theme;
