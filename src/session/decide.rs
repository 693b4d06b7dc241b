//! What a person decides about proposals: apply, reject, undo, redo.
//!
//! Each passes the gate file by file and is recorded, whether it was done or refused. The decision
//! is recorded before the first byte is written, the outcome after the last.

use crate::base::{Digest, Hint, ProposalId, RepoPath};
use crate::journal::{Change, DecidedPart, Event, JournalError, Log};
use crate::policy::{Actor, EditPath, Permit, ReadPath, Refusal, Rules, Ruling, judge};
use crate::proposal::{
    self, ApplyError, Origin, Piece, Proposal, ProposalError, Receipt, RolledBack, Status, Subject,
    Verdict, Verdicts, Version, Written,
};
use crate::repo::Repo;
use crate::session::read::AgentRules;

/// Where a person decides: a repository, the rules in force, and the journal.
pub struct Desk {
    pub(super) repo: Repo,
    pub(super) rules: Rules,
    /// What people keep from agents beside the rules.
    pub(super) kept: AgentRules,
    pub(super) log: Log,
}

/// Why a decision was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    #[error(transparent)]
    Proposal(#[from] ProposalError),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("proposal `{0}` was rejected")]
    RejectedBefore(ProposalId),
    #[error("proposal `{0}` is applied")]
    AppliedBefore(ProposalId),
}

impl Hint for DecideError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Proposal(error) => error.hint(),
            Self::Apply(error) => error.hint(),
            Self::Refused(error) => error.hint(),
            Self::Journal(error) => error.hint(),
            Self::RejectedBefore(_) => Some("have it made anew with `countersign propose`".into()),
            Self::AppliedBefore(_) => Some("run `countersign undo` first".into()),
        }
    }
}

impl Desk {
    /// Opens the journal of `repo`.
    pub fn open(repo: Repo, rules: Rules) -> Result<Self, DecideError> {
        let log = Log::open(&repo.state_dir())?;
        Ok(Self { repo, rules, kept: AgentRules::default(), log })
    }

    /// The repository that is decided about.
    pub fn repo(&self) -> &Repo {
        &self.repo
    }

    /// Leave to show `path` to a model; a refusal is written down.
    pub fn show(&self, path: RepoPath) -> Result<Permit<ReadPath>, DecideError> {
        let ruling = judge(&self.rules, Actor::Agent, ReadPath { path });
        if !matches!(ruling, Ruling::Allow(_)) {
            self.record(&ruling.event(Actor::Agent))?;
        }
        Ok(ruling.permit()?)
    }

    /// Writes the accepted hunks of `proposal` to the work tree.
    pub fn apply(&self, proposal: &Proposal, verdicts: &Verdicts) -> Result<Receipt, DecideError> {
        let subject = Subject::of(proposal);
        let pieces = proposal::decided(subject.hunks(), verdicts);
        self.apply_pieces(proposal, &subject, &pieces)
    }

    /// Writes what was decided about the pieces of `proposal`.
    pub fn apply_pieces(
        &self,
        proposal: &Proposal,
        subject: &Subject,
        pieces: &[Piece],
    ) -> Result<Receipt, DecideError> {
        if proposal.rejected {
            return Err(DecideError::RejectedBefore(proposal.id.clone()));
        }
        self.carry_out(subject, pieces)
    }

    /// Writes what was decided about any change: what is accepted is put into the files, or what is
    /// rejected is taken out of them where they have it already.
    pub fn carry_out(&self, subject: &Subject, pieces: &[Piece]) -> Result<Receipt, DecideError> {
        let id = &subject.id;
        self.record(&decision(subject, pieces))?;
        let receipt = match self.write(subject, pieces) {
            Ok(receipt) => receipt,
            Err(error) => {
                self.record(&Event::ApplyRefused { proposal: id.clone(), why: error.to_string() })?;
                return Err(error);
            }
        };
        self.record(&Event::Applied {
            proposal: id.clone(),
            receipt: receipt.id.clone(),
            changes: receipt.files.iter().map(forwards).collect(),
        })?;
        if pieces.iter().all(|piece| piece.verdict != Verdict::Undecided) {
            // What was done is done: decisions that cannot be removed are only opened once more.
            let _ = proposal::forget(&self.repo, &subject.key);
        }
        Ok(receipt)
    }

