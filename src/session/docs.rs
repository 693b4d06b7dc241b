//! Documents what lacks documentation: a model says what a definition does, the program makes a comment of
//! that, and a file whose code is not the same afterwards is not proposed.

use serde::Serialize;
use serde_json::json;

use crate::agent::Known;
use crate::base::{Digest, Hint, ProposalId, RepoPath, TaskId, near};
use crate::context::Templates;
use crate::journal::Event;
use crate::model::{
    Cancel, Completion, Engine, Form, Message, Prompt, Sampling, Speaker, StopReason,
};
use crate::policy::{self, Actor, EditPath, Ruling};
use crate::proposal::{self, NewProposal};
use crate::repo::{FileChange, FileState};
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::read::read;
use crate::session::record::{Observer, Recorder, proposed};
use crate::session::report::Cost;
use crate::session::single;
use crate::session::terms::Terms;
use crate::syntax::{self, DocPlace, Language};

/// Most definitions that are documented at once.
const MOST: usize = 60;
/// Letters of a definition that a model is shown.
const MOST_SHOWN: usize = 3000;
/// The form of a reply: sentences on one line, with nothing that ends a comment.
const FORM: &str = "start: /[A-Z][^\\n\"\\\\*]{9,220}/\n";

/// Who documents, and where.
#[derive(Clone, Copy)]
pub struct Documenter<'a> {
    pub desk: &'a Desk,
    pub engine: &'a dyn Engine,
    pub role: &'a Known,
    pub templates: &'a Templates,
}

/// A file, as it is, and what is documented in it.
#[derive(Clone, Debug)]
pub struct Undocumented {
    pub path: RepoPath,
    language: Language,
    state: FileState,
    pub places: Vec<DocPlace>,
}

/// Why there is nothing to document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocsError {
    #[error("`{0}` cannot be read")]
    Unreadable(RepoPath),
    #[error("it is not known how documentation is written in `{0}`")]
    Language(RepoPath),
    #[error("there is no definition `{name}` without documentation in `{path}`")]
    Unknown { path: RepoPath, name: String, near: Vec<String> },
    #[error("everything public in `{0}` is documented")]
    Nothing(RepoPath),
    #[error("`{0}` has a syntax error: whether only comments change could not be told")]
    Broken(RepoPath),
}

impl Hint for DocsError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable(_) => "name a text file of this repository".into(),
            Self::Language(_) => {
                "it is for Python, Rust, Go, Java, JavaScript and TypeScript so far".into()
            }
            Self::Unknown { near, .. } if !near.is_empty() => {
                format!("did you mean `{}`?", near.join("`, `"))
            }
            Self::Unknown { .. } => "`countersign map FILE` shows what there is".into(),
            Self::Nothing(path) => format!("name what is private: `{path}::NAME`"),
            Self::Broken(_) => "put it right first".into(),
        })
    }
}

/// What became of a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Documented {
    pub path: RepoPath,
    pub symbol: String,
    /// What is said of it.
    pub text: Option<String>,
    /// Why nothing is.
    pub why: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct DocsReport {
    pub task: TaskId,
    pub proposal: Option<ProposalId>,
    pub documented: Vec<Documented>,
    /// Whether it came to its end.
    pub whole: bool,
    pub cost: Cost,
    pub seconds: f64,
}

/// Looks up what is meant by a file, with or without a name: what is public in it, or what has the name.
pub fn undocumented(
    desk: &Desk,
    path: &RepoPath,
    name: Option<&str>,
) -> Result<Undocumented, DocsError> {
    let state = read(desk, path).ok_or_else(|| DocsError::Unreadable(path.clone()))?;
    let language = Language::of(path, &state.bytes);
    let language = language.ok_or_else(|| DocsError::Language(path.clone()))?;
    let places = syntax::undocumented(language, &state.bytes);
    let places = places.ok_or_else(|| DocsError::Language(path.clone()))?;
    if syntax::code_tokens(language, &state.bytes).is_none() {
        return Err(DocsError::Broken(path.clone()));
    }
    let chosen: Vec<DocPlace> = match name {
        None => places.into_iter().filter(|place| place.public).collect(),
        Some(name) => {
            let end = format!(".{name}");
            let is = |it: &&DocPlace| it.symbol.path == name || it.symbol.path.ends_with(&end);
            let found: Vec<DocPlace> = places.iter().filter(is).cloned().collect();
            if found.is_empty() {
                let near = near(places.iter().map(|it| it.symbol.path.as_str()), name, 3);
                let near = near.into_iter().map(str::to_owned).collect();
                let (path, name) = (path.clone(), name.to_owned());
                return Err(DocsError::Unknown { path, name, near });
            }
            found
        }
    };
    match chosen.is_empty() {
        true => Err(DocsError::Nothing(path.clone())),
        false => Ok(Undocumented { path: path.clone(), language, state, places: chosen }),
    }
}

