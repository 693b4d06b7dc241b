//! Gives the parts of a source text their roles, so that a screen can colour them.
//!
//! The grammars bring their own highlight queries; here their many capture names become a few
//! roles. What no query knows stays plain, and broken code is coloured as far as it parses.

use std::ops::Range;
use std::sync::OnceLock;

use tree_sitter::{Query, QueryCursor, QueryCursorOptions, QueryCursorState, StreamingIterator};

use crate::syntax::Language;
use crate::syntax::allowance::Allowance;
use crate::syntax::parse::parse_within;

/// What a piece of source text is, as far as colours care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    Keyword,
    Function,
    Type,
    String,
    Number,
    Constant,
    Comment,
    Attribute,
}

/// The highlight queries by language name. A language that is not here stays plain.
const QUERIES: [(&str, &[&str]); 28] = [
    ("rust", &[tree_sitter_rust::HIGHLIGHTS_QUERY]),
    ("python", &[tree_sitter_python::HIGHLIGHTS_QUERY]),
    ("typescript", TYPESCRIPT),
    ("tsx", TYPESCRIPT),
    (
        "javascript",
        &[tree_sitter_javascript::HIGHLIGHT_QUERY, tree_sitter_javascript::JSX_HIGHLIGHT_QUERY],
    ),
    ("go", &[tree_sitter_go::HIGHLIGHTS_QUERY]),
    ("java", &[tree_sitter_java::HIGHLIGHTS_QUERY]),
    ("c", &[tree_sitter_c::HIGHLIGHT_QUERY]),
    ("json", &[tree_sitter_json::HIGHLIGHTS_QUERY]),
    ("cpp", &[tree_sitter_c::HIGHLIGHT_QUERY, tree_sitter_cpp::HIGHLIGHT_QUERY]),
    ("csharp", &[tree_sitter_c_sharp::HIGHLIGHTS_QUERY]),
    ("ruby", &[tree_sitter_ruby::HIGHLIGHTS_QUERY]),
    ("php", &[tree_sitter_php::HIGHLIGHTS_QUERY]),
    ("scala", &[tree_sitter_scala::HIGHLIGHTS_QUERY]),
    ("lua", &[tree_sitter_lua::HIGHLIGHTS_QUERY]),
    ("swift", &[tree_sitter_swift::HIGHLIGHTS_QUERY]),
    ("elixir", &[tree_sitter_elixir::HIGHLIGHTS_QUERY]),
    ("zig", &[tree_sitter_zig::HIGHLIGHTS_QUERY]),
    ("ocaml", &[tree_sitter_ocaml::HIGHLIGHTS_QUERY]),
    ("haskell", &[tree_sitter_haskell::HIGHLIGHTS_QUERY]),
    ("sql", &[tree_sitter_sequel::HIGHLIGHTS_QUERY]),
    ("toml", &[tree_sitter_toml_ng::HIGHLIGHTS_QUERY]),
    ("css", &[tree_sitter_css::HIGHLIGHTS_QUERY]),
    ("html", &[tree_sitter_html::HIGHLIGHTS_QUERY]),
    ("markdown", &[tree_sitter_md::HIGHLIGHT_QUERY_BLOCK]),
    ("containerfile", &[tree_sitter_containerfile::HIGHLIGHTS_QUERY]),
    ("make", &[tree_sitter_make::HIGHLIGHTS_QUERY]),
    ("cmake", &[tree_sitter_cmake::HIGHLIGHTS_QUERY]),
];

const TYPESCRIPT: &[&str] =
    &[tree_sitter_javascript::HIGHLIGHT_QUERY, tree_sitter_typescript::HIGHLIGHTS_QUERY];

/// The roles in `text`: byte ranges in order, none overlapping, plain text left out. Nothing for a
/// text that is too long to parse or whose language has no query.
pub fn highlight(language: Language, text: &[u8]) -> Vec<(Range<usize>, Role)> {
    let Some(queries) = queries(language) else { return Vec::new() };
    let allowance = Allowance::of(text.len());
    let Some(tree) = parse_within(allowance, language, text) else { return Vec::new() };
    let mut painted = Vec::new();
    for query in queries {
        collect(query, tree.root(), text, allowance, &mut painted);
    }
    // Outer nodes first, so that an escape inside a string keeps its own role; the sort is
    // stable, so among equal nodes the later pattern wins, as queries are written.
    painted.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    flatten(painted, text.len())
}

/// Whether [`highlight`] can begin at once: the first text of a language has its queries compiled,
/// which takes as long as many texts.
pub fn is_ready_to_highlight(language: Language) -> bool {
    index(language).is_none_or(|index| COMPILED[index].get().is_some())
}

