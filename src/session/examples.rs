//! Examples of what a task wants, where no test says it: those that its words have, or that the model
//! reads out of them before it changes anything. They rank drafts and say what to revise; they are no
//! proof, and nothing counts as verified by them. Those that the model makes up are hints: calls on which
//! drafts are compared by what they do.

use std::time::Duration;

use serde_json::json;

use crate::agent::{Behaviour, Input, TestResult};
use crate::base::{RepoPath, Tokens};
use crate::model::{Form, Prompt, Sampling};
use crate::project::examples::{self, Outcome};
use crate::repo::FileChange;
use crate::session::driver::SessionError;
use crate::session::read::read;
use crate::session::run::Run;
use crate::session::single;
use crate::syntax::{self, Language};

/// Longest run of all examples on one draft.
const LIMIT: Duration = Duration::from_secs(20);
/// Most tokens for writing them.
const MOST_TOKENS: Tokens = Tokens(160);

/// Who writes them, as the journal says it.
const WRITER: &str = "tester";

/// Examples and the module that they are about.
#[derive(Debug)]
pub(super) struct Examples {
    pub(super) module: RepoPath,
    pub(super) lines: Vec<String>,
    /// What the task does not say.
    hints: Vec<String>,
    /// How many of the lines fail before the change.
    pub(super) failing: u32,
}

impl Examples {
    fn all(&self) -> Vec<String> {
        [&self.lines[..], &self.hints[..]].concat()
    }
}

impl Run<'_> {
    /// Collects examples, where no test fails and there is a module to try them on.
    pub(super) fn write_examples(&mut self) -> Result<Input, SessionError> {
        if let Some((module, names)) = self.module().filter(|_| self.failing.is_none()) {
            let mut lines = examples::said(&self.request.text);
            let mut hints = Vec::new();
            if lines.is_empty() && self.request.examples {
                (lines, hints) = self
                    .asked_for(&names)?
                    .into_iter()
                    .partition(|line| examples::is_grounded(line, &self.request.text));
            }
            self.keep_sound(module, lines, hints)?;
        }
        Ok(Input::Exemplified)
    }

    /// What comes of the examples with a change, and how it behaves; none where there are none.
    pub(super) fn try_examples(
        &mut self,
        changes: &[FileChange],
    ) -> Result<(Option<TestResult>, Option<Behaviour>), SessionError> {
        let Some(kept) = self.examples.take() else { return Ok((None, None)) };
        let outcomes = self.outcomes(&kept.module, &kept.all(), changes)?;
        let unimportable = outcomes.as_deref().and_then(examples::unimportable);
        let results = match &outcomes {
            None => (None, None),
            // It does nothing at all, in which others like it do not agree.
            Some(outcomes) if unimportable.is_some() => {
                let output = unimportable.unwrap_or_default().to_owned();
                let failing = u32::try_from(outcomes.len()).ok();
                (Some(TestResult { passed: false, failing, output }), None)
            }
            Some(outcomes) => {
                let (own, hints) = outcomes.split_at(kept.lines.len());
                let judged = (!own.is_empty()).then(|| judged(&kept.lines, own));
                let held = hints.iter().filter(|outcome| **outcome == Outcome::Holds).count();
                let held = u32::try_from(held).unwrap_or(u32::MAX);
                (judged, Some(Behaviour { held, trace: format!("{outcomes:?}") }))
            }
        };
        self.examples = Some(kept);
        Ok(results)
    }

    /// The module that the task is about, and its functions.
    fn module(&self) -> Option<(RepoPath, Vec<String>)> {
        let about = self.found.stubs.iter().chain(&self.found.targets).map(|target| &target.path);
        let is_module = |path: &&RepoPath| {
            let state = read(self.desk(), path);
            let language = state.and_then(|state| Language::of(path, &state.bytes));
            language.is_some_and(|language| language.name() == examples::LANGUAGE)
        };
        let module = about.chain(&self.found.named).find(is_module)?.clone();
        let text = read(self.desk(), &module)?.bytes;
        let symbols = syntax::symbols(Language::of(&module, &text)?, &text);
        let own = symbols.into_iter().filter(|it| it.kind.is_definition() && it.path == it.name);
        Some((module, own.map(|symbol| symbol.name).collect()))
    }

    /// Examples that the model reads out of the task, or makes up.
    fn asked_for(&mut self, names: &[String]) -> Result<Vec<String>, SessionError> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let Some(form) = examples::form(&names) else { return Ok(Vec::new()) };
        self.recorder.observer().begins("examples");
        let mut messages = self.opening.messages.clone();
        let name = names.first().copied().unwrap_or_default();
        let ask = self.templates.render(&self.role.prompts.examples, json!({ "name": name }))?;
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

    /// Keeps the examples that say something of the module as it is.
    fn keep_sound(
        &mut self,
        module: RepoPath,
        mut lines: Vec<String>,
        mut hints: Vec<String>,
    ) -> Result<(), SessionError> {
        let all = [&lines[..], &hints[..]].concat();
        if all.is_empty() {
            return Ok(());
        }
        let Some(outcomes) = self.outcomes(&module, &all, &[])? else { return Ok(()) };
        let own = &outcomes[..lines.len()];
        let failing = own.iter().filter(|outcome| matches!(outcome, Outcome::Fails(_))).count();
        let failing = u32::try_from(failing).unwrap_or(u32::MAX);
        let is_sound = |line: &String| {
            let outcome = all.iter().position(|other| other == line).map(|at| &outcomes[at]);
            outcome.is_some_and(|outcome| !matches!(outcome, Outcome::Broken(_)))
        };
        lines.retain(is_sound);
        hints.retain(is_sound);
        if !lines.is_empty() || !hints.is_empty() {
            self.examples = Some(Examples { module, lines, hints, failing });
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

/// The examples as a test: what does not hold, and why. All of them could be run before the change; one
/// that cannot be any more does not hold.
fn judged(lines: &[String], outcomes: &[Outcome]) -> TestResult {
    let mut output = String::new();
    let mut failing = 0;
    for (line, outcome) in lines.iter().zip(outcomes) {
        if let Outcome::Fails(why) | Outcome::Broken(why) = outcome {
            failing += 1;
            output.push_str(&format!("{line}\n    {why}\n"));
        }
    }
    TestResult { passed: failing == 0, failing: Some(failing), output }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_that_a_change_breaks_fails() {
        let lines = ["assert f(1) == 2", "assert f(2) == 4", "assert f(3) == 6"];
        let outcomes = [
            Outcome::Holds,
            Outcome::Fails("f(2) is 5".to_owned()),
            Outcome::Broken("TypeError: no argument".to_owned()),
        ];
        let TestResult { passed, failing, output } = judged(&lines.map(str::to_owned), &outcomes);
        assert_eq!((passed, failing), (false, Some(2)));
        assert_eq!(
            output,
            "assert f(2) == 4\n    f(2) is 5\nassert f(3) == 6\n    TypeError: no argument\n"
        );
    }
}
