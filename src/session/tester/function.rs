//! Tests of one function: calls from the model, what the code gives for them, mutants, survivors.

use std::time::Duration;

use crate::base::RepoPath;
use crate::policy::Refusal;
use crate::project::examples;
use crate::project::mutants::{self, Assertion, Origin, Plan, Tried, cover};
use crate::project::written::{Home, bound, home};
use crate::session::driver::SessionError;
use crate::session::test_commands::{bytes, look};
use crate::session::tester::report::{Doubt, Survivor, Tested};
use crate::session::tester::targets::Target;
use crate::session::tester::{Writing, Written};
use crate::session::verify::time_left;
use crate::syntax::{Language, Mutant, mutants};

/// Most mutants of a function; of more, some from everywhere.
const MOST_MUTANTS: usize = 90;
/// Files of tests that are looked at for calls, and most calls of them.
const MOST_TESTS: usize = 4;
const MOST_CALLS: usize = 24;
/// Longest run of one plan, and how long new searches begin in it.
const LIMIT: Duration = Duration::from_secs(90);
const SEARCH: f64 = 20.0;
/// Doubts and survivors that are told of one function.
const TOLD: usize = 5;
/// Longest text that is told of what is replaced, in characters.
const LONGEST: usize = 60;

impl Writing<'_> {
    /// What came of one function, and the tests of it to be written, if there are any.
    pub(super) fn function(
        &mut self,
        target: &Target,
    ) -> Result<(Tested, Option<Written>), SessionError> {
        // What runs its tests may be another command than that of the rest.
        self.checks.choose(std::slice::from_ref(&target.module.path));
        let place = self.home(target)?;
        let mut plan = self.plan(target, place.as_ref())?;
        let Some(place) = place.filter(|_| !plan.mutants.is_empty()) else {
            let why = "there is nothing in it that a small change could break";
            return Ok((nothing(target, why.to_owned()), None));
        };
        let mut asking = self.open(target)?;
        plan.model = self.ask_calls(target, &mut asking)?;
        let mut tried = self.try_plan(&plan)?;
        if let Some(trouble) = tried.trouble.take() {
            return Ok((nothing(target, trouble), None));
        }
        let alive = tried.survivors();
        if !alive.is_empty() && !self.cancel.is_cancelled() {
            let alive: Vec<&Mutant> = alive.iter().map(|at| &plan.mutants[*at]).collect();
            let more = self.ask_about(target, &mut asking, &alive)?;
            if !more.is_empty() {
                let mut again = Plan { seed: plan.seed.wrapping_add(17), ..plan.clone() };
                again.model.extend(more);
                let found = tried.rows.iter().filter(|row| row.origin == Origin::Search);
                again.calls = found.map(|row| row.call.clone()).collect();
                let second = self.try_plan(&again)?;
                if second.trouble.is_none() && second.survivors().len() < tried.survivors().len() {
                    tried = second;
                }
            }
        }
        let names = bound(&self.text_of(&place.path));
        tried.rows.retain(|row| !row.imports.iter().any(|line| names.clashes(line)));
        let chosen: Vec<Assertion> =
            cover(&tried.rows).into_iter().map(|at| tried.rows[at].clone()).collect();
        let tested = tested(target, &plan.mutants, &tried, &chosen);
        if chosen.is_empty() {
            return Ok((tested, None));
        }
        let groups = self.groups(target, &asking, chosen)?;
        let class = class_of(&target.symbol.path);
        Ok((tested, Some(Written { home: place, groups, class })))
    }

    /// Where the tests of the function stand.
    fn home(&self, target: &Target) -> Result<Option<Home>, SessionError> {
        let (repo, tree) = (&self.writer.desk.repo, self.snapshot.base_tree);
        let (_, files) = look(repo, tree)?;
        let tests = crate::project::tests(&files);
        let tool = self.checks.command().map(|command| command.tool);
        let read = |path: &RepoPath| bytes(repo, tree, path);
        Ok(home(&target.module.path, &tests, tool, &read))
    }

    fn plan(&self, target: &Target, home: Option<&Home>) -> Result<Plan, SessionError> {
        let language = Language::named(examples::LANGUAGE);
        let all = language.map(|it| mutants(it, target.text.as_bytes(), &target.symbol));
        let symbol = &target.symbol;
        let affected =
            self.checks.affected(std::slice::from_ref(&target.module.path), &[&symbol.name]);
        let call = format!("{}(", symbol.name);
        let mut tests = Vec::new();
        for test in affected.iter().take(MOST_TESTS) {
            let said = examples::said(&self.text_of(test));
            tests.extend(said.into_iter().filter(|line| line.contains(&call)));
        }
        tests.truncate(MOST_CALLS);
        Ok(Plan {
            module: target.module.clone(),
            name: symbol.path.clone(),
            model: Vec::new(),
            tests,
            calls: Vec::new(),
            mutants: some(all.unwrap_or_default(), MOST_MUTANTS),
            seconds: time_left(self.request.deadline, Duration::from_secs_f64(SEARCH))
                .as_secs_f64(),
            seed: self.request.seed,
            double: home.is_some_and(|home| home.double),
        })
    }

    /// The text of a file of the snapshot; empty where there is none.
    pub(super) fn text_of(&self, path: &RepoPath) -> String {
        let bytes = bytes(&self.writer.desk.repo, self.snapshot.base_tree, path);
        bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }

    fn try_plan(&mut self, plan: &Plan) -> Result<Tried, SessionError> {
        self.recorder.observer().begins("mutants");
        let Some(script) = mutants::script(plan, self.checks.command()) else {
            return Ok(Tried { trouble: Some("it is no module".to_owned()), ..Tried::default() });
        };
        let limit = time_left(self.request.deadline, LIMIT);
        match self.checks.run_script(&[], &script, limit, &self.cancel, &mut self.recorder) {
            Ok(output) => Ok(mutants::read(&output)),
            Err(SessionError::Denied(refusal @ Refusal { .. })) => {
                Ok(Tried { trouble: Some(refusal.to_string()), ..Tried::default() })
            }
            Err(error) => Err(error),
        }
    }
}

