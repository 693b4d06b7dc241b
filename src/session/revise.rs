//! Has a model write one hunk anew, as a person's comment asks: nothing beside its lines can change.

use std::ops::Range;

use serde_json::json;

use crate::base::{Digest, ProposalId, RepoPath, TaskId, Tokens};
use crate::journal::Event;
use crate::model::{Cancel, Form, Message, Prompt, Sampling, Speaker, StopReason};
use crate::policy::{self, Actor, EditPath, ReadPath};
use crate::session::ask::Respondent;
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::record::{Observer, Recorder};
use crate::session::report::Cost;
use crate::session::single;
use crate::session::terms::Terms;
use crate::syntax::{self, Language};

/// Lines of the file that are shown before and after the part.
const AROUND: usize = 20;
/// How often a model is asked: small ones like to say again what they are shown, and a warmer answer to
/// the same prompt is more often another than one to a prompt that says what was wrong.
const TRIES: u32 = 4;
/// How much warmer each time, and the warmest.
const WARMER: f32 = 0.4;
const HOTTEST: f32 = 1.0;
/// So many lines in a row that stand beside the part are no new ones.
const ECHO: usize = 2;
/// A line with so many letters stands twice in a row by no accident.
const TELLING: usize = 6;
/// Tokens that an answer may have beyond twice those of the part.
const ROOM: Tokens = Tokens(120);
/// Lines of code, none of which closes the block, and the one that does.
const FORM: &str =
    "start: LINE* END\nLINE: /[^\\n]*\\n/ & ~/[ \\t\\r]*`{3,}[ \\t\\r]*\\n/\nEND: /```\\n?/\n";

/// A hunk, and what a person says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The proposal that the hunk is of, and its task, where there are any.
    pub proposal: Option<ProposalId>,
    pub task: String,
    pub hunk: u32,
    pub path: RepoPath,
    /// The file with the change in it.
    pub text: Vec<u8>,
    /// The lines of it that the hunk stands for, counted from 0.
    pub lines: Range<usize>,
    pub comment: String,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Revised {
    pub task: TaskId,
    /// The lines in the place of the old ones; or why there are none.
    pub lines: Result<Vec<u8>, String>,
    pub cost: Cost,
    pub seconds: f64,
}

/// Has a model write a hunk anew.
pub fn revise(
    desk: &Desk,
    respondent: Respondent<'_>,
    (revision, terms): (&Revision, &Terms),
    cancel: &Cancel,
    observer: &mut dyn Observer,
) -> Result<Revised, SessionError> {
    let seed = Digest::of(format!("{} {}", crate::journal::now(), revision.comment).as_bytes());
    let recorder = Recorder::new(&desk.log, TaskId::from_seed(&seed, 6), observer);
    let cancel = cancel.until(terms.deadline);
    let mut revising =
        Revising { desk, respondent, revision, terms, cancel, recorder, cost: Cost::default() };
    let lines = revising.work();
    let word = |lines: &Result<_, _>| if lines.is_ok() { "revised" } else { "not revised" };
    let outcome = lines.as_ref().map(word);
    let (cost, seconds) = (revising.cost, terms.started.elapsed().as_secs_f64());
    let ended = revising.recorder.ended(outcome, seconds, &cost);
    let (lines, task) = (lines?, revising.recorder.task().clone());
    ended?;
    Ok(Revised { task, lines, cost, seconds })
}

/// A revision under way.
struct Revising<'a> {
    desk: &'a Desk,
    respondent: Respondent<'a>,
    revision: &'a Revision,
    terms: &'a Terms,
    cancel: Cancel,
    recorder: Recorder<'a>,
    cost: Cost,
}

