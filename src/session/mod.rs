//! Who does it?
//!
//! The one room where acts are judged, done and recorded: every other is a straight line from
//! arguments to result.

mod decide;

pub use decide::{DecideError, Desk, recover};
