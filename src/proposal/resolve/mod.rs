//! Where do edits go?
//!
//! The definition that the code itself declares decides the place; the heading only breaks ties.
//! An edit is never applied loosely: two possible places, a lost definition, a new duplicate or a
//! new syntax error refuse the whole reply, and the reason is worded for the model.

mod exact;
mod guard;
mod imports;
mod indent;
mod lines;
mod parts;
mod place;
mod splice;
mod standard;
mod top;

use std::collections::BTreeMap;

use crate::base::RepoPath;
use crate::proposal::edit::{Dialect, Edit, ReplyError};
use crate::repo::{FileChange, FileState, Mode};
use crate::syntax::Language;

/// The files that edits may name.
pub trait Files {
    /// The file as it is before the edits, if it is there and may be read.
    fn read(&self, path: &RepoPath) -> Option<FileState>;

    /// The files whose contents the model has seen, best first.
    fn shown(&self) -> &[RepoPath];
}

/// What edits may do.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest file, in lines, that a whole-file edit may replace.
    pub whole_file_lines: usize,
    /// Whether definitions may go: only where somebody asked for just that.
    pub may_lose: bool,
}

/// Why an edit is not applied, in words for the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Reply(#[from] ReplyError),
    #[error("there is no file `{path}`{}", seen(shown))]
    NoSuchFile { path: String, shown: Vec<String> },
    #[error("`{0}` is no path inside the repository")]
    BadPath(String),
    #[error("`{path}` has {lines} lines, too many to replace as a whole; use EDIT with a symbol")]
    FileTooLong { path: String, lines: usize },
    #[error("`{path}` is not a text file in UTF-8, so only its symbols can be edited")]
    NotText { path: String },
    #[error("`{path}` is a symbolic link")]
    Symlink { path: String },
    #[error("`{path}` is in no language with symbols; give the whole file with FILE")]
    NoSymbols { path: String },
    #[error(
        "the code for `{path}` defines no function, method or class; give one whole, by its name"
    )]
    NoDefinition { path: String },
    #[error("line {line} of the code is broken: {message}")]
    BrokenCode { line: u32, message: String },
    #[error("`{name}` could be {} in `{path}`; name it in full in the heading", ticked(places))]
    Ambiguous { path: String, name: String, places: Vec<String> },
    #[error(
        "the heading names `{heading}` but the code defines `{name}`, which is not in `{path}`; keep the name `{heading}`"
    )]
    Renamed { path: String, heading: String, name: String },
    #[error(
        "the line `{line}` stands outside any function or class; give only whole definitions and imports"
    )]
    Outside { line: String },
    #[error(
        "the new `{path}` lacks {}, which must stay; give them too, or only what changes",
        ticked(lost)
    )]
    Lost { path: String, lost: Vec<String> },
    #[error("`{path}` would have {} twice", ticked(names))]
    Duplicate { path: String, names: Vec<String> },
    #[error("the new `{path}` is broken at `{code}`: {message}")]
    Syntax { path: String, code: String, message: String },
    #[error("the old lines are not in `{path}` as they are given")]
    NoSuchLines { path: String },
    #[error("the old lines stand in `{path}` more than once; give the lines around them too")]
    LinesTwice { path: String },
    #[error("two edits change the same lines of `{path}`")]
    Overlap { path: String },
    #[error("`{path}` cannot be a file and a directory")]
    FileAndDirectory { path: String },
    #[error("the edits change nothing: the code is the same as before")]
    NoChange,
}

/// Applies all of `edits` to copies of `files`, or none.
pub fn resolve(
    edits: &[Edit],
    files: &dyn Files,
    limits: Limits,
) -> Result<Vec<FileChange>, Refusal> {
    let mut work = Work { files, limits, changes: BTreeMap::new() };
    for edit in edits {
        match edit.dialect {
            Dialect::File => work.file(edit)?,
            Dialect::Symbol => work.symbol(edit)?,
            Dialect::Lines => work.lines(edit)?,
        }
    }
    work.finish()
}

/// The files as they are after the edits so far.
struct Work<'a> {
    files: &'a dyn Files,
    limits: Limits,
    changes: BTreeMap<RepoPath, FileChange>,
}

