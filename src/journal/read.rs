//! Reading: every record that can be read, and what was in the way of the others.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use bstr::ByteSlice;
use serde::Deserialize;

use crate::base::TaskId;
use crate::journal::log::FILE;
use crate::journal::record::is_sealed;
use crate::journal::{Flaw, Problem, Record, VERSION};

/// Reads the journal in `dir`, oldest record first. A journal that is not there has no records;
/// half a line at the end is one that is still being written. Neither is a problem.
pub fn read(dir: &Path) -> (Vec<Record>, Vec<Problem>) {
    let mut records = Vec::new();
    let mut problems = Vec::new();
    let end = each_line(dir, |number, line| match parse(line) {
        Ok(record) => records.push(record),
        Err(flaw) => problems.push(Problem { line: Some(number), flaw }),
    });
    if let Err(error) = end {
        problems.push(Problem::unreadable_file(&error));
    }
    (records, problems)
}

/// The records of one task, oldest first. Lines that do not name it are not taken apart, and what
/// cannot be read is left out.
pub fn of_task(dir: &Path, task: &TaskId) -> Vec<Record> {
    let mut records = Vec::new();
    let name = task.as_str().as_bytes();
    let read = each_line(dir, |_, line| {
        if line.find(name).is_some() {
            let record = parse(line).ok().filter(|it| it.task.as_ref() == Some(task));
            records.extend(record);
        }
    });
    if let Err(error) = read {
        tracing::debug!(%error, "the journal could not be read to its end");
    }
    records
}

/// The lines of a task's records as they stand, each with its line feed: a transcript.
pub fn transcript(dir: &Path, task: &TaskId) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    each_line(dir, |_, line| {
        if parse(line).is_ok_and(|record| record.task.as_ref() == Some(task)) {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
    })?;
    Ok(text)
}

/// Reads the records of a transcript. Each line is checked against its own hash; that none is missing
/// cannot be.
pub fn read_transcript(text: &[u8]) -> (Vec<Record>, Vec<Problem>) {
    let mut records = Vec::new();
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        match parse(line) {
            _ if line.is_empty() => {}
            Ok(record) if is_sealed(line) => records.push(record),
            Ok(Record { seq, .. }) => {
                problems.push(Problem { line: Some(number), flaw: Flaw::Altered { seq } });
            }
            Err(flaw) => problems.push(Problem { line: Some(number), flaw }),
        }
    }
    (records, problems)
}

/// Hands every whole line, without its line feed, to `visit` with its number from 1. Gives the
/// number of bytes of half a line at the end.
pub(super) fn each_line(dir: &Path, mut visit: impl FnMut(u64, &[u8])) -> io::Result<usize> {
    let file = match File::open(dir.join(FILE)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        reader.read_until(b'\n', &mut line)?;
        match line.strip_suffix(b"\n") {
            Some(whole) => visit(number, whole),
            None => break,
        }
    }
    Ok(line.len())
}

fn parse(line: &[u8]) -> Result<Record, Flaw> {
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }
    let unreadable = |error: serde_json::Error| Flaw::Unreadable { why: error.to_string() };
    let Version { v } = serde_json::from_slice(line).map_err(unreadable)?;
    if v != VERSION {
        return Err(Flaw::UnknownVersion { version: v });
    }
    serde_json::from_slice(line).map_err(unreadable)
}
