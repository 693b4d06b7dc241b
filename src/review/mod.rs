//! What does the human decide?
//!
//! The review of one proposal: files by risk, their hunks, a verdict on each, then apply or leave.
//! `update` changes the state and names effects, `view` draws it, and neither does I/O; `run` is
//! the loop that reads keys and has effects carried out, `terminal` the only one that knows the
//! terminal. `look` is how it is looked at: `page` lays the hunk in front out, `moved` finds code that
//! was moved, `search` and `palette` find the rest; `commands` are all keys. Nothing here touches the work tree: accepted hunks go to whoever called.

mod around;
mod colours;
mod commands;
mod diff;
mod hints;
mod input;
mod keys;
mod layout;
mod look;
mod moved;
mod overlay;
mod page;
mod painter;
mod palette;
mod rehearsal;
mod risk;
mod run;
mod search;
mod space;
mod state;
mod terminal;
#[cfg(test)]
mod testing;
mod text;
mod theme;
mod update;
mod view;
mod whole;

pub use input::ReviewInput;
pub use rehearsal::Rehearsal;
pub use risk::{Risk, risk, risks};
pub use run::{Outcome, ReviewError, run};
pub use theme::Theme;
