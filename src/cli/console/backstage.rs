//! What stands behind the screen: the worker's thread, the repository, the review.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::base::{ProposalId, RepoPath};
use crate::cli::console::lists;
use crate::cli::console::teller::Wanted;
use crate::cli::console::worker::Worker;
use crate::cli::review_actions::with_hint;
use crate::cli::reviser::{Answer, Revises};
use crate::cli::{Context, Failure, review};
use crate::console::{Backstage, End, Job, News, ProposalRow, Target};
use crate::model::Cancel;
use crate::proposal::{self, Piece, Proposal, Standing};
use crate::repo::{FileChange, FileState, Renames};
use crate::review::{Actions, Outcome, ReviewInput, Terminal};
use crate::session::{Approval, Desk, Evidence, Revision, Selection};

pub(super) struct Behind<'a> {
    context: &'a Context,
    place: &'a Desk,
    jobs: Option<Sender<(Job, Cancel)>>,
    news: Receiver<News>,
    answers: Sender<Approval>,
    wanted: Wanted,
    /// What came while a review was on the screen.
    kept: VecDeque<News>,
    /// Stops every job, whoever began it.
    ending: Cancel,
    /// Of the job that runs.
    cancel: Cancel,
    thread: Option<JoinHandle<()>>,
}

impl<'a> Behind<'a> {
    pub(super) fn new(context: &'a Context, place: &'a Desk) -> Self {
        let (jobs, for_worker) = channel();
        let (tell, news) = channel();
        let (answers, for_teller) = channel();
        let wanted: Wanted = Arc::new(Mutex::new(None));
        let worker = Worker {
            context: context.quiet(),
            jobs: for_worker,
            news: tell,
            answers: for_teller,
            wanted: Arc::clone(&wanted),
        };
        let thread = Some(std::thread::spawn(move || worker.work()));
        let ending = Cancel::default();
        Self {
            context,
            place,
            jobs: Some(jobs),
            news,
            answers,
            wanted,
            kept: VecDeque::new(),
            cancel: ending.below(),
            ending,
            thread,
        }
    }

    /// Ends the worker; what it works on is stopped and written down.
    pub(super) fn end(&mut self) {
        self.ending.cancel();
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // It panicked, and said so.
            let _ = thread.join();
        }
    }

    fn load(&self, id: &ProposalId) -> Result<Proposal, String> {
        proposal::load(self.place.repo(), id).map_err(|error| error.to_string())
    }
}

impl Backstage for Behind<'_> {
    fn start(&mut self, job: Job) {
        self.cancel = self.ending.below();
        if let Some(jobs) = &self.jobs {
            // A worker that is gone has said why.
            let _ = jobs.send((job, self.cancel.clone()));
        }
    }

    fn stop(&mut self) {
        self.cancel.cancel();
    }

    fn news(&mut self) -> Option<News> {
        self.kept.pop_front().or_else(|| self.news.try_recv().ok())
    }

    fn answer(&mut self, answer: Approval) {
        let _ = self.answers.send(answer);
    }

    fn select(&mut self, selection: &Selection) {
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some(selection.clone());
    }

    fn limit(&self) -> Option<Duration> {
        let seconds = self.context.config().ok()?.propose.time_limit_s;
        (seconds > 0).then(|| Duration::from_secs(seconds))
    }

    fn targets(&mut self) -> Result<Vec<Target>, String> {
        lists::targets(&self.context.quiet(), self.place.repo()).map_err(said)
    }

    fn proposals(&mut self) -> Result<Vec<ProposalRow>, String> {
        lists::proposals(self.place.repo()).map_err(said)
    }

    fn review(&mut self, terminal: &mut Terminal, id: &ProposalId) -> Result<String, String> {
        let place = self.place;
        let mut beside = Beside { behind: self, revised: None, told: VecDeque::new() };
        match review::decide_on(terminal, place, id, &mut beside).map_err(said)? {
            Outcome::Applied(said) => Ok(said),
            Outcome::Quit | Outcome::Ended => Ok(String::new()),
        }
    }

    fn compare(
        &mut self,
        terminal: &mut Terminal,
        one: &ProposalId,
        other: &ProposalId,
    ) -> Result<String, String> {
        let changes = differences(&self.load(one)?, &self.load(other)?);
        if changes.is_empty() {
            return Err(format!("{one} and {other} change the same files to the same bytes"));
        }
        let input = ReviewInput {
            id: other.to_string(),
            title: format!("{one} → {other}"),
            model: String::new(),
            verification: vec!["this shows how the second differs from the first".into()],
            pieces: proposal::pieces(proposal::hunks(&changes)),
            files: changes,
            renames: Renames::new(),
            at: None,
            notice: Some("this compares; it changes nothing".into()),
            standing: Standing::Proposed,
            evidence: Evidence::default(),
        };
        let outcome = crate::review::run_on(terminal, input, review::theme(), &mut Comparing);
        outcome.map(|_| String::new()).map_err(|error| error.to_string())
    }

    fn is_over(&self) -> bool {
        crate::review::is_ending()
    }

    fn undo(&mut self) -> Result<String, String> {
        let receipt = self.place.undo().map_err(|error| with_hint(&error))?;
        Ok(format!("took back {} of {}", receipt.id, receipt.proposal))
    }

    fn redo(&mut self) -> Result<String, String> {
        let receipt = self.place.redo().map_err(|error| with_hint(&error))?;
        Ok(format!("wrote {} of {} again", receipt.id, receipt.proposal))
    }
}

