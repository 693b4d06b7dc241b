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
    ("cpp", || tree_sitter_cpp::LANGUAGE.into(), symbols!("cpp")),
    ("csharp", || tree_sitter_c_sharp::LANGUAGE.into(), symbols!("csharp")),
    ("kotlin", || tree_sitter_kotlin_ng::LANGUAGE.into(), symbols!("kotlin")),
    ("ruby", || tree_sitter_ruby::LANGUAGE.into(), symbols!("ruby")),
    ("php", || tree_sitter_php::LANGUAGE_PHP.into(), symbols!("php")),
    ("scala", || tree_sitter_scala::LANGUAGE.into(), symbols!("scala")),
    ("lua", || tree_sitter_lua::LANGUAGE.into(), symbols!("lua")),
    ("swift", || tree_sitter_swift::LANGUAGE.into(), symbols!("swift")),
    ("elixir", || tree_sitter_elixir::LANGUAGE.into(), symbols!("elixir")),
    ("zig", || tree_sitter_zig::LANGUAGE.into(), symbols!("zig")),
    ("ocaml", || tree_sitter_ocaml::LANGUAGE_OCAML.into(), symbols!("ocaml")),
    ("haskell", || tree_sitter_haskell::LANGUAGE.into(), symbols!("haskell")),
    ("sql", || tree_sitter_sequel::LANGUAGE.into(), symbols!("sql")),
    ("proto", || tree_sitter_proto::LANGUAGE.into(), symbols!("proto")),
    ("hcl", || tree_sitter_hcl::LANGUAGE.into(), symbols!("hcl")),
    ("toml", || tree_sitter_toml_ng::LANGUAGE.into(), symbols!("toml")),
    ("css", || tree_sitter_css::LANGUAGE.into(), symbols!("css")),
    ("html", || tree_sitter_html::LANGUAGE.into(), symbols!("html")),
    ("markdown", || tree_sitter_md::LANGUAGE.into(), symbols!("markdown")),
    ("containerfile", || tree_sitter_containerfile::LANGUAGE.into(), symbols!("containerfile")),
    ("make", || tree_sitter_make::LANGUAGE.into(), symbols!("make")),
    ("cmake", || tree_sitter_cmake::LANGUAGE.into(), symbols!("cmake")),
];

/// How far into a file the signs of a language are looked for: licences make headers begin late.
const SIGNS_WITHIN: usize = 16 << 10;

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
    #[serde(default)]
    signs: Vec<String>,
    comment: Option<String>,
    #[serde(default)]
    judged: bool,
    #[serde(default)]
    clauses: bool,
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
    /// The language of the file at `path` that begins with `first_bytes`: by its name, by its
    /// extension, or by the program that its first line names. One line is enough, but for an
    /// extension that languages share (`.h`), which the first pages decide.
    pub fn of(path: &RepoPath, first_bytes: &[u8]) -> Option<Self> {
        let by = |found: &dyn Fn(&Row) -> bool| Self::all().find(|language| found(&language.0.row));
        let name = path.file_name();
        let extension = path.extension().map(str::to_ascii_lowercase);
        let extends = |row: &Row| row.extensions.iter().any(|it| Some(it) == extension.as_ref());
        by(&|row| row.files.iter().any(|file| file.as_bytes() == name))
            .or_else(|| by(&|row| extends(row) && has_sign(row, first_bytes)))
            .or_else(|| by(&extends))
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

    /// Whether what its grammar calls an error may be held against a file.
    pub fn is_judged(self) -> bool {
        self.0.row.judged
    }

    /// Whether a function may be written in several clauses, each with its name.
    pub(super) fn has_clauses(self) -> bool {
        self.0.row.clauses
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

/// Whether one of the first lines begins with a sign of this language.
fn has_sign(row: &Row, first_bytes: &[u8]) -> bool {
    let begins = |line: &[u8]| {
        row.signs.iter().any(|sign| line.trim_ascii_start().starts_with(sign.as_bytes()))
    };
    let first = first_bytes.get(..SIGNS_WITHIN).unwrap_or(first_bytes);
    !row.signs.is_empty() && first.split(|byte| *byte == b'\n').any(begins)
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
        check("Makefile", "", Some("make"));
        check("notes.txt", "hello", None);
    }

    #[test]
    fn a_header_is_c_unless_it_shows_cpp() {
        check("a.h", "struct a { int b; };\n", Some("c"));
        check("a.h", "/* A class of its own. */\nint f(void);\n", Some("c"));
        check("a.h", "#pragma once\n\nnamespace a {\n", Some("cpp"));
        check("a.h", "#include <b>\r\n  template <typename T>\r\n", Some("cpp"));
        check("a.c", "class a;\n", Some("c"));
        check("a.hpp", "", Some("cpp"));
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