impl Revising<'_> {
    fn work(&mut self) -> Result<Result<Vec<u8>, String>, SessionError> {
        self.start()?;
        if let Some(why) = self.denied()? {
            return Ok(Err(why));
        }
        let Some(part) = Part::of(self.revision) else {
            return Ok(Err("the file is no text".to_owned()));
        };
        let messages = self.opening(&part)?;
        let mut why = String::new();
        for nth in 0..TRIES {
            let Some(reply) = self.answer(&messages, &part, nth)? else {
                return Ok(Err("it was stopped".to_owned()));
            };
            match part.checked(&reply, self.revision) {
                Ok(lines) => return Ok(Ok(lines)),
                Err(reason) => {
                    self.recorder.record(Event::ReplyRefused { reason: reason.clone() })?;
                    why = reason;
                }
            }
        }
        Ok(Err(why))
    }

    fn start(&mut self) -> Result<(), SessionError> {
        let Respondent { engine, role, templates } = self.respondent;
        let (info, revision) = (engine.info(), self.revision);
        self.recorder.record(Event::TaskStarted {
            text: format!(
                "revise hunk {} of `{}`: {}",
                revision.hunk, revision.path, revision.comment
            ),
            base: self.desk.repo.snapshot()?.base_tree.to_string(),
            model: Some(info.name.clone()),
            model_digest: info.digest,
            settings: json!({
                "proposal": revision.proposal,
                "hunk": revision.hunk,
                "role": role.role.name,
                "role_version": role.role.version,
                "role_origin": role.origin,
                "role_digest": role.digest,
                "prompts_digest": templates.digest(),
                "seed": self.terms.seed,
            }),
        })?;
        Ok(())
    }

    /// Why an agent may have nothing to do with the file, if so.
    fn denied(&mut self) -> Result<Option<String>, SessionError> {
        let path = &self.revision.path;
        let rules = &self.desk.rules;
        let read = policy::judge(rules, Actor::Agent, ReadPath { path: path.clone() });
        self.recorder.record(read.event(Actor::Agent))?;
        let edit = policy::judge(rules, Actor::Agent, EditPath { path: path.clone() });
        self.recorder.record(edit.event(Actor::Agent))?;
        // Whoever comments on a hunk asks for its edit.
        let refusal =
            read.permit().err().or_else(|| edit.approved("the person who comments").err());
        Ok(refusal.map(|refusal| format!("agents may not: {}", refusal.why)))
    }

    fn opening(&mut self, part: &Part) -> Result<Vec<Message>, SessionError> {
        let Respondent { engine, role, templates } = self.respondent;
        let names = &role.role.prompts;
        let system = templates.render(&names.system, json!({}))?;
        let budget = role.role.budget.prompt_tokens.unwrap_or(engine.info().context);
        // What stands around it gives way where not all of it fits.
        for around in [AROUND, AROUND / 2, AROUND / 4, 0] {
            let task = templates.render(&names.task, part.values(self.revision, around))?;
            let used = engine.count(&system) + engine.count(&task);
            if used <= budget || around == 0 {
                self.recorder.record(Event::Packed {
                    budget,
                    used,
                    ledger: json!([
                        { "source": "instructions", "tokens": engine.count(&system), "why": "always" },
                        {
                            "source": format!("{}:{}", self.revision.path, part.shown(around)),
                            "tokens": engine.count(&task),
                            "why": "the hunk that a person commented on",
                        },
                    ]),
                    left_out: Vec::new(),
                    counts: None,
                })?;
                if used > budget {
                    return Err(SessionError::NoRoom { needed: used, budget });
                }
                return Ok(vec![
                    Message::new(Speaker::System, system),
                    Message::new(Speaker::User, task),
                ]);
            }
        }
        Ok(Vec::new())
    }

    /// What a model writes between the fences; nothing where it was stopped.
    fn answer(
        &mut self,
        messages: &[Message],
        part: &Part,
        nth: u32,
    ) -> Result<Option<String>, SessionError> {
        let Respondent { engine, role, .. } = self.respondent;
        let (role, terms) = (&role.role, self.terms);
        let prefill = format!("```{}\n", part.language_name());
        let prompt = Prompt { messages: messages.to_vec(), prefill, ..Prompt::default() };
        let most = role.budget.answer_tokens.unwrap_or(terms.answer_tokens);
        let now = self.respondent.engine.count(&part.lines[part.range.clone()].concat());
        let most = most.min(now + now + ROOM);
        let sampling = Sampling {
            temperature: (terms.temperature + WARMER * nth as f32).min(HOTTEST),
            top_p: terms.top_p,
            seed: terms.seed.wrapping_add(nth),
            max_tokens: most.min(terms.answer_tokens),
            form: role.held.then(|| Form::Lark(FORM.to_owned())),
            ..Sampling::default()
        };
        self.recorder.observer().begins(&role.name);
        let costs = (&mut self.cost, terms.started);
        let asked = (&prompt, &sampling);
        let completion =
            single::answer(engine, &role.name, asked, &self.cancel, &mut self.recorder, costs)?;
        let written = completion.text.strip_prefix(&prompt.prefill).unwrap_or(&completion.text);
        Ok((completion.stop != StopReason::Cancelled).then(|| written.to_owned()))
    }
}