/// At most `most` of them, from everywhere.
fn some(all: Vec<Mutant>, most: usize) -> Vec<Mutant> {
    let count = all.len();
    if count <= most {
        return all;
    }
    let chosen = |at: &usize| at * most / count != (at + 1) * most / count;
    all.into_iter().enumerate().filter(|(at, _)| chosen(at)).map(|(_, it)| it).collect()
}

fn nothing(target: &Target, why: String) -> Tested {
    Tested {
        path: target.module.path.clone(),
        name: target.symbol.path.clone(),
        line: target.symbol.span.start,
        mutants: 0,
        killed: 0,
        survivors: Vec::new(),
        assertions: 0,
        said_by_model: 0,
        from_model: 0,
        from_docs: 0,
        from_search: 0,
        doubts: Vec::new(),
        trouble: Some(why),
    }
}

fn tested(target: &Target, mutants: &[Mutant], tried: &Tried, chosen: &[Assertion]) -> Tested {
    let alive = tried.survivors();
    let survivor = |at: &usize| {
        let Mutant { bytes, new, line } = &mutants[*at];
        let old = target.text.get(bytes.clone()).unwrap_or_default();
        Survivor { path: target.module.path.clone(), line: *line, old: short(old), new: short(new) }
    };
    let doubt = |row: &Assertion| {
        let model = row.said.clone().filter(|_| row.agrees == Some(false))?;
        Some(Doubt { call: row.call.clone(), model: short(&model), code: gives(row) })
    };
    let from = |origin: Origin| chosen.iter().filter(|row| row.origin == origin).count();
    Tested {
        mutants: tried.valid.len(),
        killed: tried.valid.len() - alive.len(),
        survivors: alive.iter().map(survivor).collect(),
        assertions: chosen.len(),
        said_by_model: chosen.iter().filter(|row| row.agrees == Some(true)).count(),
        from_model: from(Origin::Model),
        from_docs: from(Origin::Docs),
        from_search: from(Origin::Search),
        doubts: tried.rows.iter().filter_map(doubt).take(TOLD).collect(),
        trouble: None,
        ..nothing(target, String::new())
    }
}

/// What the code gives for a call, in words.
pub(super) fn gives(row: &Assertion) -> String {
    match row.kind {
        mutants::Kind::Raises => format!("raises {}", row.value),
        _ => short(&row.value),
    }
}

/// Text on one line, cut.
pub(super) fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// `ParseDurationTest` of `parse_duration`.
fn class_of(path: &str) -> String {
    let words = path.split(['_', '.']).filter(|word| !word.is_empty());
    let mut name = String::new();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    format!("{name}Test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_mutants_some_from_everywhere_are_taken() {
        let all: Vec<Mutant> =
            (0..1000).map(|at| Mutant { bytes: at..at, new: String::new(), line: at }).collect();
        let chosen = some(all.clone(), 90);
        assert_eq!(chosen.len(), 90);
        assert!(chosen[0].line < 20 && chosen[89].line > 980);
        assert_eq!(some(all[..5].to_vec(), 90).len(), 5);
    }

    #[test]
    fn classes_are_named_after_what_they_test() {
        assert_eq!(class_of("parse_duration"), "ParseDurationTest");
        assert_eq!(class_of("Version.bump_major"), "VersionBumpMajorTest");
        assert_eq!(short("a\n  b"), "a b");
    }
}
