//! Has the callers follow a draft that changes what functions take. What follows is judged like every
//! other edit; what does not is told with the proposal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::agent::threading;
use crate::base::RepoPath;
use crate::refactor::callers::{Asked, Followed, Open, OpenKey, follow, takes_otherwise};
use crate::refactor::{Doubt, Sources, matters};
use crate::repo::{FileChange, FileState, Mode};
use crate::session::driver::SessionError;
use crate::session::read::read_in;
use crate::session::run::Run;
use crate::session::scratch::entries;

/// Of more files than these nobody looks for callers.
const MOST_FILES: usize = 20_000;
/// Ways to choose arguments that are tried.
const MOST_CHOICES: usize = 3;
/// Lines of each kind that are kept.
const MOST_LINES: usize = 40;

/// What became of callers, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callers {
    /// What was made to fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<String>,
    /// Calls that do not fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unfit: Vec<String>,
    /// Places to look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
    /// Whether the model was asked for arguments.
    #[serde(skip)]
    pub(super) asked: bool,
    /// Calls whose argument nobody said.
    #[serde(skip)]
    pub(super) open: Vec<Open>,
    /// The draft before they followed.
    #[serde(skip)]
    pub(super) base: Vec<FileChange>,
}

impl Callers {
    pub(super) fn of(followed: &Followed) -> Self {
        let told = |doubts: &[Doubt]| -> Vec<String> {
            doubts.iter().map(ToString::to_string).take(MOST_LINES).collect()
        };
        let mut done = followed.done.clone();
        done.truncate(MOST_LINES);
        let (unfit, doubts) = (told(&followed.unfit), told(&followed.doubts));
        Self { done, unfit, doubts, open: followed.open.clone(), ..Self::default() }
    }

    pub(super) fn says_nothing(&self) -> bool {
        self.done.is_empty() && self.unfit.is_empty() && self.doubts.is_empty()
    }
}

/// A draft, and what became of the callers.
pub(super) type With = (Vec<FileChange>, Callers);

impl Run<'_> {
    /// The ways in which callers may follow `changes`, best first; the changes alone where nothing has to.
    pub(super) fn followed(
        &mut self,
        changes: Vec<FileChange>,
        answers: &BTreeMap<OpenKey, String>,
    ) -> Result<Vec<With>, SessionError> {
        let asked = threading(&self.request.text);
        if !self.may_have_callers(&changes, &asked) {
            return Ok(vec![(changes, Callers::default())]);
        }
        self.recorder.observer().begins("callers");
        let before = self.sources()?;
        let Some(before) = before else { return Ok(vec![(changes, Callers::default())]) };
        let after = with(&before, &changes);
        let mut all: Vec<With> = Vec::new();
        let (mut choice, mut choices) = (0, 1);
        while choice < choices {
            let found = follow(&before, &after, &asked, choice, answers);
            choices = found.choices.min(MOST_CHOICES);
            choice += 1;
            let mut callers = Callers::of(&found);
            callers.base.clone_from(&changes);
            let mut merged = changes.clone();
            for (path, bytes) in found.files {
                self.merge(&mut merged, path, bytes, &mut callers)?;
            }
            if !all.iter().any(|(known, _)| *known == merged) {
                all.push((merged, callers));
            }
        }
        self.sources = Some(before);
        Ok(all)
    }

    /// Adds a file that follows, if it may be edited.
    fn merge(
        &mut self,
        merged: &mut Vec<FileChange>,
        path: RepoPath,
        bytes: Vec<u8>,
        callers: &mut Callers,
    ) -> Result<(), SessionError> {
        if let Some(known) = merged.iter_mut().find(|it| it.path == path) {
            if let Some(after) = &mut known.after {
                after.bytes = bytes;
            }
            return Ok(());
        }
        let before = read_in(self.desk(), self.snapshot.base_tree, &path);
        let mode = before.as_ref().map_or(Mode::Regular, |it| it.mode);
        let change = FileChange { path, before, after: Some(FileState { bytes, mode }) };
        match self.refused(&change)? {
            Some(why) => {
                callers.unfit.push(format!("{}: has callers and stays: {why}", change.path))
            }
            None => merged.push(change),
        }
        Ok(())
    }

    /// Whether functions of the changed files take something else now, or are to.
    fn may_have_callers(&self, changes: &[FileChange], asked: &Asked) -> bool {
        if !asked.gains.is_empty() {
            return true;
        }
        let side = |of: fn(&FileChange) -> Option<&FileState>| {
            let texts =
                changes.iter().filter_map(|it| Some((it.path.clone(), of(it)?.bytes.clone())));
            Sources::new(texts.collect())
        };
        takes_otherwise(&side(|it| it.before.as_ref()), &side(|it| it.after.as_ref()))
    }

    /// The files that may call one another, as the task found them; none where they are too many.
    pub(super) fn sources(&mut self) -> Result<Option<Sources>, SessionError> {
        if let Some(known) = self.sources.take() {
            return Ok(Some(known));
        }
        let tree = self.snapshot.base_tree;
        let mut all = entries(&self.desk().repo, tree)?;
        all.retain(|(path, _, mode)| *mode != Mode::Symlink && matters(path));
        if all.len() > MOST_FILES {
            return Ok(None);
        }
        let read = |(path, ..): (RepoPath, git2::Oid, Mode)| {
            let state = read_in(self.workshop.desk, tree, &path)?;
            (!crate::repo::is_binary(&state.bytes)).then_some((path, state.bytes))
        };
        Ok(Some(Sources::new(all.into_iter().filter_map(read).collect())))
    }
}

fn with(before: &Sources, changes: &[FileChange]) -> Sources {
    let texts =
        changes.iter().filter_map(|it| Some((it.path.clone(), it.after.as_ref()?.bytes.clone())));
    before.with(&texts.collect())
}