/// The queries of each language, once it was needed.
static COMPILED: [OnceLock<Vec<Query>>; QUERIES.len()] = [const { OnceLock::new() }; QUERIES.len()];

fn index(language: Language) -> Option<usize> {
    QUERIES.iter().position(|(name, _)| *name == language.name())
}

/// The compiled queries of a language; one that does not suit its grammar is left out.
fn queries(language: Language) -> Option<&'static [Query]> {
    let index = index(language)?;
    let compile = |source: &&str| Query::new(language.grammar(), source).ok();
    let compiled =
        COMPILED[index].get_or_init(|| QUERIES[index].1.iter().filter_map(compile).collect());
    Some(compiled)
}

/// Adds every capture that has a role, until the allowance is spent: the rest stays plain.
fn collect(
    query: &Query,
    root: tree_sitter::Node<'_>,
    text: &[u8],
    allowance: Allowance,
    painted: &mut Vec<(Range<usize>, Option<Role>)>,
) {
    let names = query.capture_names();
    let mut cursor = QueryCursor::new();
    let mut watch = |_: &QueryCursorState| allowance.check();
    let options = QueryCursorOptions::new().progress_callback(&mut watch);
    let mut captures = cursor.captures_with_options(query, root, text, options);
    while let Some((found, index)) = captures.next() {
        let capture = found.captures()[*index];
        if let Some(role) = role(names[capture.index as usize]) {
            painted.push((capture.node.byte_range(), role));
        }
    }
}

/// What a capture name means: a role, plain text (`Some(None)`), or nothing that counts.
fn role(capture: &str) -> Option<Option<Role>> {
    let kind = capture.split('.').next().unwrap_or(capture);
    Some(Some(match (kind, capture) {
        ("embedded", _) => return Some(None),
        ("keyword" | "label" | "conditional" | "repeat", _) | (_, "text.title") => Role::Keyword,
        ("function" | "method", _) => Role::Function,
        ("type" | "constructor" | "tag", _) => Role::Type,
        ("string" | "escape" | "character", _) | (_, "text.literal") => Role::String,
        ("number" | "float", _) => Role::Number,
        ("constant" | "boolean", _) | (_, "variable.builtin") => Role::Constant,
        ("comment", _) => Role::Comment,
        ("attribute", _) => Role::Attribute,
        _ => return None,
    }))
}

/// Paints the ranges over each other and reads off what shows.
fn flatten(painted: Vec<(Range<usize>, Option<Role>)>, len: usize) -> Vec<(Range<usize>, Role)> {
    let mut canvas = vec![None; len];
    for (range, role) in painted {
        if let Some(part) = canvas.get_mut(range) {
            part.fill(role);
        }
    }
    let mut start = 0;
    let mut runs = Vec::new();
    for run in canvas.chunk_by(|a, b| a == b) {
        if let Some(role) = run[0] {
            runs.push((start..start + run.len(), role));
        }
        start += run.len();
    }
    runs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each role as one letter under the text.
    #[track_caller]
    fn check(language: &str, text: &str, expected: &str) {
        let mut letters = vec![b' '; text.len()];
        for (range, role) in highlight(Language::named(language).unwrap(), text.as_bytes()) {
            letters[range].fill(format!("{role:?}").to_lowercase().as_bytes()[0]);
        }
        let letters = String::from_utf8(letters).unwrap();
        assert_eq!(letters.trim_end(), expected, "\n{text}");
    }

    #[test]
    fn every_query_compiles() {
        for (name, sources) in QUERIES {
            let compiled = queries(Language::named(name).unwrap()).unwrap();
            assert_eq!(compiled.len(), sources.len(), "{name}");
        }
    }

    #[test]
    fn roles_by_language() {
        check(
            "rust",
            r#"pub fn go() -> u8 { say("a\n", 7) } // no"#,
            r#"kkk kk ff      tt   fff sssss  c    ccccc"#,
        );
        check("python", r#"def go(x): return f"{x}" # no"#, r#"kkk ff     kkkkkk ss   s cccc"#);
        check("json", r#"{"a": 1}"#, r#" sss  n"#);
    }

    #[test]
    fn settings_and_documents_have_roles() {
        check("toml", r#"a = true # no"#, r#"t   cccc cccc"#);
        check("markdown", "# A\n\nb\n", "  k");
    }

    #[test]
    fn broken_code_is_coloured_as_far_as_it_parses() {
        check("rust", "fn go( { ### \"a\"", "kk           sss");
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_and_inside(text in ".{0,80}", which in 0..QUERIES.len()) {
            let language = Language::named(QUERIES[which].0).unwrap();
            let mut end = 0;
            for (range, _) in highlight(language, text.as_bytes()) {
                prop_assert!(range.start >= end && range.start < range.end && range.end <= text.len());
                end = range.end;
            }
        }
    }
}
