//! Which language is a file written in?
//!
//! Languages are data: `grammars/languages.toml` and a folder of queries each. Only the grammars
//! themselves have to be named in code, in [`GRAMMARS`].

use std::fmt::{self, Debug, Formatter};
use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;
use tree_sitter::Query;

use crate::base::RepoPath;

/// A language that has a grammar.
#[derive(Clone, Copy)]
pub struct Language(&'static Entry);

/// The name in `languages.toml`, what makes the grammar, and the query for its symbols.
type Grammar = (&'static str, fn() -> tree_sitter::Language, &'static str);

macro_rules! symbols {
    ($folder:literal) => {
        include_str!(concat!("../../grammars/", $folder, "/symbols.scm"))
    };
}

/// Every grammar that is linked in.
const GRAMMARS: &[Grammar] = &[
    ("rust", || tree_sitter_rust::LANGUAGE.into(), symbols!("rust")),
    ("python", || tree_sitter_python::LANGUAGE.into(), symbols!("python")),
    ("typescript", || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(), symbols!("typescript")),
    ("tsx", || tree_sitter_typescript::LANGUAGE_TSX.into(), symbols!("typescript")),
    ("javascript", || tree_sitter_javascript::LANGUAGE.into(), symbols!("javascript")),
    ("go", || tree_sitter_go::LANGUAGE.into(), symbols!("go")),
    ("java", || tree_sitter_java::LANGUAGE.into(), symbols!("java")),
    ("c", || tree_sitter_c::LANGUAGE.into(), symbols!("c")),
    ("json", || tree_sitter_json::LANGUAGE.into(), symbols!("json")),
];

/// A row of `languages.toml`.
#[derive(Deserialize)]
struct Row {
    name: String,
    #[serde(default)]
    extensions: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    shebangs: Vec<String>,
    comment: Option<String>,
}

/// The whole of `languages.toml`.
#[derive(Deserialize, Default)]
struct Table {
    language: Vec<Row>,
}

struct Entry {
    row: Row,
    grammar: tree_sitter::Language,
    symbols_source: &'static str,
    symbols: OnceLock<Option<Query>>,
}

// A table that cannot be read knows no language, and files are then plain text; a test reads it.
static LANGUAGES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let table: Table =
        toml::from_str(include_str!("../../grammars/languages.toml")).unwrap_or_default();
    table.language.into_iter().filter_map(entry).collect()
});

fn entry(row: Row) -> Option<Entry> {
    let (_, grammar, symbols_source) = GRAMMARS.iter().find(|(name, ..)| *name == row.name)?;
    Some(Entry { row, grammar: grammar(), symbols_source, symbols: OnceLock::new() })
}

impl Language {
    /// The language of the file at `path` that begins with `first_bytes` (one line is enough): by
    /// its name, by its extension, or by the program that its first line names.
    pub fn of(path: &RepoPath, first_bytes: &[u8]) -> Option<Self> {
        let by = |found: &dyn Fn(&Row) -> bool| Self::all().find(|language| found(&language.0.row));
        let name = path.file_name();
        let extension = path.extension().map(str::to_ascii_lowercase);
        by(&|row| row.files.iter().any(|file| file.as_bytes() == name))
            .or_else(|| by(&|row| row.extensions.iter().any(|it| Some(it) == extension.as_ref())))
            .or_else(|| {
                let program = shebang(first_bytes)?;
                by(&|row| row.shebangs.iter().any(|it| it == program))
            })
    }

    /// The language with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|language| language.name() == name)
    }

    /// Every language, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        LANGUAGES.iter().map(Self)
    }

    /// Its name in lower case, for example `rust`.
    pub fn name(self) -> &'static str {
        &self.0.row.name
    }

    /// What starts a comment that ends with the line, if the language has any.
    pub fn comment(self) -> Option<&'static str> {
        self.0.row.comment.as_deref()
    }

    /// The grammar, for parsers and further queries.
    pub fn grammar(self) -> &'static tree_sitter::Language {
        &self.0.grammar
    }

    /// The query for symbols, compiled once; `None` where it does not suit the grammar.
    pub(super) fn symbols_query(self) -> Option<&'static Query> {
        self.0
            .symbols
            .get_or_init(|| Query::new(&self.0.grammar, self.0.symbols_source).ok())
            .as_ref()
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Language {}

impl Debug for Language {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The program that a first line such as `#!/usr/bin/env -S python3 -u` names.
fn shebang(first_bytes: &[u8]) -> Option<&str> {
    let line = first_bytes.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split_whitespace().filter(|word| !word.starts_with('-'));
    let program = words.next()?.rsplit('/').next()?;
    if program == "env" { words.find(|word| !word.contains('=')) } else { Some(program) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, first_bytes: &str, expected: Option<&str>) {
        let path = RepoPath::new(path).unwrap();
        let language = Language::of(&path, first_bytes.as_bytes());
        assert_eq!(language.map(Language::name), expected);
    }

    #[test]
    fn by_name_extension_and_first_line() {
        check("src/lib.rs", "", Some("rust"));
        check("web/App.TSX", "", Some("tsx"));
        check("SConstruct", "", Some("python"));
        check("bin/tool", "#!/usr/bin/env -S python3 -u\n", Some("python"));
        check("bin/tool", "#!/bin/sh\n", None);
        check("bin/tool", "#!/usr/bin/env X=1 node\n", Some("javascript"));
        check("bin/tool", "#!", None);
        check("notes.txt", "hello", None);
    }

    #[test]
    fn every_row_has_a_grammar_and_every_query_compiles() {
        assert_eq!(Language::all().count(), GRAMMARS.len());
        for language in Language::all() {
            let query = Query::new(language.grammar(), language.0.symbols_source);
            assert!(query.is_ok(), "{language:?}: {}", query.unwrap_err());
        }
    }
}