/// Has a model document `files` and proposes what came of it.
pub fn write_docs(
    documenter: Documenter<'_>,
    request: &Terms,
    files: &[Undocumented],
    cancel: &Cancel,
    observer: &mut dyn Observer,
) -> Result<DocsReport, SessionError> {
    let names: Vec<String> = files.iter().map(|file| file.path.to_string()).collect();
    let text = format!("Document {}", names.join(", "));
    let seed = Digest::of(format!("{} {text}", crate::journal::now()).as_bytes());
    let recorder = Recorder::new(&documenter.desk.log, TaskId::from_seed(&seed, 6), observer);
    let cancel = cancel.until(request.deadline);
    let (cost, documented) = (Cost::default(), Vec::new());
    let mut writing = Writing { documenter, request, cancel, recorder, cost, documented };
    let proposal = writing.work(&text, files);
    let whole = !writing.cancel.is_cancelled();
    let word =
        |proposed: &Option<_>| if proposed.is_some() { "proposed" } else { "nothing to propose" };
    let outcome = proposal.as_ref().map(word);
    let seconds = request.started.elapsed().as_secs_f64();
    let (cost, task) = (writing.cost, writing.recorder.task().clone());
    let ended = writing.recorder.ended(outcome, seconds, &cost);
    let (proposal, documented) = (proposal?, writing.documented);
    ended?;
    Ok(DocsReport { task, proposal, documented, whole, cost, seconds })
}

struct Writing<'a> {
    documenter: Documenter<'a>,
    request: &'a Terms,
    cancel: Cancel,
    recorder: Recorder<'a>,
    cost: Cost,
    documented: Vec<Documented>,
}

impl Writing<'_> {
    fn work(
        &mut self,
        text: &str,
        files: &[Undocumented],
    ) -> Result<Option<ProposalId>, SessionError> {
        let Documenter { desk, engine, role, templates } = self.documenter;
        let (snapshot, info) = (desk.repo.snapshot()?, engine.info());
        self.recorder.record(Event::TaskStarted {
            text: text.to_owned(),
            base: snapshot.base_tree.to_string(),
            model: Some(info.name.clone()),
            model_digest: info.digest,
            settings: json!({
                "role": role.role.name,
                "role_digest": role.digest,
                "prompts_digest": templates.digest(),
                "seed": self.request.seed,
            }),
        })?;
        let mut changes = Vec::new();
        for file in files {
            changes.extend(self.file(file)?);
        }
        if changes.is_empty() {
            return Ok(None);
        }
        let new = NewProposal {
            snapshot,
            changes,
            title: text.to_owned(),
            task: text.to_owned(),
            model: Some(info.name.clone()),
            verification: json!({
                "command": null, "passed": null, "before": null, "after": null,
                "code_unchanged": true,
            }),
            trailers: vec![(proposal::TASK.into(), self.recorder.task().to_string())],
        };
        let stored = proposal::store(&desk.repo, &new)?;
        self.recorder.record(proposed(&desk.repo, &stored)?)?;
        Ok(Some(stored.id))
    }

    /// The file with its comments, if it may be edited and its code stays as it is.
    fn file(&mut self, file: &Undocumented) -> Result<Option<FileChange>, SessionError> {
        let path = file.path.clone();
        let rules = &self.documenter.desk.rules;
        let ruling = policy::judge(rules, Actor::Agent, EditPath { path: path.clone() });
        self.recorder.record(ruling.event(Actor::Agent))?;
        if let Ruling::Deny { why, .. } = &ruling {
            for place in &file.places {
                self.left(&path, place, &format!("the file must not be edited: {why}"));
            }
            return Ok(None);
        }
        let mut docs: Vec<(&DocPlace, String)> = Vec::new();
        for place in &file.places {
            if let Some(words) = self.words(file, place)? {
                docs.push((place, words));
            }
        }
        let texts: Vec<(&DocPlace, &str)> =
            docs.iter().map(|(place, words)| (*place, words.as_str())).collect();
        let bytes = syntax::with_docs(&file.state.bytes, &texts);
        let tokens = |bytes| syntax::code_tokens(file.language, bytes);
        let (was, is) = (tokens(&file.state.bytes), tokens(&bytes));
        if is.is_none() || was != is {
            let reason = format!("the code of `{path}` would not be the same");
            self.recorder.record(Event::ReplyRefused { reason: reason.clone() })?;
            docs.iter().for_each(|(place, _)| self.left(&path, place, &reason));
            return Ok(None);
        }
        for (place, words) in docs {
            let (path, symbol) = (path.clone(), place.symbol.path.clone());
            self.documented.push(Documented { path, symbol, text: Some(words), why: None });
        }
        let after = Some(FileState { bytes, mode: file.state.mode });
        let before = Some(file.state.clone());
        Ok((before != after).then_some(FileChange { path, before, after }))
    }

    fn left(&mut self, path: &RepoPath, place: &DocPlace, why: &str) {
        let (path, symbol, why) = (path.clone(), place.symbol.path.clone(), Some(why.to_owned()));
        self.documented.push(Documented { path, symbol, text: None, why });
    }

    /// What a model says of a definition, if it says something.
    fn words(
        &mut self,
        file: &Undocumented,
        place: &DocPlace,
    ) -> Result<Option<String>, SessionError> {
        if self.cost.requests as usize >= MOST {
            self.left(&file.path, place, "these are enough for once");
            return Ok(None);
        }
        if self.cancel.is_cancelled() {
            self.left(&file.path, place, "there was no time for it");
            return Ok(None);
        }
        let completion = self.asked(file, place)?;
        let why = match completion.stop {
            StopReason::Cancelled => "it was broken off",
            _ => match sentence(&completion.text) {
                Some(words) => return Ok(Some(words)),
                None => "the reply says nothing",
            },
        };
        self.left(&file.path, place, why);
        Ok(None)
    }

    fn asked(&mut self, file: &Undocumented, place: &DocPlace) -> Result<Completion, SessionError> {
        let Documenter { engine, role, templates, .. } = self.documenter;
        let role = &role.role;
        let text = file.state.bytes.get(place.symbol.bytes.clone()).unwrap_or_default();
        let text: String = String::from_utf8_lossy(text).chars().take(MOST_SHOWN).collect();
        let values =
            json!({ "name": place.symbol.path, "language": file.language.name(), "text": text });
        let system = templates.render(&role.prompts.system, json!({}))?;
        let task = templates.render(&role.prompts.task, values)?;
        let messages =
            vec![Message::new(Speaker::System, system), Message::new(Speaker::User, task)];
        let prompt = Prompt { messages, ..Prompt::default() };
        let most = self.request.answer_tokens;
        let sampling = Sampling {
            temperature: role.temperature.unwrap_or(self.request.temperature),
            top_p: role.top_p.unwrap_or(self.request.top_p),
            seed: self.request.seed,
            max_tokens: role.budget.answer_tokens.unwrap_or(most).min(most),
            form: role.held.then(|| Form::Lark(FORM.to_owned())),
            ..Sampling::default()
        };
        self.recorder.observer().begins(&place.symbol.name);
        let costs = (&mut self.cost, self.request.started);
        let asked = (&prompt, &sampling);
        single::answer(engine, &role.name, asked, &self.cancel, &mut self.recorder, costs)
    }
}

