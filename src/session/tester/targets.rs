//! Which functions are to be tested: those that a person named, or the public ones of a file, those
//! first that no test speaks of.

use crate::base::{Hint, RepoPath, near};
use crate::project::mutants::Module;
use crate::project::{is_test, tests};
use crate::repo::{Repo, Snapshot};
use crate::session::decide::Desk;
use crate::session::read::read;
use crate::session::test_commands::{bytes, look};
use crate::syntax::{self, Language, Symbol, SymbolKind};

/// The language in which tests can be written.
const LANGUAGE: &str = "python";
/// Files that are read to see what is used most, and most bytes of one.
const MOST_READ: usize = 400;
const MOST_BYTES: usize = 256 << 10;

/// A function, and the file that it is in.
#[derive(Clone, Debug)]
pub struct Target {
    pub module: Module,
    pub symbol: Symbol,
    /// The text of the file.
    pub text: String,
}

/// Why there is nothing to test.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("tests of `{0}` cannot be written: it is not Python")]
    Language(RepoPath),
    #[error("`{0}` cannot be read")]
    Unreadable(RepoPath),
    #[error("`{0}` cannot be imported by a name of Python")]
    NoModule(RepoPath),
    #[error("`{0}` is a file of tests")]
    Tests(RepoPath),
    #[error("there is no function `{name}` in `{path}`")]
    Unknown { path: RepoPath, name: String, near: Vec<String> },
    #[error("`{0}` has no public function")]
    Nothing(RepoPath),
    #[error("the files of the repository cannot be listed: {0}")]
    Listing(String),
}

impl Hint for TargetError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Language(path) => format!(
                "tests with mutants are for Python so far; `countersign propose \"write tests of …\" --file {path} --test CMD` asks the model alone"
            ),
            Self::Unreadable(_) | Self::NoModule(_) | Self::Listing(_) => {
                "name a file of Python in this repository".into()
            }
            Self::Tests(_) => "name the file that it tests".into(),
            Self::Unknown { near, .. } if near.is_empty() => {
                "`countersign map FILE` shows what there is".into()
            }
            Self::Unknown { near, .. } => format!("did you mean `{}`?", near.join("`, `")),
            Self::Nothing(path) => format!("name one: `--tests {path}::NAME`"),
        })
    }
}

/// The functions that are meant by files with or without a name; each once, the least tested first.
pub fn targets(
    desk: &Desk,
    snapshot: &Snapshot,
    named: &[(RepoPath, Option<String>)],
) -> Result<Vec<Target>, TargetError> {
    let listed = look(&desk.repo, snapshot.base_tree);
    let (_, files) = listed.map_err(|error| TargetError::Listing(error.to_string()))?;
    let mut found: Vec<Target> = Vec::new();
    for (path, name) in named {
        for target in of_file(desk, &files, path, name.as_deref())? {
            let known =
                |it: &Target| it.module == target.module && it.symbol.path == target.symbol.path;
            if !found.iter().any(known) {
                found.push(target);
            }
        }
    }
    if found.len() > 1 {
        let said = Said::read(&desk.repo, snapshot, &files);
        found.sort_by_key(|target| {
            let name = &target.symbol.name;
            (said.times(&said.tests, name), std::cmp::Reverse(said.times(&said.sources, name)))
        });
    }
    Ok(found)
}

fn of_file(
    desk: &Desk,
    files: &[RepoPath],
    path: &RepoPath,
    name: Option<&str>,
) -> Result<Vec<Target>, TargetError> {
    let state = read(desk, path).ok_or_else(|| TargetError::Unreadable(path.clone()))?;
    let language = Language::of(path, &state.bytes).filter(|it| it.name() == LANGUAGE);
    let language = language.ok_or_else(|| TargetError::Language(path.clone()))?;
    if is_test(path) {
        return Err(TargetError::Tests(path.clone()));
    }
    let module = Module::of(path, files).ok_or_else(|| TargetError::NoModule(path.clone()))?;
    let text = String::from_utf8(state.bytes);
    let text = text.map_err(|_| TargetError::Unreadable(path.clone()))?;
    let symbols = functions(language, &text);
    let chosen: Vec<Symbol> = match name {
        None => symbols.into_iter().filter(is_public).collect(),
        Some(name) => {
            let is = |it: &&Symbol| it.path == name || it.path.ends_with(&format!(".{name}"));
            let found: Vec<Symbol> = symbols.iter().filter(is).cloned().collect();
            if found.is_empty() {
                let near = near(symbols.iter().map(|it| it.path.as_str()), name, 3);
                let near = near.into_iter().map(str::to_owned).collect();
                return Err(TargetError::Unknown {
                    path: path.clone(),
                    name: name.to_owned(),
                    near,
                });
            }
            found
        }
    };
    if chosen.is_empty() {
        return Err(TargetError::Nothing(path.clone()));
    }
    let target = |symbol| Target { module: module.clone(), symbol, text: text.clone() };
    Ok(chosen.into_iter().map(target).collect())
}

/// The functions and methods that can be called from outside: those that are in no other, with a body.
fn functions(language: Language, text: &str) -> Vec<Symbol> {
    let all = syntax::symbols(language, text.as_bytes());
    let stubs = syntax::stubs(language, text.as_bytes());
    let is_function = |it: &Symbol| matches!(it.kind, SymbolKind::Function | SymbolKind::Method);
    let inside = |it: &Symbol, outer: &Symbol| {
        is_function(outer)
            && outer.bytes != it.bytes
            && outer.bytes.start <= it.bytes.start
            && it.bytes.end <= outer.bytes.end
    };
    all.iter()
        .filter(|it| is_function(it) && !all.iter().any(|outer| inside(it, outer)))
        .filter(|it| !stubs.iter().any(|stub| stub.bytes == it.bytes))
        .cloned()
        .collect()
}

fn is_public(symbol: &Symbol) -> bool {
    !symbol.path.split('.').any(|part| part.starts_with('_'))
}

/// The texts of a repository, to count who speaks of what.
struct Said {
    tests: Vec<String>,
    sources: Vec<String>,
}

impl Said {
    fn read(repo: &Repo, snapshot: &Snapshot, files: &[RepoPath]) -> Self {
        let text = |path: &RepoPath| {
            let mut bytes = bytes(repo, snapshot.base_tree, path)?;
            bytes.truncate(MOST_BYTES);
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        let is_code = |path: &&RepoPath| path.as_bytes().ends_with(b".py") && !is_test(path);
        Self {
            tests: tests(files).iter().take(MOST_READ).filter_map(text).collect(),
            sources: files.iter().filter(is_code).take(MOST_READ).filter_map(text).collect(),
        }
    }

    fn times(&self, texts: &[String], name: &str) -> usize {
        let inner = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let whole = |text: &String| {
            text.match_indices(name)
                .filter(|(at, _)| {
                    !inner(text[..*at].chars().next_back())
                        && !inner(text[at + name.len()..].chars().next())
                })
                .count()
        };
        texts.iter().map(whole).sum()
    }
}
