//! Checking the chain: records that were altered, removed, inserted or put in another order.
//!
//! The chain has no key: it shows that nothing was changed behind the program's back, it does not
//! withstand someone who rewrites the whole journal with its head. Keep the last hash elsewhere
//! (a signed tag, another machine) where that matters.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::Path;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::base::Digest;
use crate::journal::read::each_line;
use crate::journal::record::{Link, is_sealed};
use crate::journal::{VERSION, head};

/// What [`verify`] found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whole lines in the journal.
    pub records: u64,
    /// In the order of the lines; none means that the journal is intact.
    pub problems: Vec<Problem>,
    /// Bytes of a record at the end that is not written to its end. No problem: the next
    /// append moves them aside.
    pub torn_bytes: usize,
}

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line of `journal.jsonl`, from 1; `None` where it is about the file as a whole.
    pub line: Option<u64>,
    #[serde(flatten)]
    pub flaw: Flaw,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Flaw {
    #[error("the journal cannot be read: {why}")]
    UnreadableFile { why: String },
    #[error("this is no record: {why}")]
    Unreadable { why: String },
    #[error("version {version} of the format is not known here")]
    UnknownVersion { version: u32 },
    #[error("record {seq} was altered: its contents do not give its hash")]
    Altered { seq: u64 },
    #[error("records {first} to {last} were removed")]
    Removed { first: u64, last: u64 },
    #[error("record {seq} was inserted: there is another record {seq}")]
    Inserted { seq: u64 },
    #[error("record {seq} was moved: it stands after record {after}")]
    Moved { seq: u64, after: u64 },
    #[error("record {seq} does not follow the record before it: their hashes do not link")]
    Unlinked { seq: u64 },
    #[error("`journal.head` is missing or damaged")]
    NoHead,
    #[error("the end was cut off: `journal.head` names record {head}, the last here is {last}")]
    CutOff { head: u64, last: u64 },
    #[error("`journal.head` names record {head}, but the last here is {last}")]
    HeadBehind { head: u64, last: u64 },
    #[error("record {seq} is not the one that `journal.head` names")]
    NotTheHead { seq: u64 },
}

impl Problem {
    pub(super) fn unreadable_file(error: &io::Error) -> Self {
        Self { line: None, flaw: Flaw::UnreadableFile { why: error.to_string() } }
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.flaw),
            None => write!(f, "{}", self.flaw),
        }
    }
}

/// Checks every line of the journal in `dir` against its hash, its neighbours and the head. An
/// event of a kind that is not known here is no problem: its line is checked like any other.
pub fn verify(dir: &Path) -> Report {
    let mut lines = Vec::new();
    let torn = each_line(dir, |_, line| lines.push(Line::parse(line)));
    let mut problems = chain(&lines);
    problems.extend(against_head(&lines, head::load(dir)));
    let torn_bytes = torn.unwrap_or_else(|error| {
        problems.push(Problem::unreadable_file(&error));
        0
    });
    Report { records: lines.len() as u64, problems, torn_bytes }
}

/// What the chain needs of a line.
enum Line {
    Record { envelope: Envelope, sealed: bool },
    UnknownVersion(u32),
    Unreadable(String),
}

#[derive(Deserialize)]
struct Envelope {
    seq: u64,
    prev: Digest,
    hash: Digest,
    #[serde(rename = "event")]
    _event: IgnoredAny,
}

impl Line {
    fn parse(line: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        match serde_json::from_slice::<Version>(line) {
            Err(error) => Self::Unreadable(error.to_string()),
            Ok(Version { v }) if v != VERSION => Self::UnknownVersion(v),
            Ok(_) => match serde_json::from_slice(line) {
                Ok(envelope) => Self::Record { envelope, sealed: is_sealed(line) },
                Err(error) => Self::Unreadable(error.to_string()),
            },
        }
    }

    fn is(&self, link: Link) -> bool {
        matches!(self, Self::Record { envelope, .. }
            if envelope.seq == link.seq && envelope.hash == link.hash)
    }

    fn seq(&self) -> Option<u64> {
        match self {
            Self::Record { envelope, .. } => Some(envelope.seq),
            _ => None,
        }
    }
}

/// Where the walk along the chain is.
struct Walk {
    /// The highest number so far.
    seq: u64,
    /// Its hash; `None` after a line that could not be read, which links to nothing.
    hash: Option<Digest>,
    seen: BTreeSet<u64>,
    problems: Vec<Problem>,
}

fn chain(lines: &[Line]) -> Vec<Problem> {
    let present: BTreeSet<u64> = lines.iter().filter_map(Line::seq).collect();
    let mut walk = Walk {
        seq: Link::START.seq,
        hash: Some(Link::START.hash),
        seen: BTreeSet::new(),
        problems: Vec::new(),
    };
    for (number, line) in (1..).zip(lines) {
        let flaws = match line {
            Line::Record { envelope, sealed } => walk.step(envelope, *sealed, &present),
            Line::UnknownVersion(version) => {
                walk.skip();
                vec![Flaw::UnknownVersion { version: *version }]
            }
            Line::Unreadable(why) => {
                walk.skip();
                vec![Flaw::Unreadable { why: why.clone() }]
            }
        };
        let problem = |flaw| Problem { line: Some(number), flaw };
        walk.problems.extend(flaws.into_iter().map(problem));
    }
    walk.problems
}