/// Most letters of what is said, and fewest.
const MOST_LETTERS: usize = 300;
const FEWEST_LETTERS: usize = 8;

/// The first lines of a reply that are sentences, on one line; a sentence that was cut off at the limit is
/// left out where another stands before it.
fn sentence(reply: &str) -> Option<String> {
    let lines = reply.lines().map(str::trim).skip_while(|line| line.is_empty());
    let lines: Vec<&str> =
        lines.take_while(|line| !line.is_empty() && !line.starts_with("```")).collect();
    let words: String = lines.join(" ").chars().take(MOST_LETTERS).collect();
    let words = without_preamble(words.trim().trim_matches(['"', '\'']).trim());
    let words = words.as_str();
    let whole = match words.rfind(['.', '!', '?']) {
        Some(end) if end + 1 < words.len() && end >= FEWEST_LETTERS => &words[..=end],
        _ => words,
    };
    (whole.chars().filter(|c| c.is_alphabetic()).count() >= FEWEST_LETTERS).then(|| {
        let end = if whole.ends_with(['.', '!', '?', ':']) { "" } else { "." };
        format!("{whole}{end}")
    })
}

/// A sentence without words that everybody knows who reads it: ``The `f` function gives`` is `Gives`.
fn without_preamble(words: &str) -> String {
    let mut parts = words.split(' ');
    let first = parts.next();
    let named = parts.next().is_some_and(|it| it.starts_with('`') && it.ends_with('`'));
    let kinds = ["function", "method", "class", "type", "struct"];
    let skipped = if named { 2 } else { 1 };
    let kind = words.split(' ').nth(skipped).unwrap_or_default();
    let verb = words.split(' ').skip(skipped + 1).collect::<Vec<_>>().join(" ");
    let says = matches!(first, Some("The" | "This")) && kinds.contains(&kind);
    match verb.chars().next().filter(|c| says && c.is_alphabetic()) {
        Some(letter) => letter.to_uppercase().collect::<String>() + &verb[letter.len_utf8()..],
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_sentences_or_nothing() {
        let check = |reply: &str, expected: Option<&str>| {
            assert_eq!(sentence(reply).as_deref(), expected, "{reply}");
        };
        check("Gives twice the argument.", Some("Gives twice the argument."));
        check("\n\"Gives twice the argument\"\n", Some("Gives twice the argument."));
        check("Gives twice.\nRaises nothing.\n\nMore.", Some("Gives twice. Raises nothing."));
        check("Gives twice. And then it", Some("Gives twice."));
        check("```python\ndef f(): pass\n```", None);
        check("", None);
        check("The `Box.f` method gives twice.", Some("Gives twice."));
        check("This function gives twice.", Some("Gives twice."));
        check("The `f` argument is doubled.", Some("The `f` argument is doubled."));
        check("The function", Some("The function."));
        check("…", None);
    }
}
