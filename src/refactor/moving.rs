//! The move itself, in the order of what has to be known: the definition, what it needs, who needs it.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::base::RepoPath;
use crate::refactor::definition::{Definition, find};
use crate::refactor::edits::Edits;
use crate::refactor::rules::{Rules, rules};
use crate::refactor::sources::{Family, File, Sources};
use crate::refactor::statements::Statements;
use crate::refactor::{
    Doubt, Move, Moved, NoMove, arrival, common_js, cycle, doubts, exported, golang, needs, users,
};
use crate::syntax::errors;

/// A move under way.
pub(super) struct Work<'s> {
    pub(super) sources: &'s Sources,
    pub(super) rules: &'static dyn Rules,
    pub(super) definition: Definition,
    pub(super) old: Rc<File>,
    /// Where it goes; empty where there is no such file yet.
    pub(super) new: Rc<File>,
    pub(super) statements: BTreeMap<RepoPath, Statements>,
    pub(super) edits: BTreeMap<RepoPath, Edits>,
    pub(super) doubts: Vec<Doubt>,
    /// Whether a file other than the new one uses it, and whether the old one binds it still.
    pub(super) is_used: bool,
    pub(super) is_kept: bool,
}

/// Moves a definition.
pub fn relocate(sources: &Sources, wanted: &Move) -> Result<Moved, NoMove> {
    let definition = find(sources, &wanted.name, wanted.from.as_ref(), &wanted.to)?;
    if definition.path == wanted.to {
        return Err(NoMove::Same(wanted.to.clone()));
    }
    let language = || NoMove::Language { from: definition.path.clone(), to: wanted.to.clone() };
    let unknown = || NoMove::Unknown { name: wanted.name.clone() };
    let old = sources.file(&definition.path).ok_or_else(unknown)?;
    let new = match sources.text(&wanted.to) {
        Some(_) => sources.file(&wanted.to),
        None => File::new(&wanted.to, b"").map(Rc::new),
    };
    let new = new.filter(|it| Family::of(it.language) == Some(definition.family));
    let new = new.ok_or_else(language)?;
    if new.names.bound.iter().any(|it| it.name == definition.name && it.module == 0) {
        return Err(NoMove::Taken { name: definition.name, path: wanted.to.clone() });
    }
    if let Some(file) = [&old, &new].into_iter().find(|file| common_js::is_one(file)) {
        let why = format!("`{}` is a CommonJS module, whose exports are assignments", file.path);
        return Err(NoMove::NotPlain { name: definition.name, why });
    }
    let Some(rules) = rules(definition.family) else {
        return golang::relocate(sources, definition, old, new);
    };
    let mut work = Work {
        sources,
        rules,
        definition,
        old,
        new,
        statements: BTreeMap::new(),
        edits: BTreeMap::new(),
        doubts: Vec::new(),
        is_used: false,
        is_kept: false,
    };
    users::leave(&mut work)?;
    users::others(&mut work)?;
    exported::lists(&mut work)?;
    needs::bring(&mut work)?;
    arrival::arrive(&mut work)?;
    doubts::look(&mut work);
    work.finish()
}

impl Work<'_> {
    pub(super) fn statements(&mut self, path: &RepoPath) -> &mut Statements {
        self.statements.entry(path.clone()).or_default()
    }

    pub(super) fn edits(&mut self, path: &RepoPath) -> &mut Edits {
        self.edits.entry(path.clone()).or_default()
    }

    pub(super) fn doubt(&mut self, path: &RepoPath, line: u32, why: impl Into<String>) {
        let doubt = Doubt { path: path.clone(), line, why: why.into() };
        if !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
    }

    pub(super) fn refused(&self, why: impl Into<String>) -> NoMove {
        NoMove::NotPlain { name: self.definition.name.clone(), why: why.into() }
    }

    pub(super) fn is_new(&self) -> bool {
        self.sources.text(&self.new.path).is_none()
    }

    fn file(&self, path: &RepoPath) -> Option<Rc<File>> {
        if *path == self.new.path { Some(self.new.clone()) } else { self.sources.file(path) }
    }

    fn finish(mut self) -> Result<Moved, NoMove> {
        let mut files = BTreeMap::new();
        for (path, statements) in std::mem::take(&mut self.statements) {
            let file = self.file(&path).ok_or_else(|| NoMove::Broken(path.clone()))?;
            let edits = self.edits.entry(path.clone()).or_default();
            statements.into_edits(&file, edits);
        }
        for (path, edits) in std::mem::take(&mut self.edits) {
            if edits.is_empty() {
                continue;
            }
            let file = self.file(&path).ok_or_else(|| NoMove::Broken(path.clone()))?;
            let broken = || NoMove::Broken(path.clone());
            let text = edits.applied(&file.text).ok_or_else(broken)?;
            let wrong = |text: &[u8]| errors(file.language, text).len();
            if wrong(&text) > wrong(&file.text) {
                return Err(broken());
            }
            if text != file.text {
                files.insert(path, text);
            }
        }
        if self.definition.family == Family::Python {
            cycle::look(&mut self, &files)?;
        }
        self.doubts.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        Ok(Moved {
            name: self.definition.name,
            kind: self.definition.kind,
            from: self.old.path.clone(),
            to: self.new.path.clone(),
            files,
            doubts: self.doubts,
        })
    }
}
