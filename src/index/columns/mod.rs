//! What lies side by side in one mapped file?
//!
//! A file of parts: numbers in columns, strings with their ends, whole values. To open one costs
//! next to nothing, and only what is looked at is read from the disk.

mod stored;
mod rows;
mod dictionary;

pub(super) use dictionary::Dictionary;
pub(super) use rows::{entry, numbers, push_entry, push_row, push_varint, row, varint};
pub(super) use stored::{Kind, Stored, store};

use serde::{Deserialize, Serialize};

/// Bytes of a value; they are small, so its fields have no names.
pub(super) fn encode(value: &impl Serialize) -> Vec<u8> {
    postcard::to_extend(value, Vec::new()).unwrap_or_default()
}

/// The value that [`encode`] made bytes of.
pub(super) fn decode<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}
