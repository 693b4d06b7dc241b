//! A command that tests a project: the whole line, and the line for some tests.

use std::collections::BTreeSet;

use crate::base::RepoPath;
use crate::project::listing::{depth, within};
use crate::project::tests::has_name_of_test;

/// Extensions of what programs test; those that are not here may test whatever there is.
const LANGUAGES: &[(&str, &[&str])] = &[
    ("pytest", &["py"]),
    ("unittest", &["py"]),
    ("cargo test", &["rs"]),
    ("go test", &["go"]),
    ("vitest", SCRIPTS),
    ("jest", SCRIPTS),
    ("npm", SCRIPTS),
    ("pnpm", SCRIPTS),
    ("yarn", SCRIPTS),
    ("bun", SCRIPTS),
    ("maven", &["java", "kt", "scala", "groovy"]),
    ("gradle", &["java", "kt", "scala", "groovy"]),
    ("mix", &["ex", "exs"]),
    ("rspec", &["rb"]),
    ("phpunit", &["php"]),
    ("dotnet", &["cs", "fs", "vb"]),
    ("ctest", &["c", "cc", "cpp", "cxx", "h", "hh", "hpp", "hxx"]),
    ("cmake", &["c", "cc", "cpp", "cxx", "h", "hh", "hpp", "hxx"]),
];
const SCRIPTS: &[&str] = &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte"];
/// Programs that find their tests by their names alone, whatever folder they are in.
const BY_NAME: &[&str] = &["vitest", "jest"];
/// Programs that compile before they test, and how lines of CI begin that do.
const COMPILING: &[&str] =
    &["cargo test", "go test", "maven", "gradle", "mix", "dotnet", "ctest", "cmake", "make"];
const COMPILING_LINES: &[&str] =
    &["cargo ", "go ", "make ", "mix ", "swift ", "zig ", "dotnet ", "sbt ", "stack ", "cabal "];

/// A test command with the reason why it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCommand {
    /// The program that runs the tests: `pytest`, `cargo`, …
    pub tool: &'static str,
    /// The file that says so.
    pub why: RepoPath,
    /// The folder in which it runs, from the root; `""` is the root.
    pub folder: String,
    /// Assignments of variables before the program, as the shell reads them.
    pub variables: String,
    /// The program, as the shell reads it.
    pub program: String,
    /// What follows it always, as the shell reads it.
    pub arguments: String,
    /// What follows that where all tests are run.
    pub all: String,
    pub narrow: Narrow,
    /// Folders that git ignores and that the tests need, relative to `folder`.
    pub needs: &'static [&'static str],
    /// Endings of the names of files that git ignores and that the code needs: what was generated or
    /// compiled beside it.
    pub made: &'static [&'static str],
    /// How many files of tests it is known to run.
    pub tests: usize,
}

/// How a command is told to run only some files of tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Narrow {
    /// It cannot be.
    Never,
    /// By the names of the files.
    Files,
    /// By the names of the files, after this word.
    FilesAfter(&'static str),
    /// By the folders of the files, each with `./` before it.
    Folders,
    /// By Python's names of modules.
    Modules,
    /// By the names of the files without extension, with commas, after this word.
    Stems(&'static str),
    /// By Gradle's names of classes, those of the tests that its task of that name runs.
    Classes,
    /// Cargo's names of packages and of their tests.
    Cargo(Vec<Package>),
}

/// A package of a Cargo workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    /// From the folder of the command.
    pub folder: String,
    /// Tests with a name of their own: the name, and the file from the package's folder.
    pub targets: Vec<(String, String)>,
    /// Every file in `tests` is a test of its own.
    pub automatic: bool,
    /// What its `src` is compiled to, where that is known: both may have tests inside.
    pub library: bool,
    pub binaries: bool,
}

impl TestCommand {
    /// The command line for all tests.
    pub fn line(&self) -> String {
        self.with(&self.all)
    }

