//! One record and its line: `{"v":1,"seq":…,"time":…,"task":…,"event":…,"prev":…,"hash":…}`.
//!
//! `hash` is the SHA-256 of the line's own bytes with the `hash` member taken out, that is of
//! everything before `,"hash":"…"}` followed by `}`. It is computed from stored bytes, never from
//! a record that was parsed and written again, so no byte of a line is outside of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::{Digest, TaskId};
use crate::journal::Event;

/// The version of the format, `v` in every record.
pub const VERSION: u32 = 1;

/// Something that happened, when, and its place in the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub v: u32,
    /// Counts from 1, without gaps.
    pub seq: u64,
    pub time: Timestamp,
    /// The task it belongs to, if to any.
    pub task: Option<TaskId>,
    pub event: Event,
    /// The hash of the record before; all zero in the first.
    pub prev: Digest,
    pub hash: Digest,
}

/// What the hash covers, in the order in which it is written.
#[derive(Serialize)]
struct Body<'a> {
    v: u32,
    seq: u64,
    time: Timestamp,
    task: Option<&'a TaskId>,
    event: &'a Event,
    prev: Digest,
}

/// A record's number and hash: where the chain goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    pub(super) seq: u64,
    pub(super) hash: Digest,
}

impl Link {
    /// What the first record follows.
    pub(super) const START: Self = Self { seq: 0, hash: Digest::zero() };
}

/// Writes the record that follows `after` as a line with its line feed.
pub(super) fn encode(
    after: Link,
    time: Timestamp,
    task: Option<&TaskId>,
    event: &Event,
) -> serde_json::Result<(Record, Vec<u8>)> {
    let body = Body { v: VERSION, seq: after.seq + 1, time, task, event, prev: after.hash };
    let mut line = serde_json::to_vec(&body)?;
    let hash = Digest::of(&line);
    line.pop();
    line.extend_from_slice(seal(hash).as_bytes());
    line.push(b'\n');
    let record = Record {
        v: VERSION,
        seq: body.seq,
        time,
        task: task.cloned(),
        event: event.clone(),
        prev: after.hash,
        hash,
    };
    Ok((record, line))
}

/// Whether `line`, without its line feed, ends in the digest of the rest of it.
pub(super) fn is_sealed(line: &[u8]) -> bool {
    let Some(cut) = line.len().checked_sub(seal(Digest::zero()).len()) else {
        return false;
    };
    let mut body = line[..cut].to_vec();
    body.push(b'}');
    // Compared as text: a digest can be spelt in more than one way, a line cannot.
    &line[cut..] == seal(Digest::of(&body)).as_bytes()
}

/// The end of every line.
fn seal(hash: Digest) -> String {
    format!(r#","hash":"{hash}"}}"#)
}
