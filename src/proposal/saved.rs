//! Decisions that were not carried out yet, kept so that a review goes on where it was left.
//!
//! `<state>/reviews/<key>.json` holds the hunks that something was done to, each named by the digest
//! of what it says: a decision is never carried over to other lines. What cannot be read or does not
//! fit is left out and counted, and never stops a review.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use bstr::{ByteSlice, ByteVec};
use serde::{Deserialize, Serialize};

use crate::base::Digest;
use crate::proposal::hunks::{count, line};
use crate::proposal::pieces::count_parts;
use crate::proposal::{Hunk, Line, LineKind, Origin, Piece, Subject, Verdict, pieces};
use crate::repo::{Repo, RepoError, replace_state_file};

const VERSION: u32 = 1;

/// A larger file is none of ours.
const MAX_BYTES: u64 = 64 << 20;

/// Where the decisions about one change are kept.
#[derive(Clone, Debug)]
pub struct SavedReview {
    place: PathBuf,
    stamp: Option<String>,
    /// Of every hunk as the change has it, by number.
    digests: BTreeMap<u32, String>,
}

/// A review as it was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// Every hunk of the change, some of them decided.
    pub pieces: Vec<Piece>,
    /// The name of the piece that was in front.
    pub at: Option<String>,
    /// How many hunks something was done to.
    pub kept: usize,
    /// What was left out, as a sentence.
    pub problem: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    version: u32,
    stamp: Option<String>,
    at: Option<String>,
    hunks: Vec<SavedHunk>,
}

#[derive(Serialize, Deserialize)]
struct SavedHunk {
    number: u32,
    digest: String,
    parts: Vec<SavedPart>,
}

#[derive(Serialize, Deserialize)]
struct SavedPart {
    verdict: Verdict,
    #[serde(default, skip_serializing_if = "is_the_proposals")]
    origin: Origin,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    comments: Vec<String>,
    /// The first line in the new file, from 0, where there are lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    new: Option<u32>,
    /// Its lines, each behind its sign; none where it is the whole hunk as it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lines: Vec<String>,
}

/// Removes what is kept under `key`, if anything is.
pub fn forget(repo: &Repo, key: &str) -> Result<(), RepoError> {
    let place = place(repo, key);
    match fs::remove_file(&place) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(RepoError::io("remove", &place)(error))
        }
        _ => Ok(()),
    }
}

impl SavedReview {
    /// The place of the decisions about `subject`, which is made of `hunks`.
    pub fn of(repo: &Repo, subject: &Subject, hunks: &[Hunk]) -> Self {
        Self {
            place: place(repo, &subject.key),
            stamp: subject.stamp.clone(),
            digests: hunks.iter().map(|hunk| (hunk.number, digest(hunk))).collect(),
        }
    }

    /// Keeps the decisions, whole or not at all; `at` names the piece in front.
    pub fn save(&self, pieces: &[Piece], at: Option<&str>) -> Result<(), RepoError> {
        let hunks = pieces.chunk_by(|a, b| a.hunk.number == b.hunk.number).filter_map(|parts| {
            let is_fresh = |it: &Piece| it.is_untouched() && it.verdict == Verdict::Undecided;
            let number = parts[0].hunk.number;
            let digest = self.digests.get(&number).filter(|_| !parts.iter().all(is_fresh))?.clone();
            Some(SavedHunk { number, digest, parts: parts.iter().map(saved).collect() })
        });
        let record = Record {
            version: VERSION,
            stamp: self.stamp.clone(),
            at: at.map(str::to_owned),
            hunks: hunks.collect(),
        };
        if let Some(folder) = self.place.parent() {
            fs::create_dir_all(folder).map_err(RepoError::io("make the directory", folder))?;
        }
        let text = serde_json::to_vec(&record)
            .map_err(|error| RepoError::io("write", &self.place)(error.into()))?;
        replace_state_file(&self.place, &text)
    }

    /// The review of `hunks` as it was left, or from its beginning.
    pub fn resume(&self, hunks: Vec<Hunk>) -> Resumed {
        let fresh = |hunks, problem| Resumed { pieces: pieces(hunks), at: None, kept: 0, problem };
        let record = match self.read() {
            Ok(Some(record)) => record,
            Ok(None) => return fresh(hunks, None),
            Err(why) => {
                return fresh(hunks, Some(format!("kept decisions were dropped: {why}")));
            }
        };
        if record.stamp != self.stamp {
            let why = "kept decisions were dropped: they were about another version".to_owned();
            return fresh(hunks, Some(why));
        }
        self.put_together(hunks, record)
    }

    fn put_together(&self, hunks: Vec<Hunk>, record: Record) -> Resumed {
        let wanted = record.hunks.len();
        // By number first: the same lines may stand in a file twice.
        let mut by_place: BTreeMap<(String, u32), SavedHunk> = BTreeMap::new();
        for hunk in record.hunks {
            by_place.insert((hunk.digest.clone(), hunk.number), hunk);
        }
        let (mut all, mut kept) = (Vec::new(), 0);
        for hunk in hunks {
            let known = self.digests.get(&hunk.number).cloned();
            let digest = known.unwrap_or_else(|| digest(&hunk));
            let all_of_it = (digest.clone(), 0)..=(digest.clone(), u32::MAX);
            let elsewhere = by_place.range(all_of_it).next().map(|(key, _)| key.clone());
            let found = by_place.remove(&(digest, hunk.number));
            let found = found.or_else(|| by_place.remove(&elsewhere?));
            let number = hunk.number;
            match found.and_then(|saved| restored(&hunk, &saved)) {
                Some(parts) => {
                    kept += 1;
                    all.extend(parts);
                    count_parts_of_last(&mut all, number);
                }
                None => all.extend(pieces(vec![hunk])),
            }
        }
        let lost = wanted - kept.min(wanted);
        let problem = (lost > 0).then(|| {
            let hunks = if lost == 1 { "1 hunk".to_owned() } else { format!("{lost} hunks") };
            format!("decisions about {hunks} were dropped: the lines are others now")
        });
        Resumed { pieces: all, at: record.at, kept, problem }
    }