impl Walk {
    /// Passes a line that has no number to go by; it counts as the next record.
    fn skip(&mut self) {
        self.seq = self.seq.saturating_add(1);
        self.hash = None;
    }

    fn step(&mut self, record: &Envelope, sealed: bool, present: &BTreeSet<u64>) -> Vec<Flaw> {
        let seq = record.seq;
        let mut flaws = Vec::new();
        if !sealed {
            flaws.push(Flaw::Altered { seq });
        }
        if !self.seen.insert(seq) {
            flaws.push(Flaw::Inserted { seq });
            return flaws;
        }
        if seq <= self.seq {
            flaws.push(Flaw::Moved { seq, after: self.seq });
            return flaws;
        }
        let next = self.seq.saturating_add(1);
        if seq == next {
            if self.hash.is_some_and(|hash| hash != record.prev) {
                flaws.push(Flaw::Unlinked { seq });
            }
        } else if present.range(next..seq).next().is_none() {
            flaws.push(Flaw::Removed { first: next, last: seq - 1 });
        }
        (self.seq, self.hash) = (seq, Some(record.hash));
        flaws
    }
}

/// The head is at most one record behind: an append that was interrupted between line and head.
fn against_head(lines: &[Line], head: Option<Link>) -> Option<Problem> {
    let last = lines.iter().filter_map(Line::seq).max().unwrap_or(0);
    let flaw = match head {
        None if last <= 1 => None,
        None => Some(Flaw::NoHead),
        Some(head) if head.seq > last => Some(Flaw::CutOff { head: head.seq, last }),
        Some(head) if head.seq + 1 < last => Some(Flaw::HeadBehind { head: head.seq, last }),
        Some(head) => {
            let named = head == Link::START || lines.iter().any(|line| line.is(head));
            (!named).then_some(Flaw::NotTheHead { seq: head.seq })
        }
    };
    flaw.map(|flaw| Problem { line: None, flaw })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::journal::log::FILE;
    use crate::journal::{Event, Log};

    /// A journal of four records and the bytes of its files.
    static INTACT: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::open(dir.path()).unwrap();
        for what in ["a", "b", "c", "d"] {
            log.append(None, &Event::Recovered { what: what.to_owned() }).unwrap();
        }
        let file = |name| fs::read(dir.path().join(name)).unwrap();
        (file(FILE), file("journal.head"))
    });

    fn verify_bytes(journal: &[u8], head: &[u8]) -> Report {
        let dir = tempfile::tempdir().unwrap();
        put(&dir.path().join(FILE), journal);
        put(&dir.path().join("journal.head"), head);
        verify(dir.path())
    }

    fn put(path: &Path, bytes: &[u8]) {
        io::Write::write_all(&mut fs::File::create(path).unwrap(), bytes).unwrap();
    }

    /// Verifies the intact journal with its lines as `edit` leaves them.
    #[track_caller]
    fn check(edit: impl FnOnce(&mut Vec<String>), expected: &[&str]) {
        let (journal, head) = &*INTACT;
        let text = String::from_utf8(journal.clone()).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        edit(&mut lines);
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let problems = verify_bytes(text.as_bytes(), head).problems;
        let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(problems, expected);
    }

    #[test]
    fn an_intact_journal_has_no_problems() {
        check(|_| {}, &[]);
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(verify(empty.path()), Report { records: 0, problems: vec![], torn_bytes: 0 });
    }

    #[test]
    fn what_was_done_is_named() {
        let altered = "line 2: record 2 was altered: its contents do not give its hash";
        check(|lines| lines[1] = lines[1].replace(r#""b""#, r#""B""#), &[altered]);
        check(|lines| drop(lines.remove(1)), &["line 2: records 2 to 2 were removed"]);
        check(
            |lines| lines.insert(2, lines[0].clone()),
            &["line 3: record 1 was inserted: there is another record 1"],
        );
        check(|lines| lines.swap(1, 2), &["line 3: record 2 was moved: it stands after record 3"]);
        check(
            |lines| lines.truncate(2),
            &["the end was cut off: `journal.head` names record 4, the last here is 2"],
        );
        check(
            |lines| lines[2] = lines[2].replacen(r#""v":1"#, r#""v":2"#, 1),
            &["line 3: version 2 of the format is not known here"],
        );
    }

    #[test]
    fn a_torn_tail_is_no_problem() {
        let (journal, head) = &*INTACT;
        let report = verify_bytes(&[journal, &b"{\"v\""[..]].concat(), head);
        assert_eq!((report.records, report.problems, report.torn_bytes), (4, vec![], 4));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn any_changed_byte_is_noticed(at in any::<prop::sample::Index>(), by in 1u8..) {
            let (journal, head) = &*INTACT;
            let mut changed = journal.clone();
            let at = at.index(changed.len());
            changed[at] ^= by;
            prop_assert!(!verify_bytes(&changed, head).problems.is_empty(), "byte {at}");
        }

        #[test]
        fn no_bytes_make_it_panic(journal: Vec<u8>, head: Vec<u8>) {
            verify_bytes(&journal, &head);
        }
    }
}