impl Work<'_> {
    fn file(&mut self, edit: &Edit) -> Result<(), Refusal> {
        let path = self.path(edit)?;
        let Some(current) = self.current(&path) else {
            let made = FileState { bytes: edit.code.clone().into_bytes(), mode: Mode::Regular };
            return self.set(path, made);
        };
        let name = path.to_string();
        if current.mode == Mode::Symlink {
            return Err(Refusal::Symlink { path: name });
        }
        let text = std::str::from_utf8(&current.bytes)
            .map_err(|_| Refusal::NotText { path: name.clone() })?;
        let lines = text.lines().count();
        if lines > self.limits.whole_file_lines {
            return Err(Refusal::FileTooLong { path: name, lines });
        }
        let bytes = lines::rewrite(text, &edit.code).into_bytes();
        self.set(path, FileState { bytes, mode: current.mode })
    }

    fn symbol(&mut self, edit: &Edit) -> Result<(), Refusal> {
        let path = self.path(edit)?;
        let name = path.to_string();
        let current = self.current(&path).ok_or_else(|| self.no_such_file(&name))?;
        if current.mode == Mode::Symlink {
            return Err(Refusal::Symlink { path: name });
        }
        let language =
            Language::of(&path, &current.bytes).ok_or(Refusal::NoSymbols { path: name.clone() })?;
        let bytes = splice::splice(&name, language, &current.bytes, edit)?;
        self.set(path, FileState { bytes, mode: current.mode })
    }

    fn lines(&mut self, edit: &Edit) -> Result<(), Refusal> {
        let path = self.path(edit)?;
        let name = path.to_string();
        let current = self.current(&path).ok_or_else(|| self.no_such_file(&name))?;
        if current.mode == Mode::Symlink {
            return Err(Refusal::Symlink { path: name });
        }
        let text = std::str::from_utf8(&current.bytes)
            .map_err(|_| Refusal::NotText { path: name.clone() })?;
        let language = Language::of(&path, &current.bytes);
        let bytes = exact::replace(&name, language, text, edit)?.into_bytes();
        self.set(path, FileState { bytes, mode: current.mode })
    }

    /// The file that an edit means: as named, or the one shown file that its ending names.
    fn path(&self, edit: &Edit) -> Result<RepoPath, Refusal> {
        let Some(named) = &edit.path else { return self.path_by_definition(edit) };
        let path = RepoPath::new(named).map_err(|_| Refusal::BadPath(named.clone()))?;
        if self.current(&path).is_some() {
            return Ok(path);
        }
        let ending = format!("/{named}");
        let mut meant =
            self.files.shown().iter().filter(|shown| shown.as_bytes().ends_with(ending.as_bytes()));
        match (meant.next(), meant.next(), edit.dialect) {
            (Some(only), None, _) => Ok(only.clone()),
            (None, _, Dialect::File) => Ok(path),
            _ => Err(self.no_such_file(named)),
        }
    }

    /// The one shown file that has what the code defines, for code without a heading.
    fn path_by_definition(&self, edit: &Edit) -> Result<RepoPath, Refusal> {
        let mut homes = self.files.shown().iter().filter(|path| {
            self.current(path).is_some_and(|state| {
                Language::of(path, &state.bytes)
                    .is_some_and(|language| place::is_home(language, &state.bytes, &edit.code))
            })
        });
        match (homes.next(), homes.next()) {
            (Some(only), None) => Ok(only.clone()),
            _ => Err(self.no_such_file("")),
        }
    }

    fn no_such_file(&self, path: &str) -> Refusal {
        let shown = self.files.shown().iter().map(ToString::to_string).collect();
        Refusal::NoSuchFile { path: path.to_owned(), shown }
    }

    fn current(&self, path: &RepoPath) -> Option<FileState> {
        match self.changes.get(path) {
            Some(change) => change.after.clone(),
            None => self.files.read(path),
        }
    }

    fn set(&mut self, path: RepoPath, after: FileState) -> Result<(), Refusal> {
        let before = match self.changes.remove(&path) {
            Some(change) => change.before,
            None => self.files.read(&path),
        };
        self.changes.insert(path.clone(), FileChange { path, before, after: Some(after) });
        Ok(())
    }

    fn finish(self) -> Result<Vec<FileChange>, Refusal> {
        let whole = |mut change: FileChange| {
            let completed = imports::completed(&change);
            if let (Some(bytes), Some(after)) = (completed, &mut change.after) {
                after.bytes = bytes;
            }
            change
        };
        let changes = self.changes.into_values().map(whole);
        let changes: Vec<_> = changes.filter(|change| change.before != change.after).collect();
        if changes.is_empty() {
            return Err(Refusal::NoChange);
        }
        for change in &changes {
            let folder = [change.path.as_bytes(), b"/"].concat();
            if changes.iter().any(|other| other.path.as_bytes().starts_with(&folder)) {
                return Err(Refusal::FileAndDirectory { path: change.path.to_string() });
            }
            guard::check(change, self.limits.may_lose)?;
        }
        Ok(changes)
    }
}

fn seen(shown: &[String]) -> String {
    match shown {
        [] => String::new(),
        _ => format!("; the files you have seen are {}", ticked(shown)),
    }
}

fn ticked(names: &[String]) -> String {
    let names: Vec<_> = names.iter().take(12).map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests;
