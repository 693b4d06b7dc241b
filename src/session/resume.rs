//! Goes on with a task that was broken off, or does one once more from its record.
//!
//! The controller is pure, so the same answers and the same outputs lead it the same way: a task is
//! resumed by beginning it again, with what was recorded in the place of what would be done.

use serde_json::{Value, json};

use crate::agent::Ending;
use crate::base::{Digest, TaskId};
use crate::journal::Event;
use crate::model::{Absent, Cancel};
use crate::proposal;
use crate::session::claim::Claim;
use crate::session::decide::Desk;
use crate::session::driver::{Course, Request, SessionError, Workshop, work};
use crate::session::past::{Past, Proposed, REPLAY_OF, Sitting};
use crate::session::recall::{Recall, Runs};
use crate::session::record::{Observer, Recorder, proposed};
use crate::session::report::{Cost, Report};
use crate::session::run::started;

/// Goes on with `past`, which nobody else works on as long as `claim` is there.
pub fn resume(
    workshop: &Workshop<'_>,
    (past, _claim): (&Past, &Claim),
    request: &Request,
    cancel: &Cancel,
    observer: &mut dyn Observer,
) -> Result<Report, SessionError> {
    let snapshot = workshop.desk.repo.snapshot()?;
    let base = snapshot.base_tree.to_string();
    let recall = Recall::of(workshop.engine, past);
    let runs = Runs::of(past, false);
    let info = workshop.engine.info();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let begins = Event::TaskResumed {
        base: base.clone(),
        model: Some(info.name.clone()),
        model_digest: info.digest,
        answers: count(recall.left()),
        runs: count(runs.len()),
    };
    // On another tree or with another model it takes another course, and all of that is written down.
    let same = |sitting: &Sitting| sitting.base == base && sitting.is_of(info);
    let known: Vec<&Event> = match past.sittings.iter().all(same) {
        true => past.events().collect(),
        false => Vec::new(),
    };
    let said = past.events().collect();
    observer.begins("resume");
    let task = past.task.clone();
    let course = Course { task, recall: &recall, runs: &runs, begins, known, said };
    work(workshop, request, &snapshot, course, cancel, observer)
}

/// What came of a task that was proposed, also where nobody had the time to write that down. `None`
/// where it was not.
pub fn settled(
    desk: &Desk,
    past: &Past,
    observer: &mut dyn Observer,
) -> Result<Option<Report>, SessionError> {
    let mut recorder = Recorder::new(&desk.log, past.task.clone(), observer);
    let proposal = match &past.proposed {
        Some(proposed) => proposed.clone(),
        None => {
            let stored = proposal::of_task(&desk.repo, &past.task)?;
            let forgotten = stored.into_iter().find(|stored| !past.named.contains(&stored.id));
            let Some(stored) = forgotten else { return Ok(None) };
            recorder.record(proposed(&desk.repo, &stored)?)?;
            let (proposal, verification) = (stored.id, stored.verification);
            Proposed { proposal, tree: None, verification }
        }
    };
    let said = |key: &str| proposal.verification.get(key).cloned().unwrap_or_default();
    let ending = Ending::Proposed { verified: said("passed").as_bool() };
    let cost = Cost::default();
    let seconds = past.request.started.elapsed().as_secs_f64();
    if past.outcome.as_deref() != Some(ending.name()) {
        let (outcome, usage) = (ending.name().to_owned(), json!(cost));
        recorder.record(Event::TaskEnded { outcome, seconds, usage })?;
    }
    let run = |value: Value| serde_json::from_value(value).ok();
    let (before, after) = (run(said("before")), run(said("after")));
    let looped = serde_json::from_value(said("loop")).ok();
    let others = said("others").as_str().map(str::to_owned);
    let (task, proposal) = (past.task.clone(), Some(proposal.proposal));
    Ok(Some(Report {
        task,
        ending,
        proposal,
        before,
        after,
        others,
        repaired: None,
        looped,
        cost,
        seconds,
    }))
}

/// A task that was done once more.
#[derive(Clone, Debug)]
pub struct Replayed {
    pub report: Report,
    /// Whether it ended as the recorded one did, with the same files to the byte where it was proposed.
    pub same: bool,
}

/// Does `past` once more under another name, with its answers and the outputs of its commands: no
/// model is asked and no command runs. What is not in the record is an error that says what differs.
pub fn replay(
    workshop: &Workshop<'_>,
    past: &Past,
    cancel: &Cancel,
    observer: &mut dyn Observer,
) -> Result<Replayed, SessionError> {
    let desk = workshop.desk;
    let snapshot = desk.repo.snapshot()?;
    let now = snapshot.base_tree.to_string();
    if past.base() != now {
        return Err(SessionError::OtherTree { recorded: past.base().to_owned(), now });
    }
    let seed = format!("{} replay {}", crate::journal::now(), past.task);
    let task = TaskId::from_seed(&Digest::of(seed.as_bytes()), 6);
    let claim = Claim::of(&desk.repo, &task)?;
    let recall = Recall::only(workshop.engine, past);
    let runs = Runs::of(past, true);
    let mut begins = started(workshop, &past.request, &snapshot);
    if let Event::TaskStarted { settings, .. } = &mut begins {
        settings[REPLAY_OF] = json!(past.task);
    }
    let (known, said) = (Vec::new(), past.events().collect());
    let course = Course { task, recall: &recall, runs: &runs, begins, known, said };
    let report = work(workshop, &past.request, &snapshot, course, cancel, observer)?;
    drop(claim);
    let tree = match &report.proposal {
        Some(id) => Some(desk.repo.tree_of(Some(proposal::load(&desk.repo, id)?.commit))?),
        None => None,
    };
    let was = past.proposed.as_ref().and_then(|proposed| proposed.tree.clone());
    let same = tree.map(|tree| tree.to_string()) == was
        && past.outcome.as_deref() == Some(report.ending.name());
    Ok(Replayed { report, same })
}

/// Nobody, under the name of the model that answered for a task.
pub fn absent(past: &Past) -> Absent {
    Absent::new(past.model(), "the model is not there", None)
}
