//! Proposes another name for something, everywhere that it is named; no model is asked.

use serde_json::json;

use crate::base::{Digest, ProposalId, TaskId};
use crate::journal::Event;
use crate::policy::{Actor, EditPath, judge};
use crate::proposal::{self, NewProposal};
use crate::repo::{FileChange, FileState};
use crate::retrieval::Renaming;
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::record::proposed;

/// Stores the renaming to `new` as a proposal. Every edit is judged as the person's own.
pub fn propose_renaming(
    desk: &Desk,
    renaming: &Renaming,
    new: &str,
) -> Result<ProposalId, SessionError> {
    let snapshot = desk.repo.snapshot()?;
    let text = format!("Rename `{}` to `{new}`", renaming.old);
    let now = crate::journal::now();
    let task = TaskId::from_seed(&Digest::of(format!("{now} {text}").as_bytes()), 6);
    let started = std::time::Instant::now();
    let record = |event: Event| desk.log.append(Some(&task), &event);
    record(Event::TaskStarted {
        text: text.clone(),
        base: snapshot.base_tree.to_string(),
        model: None,
        model_digest: None,
        settings: json!({ "rename": { "old": renaming.old, "new": new } }),
    })?;
    let mut changes = Vec::new();
    for file in &renaming.files {
        let ruling = judge(&desk.rules, Actor::Person, EditPath { path: file.path.clone() });
        record(ruling.event(Actor::Person))?;
        ruling.permit()?;
        let before = desk.repo.read(&file.path)?;
        let state = before.filter(|state| Digest::of(&state.bytes) == file.digest);
        let state = state.ok_or_else(|| SessionError::Changed { path: file.path.clone() })?;
        let bytes = replaced(&state.bytes, &file.at, &renaming.old, new);
        let after = Some(FileState { bytes, mode: state.mode });
        changes.push(FileChange { path: file.path.clone(), before: Some(state), after });
    }
    let stored = proposal::store(
        &desk.repo,
        &NewProposal {
            snapshot,
            changes,
            title: text.clone(),
            task: text,
            model: None,
            verification: json!(null),
            trailers: vec![(proposal::TASK.into(), task.to_string())],
        },
    )?;
    record(proposed(&desk.repo, &stored)?)?;
    let seconds = started.elapsed().as_secs_f64();
    record(Event::TaskEnded { outcome: "proposed".into(), seconds, usage: json!(null) })?;
    Ok(stored.id)
}

/// `text` with `new` in place of `old` at each of `at`.
fn replaced(text: &[u8], at: &[usize], old: &str, new: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + at.len() * new.len());
    let mut done = 0;
    for at in at {
        bytes.extend_from_slice(&text[done..*at]);
        bytes.extend_from_slice(new.as_bytes());
        done = at + old.len();
    }
    bytes.extend_from_slice(&text[done..]);
    bytes
}
