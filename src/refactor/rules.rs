//! What a language has to say of its files: which one an import names, and how it is named from there.

use std::ops::Range;

use crate::base::RepoPath;
use crate::refactor::sources::{Family, File, Sources};
use crate::refactor::{NoMove, python, rust, typescript};
use crate::syntax::imports::{Import, Item};

/// What a name in an import, or before a dot, stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A file of the repository.
    Module(RepoPath),
    /// A name in one.
    Name(RepoPath, String),
    /// All that one shows.
    Everything(RepoPath),
    /// Nothing that is here.
    Elsewhere,
}

/// A name with the module before it: `a.b.name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Qualified {
    /// What stands before the name, and where.
    pub(super) module: String,
    pub(super) module_at: Range<usize>,
    /// Where the name begins.
    pub(super) at: usize,
    pub(super) unit: usize,
}

/// Rules of a language whose files are modules.
pub(super) trait Rules {
    /// What an item of an import is.
    fn target(&self, sources: &Sources, file: &File, import: &Import, item: &Item) -> Target;

    /// What stands for a module in `file`: `a.b` before a dot.
    fn named(&self, sources: &Sources, file: &File, unit: usize, module: &str) -> Target;

    /// All places where `name` stands behind a module.
    fn qualified(&self, file: &File, name: &str) -> Vec<Qualified>;

    /// How `user` names the module at `to` in an import; `like` is how it named another.
    fn spelled(
        &self,
        sources: &Sources,
        user: &File,
        unit: usize,
        to: &RepoPath,
        like: Option<&str>,
    ) -> Result<String, NoMove>;

    /// How the file at `to` names what `from` names `module`.
    fn respelled(
        &self,
        sources: &Sources,
        from: &File,
        module: &str,
        to: &RepoPath,
    ) -> Result<String, NoMove>;

    /// Whether people import from this file what others define.
    fn is_facade(&self, path: &RepoPath) -> bool;

    /// Whether other files may use the definition at `start`.
    fn is_public(&self, file: &File, name: &str, start: usize) -> bool;

    /// What has to stand where so that other files may use the definition at `start`, if they may not.
    fn shown(&self, file: &File, name: &str, start: usize) -> Option<(Range<usize>, &'static str)>;
}

/// The rules of a family; none for Go, whose modules are folders.
pub(super) fn rules(family: Family) -> Option<&'static dyn Rules> {
    match family {
        Family::Python => Some(&python::Python),
        Family::TypeScript => Some(&typescript::TypeScript),
        Family::Rust => Some(&rust::Rust),
        Family::Go => None,
    }
}