    /// The command line for some files of tests, if the program can be told to run only those.
    pub fn only(&self, tests: &[RepoPath]) -> Option<String> {
        Some(self.with(&self.words_for(tests)?))
    }

    /// What stands in the line for these files of tests.
    pub(super) fn words_for(&self, tests: &[RepoPath]) -> Option<String> {
        let names: Option<Vec<&str>> = tests.iter().map(|path| self.relative(path)).collect();
        let names = names.filter(|names| !names.is_empty())?;
        match &self.narrow {
            Narrow::Never => None,
            Narrow::Files => quoted(names.into_iter().map(str::to_owned)),
            Narrow::FilesAfter(word) => {
                Some(format!("{word} {}", quoted(names.into_iter().map(str::to_owned))?))
            }
            Narrow::Folders => quoted(names.into_iter().map(folder_of)),
            Narrow::Modules => quoted(names.into_iter().map(module_of)),
            Narrow::Stems(word) => {
                let stems: BTreeSet<&str> = names.into_iter().map(stem_of).collect();
                Some(format!("{word}{}", quote(&Vec::from_iter(stems).join(","))?))
            }
            Narrow::Classes => class_words(&names),
            Narrow::Cargo(packages) => cargo_words(packages, &names),
        }
    }

    /// Whether it may test this file: one in its folder and of a language that it tests.
    pub fn covers(&self, path: &RepoPath) -> bool {
        let extension = path.extension().unwrap_or_default();
        let speaks = |extensions: &[&str]| extensions.contains(&extension);
        self.relative(path).is_some() && self.languages().is_none_or(speaks)
    }

    /// Whether it runs the tests in this file.
    pub fn runs(&self, test: &RepoPath) -> bool {
        self.covers(test) && (!BY_NAME.contains(&self.tool) || has_name_of_test(test))
    }

    /// How well it fits a file that it covers: one that tests a language better than one that tests
    /// whatever there is, then one in a deeper folder.
    pub fn closeness(&self) -> (bool, usize) {
        (self.languages().is_some(), depth(&self.folder))
    }

    /// Whether it compiles first, which can take long where nothing is compiled yet.
    pub fn compiles(&self) -> bool {
        let by_line = || COMPILING_LINES.iter().any(|start| self.program.starts_with(start));
        COMPILING.contains(&self.tool) || self.tool == "ci" && by_line()
    }

    fn languages(&self) -> Option<&'static [&'static str]> {
        LANGUAGES.iter().find(|(tool, _)| *tool == self.tool).map(|(_, extensions)| *extensions)
    }

    /// The same with another program, as the shell reads it, in place of `python`.
    pub fn with_python(mut self, program: &str) -> Self {
        if self.program == "python" {
            self.program = program.to_owned();
        }
        self
    }

    /// Has the program ignore the options that stand in the project's files, where it can.
    pub fn ignore_options(&mut self) {
        if self.tool == "pytest" && self.program.contains("python") {
            self.arguments.push_str(" -o addopts=");
        }
    }

    /// A path in what the command said, from the root of the repository.
    pub fn from_root(&self, path: &RepoPath) -> RepoPath {
        let name = String::from_utf8_lossy(path.as_bytes());
        RepoPath::new(within(&self.folder, &name)).unwrap_or_else(|_| path.clone())
    }

    /// The same path from the folder in which the command runs, if it is in there.
    pub(super) fn relative<'a>(&self, path: &'a RepoPath) -> Option<&'a str> {
        let name = std::str::from_utf8(path.as_bytes()).ok()?;
        if self.folder.is_empty() {
            return Some(name);
        }
        name.strip_prefix(self.folder.as_str())?.strip_prefix('/')
    }

    fn with(&self, words: &str) -> String {
        let folder = match self.folder.as_str() {
            "" => String::new(),
            folder => format!("cd {} &&", quote(folder).unwrap_or_default()),
        };
        let parts = [&folder, &self.variables, &self.program, &self.arguments, words];
        let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        said.join(" ")
    }
}

