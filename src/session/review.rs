//! Has a model read a change that git already holds: one straight line from hunks to findings at their
//! lines. Nothing is drafted and nothing is proposed.

use std::time::Instant;

use serde_json::json;

use crate::agent::{Dropped, Remark};
use crate::base::{Digest, TaskId, Tokens};
use crate::journal::Event;
use crate::model::Cancel;
use crate::policy::{self, Actor, ReadPath};
use crate::repo::FileChange;
use crate::session::ask::Respondent;
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::members::words;
use crate::session::reading::Reader;
use crate::session::record::{Observer, Recorder};
use crate::session::report::Cost;

/// What is to be read, and how.
#[derive(Clone, Debug)]
pub struct ReviewRequest<'a> {
    /// What the change is, in words: `what is staged`.
    pub what: &'a str,
    pub changes: &'a [FileChange],
    pub temperature: f32,
    pub top_p: f32,
    pub seed: u32,
    /// Most tokens of a prompt and of an answer, where the role says nothing.
    pub prompt_tokens: Tokens,
    pub answer_tokens: Tokens,
    /// When to stop with what there is.
    pub deadline: Option<Instant>,
    /// When the person asked.
    pub started: Instant,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// At lines of the change.
    pub found: Vec<Remark>,
    /// What was said of no line of it.
    pub dropped: Vec<Dropped>,
    /// What nobody read, and why.
    pub unread: Vec<String>,
    /// Whether it came to its end.
    pub whole: bool,
    pub cost: Cost,
    pub seconds: f64,
}

/// Has a model read a change. What an agent may not see is not shown, and said.
pub fn review(
    desk: &Desk,
    respondent: Respondent<'_>,
    request: &ReviewRequest<'_>,
    cancel: &Cancel,
    observer: &mut dyn Observer,
) -> Result<Reviewed, SessionError> {
    let Respondent { engine, role, templates } = respondent;
    let seed = Digest::of(format!("{} {}", crate::journal::now(), request.what).as_bytes());
    let mut recorder = Recorder::new(&desk.log, TaskId::from_seed(&seed, 6), observer);
    let info = engine.info();
    recorder.record(Event::TaskStarted {
        text: format!("read {}", request.what),
        base: desk.repo.snapshot()?.base_tree.to_string(),
        model: Some(info.name.clone()),
        model_digest: info.digest,
        settings: json!({
            "role": role.role.name,
            "role_version": role.role.version,
            "role_origin": role.origin,
            "role_digest": role.digest,
            "prompts_digest": templates.digest(),
            "seed": request.seed,
        }),
    })?;
    let reader = Reader {
        engine,
        role: &role.role,
        templates,
        task: None,
        temperature: request.temperature,
        top_p: request.top_p,
        seed: request.seed,
        prompt_tokens: request.prompt_tokens,
        answer_tokens: request.answer_tokens,
    };
    let mut cost = Cost::default();
    let read = read(desk, &reader, request, cancel, &mut recorder, &mut cost);
    let outcome = read.as_ref().map(|read| if read.whole { "read" } else { "broken off" });
    let seconds = request.started.elapsed().as_secs_f64();
    let ended = recorder.ended(outcome, seconds, &cost);
    let read = read?;
    ended?;
    Ok(Reviewed { cost, seconds, ..read })
}

fn read(
    desk: &Desk,
    reader: &Reader<'_>,
    request: &ReviewRequest<'_>,
    cancel: &Cancel,
    recorder: &mut Recorder<'_>,
    cost: &mut Cost,
) -> Result<Reviewed, SessionError> {
    let paths = request.changes.iter().map(|change| change.path.clone());
    let ignored = desk.repo.kept_from_agents(paths.collect());
    let may_read = |change: &&FileChange| {
        let path = change.path.clone();
        !ignored.contains(&path)
            && policy::judge(&desk.rules, Actor::Agent, ReadPath { path }).permit().is_ok()
    };
    let (shown, kept): (Vec<&FileChange>, Vec<&FileChange>) =
        request.changes.iter().partition(may_read);
    let shown: Vec<FileChange> = shown.into_iter().cloned().collect();
    let mut parts = reader.parts(&shown)?;
    parts.unread.extend(kept.iter().map(|it| format!("{} (kept from agents)", it.path)));
    recorder.record(parts.packed())?;
    let cancel = cancel.until(request.deadline);
    let costs = (cost, request.started);
    let (remarks, whole) = reader.read(&parts, &cancel, recorder, costs)?;
    recorder.record(Event::Reviewed {
        role: reader.role.name.clone(),
        findings: remarks.found.iter().map(words).collect(),
        dropped: remarks.dropped.iter().map(|it| it.said.clone()).collect(),
        unread: parts.unread.clone(),
        skipped: None,
    })?;
    let (found, dropped, unread) = (remarks.found, remarks.dropped, parts.unread);
    Ok(Reviewed { found, dropped, unread, whole, cost: Cost::default(), seconds: 0.0 })
}