    fn read(&self) -> Result<Option<Record>, String> {
        let size = match fs::metadata(&self.place) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        if size > MAX_BYTES {
            return Err("their file is too large".to_owned());
        }
        let text = fs::read(&self.place).map_err(|error| error.to_string())?;
        let record: Record =
            serde_json::from_slice(&text).map_err(|_| "their file is damaged".to_owned())?;
        if record.version != VERSION {
            return Err("another version of this program wrote them".to_owned());
        }
        Ok(Some(record))
    }
}

fn place(repo: &Repo, key: &str) -> PathBuf {
    repo.tree_state_dir().join("reviews").join(format!("{key}.json"))
}

fn count_parts_of_last(all: &mut [Piece], number: u32) {
    let start = all.iter().rposition(|it| it.hunk.number != number).map_or(0, |at| at + 1);
    count_parts(&mut all[start..], number);
}

fn is_the_proposals(origin: &Origin) -> bool {
    *origin == Origin::Proposal
}

/// Names a hunk by what it says, wherever it stands in its file. Among the hunks of one change so
/// many digits tell any two apart.
fn digest(hunk: &Hunk) -> String {
    let mut text = hunk.path.as_bytes().to_vec();
    text.extend(format!("\n{:?}\n{}\n", hunk.kind, hunk.note.as_deref().unwrap_or("")).bytes());
    for line in &hunk.lines {
        text.push(sign(line.kind));
        text.extend(&line.bytes);
    }
    Digest::of(&text).to_string()[..24].to_owned()
}

fn sign(kind: LineKind) -> u8 {
    match kind {
        LineKind::Context => b' ',
        LineKind::Removed => b'-',
        LineKind::Added => b'+',
    }
}

fn saved(piece: &Piece) -> SavedPart {
    let is_whole = piece.part == 0 && piece.origin == Origin::Proposal;
    let text = |line: &Line| format!("{}{}", sign(line.kind) as char, line.bytes.escape_bytes());
    SavedPart {
        verdict: piece.verdict,
        origin: piece.origin,
        comments: piece.comments.clone(),
        new: (!is_whole).then_some(piece.hunk.new.start),
        lines: if is_whole { Vec::new() } else { piece.hunk.lines.iter().map(text).collect() },
    }
}

/// The pieces that were kept of `hunk`; `None` where they are not made of its lines.
fn restored(hunk: &Hunk, saved: &SavedHunk) -> Option<Vec<Piece>> {
    if let [part] = saved.parts.as_slice()
        && part.lines.is_empty()
    {
        let piece = pieces(vec![hunk.clone()]).pop()?;
        let comments = part.comments.clone();
        return Some(vec![Piece { verdict: part.verdict, comments, ..piece }]);
    }
    let mut old = hunk.old.start;
    let mut parts = Vec::new();
    for part in &saved.parts {
        let lines = lines(part, old)?;
        let number = |kind| count(lines.iter().filter(|line| line.kind != kind).count());
        let end = old + number(LineKind::Added);
        let start = part.new?;
        let new = start..start.saturating_add(number(LineKind::Removed));
        parts.push(Piece {
            hunk: Hunk { old: old..end, new, lines, ..hunk.clone() },
            part: 0,
            origin: part.origin,
            verdict: part.verdict,
            comments: part.comments.clone(),
        });
        old = end;
    }
    is_made_of(hunk, &parts).then_some(parts)
}

fn lines(part: &SavedPart, start: u32) -> Option<Vec<Line>> {
    let (mut old, mut new) = (start as usize, part.new? as usize);
    let is_numbered = part.origin == Origin::Proposal;
    let mut lines = Vec::with_capacity(part.lines.len());
    for text in &part.lines {
        let kind = match text.as_bytes().first()? {
            b' ' => LineKind::Context,
            b'-' => LineKind::Removed,
            b'+' => LineKind::Added,
            _ => return None,
        };
        let bytes = Vec::unescape_bytes(&text[1..]);
        let old_number = (kind != LineKind::Added).then_some(old);
        let new_number = (kind != LineKind::Removed && is_numbered).then_some(new);
        old += usize::from(kind != LineKind::Added);
        new += usize::from(kind != LineKind::Removed);
        lines.push(line(kind, old_number, new_number, &bytes));
    }
    (!lines.is_empty()).then_some(lines)
}

/// Whether the parts stand for the old lines of `hunk`, and say nothing as its lines that it does not.
fn is_made_of(hunk: &Hunk, parts: &[Piece]) -> bool {
    let old = parts.iter().flat_map(|part| part.hunk.old_side()).map(|line| &line.bytes);
    if hunk.kind != crate::proposal::HunkKind::Lines
        || !old.eq(hunk.old_side().map(|line| &line.bytes))
    {
        return false;
    }
    let mut new = hunk.new_side().map(|line| &line.bytes);
    let mut theirs = parts.iter().filter(|part| part.origin == Origin::Proposal);
    theirs.all(|part| part.hunk.new_side().all(|line| new.any(|it| *it == line.bytes)))
}

#[cfg(test)]
#[path = "saved_tests.rs"]
mod tests;