/// The part of a file that a hunk stands for.
struct Part {
    language: Option<Language>,
    lines: Vec<String>,
    range: Range<usize>,
}

impl Part {
    fn of(revision: &Revision) -> Option<Self> {
        let text = String::from_utf8(revision.text.clone()).ok()?;
        let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let end = revision.lines.end.min(lines.len());
        let range = revision.lines.start.min(end)..end;
        Some(Self { language: Language::of(&revision.path, &revision.text), lines, range })
    }

    fn language_name(&self) -> &str {
        self.language.map(|language| language.name()).unwrap_or_default()
    }

    /// The lines, from 1, that are shown with so many around it.
    fn shown(&self, around: usize) -> crate::base::Span {
        let line = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let end = (self.range.end + around).min(self.lines.len());
        crate::base::Span::new(line(self.range.start.saturating_sub(around) + 1), line(end))
    }

    fn values(&self, revision: &Revision, around: usize) -> serde_json::Value {
        let text = |range: Range<usize>| {
            self.lines.get(range).unwrap_or_default().concat().trim_end().to_owned()
        };
        let Range { start, end } = self.range;
        json!({
            "task": revision.task,
            "path": revision.path,
            "language": self.language_name(),
            "before": text(start.saturating_sub(around)..start),
            "part": text(start..end),
            "after": text(end..(end + around).min(self.lines.len())),
            "comment": revision.comment,
        })
    }

    /// A reply without what stands before and behind the part: small models like to write that again.
    fn within(&self, code: &str) -> String {
        let lines: Vec<&str> = code.split_inclusive('\n').collect();
        let said: Vec<usize> =
            (0..lines.len()).filter(|at| !lines[*at].trim().is_empty()).collect();
        let text = |at: &usize| lines[*at].trim_end();
        let before = self.lines.get(..self.range.start).unwrap_or_default();
        let behind = self.lines.get(self.range.end..).unwrap_or_default();
        let mut above: Vec<&str> = telling(&mut before.iter().rev());
        above.reverse();
        let below = telling(&mut behind.iter());
        // Behind the first line: a part that only repeats what follows is no part.
        let echo = (1..said.len()).find(|at| {
            let rest = &said[*at..];
            echoes(&mut rest.iter().map(text), &below)
                || rest.len() == 1 && tells(&below, text(&rest[0]), 0)
        });
        let end = echo.map_or(lines.len(), |at| said[at]);
        let kept = &said[..echo.unwrap_or(said.len())];
        let echo = (0..kept.len()).find(|at| echoes(&mut kept[*at..].iter().map(text), &above));
        let first =
            kept.first().is_some_and(|at| tells(&above, text(at), above.len().saturating_sub(1)));
        let start = match echo {
            Some(at) => kept.get(at + ECHO),
            None if first => kept.get(1),
            None => None,
        };
        lines.get(start.copied().unwrap_or(0)..end).unwrap_or_default().concat()
    }