    /// Puts `proposal` aside.
    pub fn reject(&self, proposal: &Proposal) -> Result<(), DecideError> {
        let status = proposal::status(proposal, &proposal::receipts(&self.repo)?);
        if matches!(status, Status::Applied | Status::Partly) {
            return Err(DecideError::AppliedBefore(proposal.id.clone()));
        }
        proposal::reject(&self.repo, &proposal.id)?;
        let _ = proposal::forget(&self.repo, proposal.id.as_str());
        self.record(&Event::Rejected { proposal: proposal.id.clone() })
    }

    /// Takes back what the last apply wrote.
    pub fn undo(&self) -> Result<Receipt, DecideError> {
        let receipt = proposal::undoable(&self.repo)?;
        let permits = self.permits(receipt.files.iter().map(|file| &file.path))?;
        let receipt = proposal::undo(&self.repo, &receipt, &permits)?;
        let changes = receipt.files.iter().map(backwards).collect();
        self.record(&Event::Undone { receipt: receipt.id.clone(), changes })?;
        Ok(receipt)
    }

    /// Writes again what the last undo took back.
    pub fn redo(&self) -> Result<Receipt, DecideError> {
        let receipt = proposal::redoable(&self.repo)?;
        let permits = self.permits(receipt.files.iter().map(|file| &file.path))?;
        let receipt = proposal::redo(&self.repo, &receipt, &permits)?;
        let changes = receipt.files.iter().map(forwards).collect();
        self.record(&Event::Redone { receipt: receipt.id.clone(), changes })?;
        Ok(receipt)
    }

    fn write(&self, subject: &Subject, pieces: &[Piece]) -> Result<Receipt, DecideError> {
        let plan = proposal::plan(&self.repo, subject, pieces)?;
        let permits = self.permits(plan.files.iter().map(|file| &file.path))?;
        Ok(proposal::write(&self.repo, &plan, &permits)?)
    }

    /// A permit for every path, or the first refusal. The person is here and has asked for it, so
    /// what would be asked is a yes.
    fn permits<'a>(
        &self,
        paths: impl Iterator<Item = &'a RepoPath>,
    ) -> Result<Vec<Permit<EditPath>>, DecideError> {
        let mut permits = Vec::new();
        for path in paths {
            let ruling = judge(&self.rules, Actor::Person, EditPath { path: path.clone() });
            self.record(&ruling.event(Actor::Person))?;
            permits.push(ruling.approved("the person who applies")?);
        }
        Ok(permits)
    }

    fn record(&self, event: &Event) -> Result<(), DecideError> {
        self.log.append(None, event)?;
        Ok(())
    }
}

/// Rolls back what an interrupted run left half-done, and records it. Call it before anything else
/// looks at the work tree; where nothing was interrupted it only looks.
pub fn recover(repo: &Repo) -> Result<Vec<RolledBack>, DecideError> {
    let rolled_back = proposal::recover(repo)?;
    if !rolled_back.is_empty() {
        let log = Log::open(&repo.state_dir())?;
        for it in &rolled_back {
            log.append(None, &Event::Recovered { what: it.to_string() })?;
        }
    }
    Ok(rolled_back)
}

/// What is recorded of the decisions: who worded every line that is written can be told from it.
fn decision(subject: &Subject, pieces: &[Piece]) -> Event {
    let whole = |verdict| {
        let hunks = pieces.chunk_by(|a, b| a.hunk.number == b.hunk.number);
        let all = hunks.filter(|parts| parts.iter().all(|piece| piece.verdict == verdict));
        let mut numbers: Vec<u32> = all.map(|parts| parts[0].hunk.number).collect();
        numbers.sort_unstable();
        numbers
    };
    Event::Decided {
        proposal: subject.id.clone(),
        accepted: whole(Verdict::Accepted),
        rejected: whole(Verdict::Rejected),
        parts: pieces.iter().filter(|piece| !piece.is_untouched()).map(part).collect(),
    }
}

fn part(piece: &Piece) -> DecidedPart {
    let text = piece.text();
    let by = match piece.origin {
        Origin::Proposal => "proposal",
        Origin::Person => "person",
        Origin::Revision => "revision",
    };
    let old = &piece.hunk.old;
    DecidedPart {
        hunk: piece.hunk.number,
        part: piece.part,
        verdict: piece.verdict.word().to_owned(),
        by: by.to_owned(),
        old: [old.start + 1, old.end - old.start],
        digest: Digest::of(&text),
        text: (piece.origin != Origin::Proposal)
            .then(|| String::from_utf8_lossy(&text).into_owned()),
        comments: piece.comments.clone(),
    }
}

