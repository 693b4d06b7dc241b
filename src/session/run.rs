//! Does what the machine says: one effect in, what happened out.

use serde_json::json;

use crate::agent::{Effect, Ending, Input, Known, Preference, Role, Verifies};
use crate::base::ProposalId;
use crate::context::{Failing, Templates};
use crate::journal::Event;
use crate::model::Cancel;
use crate::proposal::{self, NewProposal};
use crate::refactor::Sources;
use crate::repo::Snapshot;
use crate::session::decide::Desk;
use crate::session::draft::Draft;
use crate::session::driver::{Request, SessionError, Workshop};
use crate::session::examples::Examples;
use crate::session::find::{Found, find};
use crate::session::members::Contributions;
use crate::session::open::{Opening, open};
use crate::session::past::{REQUEST, WORK_TREE};
use crate::session::recall::{Recall, Runs};
use crate::session::record::{Recorder, proposed};
use crate::session::repair::tells_of_a_mistake;
use crate::session::report::{Cost, Looped, Repaired, Report, TestRun};
use crate::session::selection::Selection;
use crate::session::trial::Trial;

/// Most notes about callers beside one proposal.
const MOST_NOTES: usize = 12;

/// Whether the task goes on.
pub(super) enum Step {
    Next,
    Ended(Ending),
}

