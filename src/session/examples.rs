//! Examples of what a task wants, where no test says it: those that its words have, or that the model
//! reads out of them before it changes anything. They rank drafts and say what to revise; they are no
//! proof, and nothing counts as verified by them. Those that the model makes up are hints: calls on which
//! drafts are compared by what they do. Where a task shows tests that fail, those of them that hold already
//! are guards: what a draft must not break.

use std::time::Duration;

use serde_json::json;

use crate::agent::{Behaviour, Input, TestResult};
use crate::base::{RepoPath, Tokens};
use crate::model::{Form, Prompt, Sampling};
use crate::project::examples::{self, Callable, Outcome};
use crate::refactor::callers;
use crate::repo::FileChange;
use crate::session::driver::SessionError;
use crate::session::read::read;
use crate::session::run::Run;
use crate::session::single;
use crate::syntax::{self, Language, Symbol};

/// Longest run of all examples on one draft.
const LIMIT: Duration = Duration::from_secs(20);
/// Most tokens for writing them.
const MOST_TOKENS: Tokens = Tokens(200);

/// Most names that are said of what may be called.
const SHOWN_NAMES: usize = 3;

/// Who writes them, as the journal says it.
const WRITER: &str = "tester";

/// Examples and the module that they are about.
#[derive(Debug)]
pub(super) struct Examples {
    pub(super) module: RepoPath,
    pub(super) lines: Vec<String>,
    /// What holds already and has to go on holding.
    guards: Vec<String>,
    /// What the task does not say.
    hints: Vec<String>,
    /// How many of the lines fail before the change.
    pub(super) failing: u32,
}

impl Examples {
    fn all(&self) -> Vec<String> {
        [&self.lines[..], &self.guards[..], &self.hints[..]].concat()
    }

    /// What has to hold of a change.
    pub(super) fn wanted(&self) -> Vec<String> {
        [&self.lines[..], &self.guards[..]].concat()
    }
}

/// What came of the examples with a change.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// As a test.
    pub(super) judged: Option<TestResult>,
    pub(super) behaviour: Option<Behaviour>,
    /// A call that does not end, in words.
    pub(super) endless: Option<String>,
}