fn forwards(file: &Written) -> Change {
    change(&file.path, file.before.as_ref(), file.after.as_ref())
}

fn backwards(file: &Written) -> Change {
    change(&file.path, file.after.as_ref(), file.before.as_ref())
}

fn change(path: &RepoPath, before: Option<&Version>, after: Option<&Version>) -> Change {
    let digest = |version: Option<&Version>| -> Option<Digest> { version.map(|it| it.digest) };
    Change { path: path.clone(), before: digest(before), after: digest(after) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::Value;

    use super::*;
    use crate::config::Mode;
    use crate::journal;
    use crate::proposal::NewProposal;
    use crate::repo::FileChange;
    use crate::repo::testing::{path, put, scratch, state};

    /// Runs `work` at a desk with a proposal that writes to `name`, and lists the journal: what
    /// happened without its arguments, and the names replaced.
    #[track_caller]
    fn check(name: &str, work: impl FnOnce(&Desk, &Proposal), expected: &[&str]) {
        let (_dir, repo) = scratch(&[("a", "1\n")]);
        let before = repo.read(&path(name)).unwrap();
        let change = FileChange { path: path(name), before, after: Some(state("2\n")) };
        let new = NewProposal {
            snapshot: repo.snapshot().unwrap(),
            changes: vec![change],
            title: "Two".into(),
            task: String::new(),
            model: None,
            verification: Value::Null,
            trailers: Vec::new(),
        };
        let proposal = proposal::store(&repo, &new).unwrap();
        let desk = Desk::open(repo, Rules::built_in(Mode::Ask).unwrap()).unwrap();
        work(&desk, &proposal);
        let (records, problems) = journal::read(&desk.repo.state_dir());
        assert_eq!(problems, []);
        let said: Vec<String> = records.iter().map(|record| record.event.summary()).collect();
        let short = |line: &String| {
            let line = line.split(" (rule").next().unwrap_or_default();
            let line = line.replace(proposal.id.as_str(), "P");
            match line.split_once(" r-") {
                Some((words, rest)) => format!("{words} R:{}", rest.split_once(':').unwrap().1),
                None => line,
            }
        };
        assert_eq!(said.iter().map(short).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_decision_is_judged_and_recorded() {
        let work = |desk: &Desk, proposal: &Proposal| {
            desk.apply(proposal, &Verdicts::accept_all(1)).unwrap();
            assert!(matches!(desk.reject(proposal), Err(DecideError::AppliedBefore(_))));
            desk.undo().unwrap();
            desk.redo().unwrap();
            desk.undo().unwrap();
            desk.reject(proposal).unwrap();
        };
        let expected = [
            "P: 1 accepted, 0 rejected",
            "allow: person edit `a`",
            "applied P as R: a",
            "allow: person edit `a`",
            "undid R: a",
            "allow: person edit `a`",
            "redid R: a",
            "allow: person edit `a`",
            "undid R: a",
            "rejected P",
        ];
        check("a", work, &expected);
    }

    #[test]
    fn a_conflict_is_recorded_and_nothing_is_written() {
        let work = |desk: &Desk, proposal: &Proposal| {
            put(desk.repo.root(), "a", "mine\n");
            desk.apply(proposal, &Verdicts::accept_all(1)).unwrap_err();
            assert_eq!(fs::read(desk.repo.root().join("a")).unwrap(), b"mine\n");
        };
        let why = "did not apply P: `a` was changed where the proposal changes it: line 1";
        check("a", work, &["P: 1 accepted, 0 rejected", why]);
    }

    #[test]
    fn what_the_gate_denies_is_not_written_for_a_person_either() {
        let work = |desk: &Desk, proposal: &Proposal| {
            let error = desk.apply(proposal, &Verdicts::accept_all(1)).unwrap_err();
            assert!(matches!(error, DecideError::Refused(_)), "{error}");
            assert!(!desk.repo.root().join(".countersign").exists());
        };
        let why = "did not apply P: the policy denies edit `.countersign/policy.cedar`: the rules \
                   that agents work under are changed by hand only";
        let expected =
            ["P: 1 accepted, 0 rejected", "deny: person edit `.countersign/policy.cedar`", why];
        check(".countersign/policy.cedar", work, &expected);
    }
}