/// A task under way.
pub(super) struct Run<'a> {
    pub(super) workshop: &'a Workshop<'a>,
    /// What is known of it from before.
    pub(super) recall: &'a Recall<'a>,
    pub(super) runs: &'a Runs,
    pub(super) request: &'a Request,
    pub(super) role: &'a Role,
    pub(super) templates: &'a Templates,
    pub(super) cancel: Cancel,
    pub(super) recorder: Recorder<'a>,
    pub(super) snapshot: &'a Snapshot,
    input: Option<Input>,
    pub(super) found: Found,
    pub(super) opening: Opening,
    /// Every change that could be applied so far, each once.
    pub(super) drafts: Vec<Draft>,
    pub(super) trial: Trial<'a>,
    /// Why nothing tests the drafts, where somebody said no to it.
    pub(super) untested: Option<String>,
    /// The files that may call one another, once they were needed.
    pub(super) sources: Option<Sources>,
    /// The command that tests, once it has run.
    pub(super) command: Option<String>,
    pub(super) examples: Option<Examples>,
    pub(super) before: Option<TestRun>,
    pub(super) failing: Option<Failing>,
    /// In how many tests, where all of them are named.
    pub(super) failing_tests: Option<u32>,
    /// The test run of the draft that was proposed, and its proposal.
    after: Option<TestRun>,
    others: Option<String>,
    /// Why that draft and no other.
    pub(super) preference: Option<Preference>,
    proposal: Option<ProposalId>,
    /// How a model with tools came to its end.
    pub(super) looped: Option<Looped>,
    /// The small changes that were tried.
    pub(super) repaired: Option<Repaired>,
    /// What the person wants in view, or out of it.
    pub(super) selection: Selection,
    /// What a team left beside the change.
    pub(super) contributions: Contributions,
    pub(super) cost: Cost,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        workshop: &'a Workshop<'a>,
        request: &'a Request,
        snapshot: &'a Snapshot,
        cancel: &Cancel,
        recorder: Recorder<'a>,
        (recall, runs): (&'a Recall<'a>, &'a Runs),
    ) -> Self {
        let (role, templates) = (&workshop.role(request.way).role, workshop.templates);
        Self {
            workshop,
            recall,
            runs,
            request,
            role,
            templates,
            cancel: cancel.until(request.deadline),
            recorder,
            snapshot,
            input: None,
            found: Found::default(),
            opening: Opening::default(),
            drafts: Vec::new(),
            trial: Trial::Nothing,
            untested: None,
            sources: None,
            command: None,
            examples: None,
            before: None,
            failing: None,
            failing_tests: None,
            after: None,
            others: None,
            preference: None,
            proposal: None,
            looped: None,
            repaired: None,
            selection: request.selection.clone(),
            contributions: Contributions::default(),
            cost: Cost::default(),
        }
    }

    pub(super) fn desk(&self) -> &'a Desk {
        self.workshop.desk
    }

    /// What the last effect led to.
    pub(super) fn take_input(&mut self) -> Input {
        self.input.take().unwrap_or(Input::Cancelled)
    }

    /// The stop that a person or the clock asked for, if one did.
    pub(super) fn stopped(&self) -> Option<Input> {
        if self.cancel.by_person() {
            Some(Input::Cancelled)
        } else if self.cancel.is_cancelled() {
            Some(Input::TimeUp)
        } else {
            None
        }
    }

    pub(super) fn perform(&mut self, effect: Effect) -> Result<Step, SessionError> {
        let input = match effect {
            Effect::Locate => self.locate()?,
            Effect::TestBase => self.test_base()?,
            Effect::Repair { draft } => self.repair(draft)?,
            Effect::Narrow => self.narrow()?,
            Effect::PlanSteps => self.plan_steps()?,
            Effect::Open => self.open()?,
            Effect::WriteExamples => self.write_examples()?,
            Effect::Ask { round, approach } => self.ask(round, approach)?,
            Effect::Mend { round, turn } => self.fix(round, turn)?,
            Effect::Review { draft } => self.review(draft)?,
            Effect::Note(text) => return self.note_down(text).map(|()| Step::Next),
            Effect::Propose { draft } => return self.propose(draft).map(|()| Step::Next),
            Effect::End(ending) => return Ok(Step::Ended(ending)),
        };
        self.input = Some(input);
        Ok(Step::Next)
    }

    pub(super) fn locate(&mut self) -> Result<Input, SessionError> {
        self.recorder.observer().begins("locate");
        self.found = find(self.workshop, self.request)?;
        let given = self.request.test.as_deref();
        let (desk, text) = (self.workshop.desk, &self.request.text);
        self.trial = Trial::of(given, desk, self.snapshot, &self.found, text, self.runs)?;
        if !self.workshop.crew.team.verifies.contains(&Verifies::Tests) {
            self.trial = Trial::Nothing;
        }
        let files = self.found.places(usize::MAX).0.len();
        Ok(Input::Located { has_test: self.trial.is_there(), files })
    }

    pub(super) fn test_base(&mut self) -> Result<Input, SessionError> {
        self.recorder.observer().begins("test before");
        let mut tried = self.try_out(&[])?;
        let passed = tried.as_ref().is_some_and(|(_, result)| result.passed);
        if passed
            && self.request.repair
            && tells_of_a_mistake(&self.request.text)
            && self.widen()?
        {
            tried = self.try_out(&[])?;
        }
        if let Some((run, result)) = tried {
            if !result.passed {
                let command = self.command.clone().unwrap_or_default();
                self.failing = Some(Failing { command, output: result.output });
                self.failing_tests = result.failing;
            }
            self.before = Some(run);
        }
        Ok(Input::TestedBase { fails: self.failing.is_some() })
    }

    fn open(&mut self) -> Result<Input, SessionError> {
        self.pack()?;
        Ok(Input::Opened)
    }

    /// Packs anew what is in view, where a person changed that since the last round.
    pub(super) fn pack_again(&mut self, round: u32) -> Result<(), SessionError> {
        match self.recorder.selection(round)? {
            Some(selection) if selection != self.selection => {
                self.selection = selection;
                self.pack()
            }
            _ => Ok(()),
        }
    }

    fn pack(&mut self) -> Result<(), SessionError> {
        let Self { selection, workshop, request, role, templates, failing, found, .. } = self;
        let mut events = Vec::new();
        let mut record = |event| {
            events.push(event);
            Ok(())
        };
        let opening = open(
            workshop,
            (request, selection),
            templates,
            role,
            found,
            failing.as_ref(),
            &mut record,
        );
        for mut event in events {
            if let Event::Packed { counts, .. } = &mut event {
                *counts = Some(json!(self.recall.counted()));
            }
            self.recorder.record(event)?;
        }
        self.opening = opening?;
        Ok(())
    }

    pub(super) fn propose(&mut self, draft: usize) -> Result<(), SessionError> {
        let Draft { changes, test, others, callers, .. } = self.drafts.swap_remove(draft);
        let passed = test.as_ref().map(|(_, result)| result.passed);
        self.after = test.map(|(run, _)| run);
        self.others.clone_from(&others);
        let mut verification = json!({
            "command": self.command,
            "passed": passed,
            "before": self.before,
            "after": self.after,
        });
        if let Some(others) = others {
            verification["others"] = json!(others);
        }
        if let Some(preference) = &self.preference {
            verification["chosen"] = json!(preference);
        }
        if !callers.says_nothing() {
            verification["callers"] = json!(callers);
        }
        for text in callers.unfit.iter().chain(&callers.doubts).take(MOST_NOTES).cloned() {
            self.recorder.record(Event::Noted { role: "callers".to_owned(), text })?;
        }
        if let Some(looped) = &self.looped {
            verification["loop"] = json!(looped);
        }
        let crew = self.workshop.crew;
        if !crew.is_alone() {
            verification["team"] = self.contributions.of(&crew.team.name, draft);
        }
        let asked = self.cost.requests + self.cost.recorded > 0;
        let new = NewProposal {
            snapshot: self.snapshot.clone(),
            changes,
            title: title(&self.request.text),
            task: self.request.text.clone(),
            model: asked.then(|| self.workshop.engine.info().name.clone()),
            verification,
            trailers: vec![(proposal::TASK.into(), self.recorder.task().to_string())],
        };
        let repo = &self.desk().repo;
        let stored = proposal::store(repo, &new)?;
        self.recorder.record(proposed(repo, &stored)?)?;
        self.proposal = Some(stored.id);
        Ok(())
    }

    /// Records the end and sums up.
    pub(super) fn finish(mut self, ending: Ending) -> Result<Report, SessionError> {
        self.end(Ok(ending.name()))?;
        Ok(Report {
            task: self.recorder.task().clone(),
            ending,
            proposal: self.proposal,
            before: self.before,
            after: self.after,
            others: self.others,
            repaired: self.repaired,
            looped: self.looped,
            cost: self.cost,
            seconds: self.request.started.elapsed().as_secs_f64(),
        })
    }

    /// Records that the task failed; the first error is the one that counts.
    pub(super) fn failed(mut self, error: SessionError) -> SessionError {
        match self.end(Err(&error)) {
            Ok(()) | Err(_) => error,
        }
    }

    fn end(&mut self, outcome: Result<&str, &SessionError>) -> Result<(), SessionError> {
        let seconds = self.request.started.elapsed().as_secs_f64();
        Ok(self.recorder.ended(outcome, seconds, &self.cost)?)
    }
}

