//! Which tests does a function lack?
//!
//! The model thinks of inputs, the code says what they give, and mutants say which of them are worth a
//! test. The result is an ordinary proposal.

mod asking;
mod function;
mod naming;
mod proposing;
mod report;
mod targets;

use std::time::Instant;

use serde_json::json;

use crate::agent::Known;
use crate::base::{Digest, TaskId, Tokens};
use crate::context::Templates;
use crate::journal::Event;
use crate::model::{Cancel, Engine, this_program};
use crate::project::written::{Group, Home};
use crate::repo::Snapshot;
use crate::session::checks::{Checked, Checks};
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::record::{Observer, Recorder};
use crate::session::report::Cost;

pub use report::{Doubt, Outcome, Survivor, Tested, TestsReport};
pub use targets::{Target, TargetError, targets};

/// What a person asks for.
#[derive(Clone, Debug)]
pub struct TestsRequest {
    /// What the tests should show, in the person's words; empty where nothing was said.
    pub wish: String,
    /// The command that tests, given by the person.
    pub test: Option<String>,
    pub temperature: f32,
    pub top_p: f32,
    pub seed: u32,
    /// Answers to one prompt that are written side by side.
    pub answers: u32,
    pub prompt_tokens: Tokens,
    pub answer_tokens: Tokens,
    /// When to stop with what there is.
    pub deadline: Option<Instant>,
    pub started: Instant,
}

/// Whoever writes, and as whom.
#[derive(Clone, Copy)]
pub struct Writer<'a> {
    pub desk: &'a Desk,
    pub engine: &'a dyn Engine,
    pub role: &'a Known,
    pub templates: &'a Templates,
}

/// Tests of one function that are to be written.
struct Written {
    home: Home,
    groups: Vec<Group>,
    class: String,
}

/// A task under way.
struct Writing<'a> {
    writer: Writer<'a>,
    request: &'a TestsRequest,
    snapshot: &'a Snapshot,
    cancel: Cancel,
    recorder: Recorder<'a>,
    cost: Cost,
    checks: Checks<'a>,
    /// What the project's own command said last.
    last: Option<Checked>,
}

/// Has tests of `targets` written and proposes them.
///
/// # Errors
/// Where the engine, the repository or the journal fails, or no code may be run here.
pub fn propose_tests(
    writer: Writer<'_>,
    request: &TestsRequest,
    snapshot: &Snapshot,
    targets: &[Target],
    cancel: &Cancel,
    observer: &mut dyn Observer,
) -> Result<TestsReport, SessionError> {
    let text = title(targets);
    let seed = Digest::of(format!("{} {text}", crate::journal::now()).as_bytes());
    let recorder = Recorder::new(&writer.desk.log, TaskId::from_seed(&seed, 6), observer);
    let mut writing = Writing {
        writer,
        request,
        snapshot,
        cancel: cancel.until(request.deadline),
        recorder,
        cost: Cost::default(),
        checks: Checks::found(writer.desk, snapshot, &this_program())?,
        last: None,
    };
    let report = writing.work(&text, targets);
    let outcome = report.as_ref().map(|report| report.outcome.name());
    let seconds = request.started.elapsed().as_secs_f64();
    let recorded = writing.recorder.ended(outcome, seconds, &writing.cost);
    let report = report?;
    recorded?;
    Ok(report)
}

impl Writing<'_> {
    fn work(&mut self, text: &str, targets: &[Target]) -> Result<TestsReport, SessionError> {
        self.start(text)?;
        let (mut functions, mut written) = (Vec::new(), Vec::new());
        for target in targets {
            if self.cancel.is_cancelled() {
                break;
            }
            let (tested, tests) = self.function(target)?;
            functions.push(tested);
            written.extend(tests);
        }
        self.propose(text, functions, written)
    }

    fn start(&mut self, text: &str) -> Result<(), SessionError> {
        let Writer { engine, role, templates, .. } = self.writer;
        let info = engine.info();
        Ok(self.recorder.record(Event::TaskStarted {
            text: text.to_owned(),
            base: self.snapshot.base_tree.to_string(),
            model: Some(info.name.clone()),
            model_digest: info.digest,
            settings: json!({
                "role": role.role.name,
                "role_version": role.role.version,
                "role_origin": role.origin,
                "role_digest": role.digest,
                "prompts_digest": templates.digest(),
                "seed": self.request.seed,
                "test": self.request.test,
                "answers": self.request.answers,
            }),
        })?)
    }
}

/// The task as a commit's subject.
fn title(targets: &[Target]) -> String {
    match targets {
        [only] => format!("Test `{}`", only.symbol.path),
        [first, rest @ ..] => format!("Test `{}` and {} more", first.symbol.path, rest.len()),
        [] => "Test nothing".to_owned(),
    }
}