/// A review while the worker goes on: it words hunks anew, and what else it says is kept for the desk.
struct Beside<'a, 'b> {
    behind: &'a mut Behind<'b>,
    revised: Option<Answer>,
    told: VecDeque<String>,
}

impl Beside<'_, '_> {
    fn listen(&mut self) {
        while let Ok(news) = self.behind.news.try_recv() {
            match news {
                News::Revised(answer) => self.revised = Some(answer),
                news => {
                    self.told.extend(sentence(&news));
                    self.behind.kept.push_back(news);
                }
            }
        }
    }
}

/// What whoever reviews should know at once.
fn sentence(news: &News) -> Option<String> {
    match news {
        News::Asks(question) => {
            Some(format!("a task waits for your answer at the desk: {}", question.action))
        }
        News::Ended(End::Proposed { id, words, .. }) => Some(format!("{id} is ready: {words}")),
        News::Ended(_) => Some("the task at the desk has ended".to_owned()),
        _ => None,
    }
}

impl Revises for Beside<'_, '_> {
    fn begin(&mut self, revision: Revision) -> Result<(), String> {
        let job = (Job::Revision(Box::new(revision)), self.behind.ending.below());
        let sent = self.behind.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if sent { Ok(()) } else { Err("the thread of the model is gone".to_owned()) }
    }

    fn done(&mut self) -> Option<Answer> {
        self.listen();
        self.revised.take()
    }

    fn tells(&mut self) -> Option<String> {
        self.listen();
        self.told.pop_front()
    }
}

/// Two proposals side by side: there is nothing to decide.
struct Comparing;

impl Actions for Comparing {
    fn apply(&mut self, _pieces: &[Piece]) -> Result<String, String> {
        Err("this only compares; review one of the two".to_owned())
    }

    fn save(&mut self, _pieces: &[Piece], _at: Option<&str>) -> Result<(), String> {
        Ok(())
    }

    fn edit(&mut self, _piece: &Piece) -> Result<Vec<u8>, String> {
        Err("this only compares".to_owned())
    }
}

/// What leads from the files of one proposal to those of another.
fn differences(one: &Proposal, other: &Proposal) -> Vec<FileChange> {
    let mut paths: BTreeMap<&RepoPath, [Option<&FileChange>; 2]> = BTreeMap::new();
    for (at, proposal) in [one, other].into_iter().enumerate() {
        for change in &proposal.changes {
            paths.entry(&change.path).or_default()[at] = Some(change);
        }
    }
    // Where only one changes a file, the other has it as it was before.
    let state = |this: Option<&FileChange>, that: Option<&FileChange>| -> Option<FileState> {
        match (this, that) {
            (Some(change), _) => change.after.clone(),
            (None, Some(change)) => change.before.clone(),
            (None, None) => None,
        }
    };
    let changes = paths.into_iter().map(|(path, [one, other])| FileChange {
        path: path.clone(),
        before: state(one, other),
        after: state(other, one),
    });
    changes.filter(|change| change.before != change.after).collect()
}

fn said(failure: Failure) -> String {
    match failure.hint {
        Some(hint) => format!("{}\n\n{hint}", failure.message),
        None => failure.message,
    }
}
