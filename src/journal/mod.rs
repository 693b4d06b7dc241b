//! What happened?
//!
//! One append-only, hash-chained record per repository: everything read, asked, answered, allowed,
//! denied, changed and overridden. Only `session` writes it.
//!
//! | file | what it holds |
//! |---|---|
//! | `journal.jsonl` | one record a line, see [`Record`] |
//! | `journal.head` | number and digest of the newest record, so that a cut tail is noticed |
//! | `journal.lock` | nothing; locked while a record is appended |
//! | `journal.torn-N` | half a line that an interrupted run left behind |

mod clock;
mod event;
mod head;
mod log;
mod read;
mod record;
mod summary;
mod tail;
mod verify;

pub use clock::now;
pub use event::{Change, DecidedPart, Event, Source};
pub use log::{JournalError, Log};
pub use read::{of_task, read, read_transcript, transcript};
pub use record::{Record, VERSION};
pub use verify::{Flaw, Problem, Report, verify};
