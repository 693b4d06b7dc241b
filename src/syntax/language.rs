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

/// The name in `languages.toml`, what makes the grammar, and its queries.
type Grammar = (&'static str, fn() -> tree_sitter::Language, Sources);

/// The texts of the queries; empty where the language has none.
#[derive(Clone, Copy)]
struct Sources {
    symbols: &'static str,
    imports: &'static str,
    references: &'static str,
}

macro_rules! query {
    ($folder:literal, $file:literal) => {
        include_str!(concat!("../../grammars/", $folder, "/", $file, ".scm"))
    };
}

/// A language that has definitions and no imports.
macro_rules! symbols {
    ($folder:literal) => {
        Sources { symbols: query!($folder, "symbols"), imports: "", references: "" }
    };
}

macro_rules! queries {
    ($folder:literal) => {
        Sources {
            symbols: query!($folder, "symbols"),
            imports: query!($folder, "imports"),
            references: query!($folder, "references"),
        }
    };
}

/// Every grammar that is linked in.
const GRAMMARS: &[Grammar] = &[
    ("rust", || tree_sitter_rust::LANGUAGE.into(), queries!("rust")),
    ("python", || tree_sitter_python::LANGUAGE.into(), queries!("python")),
    ("typescript", || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(), queries!("typescript")),
    ("tsx", || tree_sitter_typescript::LANGUAGE_TSX.into(), queries!("typescript")),
    ("javascript", || tree_sitter_javascript::LANGUAGE.into(), queries!("javascript")),
    ("go", || tree_sitter_go::LANGUAGE.into(), queries!("go")),
    ("java", || tree_sitter_java::LANGUAGE.into(), queries!("java")),
    ("c", || tree_sitter_c::LANGUAGE.into(), queries!("c")),
    ("json", || tree_sitter_json::LANGUAGE.into(), symbols!("json")),
    ("cpp", || tree_sitter_cpp::LANGUAGE.into(), queries!("cpp")),
    ("csharp", || tree_sitter_c_sharp::LANGUAGE.into(), queries!("csharp")),
    ("kotlin", || tree_sitter_kotlin_ng::LANGUAGE.into(), queries!("kotlin")),
    ("ruby", || tree_sitter_ruby::LANGUAGE.into(), queries!("ruby")),
    ("php", || tree_sitter_php::LANGUAGE_PHP.into(), queries!("php")),
    ("scala", || tree_sitter_scala::LANGUAGE.into(), queries!("scala")),
    ("lua", || tree_sitter_lua::LANGUAGE.into(), queries!("lua")),
    ("swift", || tree_sitter_swift::LANGUAGE.into(), queries!("swift")),
    ("elixir", || tree_sitter_elixir::LANGUAGE.into(), queries!("elixir")),
    ("zig", || tree_sitter_zig::LANGUAGE.into(), queries!("zig")),
    ("ocaml", || tree_sitter_ocaml::LANGUAGE_OCAML.into(), queries!("ocaml")),
    ("haskell", || tree_sitter_haskell::LANGUAGE.into(), queries!("haskell")),
    ("sql", || tree_sitter_sequel::LANGUAGE.into(), symbols!("sql")),
    (
        "proto",
        || tree_sitter_proto::LANGUAGE.into(),
        Sources { imports: query!("proto", "imports"), ..symbols!("proto") },
    ),
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
    #[serde(default)]
    overloads: bool,
}

/// The whole of `languages.toml`.
#[derive(Deserialize, Default)]
struct Table {
    language: Vec<Row>,
}

struct Entry {
    row: Row,
    grammar: tree_sitter::Language,
    sources: Sources,
    symbols: OnceLock<Option<Query>>,
    contents: OnceLock<Option<Query>>,
    references: OnceLock<Option<Query>>,
}

// A table that cannot be read knows no language, and files are then plain text; a test reads it.
static LANGUAGES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let table: Table =
        toml::from_str(include_str!("../../grammars/languages.toml")).unwrap_or_default();
    table.language.into_iter().filter_map(entry).collect()
});

fn entry(row: Row) -> Option<Entry> {
    let (_, grammar, sources) = GRAMMARS.iter().find(|(name, ..)| *name == row.name)?;
    let (symbols, contents, references) = <(OnceLock<_>, OnceLock<_>, OnceLock<_>)>::default();
    Some(Entry { row, grammar: grammar(), sources: *sources, symbols, contents, references })
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

    /// Whether functions of one name may differ in what they take.
    pub fn has_overloads(self) -> bool {
        self.0.row.overloads
    }

    /// The grammar, for parsers and further queries.
    pub fn grammar(self) -> &'static tree_sitter::Language {
        &self.0.grammar
    }

    /// The query for symbols, compiled once; `None` where it does not suit the grammar.
    pub(super) fn symbols_query(self) -> Option<&'static Query> {
        self.0.symbols.get_or_init(|| self.compiled(self.0.sources.symbols)).as_ref()
    }

    /// The query for symbols and imports, which run at once.
    pub(super) fn contents_query(self) -> Option<&'static Query> {
        let Sources { symbols, imports, .. } = self.0.sources;
        let both = || self.compiled(&format!("{symbols}\n{imports}"));
        self.0.contents.get_or_init(both).as_ref().or_else(|| self.symbols_query())
    }

    /// The query for what names are used as; `None` for a language without one.
    pub(super) fn references_query(self) -> Option<&'static Query> {
        let source = self.0.sources.references;
        let query = || (!source.is_empty()).then(|| self.compiled(source)).flatten();
        self.0.references.get_or_init(query).as_ref()
    }

    fn compiled(self, source: &str) -> Option<Query> {
        Query::new(&self.0.grammar, source).ok()
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
            let Sources { symbols, imports, references } = language.0.sources;
            for source in [symbols, imports, references] {
                let query = Query::new(language.grammar(), source);
                assert!(query.is_ok(), "{language:?}: {}", query.unwrap_err());
            }
        }
    }
}
