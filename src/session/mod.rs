//! Who does it?
//!
//! The loop that turns a task into a proposal: the machine of `agent` says what comes next, `run`
//! does it (`find` locates, `open` packs, `round` asks, `draft` applies, `trial` tests), `record`
//! writes it down and shows it. The only room that writes the journal.

mod checks;
mod command;
mod decide;
mod draft;
mod driver;
mod find;
mod kept;
mod open;
mod practice;
mod read;
mod record;
mod report;
mod round;
mod run;
mod scratch;
mod test_commands;
mod trial;
mod trouble;
mod verify;

pub use checks::{Checked, Checks, Record};
pub use decide::{DecideError, Desk, recover};
pub use driver::{Request, SessionError, Workshop, propose};
pub use practice::{exercises, practise};
pub use record::Observer;
pub use report::{Report, TestRun};
pub use test_commands::test_commands;
