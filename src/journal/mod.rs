//! What happened?
//!
//! One append-only, hash-chained record per repository: everything read, asked, answered, allowed,
//! denied, changed and overridden. Only `session` writes it.

mod event;

pub use event::{Change, Event, Source};