    /// The lines of a reply; or why they cannot take the place of the old ones.
    fn checked(&self, reply: &str, revision: &Revision) -> Result<Vec<u8>, String> {
        let code = self.within(reply.split("```").next().unwrap_or_default());
        let mut new: String = code.trim_end_matches(['\n', '\r', ' ']).to_owned();
        let old = self.lines.get(self.range.clone()).unwrap_or_default().concat();
        let ends = old.ends_with('\n') || self.range.end < self.lines.len();
        if ends && !new.is_empty() {
            new.push('\n');
        }
        if new == old {
            return Err("Nothing is changed".to_owned());
        }
        if new.trim().is_empty() && !old.trim().is_empty() {
            return Err("There is no code in it".to_owned());
        }
        let Some(language) = self.language else { return Ok(new.into_bytes()) };
        let mut whole = self.lines.get(..self.range.start).unwrap_or_default().concat();
        whole.push_str(&new);
        whole.push_str(&self.lines.get(self.range.end..).unwrap_or_default().concat());
        let errors = syntax::errors(language, whole.as_bytes());
        let before = syntax::errors(language, &revision.text);
        match errors.first().filter(|_| errors.len() > before.len()) {
            Some(error) => Err(format!("With it the file has a syntax error: {}", error.message)),
            None => Ok(new.into_bytes()),
        }
    }
}

/// The first lines that say something.
fn telling<'a>(lines: &mut dyn Iterator<Item = &'a String>) -> Vec<&'a str> {
    lines.map(|line| line.trim_end()).filter(|line| !line.is_empty()).take(ECHO).collect()
}

/// Whether lines begin with these others.
fn echoes(lines: &mut dyn Iterator<Item = &str>, others: &[&str]) -> bool {
    others.len() == ECHO && lines.take(ECHO).eq(others.iter().copied())
}

/// Whether a single line is the one at `at`, and says so much that this is no accident.
fn tells(others: &[&str], line: &str, at: usize) -> bool {
    let letters = line.chars().filter(|c| c.is_alphanumeric()).count();
    letters >= TELLING && others.get(at) == Some(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "def f(x):\n    y = x\n    return y\n\n\ndef g():\n    pass\n";

    fn revision() -> Revision {
        Revision {
            proposal: None,
            task: String::new(),
            hunk: 1,
            path: RepoPath::new("a.py").unwrap(),
            text: TEXT.into(),
            lines: 1..3,
            comment: "double it".into(),
        }
    }

    #[track_caller]
    fn check(reply: &str, expected: Result<&str, &str>) {
        let revision = revision();
        let checked = Part::of(&revision).unwrap().checked(reply, &revision);
        match (checked, expected) {
            (Ok(lines), Ok(expected)) => assert_eq!(String::from_utf8(lines).unwrap(), expected),
            (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
            (other, _) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reply_takes_the_place_of_the_lines_of_the_hunk() {
        check("    y = 2 * x\n    return y\n```\n", Ok("    y = 2 * x\n    return y\n"));
        check("    return 2 * x", Ok("    return 2 * x\n"));
    }

    #[test]
    fn what_stands_before_and_behind_a_part_is_not_written_again() {
        const FILE: &str =
            "import a\nimport b\n\ndef f(x):\n    return x\n\n\ndef g():\n    pass\n";
        let revision = Revision { text: FILE.into(), lines: 3..5, ..revision() };
        let part = Part::of(&revision).unwrap();
        let within = |code: &str| part.within(code);
        let new = "def f(x):\n    return 2 * x\n";
        assert_eq!(within(new), new);
        assert_eq!(within(&format!("{new}\n\ndef g():\n    pass\n")), format!("{new}\n\n"));
        assert_eq!(within(&format!("import a\nimport b\n\n{new}")), new);
        let both = format!("import a\nimport b\n{new}def g():\n    pass\n\ndef h():\n    pass\n");
        assert_eq!(within(&both), new);
        assert_eq!(within("def g():\n    pass\n"), "def g():\n    pass\n", "not all of it");
        assert_eq!(
            within(&format!("import b\n\n{new}")),
            new,
            "one line is enough if it says much"
        );
    }

    #[test]
    fn what_changes_nothing_or_breaks_the_file_is_refused() {
        check("    y = x\n    return y\n```", Err("Nothing is changed"));
        check("\n```", Err("no code"));
        check("    y = (x\n    return y\n```", Err("syntax error"));
    }

    #[test]
    fn what_is_shown_around_a_part_ends_with_the_file() {
        let part = Part::of(&revision()).unwrap();
        assert_eq!(part.shown(20).to_string(), "1-7");
        assert_eq!(part.shown(1).to_string(), "1-4");
    }
}