impl Run<'_> {
    /// Collects examples, where no test fails and there is a module to try them on.
    pub(super) fn write_examples(&mut self) -> Result<Input, SessionError> {
        if let Some((module, callables)) = self.module().filter(|_| self.failing.is_none()) {
            let text = &self.request.text;
            let mut lines = examples::said(text);
            let mut hints = Vec::new();
            // A report shows only what fails: what a change must leave alone is asked for, too.
            let tested = examples::shows_tests(text);
            if (lines.is_empty() || tested) && self.request.examples {
                hints = self.asked_for(&callables, tested)?;
            }
            if lines.is_empty() {
                let text = &self.request.text;
                (lines, hints) =
                    hints.into_iter().partition(|line| examples::is_grounded(line, text));
            }
            self.keep_sound(module, lines, hints, tested)?;
        }
        Ok(Input::Exemplified)
    }

    /// What comes of the examples with a change; nothing where there are none.
    pub(super) fn try_examples(&mut self, changes: &[FileChange]) -> Result<Tried, SessionError> {
        let Some(kept) = self.examples.take() else { return Ok(Tried::default()) };
        let outcomes = self.outcomes(&kept.module, &kept.all(), changes)?;
        let unimportable = outcomes.as_deref().and_then(examples::unimportable);
        let results = match &outcomes {
            None => Tried::default(),
            // It does nothing at all, in which others like it do not agree.
            Some(outcomes) if unimportable.is_some() => {
                let output = unimportable.unwrap_or_default().to_owned();
                let failing = u32::try_from(outcomes.len()).ok();
                let judged = Some(TestResult { passed: false, failing, output });
                Tried { judged, ..Tried::default() }
            }
            Some(outcomes) => {
                let (own, others) = outcomes.split_at(kept.lines.len());
                let (guards, hints) = others.split_at(kept.guards.len());
                let judged = (!own.is_empty()).then(|| judged(&kept, own, guards));
                let held = holding(hints);
                let broken = number(guards.len()) - holding(guards);
                let behaviour = Some(Behaviour { held, broken, trace: format!("{outcomes:?}") });
                let all = kept.all();
                let endless = all.iter().zip(outcomes).find(|(_, outcome)| outcome.is_endless());
                let endless = endless.map(|(line, _)| format!("this does not end: `{line}`"));
                Tried { judged, behaviour, endless }
            }
        };
        self.examples = Some(kept);
        Ok(results)
    }

    /// The module that the task is about, and what can be called of it: first what the task is about.
    fn module(&self) -> Option<(RepoPath, Vec<Callable>)> {
        let about = || self.found.stubs.iter().chain(&self.found.targets);
        let is_module = |path: &&RepoPath| {
            let state = read(self.desk(), path);
            let language = state.and_then(|state| Language::of(path, &state.bytes));
            language.is_some_and(|language| language.name() == examples::LANGUAGE)
        };
        let paths = about().map(|target| &target.path);
        let module = paths.chain(&self.found.named).find(is_module)?.clone();
        let text = read(self.desk(), &module)?.bytes;
        let symbols = syntax::symbols(Language::of(&module, &text)?, &text);
        let own = symbols.into_iter().filter(|it| it.kind.is_definition() && it.path == it.name);
        let mut own: Vec<Symbol> = own.collect();
        let is_meant = |own: &Symbol| about().any(|it| it.path == module && it.symbol == own.name);
        own.sort_by_key(|own| !is_meant(own));
        let arities = callers::arities(&module, &text);
        let callable = |symbol: Symbol| {
            let arity = arities.get(&symbol.name);
            let arguments = arity.and_then(|arity| Some((arity.least, arity.most?)));
            Callable { name: symbol.name, arguments }
        };
        Some((module, own.into_iter().map(callable).collect()))
    }

    /// Examples that the model reads out of the task, or makes up; where tests fail that the task shows,
    /// others than they have.
    fn asked_for(&mut self, all: &[Callable], tested: bool) -> Result<Vec<String>, SessionError> {
        let Some(form) = examples::form(all) else { return Ok(Vec::new()) };
        self.recorder.observer().begins("examples");
        let mut messages = self.opening.messages.clone();
        let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).take(SHOWN_NAMES).collect();
        let values = json!({ "names": names, "tested": tested });
        let ask = self.templates.render(&self.role.prompts.examples, values)?;
        if let Some(last) = messages.last_mut() {
            last.text = format!("{}\n\n{}", last.text.trim_end(), ask.trim_start());
        }
        let prompt = Prompt { messages, prefill: "```python\n".to_owned(), ..Prompt::default() };
        let sampling = Sampling {
            seed: self.request.seed,
            max_tokens: MOST_TOKENS.min(self.request.answer_tokens),
            form: Some(Form::Lark(form)),
            ..Sampling::default()
        };
        let (engine, asked) = (self.workshop.engine, (&prompt, &sampling));
        let costs = (&mut self.cost, self.request.started);
        let completion =
            single::answer(engine, WRITER, asked, &self.cancel, &mut self.recorder, costs)?;
        Ok(examples::lines(&completion.text))
    }

    /// Keeps the examples that say something of the module as it is. Where tests fail with it, hints that
    /// hold are what a change must not break.
    fn keep_sound(
        &mut self,
        module: RepoPath,
        mut lines: Vec<String>,
        mut hints: Vec<String>,
        tested: bool,
    ) -> Result<(), SessionError> {
        let all = [&lines[..], &hints[..]].concat();
        if all.is_empty() {
            return Ok(());
        }
        let Some(outcomes) = self.outcomes(&module, &all, &[])? else { return Ok(()) };
        let own = &outcomes[..lines.len()];
        let failing = own.iter().filter(|outcome| matches!(outcome, Outcome::Fails(_))).count();
        let failing = number(failing);
        let outcome =
            |line: &String| all.iter().position(|other| other == line).map(|at| &outcomes[at]);
        let is_sound = |line: &String| {
            outcome(line).is_some_and(|outcome| !matches!(outcome, Outcome::Broken(_)))
        };
        lines.retain(is_sound);
        // What takes long already may do so.
        let ends = |line: &String| outcome(line).is_some_and(|outcome| !outcome.is_endless());
        hints.retain(|line| is_sound(line) && ends(line) && !lines.contains(line));
        let mut guards = Vec::new();
        if tested && !lines.is_empty() {
            // What fails now may be made up, and what raises may be a part of the mistake.
            let holds = |line: &String| outcome(line) == Some(&Outcome::Holds);
            let is_value = |line: &String| line.starts_with("assert ");
            guards = hints.drain(..).filter(|line| holds(line) && is_value(line)).collect();
        }
        if !lines.is_empty() || !hints.is_empty() {
            self.examples = Some(Examples { module, lines, guards, hints, failing });
        }
        Ok(())
    }

    /// What comes of each line with a change; none where nothing may be run.
    fn outcomes(
        &mut self,
        module: &RepoPath,
        lines: &[String],
        changes: &[FileChange],
    ) -> Result<Option<Vec<Outcome>>, SessionError> {
        let Some(script) = examples::script(module, lines) else { return Ok(None) };
        let output = self.run_script(changes, &script, LIMIT)?;
        Ok(output.map(|output| examples::outcomes(&output, lines.len())))
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn holding(outcomes: &[Outcome]) -> u32 {
    number(outcomes.iter().filter(|outcome| **outcome == Outcome::Holds).count())
}

/// The examples as a test: what does not hold, and why. All of them could be run before the change; one
/// that cannot be any more does not hold. What is guarded is told, and not counted among what fails: it
/// may be wrong.
fn judged(kept: &Examples, own: &[Outcome], guards: &[Outcome]) -> TestResult {
    let output: String = (kept.lines.iter().zip(own))
        .chain(kept.guards.iter().zip(guards))
        .filter_map(|(line, outcome)| match outcome {
            Outcome::Fails(why) | Outcome::Broken(why) => Some(format!("{line}\n    {why}\n")),
            Outcome::Holds => None,
        })
        .collect();
    let failing = number(own.len()) - holding(own);
    TestResult { passed: output.is_empty(), failing: Some(failing), output }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_that_a_change_breaks_fails() {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        let kept = Examples {
            module: RepoPath::new("f.py").unwrap(),
            lines: lines(&["assert f(1) == 2", "assert f(2) == 4", "assert f(3) == 6"]),
            guards: lines(&["assert f(0) == 0"]),
            hints: Vec::new(),
            failing: 3,
        };
        let fails = |why: &str| Outcome::Fails(why.to_owned());
        let broken = Outcome::Broken("TypeError: no argument".to_owned());
        let own = [Outcome::Holds, fails("f(2) is 5"), broken];
        let TestResult { passed, failing, output } = judged(&kept, &own, &[Outcome::Holds]);
        assert_eq!((passed, failing), (false, Some(2)));
        assert_eq!(
            output,
            "assert f(2) == 4\n    f(2) is 5\nassert f(3) == 6\n    TypeError: no argument\n"
        );
        let hold = [Outcome::Holds, Outcome::Holds, Outcome::Holds];
        let all = judged(&kept, &hold, &[Outcome::Holds]);
        assert_eq!((all.passed, all.failing), (true, Some(0)));
        let less = judged(&kept, &hold, &[fails("f(0) is 1")]);
        assert_eq!((less.passed, less.failing), (false, Some(0)));
        assert_eq!(less.output, "assert f(0) == 0\n    f(0) is 1\n");
    }
}