/// One word for the shell; none has a NUL byte.
pub(super) fn quote(word: &str) -> Option<String> {
    shlex::try_quote(word).ok().map(|quoted| quoted.into_owned())
}

/// Words for the shell, each once, in their order. A file whose name looks like an option is given
/// as a path.
fn quoted(words: impl Iterator<Item = String>) -> Option<String> {
    let harmless = words.map(|word| if word.starts_with('-') { format!("./{word}") } else { word });
    let quoted: Option<Vec<String>> = harmless.map(|word| quote(&word)).collect();
    let mut seen = BTreeSet::new();
    let once = quoted?.into_iter().filter(|word| seen.insert(word.clone()));
    Some(once.collect::<Vec<_>>().join(" "))
}

fn folder_of(name: &str) -> String {
    match name.rsplit_once('/') {
        Some((folder, _)) => format!("./{folder}"),
        None => ".".to_owned(),
    }
}

fn module_of(name: &str) -> String {
    name.trim_end_matches(".py").replace('/', ".")
}

fn stem_of(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.split('.').next().unwrap_or(name)
}

/// The arguments of Gradle for the classes of these files; none where others than its task `test` run
/// one.
fn class_words(names: &[&str]) -> Option<String> {
    if !names.iter().all(|name| name.starts_with("src/test/")) {
        return None;
    }
    let classes: BTreeSet<&str> = names.iter().map(|name| stem_of(name)).collect();
    let words = classes.into_iter().map(|class| Some(format!("--tests {}", quote(class)?)));
    Some(words.collect::<Option<Vec<String>>>()?.join(" "))
}

/// The arguments of `cargo test` that run what is in these files: their targets, the tests inside of a
/// library and of programs, or all of a package where a file is in no target of its own. None where a
/// file is not of Rust.
fn cargo_words(packages: &[Package], names: &[&str]) -> Option<String> {
    let (mut owners, mut targets, mut whole) = (BTreeSet::new(), BTreeSet::new(), false);
    let mut inner: BTreeSet<&str> = BTreeSet::new();
    for name in names {
        if !name.ends_with(".rs") {
            return None;
        }
        let inside = |package: &&Package| {
            package.folder.is_empty() || name.starts_with(&format!("{}/", package.folder))
        };
        let package = packages.iter().filter(inside).max_by_key(|package| package.folder.len())?;
        owners.insert(package.name.as_str());
        let rest = name.strip_prefix(&package.folder)?.trim_start_matches('/');
        match package.target(rest) {
            Some(target) => targets.extend([target]),
            None if rest.starts_with("src/") && (package.library || package.binaries) => {
                inner.extend(package.library.then_some("--lib"));
                inner.extend(package.binaries.then_some("--bins"));
            }
            None => whole = true,
        }
    }
    let owners = owners.into_iter().map(|name| Some(format!("-p {}", quote(name)?)));
    let targets = targets.iter().map(|name| Some(format!("--test {}", quote(name)?)));
    let inner = inner.into_iter().map(|word| Some(word.to_owned()));
    let words: Option<Vec<String>> =
        owners.chain(inner.chain(targets).filter(|_| !whole)).collect();
    Some(words?.join(" "))
}

impl Package {
    /// The test that a file belongs to; the file is given from the package's folder.
    fn target(&self, name: &str) -> Option<String> {
        let is = |(_, root): &&(String, String)| name == root;
        let below = |(_, root): &&(String, String)| {
            let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
            let alone = !self.automatic || root.ends_with("/main.rs");
            alone && name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let named = self.targets.iter().find(is).or_else(|| self.targets.iter().find(below));
        if let Some((target, _)) = named {
            return Some(target.clone());
        }
        let rest = name.strip_prefix("tests/").filter(|_| self.automatic)?;
        match rest.split_once('/') {
            Some(("common", _)) => None,
            Some((folder, _)) => Some(folder.to_owned()),
            None => rest.strip_suffix(".rs").map(str::to_owned),
        }
    }
}