/// The beginning of a task, with all that it needs to be gone on with.
pub(super) fn started(workshop: &Workshop<'_>, request: &Request, snapshot: &Snapshot) -> Event {
    let info = workshop.engine.info();
    let Known { role, digest, .. } = workshop.role(request.way);
    let mut settings = json!({
        "role": role.name,
        "role_version": role.version,
        "role_digest": digest,
        "prompts_digest": workshop.templates.digest(),
        "seed": request.seed,
        "test": request.test,
        "rounds": request.rounds,
        "candidates": request.candidates,
        WORK_TREE: workshop.desk.repo.work_tree_id(),
        REQUEST: request,
    });
    if let Some(team) = &request.team {
        settings["team"] = json!({ "name": team, "digest": workshop.crew.digest });
    }
    Event::TaskStarted {
        text: request.text.clone(),
        base: snapshot.base_tree.to_string(),
        model: Some(info.name.clone()),
        model_digest: info.digest,
        settings,
    }
}

/// The first line of the task, cut at a word, as a commit's subject.
pub(super) fn title(task: &str) -> String {
    const LONGEST: usize = 72;
    let line = task.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("Change");
    if line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    let cut: String = line.chars().take(LONGEST).collect();
    match cut.rsplit_once(' ') {
        Some((words, _)) => format!("{words} …"),
        None => cut,
    }
}
