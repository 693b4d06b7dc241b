//! The tests as a proposal: files with them in, run once by the project's own command.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::base::{ProposalId, RepoPath};
use crate::policy::{self, Actor, EditPath, Refusal};
use crate::project::Failure;
use crate::project::written::{name_freely, with_tests};
use crate::proposal::{self, NewProposal};
use crate::repo::{FileChange, FileState, Mode};
use crate::session::checks::{Checked, Checks};
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
        let mut changes = self.changes(&mut written)?;
        let (mut command, mut after) = (None, None);
        if !changes.is_empty() {
            self.recorder.observer().begins("test after");
            (command, after) = self.verified(&changes)?;
            let last = self.last.take();
            let failing = failing(last.iter().flat_map(|it| &it.failures), &written);
            if !failing.is_empty() {
                written
                    .iter_mut()
                    .for_each(|it| it.groups.retain(|group| !failing.contains(&group.name)));
                changes = self.changes(&mut written)?;
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

    /// The files with the tests in them, which take the names that they have there; what may not be
    /// edited is left out.
    fn changes(&mut self, written: &mut [Written]) -> Result<Vec<FileChange>, SessionError> {
        let mut changes: Vec<FileChange> = Vec::new();
        let written = written.iter_mut().filter(|it| !it.groups.is_empty());
        for Written { home, groups, class } in written {
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
            name_freely(&text, groups);
            let text = with_tests(&text, home.style, class, groups);
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

    /// What the project's own command says of the files of tests among the changes; nothing where
    /// no command runs them all.
    fn checked(&mut self, changes: &[FileChange]) -> Result<Option<Checked>, SessionError> {
        let files: Vec<RepoPath> = changes.iter().map(|change| change.path.clone()).collect();
        if !are_run(&mut self.checks, &files) {
            return Ok(None);
        }
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

/// Has the command run from now on that fits these files of tests; whether it runs all of them.
fn are_run(checks: &mut Checks<'_>, files: &[RepoPath]) -> bool {
    checks.choose(files);
    checks.run_by_it(files.to_vec()).len() == files.len()
}

/// The names of those of the tests that are among the failures.
fn failing<'a>(
    failures: impl Iterator<Item = &'a Failure>,
    written: &[Written],
) -> BTreeSet<String> {
    let failed: BTreeSet<&str> =
        failures.filter_map(|failure| failure.test.as_deref()?.rsplit([':', '.']).next()).collect();
    let names = written.iter().flat_map(|it| it.groups.iter().map(|group| &group.name));
    names.filter(|name| failed.contains(name.as_str())).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config;
    use crate::policy::Rules;
    use crate::project::written::{Group, Home, Style};
    use crate::repo::testing::{path, scratch};
    use crate::session::decide::Desk;

    #[test]
    fn tests_are_verified_by_the_command_of_their_own_project() {
        let case = "import unittest\n\nclass T(unittest.TestCase):\n    pass\n";
        let (_folder, repo) = scratch(&[
            ("a/setup.py", ""),
            ("a/test_one.py", case),
            ("a/test_two.py", case),
            ("b/setup.py", ""),
            ("b/calc.py", "def f():\n    pass\n"),
            ("b/test_calc.py", case),
        ]);
        let desk = Desk::open(repo, Rules::built_in(config::Mode::Ask).unwrap()).unwrap();
        let snapshot = desk.repo.snapshot().unwrap();
        let mut checks = Checks::found(&desk, &snapshot, Path::new("nothing")).unwrap();
        assert_eq!(checks.command().unwrap().folder, "a");
        assert!(are_run(&mut checks, &[path("b/test_calc.py"), path("b/test_new.py")]));
        assert_eq!(checks.command().unwrap().folder, "b");
        assert!(!are_run(&mut checks, &[path("a/test_one.py"), path("b/test_calc.py")]));
        assert!(!are_run(&mut checks, &[path("tests/test_other.py")]));
    }

    #[test]
    fn a_test_that_fails_is_known_by_the_name_under_which_it_was_written() {
        let before = "def test_parse():\n    pass\n";
        let mut groups = vec![Group { name: "test_parse".into(), assertions: Vec::new() }];
        name_freely(before, &mut groups);
        let home = Home { path: path("test_a.py"), style: Style::Functions, double: true };
        let written = [Written { home, groups, class: String::new() }];
        let of = |test: &str| {
            let failure = Failure { test: Some(test.to_owned()), ..Failure::default() };
            failing(std::iter::once(&failure), &written)
        };
        assert!(of("test_a.py::test_parse").is_empty(), "it was there before");
        assert_eq!(of("test_a.py::test_parse_2"), BTreeSet::from(["test_parse_2".to_owned()]));
    }
}
