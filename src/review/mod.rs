//! What does the human decide?
//!
//! The review of one change: files by risk, their hunks, a verdict on each, then apply or leave.
//! `update` changes the state and names effects, `view` draws it, and neither does I/O; `run` is the
//! loop that reads keys and has effects carried out, `terminal` the only one that knows the terminal,
//! and `ending` what the system asks for. `look` is how it is looked at: `page` lays the hunk in front
//! out, `moved` finds code that was moved, `search` and `palette` find the rest; `walk` and `mouse` go
//! from place to place, `cut` points between lines; `commands` are all keys. Nothing here touches the
//! work tree: accepted hunks go to whoever called.

mod actions;
mod around;
mod colours;
mod commands;
mod cut;
mod decide;
mod diff;
mod ending;
pub(crate) mod fuzzy;
mod hints;
mod input;
mod keys;
mod layout;
mod look;
mod mouse;
mod moved;
mod overlay;
mod page;
mod painter;
mod palette;
mod performing;
mod piece;
mod plain;
mod rehearsal;
mod risk;
mod run;
mod search;
mod space;
mod spoken;
mod state;
#[cfg(test)]
mod storm;
mod summary;
mod terminal;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod text;
mod theme;
mod update;
mod view;
mod walk;
mod watchdog;
mod way;
mod whole;

pub use actions::Actions;
pub use ending::is_ending;
pub use input::ReviewInput;
pub use plain::run_plain;
pub use rehearsal::Rehearsal;
pub use risk::{Risk, risks};
pub use run::{Outcome, ReviewError, run, run_on};
pub use terminal::Terminal;
pub(crate) use theme::Paint;
pub use theme::Theme;
pub(crate) use update::counted;
pub(crate) use view::spread;
pub(crate) use way::Where;
