//! The files that a move looks into, parsed when they are asked for.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::base::RepoPath;
use crate::refactor::crates::Crates;
use crate::syntax::imports::{Import, imports};
use crate::syntax::{Language, Names, Symbol, Tree, names, parse, symbols_of};

/// Texts by their paths.
#[derive(Default)]
pub struct Sources {
    files: BTreeMap<RepoPath, Rc<Vec<u8>>>,
    parsed: RefCell<BTreeMap<RepoPath, Rc<File>>>,
    crates: OnceCell<Crates>,
}

/// A parsed file.
pub(super) struct File {
    pub(super) path: RepoPath,
    pub(super) language: Language,
    pub(super) text: Vec<u8>,
    pub(super) tree: Tree,
    pub(super) imports: Vec<Import>,
    pub(super) names: Names,
    pub(super) symbols: Vec<Symbol>,
}

/// Languages whose files import one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Python,
    TypeScript,
    Rust,
    Go,
}

impl Family {
    pub(super) fn of(language: Language) -> Option<Self> {
        match language.name() {
            "python" => Some(Self::Python),
            "typescript" | "tsx" | "javascript" => Some(Self::TypeScript),
            "rust" => Some(Self::Rust),
            "go" => Some(Self::Go),
            _ => None,
        }
    }
}

impl Sources {
    /// All files of a repository that may matter: code, and the documents that name it.
    pub fn new(files: BTreeMap<RepoPath, Vec<u8>>) -> Self {
        let files = files.into_iter().map(|(path, text)| (path, Rc::new(text)));
        Self { files: files.collect(), ..Self::default() }
    }

    pub(super) fn has(&self, path: &str) -> bool {
        RepoPath::new(path).is_ok_and(|path| self.files.contains_key(&path))
    }

    pub(super) fn text(&self, path: &RepoPath) -> Option<&[u8]> {
        self.files.get(path).map(|text| text.as_slice())
    }

    /// The module trees of Rust, found once.
    pub(super) fn crates(&self) -> &Crates {
        self.crates.get_or_init(|| Crates::of(self))
    }

    /// Every path, in order.
    pub fn paths(&self) -> impl Iterator<Item = &RepoPath> {
        self.files.keys()
    }

    /// Paths of one family of languages.
    pub(super) fn of_family(&self, family: Family) -> Vec<RepoPath> {
        let is = |path: &RepoPath, text: &[u8]| {
            Language::of(path, text).and_then(Family::of) == Some(family)
        };
        self.files
            .iter()
            .filter(|(path, text)| is(path, text))
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// The file, if it is there and its language can be parsed.
    pub(super) fn file(&self, path: &RepoPath) -> Option<Rc<File>> {
        if let Some(known) = self.parsed.borrow().get(path) {
            return Some(known.clone());
        }
        let text = self.files.get(path)?;
        let file = Rc::new(File::new(path, text)?);
        self.parsed.borrow_mut().insert(path.clone(), file.clone());
        Some(file)
    }

    /// The same with other texts in some places.
    pub fn with(&self, changed: &BTreeMap<RepoPath, Vec<u8>>) -> Self {
        let mut files = self.files.clone();
        files.extend(changed.iter().map(|(path, text)| (path.clone(), Rc::new(text.clone()))));
        let parsed = self.parsed.borrow();
        let kept = parsed.iter().filter(|(path, _)| !changed.contains_key(*path));
        let kept = kept.map(|(path, file)| (path.clone(), file.clone())).collect();
        Self { files, parsed: RefCell::new(kept), crates: OnceCell::new() }
    }
}

impl File {
    pub(super) fn new(path: &RepoPath, text: &[u8]) -> Option<Self> {
        let language = Language::of(path, text)?;
        Family::of(language)?;
        let tree = parse(language, text)?;
        Some(Self {
            path: path.clone(),
            language,
            imports: imports(language, &tree, text),
            names: names(language, &tree, text),
            symbols: symbols_of(language, &tree, text),
            text: text.to_vec(),
            tree,
        })
    }

    pub(super) fn slice(&self, range: std::ops::Range<usize>) -> &str {
        self.text.get(range).and_then(|it| std::str::from_utf8(it).ok()).unwrap_or_default()
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> u32 {
        let before = self.text.get(..at).unwrap_or_default();
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        u32::try_from(lines + 1).unwrap_or(u32::MAX)
    }
}

/// Whether a file may call, import or lead to a definition: code of a language that is followed, and what
/// says where its modules lie.
pub fn matters(path: &RepoPath) -> bool {
    let manifest = matches!(path.file_name(), b"Cargo.toml" | b"go.mod");
    manifest || Language::of(path, b"").and_then(Family::of).is_some()
}

/// The folder of a path, without a slash at its end; empty for the root.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `folder` and `rest`, with `.` and `..` taken out; `None` where that leaves the repository.
pub(super) fn joined(folder: &str, rest: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// How to get from a folder to a path: `./a`, `../b/c`.
pub(super) fn relative(folder: &str, path: &str) -> String {
    let from: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    let to: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.len() - shared;
    let start = if up == 0 { "./".to_owned() } else { "../".repeat(up) };
    format!("{start}{}", to[shared..].join("/"))
}
