//! What does a model's reply say: which thoughts, which text, which calls?
//!
//! A reply is read as it grows. Its parts, put together, are the reply again, byte for byte:
//! nothing is lost, and what looks like a call and cannot be read comes back with the reason.

mod blocks;
mod calls;
mod format;
mod harmony;
mod json;
mod part;
mod reader;
mod tagged;

#[cfg(test)]
mod tests;

pub use format::Format;
pub use json::Repair;
pub use part::{Part, Reply, Unread};
pub use reader::Reader;
