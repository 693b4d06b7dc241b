//! The tests as a proposal: files with them in, run once by the project's own command.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::base::{ProposalId, RepoPath};
use crate::policy::{self, Actor, EditPath, Refusal};
use crate::project::written::{Group, with_tests};
use crate::proposal::{self, NewProposal};
use crate::repo::{FileChange, FileState, Mode};
use crate::session::checks::Checked;
use crate::session::driver::SessionError;
use crate::session::recall::Runs;
use crate::session::record::proposed;
use crate::session::report::TestRun;
use crate::session::tester::report::{Outcome, Tested, TestsReport};
use crate::session::tester::{Writing, Written};
use crate::session::verify::{last_words, run_given, time_left};

/// Longest run of the tests.
const LIMIT: Duration = Duration::from_secs(300);

impl Writing<'_> {
    /// Stores what was written as a proposal, and sums up.
    pub(super) fn propose(
        &mut self,
        text: &str,
        functions: Vec<Tested>,
        mut written: Vec<Written>,
    ) -> Result<TestsReport, SessionError> {
        let mut changes = self.changes(&written)?;
        let (mut command, mut after) = (None, None);
        if !changes.is_empty() {
            self.recorder.observer().begins("test after");
            (command, after) = self.verified(&changes)?;
            let failing = self.failing(&written);
            if !failing.is_empty() {
                written
                    .iter_mut()
                    .for_each(|it| it.groups.retain(|(name, _)| !failing.contains(name)));
                changes = self.changes(&written)?;
                (command, after) = match changes.is_empty() {
                    true => (None, None),
                    false => self.verified(&changes)?,
                };
            }
        }
        let proposal = match changes.is_empty() {
            true => None,
            false => Some(self.store(text, &functions, changes, &command, &after)?),
        };
        let outcome = match (&proposal, &after) {
            (Some(_), Some(TestRun { passed: true, .. })) => Outcome::Verified,
            (Some(_), Some(_)) => Outcome::VerificationFailed,
            (Some(_), None) => Outcome::Proposed,
            (None, _) if self.cancel.by_person() => Outcome::Interrupted,
            (None, _) if self.cancel.is_cancelled() => Outcome::TimeUp,
            (None, _) => Outcome::NothingToWrite,
        };
        Ok(TestsReport {
            task: self.recorder.task().clone(),
            outcome,
            proposal,
            functions,
            command,
            after,
            cost: self.cost,
            seconds: self.request.started.elapsed().as_secs_f64(),
        })
    }

    /// The files with the tests in them; what may not be edited is left out.
    fn changes(&mut self, written: &[Written]) -> Result<Vec<FileChange>, SessionError> {
        let mut changes: Vec<FileChange> = Vec::new();
        for Written { home, groups, class } in written.iter().filter(|it| !it.groups.is_empty()) {
            if self.is_denied(&home.path)? {
                continue;
            }
            let known = changes.iter().position(|change| change.path == home.path);
            let before = self.writer.desk.repo.read(&home.path)?;
            let state = match known {
                Some(at) => changes[at].after.clone(),
                None => before.clone(),
            };
            let mode = state.as_ref().map_or(Mode::Regular, |state| state.mode);
            let text =
                state.map(|state| String::from_utf8(state.bytes)).unwrap_or(Ok(String::new()));
            let Ok(text) = text else { continue };
            let groups: Vec<Group> = groups
                .iter()
                .map(|(name, assertions)| Group {
                    name: name.clone(),
                    assertions: assertions.clone(),
                })
                .collect();
            let text = with_tests(&text, home.style, class, &groups);
            let after = Some(FileState { bytes: text.into_bytes(), mode });
            match known {
                Some(at) => changes[at].after = after,
                None => changes.push(FileChange { path: home.path.clone(), before, after }),
            }
        }
        Ok(changes)
    }

    /// Whether the file must not be edited. What would have to be asked may be proposed.
    fn is_denied(&mut self, path: &RepoPath) -> Result<bool, SessionError> {
        let rules = &self.writer.desk.rules;
        let ruling = policy::judge(rules, Actor::Agent, EditPath { path: path.clone() });
        self.recorder.record(ruling.event(Actor::Agent))?;
        let obstacle = self.writer.desk.repo.obstacle(path)?.is_some();
        let is_there = self.writer.desk.repo.read(path)?.is_some();
        Ok(matches!(ruling, policy::Ruling::Deny { .. }) || obstacle && !is_there)
    }

    /// The command that ran on the changes, and what came of it.
    fn verified(
        &mut self,
        changes: &[FileChange],
    ) -> Result<(Option<String>, Option<TestRun>), SessionError> {
        if let Some(line) = self.request.test.clone() {
            let limit = time_left(self.request.deadline, LIMIT).max(Duration::from_secs(5));
            let desk = self.writer.desk;
            let given = run_given(
                (desk, self.snapshot.base_tree),
                &line,
                changes,
                (limit, &self.cancel),
                &Runs::default(),
                &mut self.recorder,
            );
            return Ok((Some(line), Some(given?.0)));
        }
        match self.checked(changes)? {
            Some(checked) => {
                let Checked { passed, seconds, .. } = checked;
                let exit = if checked.timed_out { None } else { Some(i32::from(!passed)) };
                if checked.trouble.is_some() {
                    return Ok((None, None));
                }
                let summary = last_words(&checked.output);
                Ok((Some(checked.line), Some(TestRun { passed, exit, seconds, summary })))
            }
            None => Ok((None, None)),
        }
    }

    /// Those of the tests that failed when the project's own command ran last.
    fn failing(&mut self, written: &[Written]) -> BTreeSet<String> {
        let failures = self.last.take().map(|checked| checked.failures).unwrap_or_default();
        let failed: BTreeSet<&str> = failures
            .iter()
            .filter_map(|failure| failure.test.as_deref()?.rsplit([':', '.']).next())
            .collect();
        let names = written.iter().flat_map(|it| it.groups.iter().map(|(name, _)| name));
        names.filter(|name| failed.contains(name.as_str())).cloned().collect()
    }

    /// What the project's own command says of the files of tests among the changes.
    fn checked(&mut self, changes: &[FileChange]) -> Result<Option<Checked>, SessionError> {
        let files: Vec<RepoPath> = changes.iter().map(|change| change.path.clone()).collect();
        let limit = time_left(self.request.deadline, LIMIT).max(Duration::from_secs(5));
        match self.checks.run(changes, Some(&files), limit, &self.cancel, &mut self.recorder) {
            Ok(checked) => {
                self.last = checked.clone();
                Ok(checked)
            }
            Err(SessionError::Denied(Refusal { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn store(
        &mut self,
        text: &str,
        functions: &[Tested],
        changes: Vec<FileChange>,
        command: &Option<String>,
        after: &Option<TestRun>,
    ) -> Result<ProposalId, SessionError> {
        let mutants: usize = functions.iter().map(|it| it.mutants).sum();
        let killed: usize = functions.iter().map(|it| it.killed).sum();
        let verification = json!({
            "command": command,
            "passed": after.as_ref().map(|run| run.passed),
            "before": null,
            "after": after,
            "mutants": { "killed": killed, "all": mutants },
        });
        let lines: Vec<String> = functions.iter().flat_map(Tested::lines).collect();
        let wish = self.request.wish.trim();
        let wish = if wish.is_empty() { String::new() } else { format!("{wish}\n\n") };
        let new = NewProposal {
            snapshot: self.snapshot.clone(),
            changes,
            title: text.to_owned(),
            task: format!("{text}\n\n{wish}{}", lines.join("\n")),
            model: Some(self.writer.engine.info().name.clone()),
            verification,
            trailers: vec![("Countersign-Task".into(), self.recorder.task().to_string())],
        };
        let stored = proposal::store(&self.writer.desk.repo, &new)?;
        self.recorder.record(proposed(&self.writer.desk.repo, &stored)?)?;
        Ok(stored.id)
    }
}
