//! Does what a call asks for: every act passes the gate, and edits fill the draft alone.

use crate::agent::{Act, Change, Drafted, Part};
use crate::base::{Digest, RepoPath};
use crate::policy::{self, Actor, ReadPath, Ruling};
use crate::proposal::{self, Limits, Refusal};
use crate::session::driver::SessionError;
use crate::session::looping::Looped;
use crate::session::looping::look::{Look, bounded};
use crate::session::looping::overlay;

/// What came of an act.
pub(super) struct Done {
    pub(super) text: String,
    pub(super) refused: bool,
    /// What the draft came to, where it was tested.
    pub(super) weighed: Option<Drafted>,
}

impl From<Result<String, String>> for Done {
    fn from(result: Result<String, String>) -> Self {
        let refused = result.is_err();
        let text = result.unwrap_or_else(|why| why);
        Self { text, refused, weighed: None }
    }
}

impl Looped<'_> {
    /// Does `act`.
    pub(super) fn act(&mut self, act: &Act) -> Result<Done, SessionError> {
        let look =
            Look { workshop: self.run.workshop, overlay: &self.draft, most: self.most_shown };
        Ok(match act {
            Act::Search { query } => look.search(query)?.into(),
            Act::Symbol { name } => look.symbol(name)?.into(),
            Act::Refs { name } => look.refs(name)?.into(),
            Act::Outline { path: None } => look.outline(None)?.into(),
            Act::Outline { path: Some(path) } => match self.denied(path)? {
                Some(why) => Err(why).into(),
                None => self.look().outline(Some(path))?.into(),
            },
            Act::Open { path, from, to } => match self.denied(path)? {
                Some(why) => Err(why).into(),
                None => {
                    let shown = self.look().open(path, *from, *to);
                    if shown.is_ok() {
                        self.show(path.clone());
                    }
                    shown.into()
                }
            },
            Act::Edit(change) => self.edit(change)?.into(),
            Act::Run => self.test()?,
            // The controller answers these by itself.
            Act::Plan { .. } | Act::Note { .. } | Act::Done { .. } => Ok("noted".to_owned()).into(),
        })
    }

    /// The model has seen this file.
    fn show(&mut self, path: RepoPath) {
        if !self.shown.contains(&path) {
            self.shown.push(path);
        }
    }

    fn look(&self) -> Look<'_> {
        Look { workshop: self.run.workshop, overlay: &self.draft, most: self.most_shown }
    }

    /// Why `path` must not be read, if so.
    fn denied(&mut self, path: &RepoPath) -> Result<Option<String>, SessionError> {
        let act = ReadPath { path: path.clone() };
        let ruling = policy::judge(&self.run.desk().rules, Actor::Agent, act);
        self.run.recorder.record(ruling.event(Actor::Agent))?;
        let answer = self.run.recorder.approval(Actor::Agent, &ruling)?;
        let why = match (&ruling, answer) {
            (Ruling::Allow(_), _) => None,
            (Ruling::Ask { .. }, Some(answer)) => answer.refusal(),
            (Ruling::Ask { why, .. } | Ruling::Deny { why, .. }, _) => Some(why.clone()),
        };
        Ok(why.map(|why| format!("`{path}` must not be read: {why}")))
    }

    fn edit(&mut self, change: &Change) -> Result<Result<String, String>, SessionError> {
        let desk = self.run.desk();
        let state = self.draft.read(desk, &change.path);
        let edit = match change.edit(state.as_ref().map(|state| state.bytes.as_slice())) {
            Ok(edit) => edit,
            Err(why) => return Ok(Err(why)),
        };
        let limits = Limits {
            whole_file_lines: self.run.role.whole_file_lines,
            may_lose: matches!(change.part, Part::Delete { .. }),
        };
        let files = overlay::Drafted { desk, overlay: &self.draft, shown: &self.shown };
        let changes = match proposal::resolve(&[edit], &files, limits) {
            Ok(changes) => changes,
            Err(refusal) => return Ok(Err(self.refused(change, &refusal))),
        };
        let counts: Vec<String> = proposal::hunks(&changes)
            .iter()
            .map(|hunk| {
                let (added, removed) = hunk.counts();
                format!("`{}` +{added} -{removed}", hunk.path)
            })
            .collect();
        let paths: Vec<RepoPath> = changes.iter().map(|change| change.path.clone()).collect();
        let draft = self.draft.with(changes);
        let new: Vec<_> =
            draft.changes().into_iter().filter(|it| paths.contains(&it.path)).collect();
        if let Some(why) = self.run.any_refused(&new)? {
            return Ok(Err(why));
        }
        self.draft = draft;
        paths.into_iter().for_each(|path| self.show(path));
        Ok(Ok(format!("edited {}", counts.join(", "))))
    }

    /// Why an edit is refused; where its old lines are not there, with what is.
    fn refused(&mut self, change: &Change, refusal: &Refusal) -> String {
        let is_lines = matches!(refusal, Refusal::NoSuchLines { .. } | Refusal::LinesTwice { .. });
        let look = Look { most: self.most_shown / 2, ..self.look() };
        match look.open(&change.path, 1, None) {
            Ok(shown) if is_lines => {
                self.show(change.path.clone());
                format!("{refusal}. It has:\n{shown}")
            }
            _ => refusal.to_string(),
        }
    }

    /// Runs what tests the draft.
    fn test(&mut self) -> Result<Done, SessionError> {
        let changes = self.draft.changes();
        let (result, weighed) = match changes.is_empty() {
            true => (self.run.try_out(&[])?.map(|(_, result)| result), None),
            false => {
                let drafted = self.run.drafted(changes)?;
                (drafted.test.clone(), Some(drafted))
            }
        };
        let text = match &result {
            None if self.run.untested.is_some() => {
                let why = self.run.untested.clone().unwrap_or_default();
                return Ok(Err(format!("{why}. Read your edits again, then call `done`")).into());
            }
            None => "nothing tests this here; read your edits again, then call `done`".to_owned(),
            Some(result) if result.passed => "the tests pass".to_owned(),
            Some(result) => {
                let output = bounded(&result.output, self.most_shown, "mend these first");
                format!("the tests fail:\n{output}")
            }
        };
        Ok(Done { text, refused: false, weighed })
    }

    /// Names what the model is told.
    pub(super) fn name(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }
}
