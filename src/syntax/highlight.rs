//! Gives the parts of a source text their roles, so that a screen can colour them.
//!
//! The grammars bring their own highlight queries; here their many capture names become a few
//! roles. What no query knows stays plain, and broken code is coloured as far as it parses.

use std::ops::Range;
use std::sync::LazyLock;

use tree_sitter::{Parser, Query, QueryCursor, StreamingIterator};

use crate::base::RepoPath;

/// Texts above this many bytes stay plain: nobody reads them line by line.
const LIMIT: usize = 2 << 20;

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

/// The roles in `text`: byte ranges in order, none overlapping, plain text left out.
pub fn highlight(path: &RepoPath, text: &[u8]) -> Vec<(Range<usize>, Role)> {
    let grammar = path.extension().and_then(Grammar::for_extension);
    match grammar {
        Some(grammar) if text.len() <= LIMIT => grammar.highlight(text).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// A language and what tells its roles.
struct Grammar {
    extensions: &'static [&'static str],
    language: fn() -> tree_sitter::Language,
    queries: &'static [&'static str],
    compiled: LazyLock<Vec<Option<Query>>>,
}

macro_rules! grammar {
    ($index:literal, $extensions:expr, $language:expr, $queries:expr) => {
        Grammar {
            extensions: &$extensions,
            language: || $language.into(),
            queries: &$queries,
            compiled: LazyLock::new(|| GRAMMARS[$index].compile()),
        }
    };
}

// Bash is left out: the scanner of its grammar reads outside its memory on some broken texts.
static GRAMMARS: [Grammar; 9] = [
    grammar!(0, ["rs"], tree_sitter_rust::LANGUAGE, [tree_sitter_rust::HIGHLIGHTS_QUERY]),
    grammar!(1, ["py"], tree_sitter_python::LANGUAGE, [tree_sitter_python::HIGHLIGHTS_QUERY]),
    grammar!(
        2,
        ["js", "mjs", "cjs", "jsx"],
        tree_sitter_javascript::LANGUAGE,
        [tree_sitter_javascript::HIGHLIGHT_QUERY, tree_sitter_javascript::JSX_HIGHLIGHT_QUERY]
    ),
    grammar!(
        3,
        ["ts", "mts", "cts"],
        tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
        [tree_sitter_javascript::HIGHLIGHT_QUERY, tree_sitter_typescript::HIGHLIGHTS_QUERY]
    ),
    grammar!(
        4,
        ["tsx"],
        tree_sitter_typescript::LANGUAGE_TSX,
        [tree_sitter_javascript::HIGHLIGHT_QUERY, tree_sitter_typescript::HIGHLIGHTS_QUERY]
    ),
    grammar!(5, ["go"], tree_sitter_go::LANGUAGE, [tree_sitter_go::HIGHLIGHTS_QUERY]),
    grammar!(6, ["java"], tree_sitter_java::LANGUAGE, [tree_sitter_java::HIGHLIGHTS_QUERY]),
    grammar!(7, ["c", "h"], tree_sitter_c::LANGUAGE, [tree_sitter_c::HIGHLIGHT_QUERY]),
    grammar!(8, ["json"], tree_sitter_json::LANGUAGE, [tree_sitter_json::HIGHLIGHTS_QUERY]),
];

impl Grammar {
    fn for_extension(extension: &str) -> Option<&'static Self> {
        GRAMMARS.iter().find(|grammar| grammar.extensions.contains(&extension))
    }

    fn compile(&self) -> Vec<Option<Query>> {
        let language = (self.language)();
        self.queries.iter().map(|query| Query::new(&language, query).ok()).collect()
    }

    fn highlight(&self, text: &[u8]) -> Option<Vec<(Range<usize>, Role)>> {
        let mut parser = Parser::new();
        parser.set_language(&(self.language)()).ok()?;
        let tree = parser.parse(text, None)?;
        let mut painted = Vec::new();
        for query in self.compiled.iter().flatten() {
            collect(query, tree.root_node(), text, &mut painted);
        }
        // Outer nodes first, so that an escape inside a string keeps its own role; the sort is
        // stable, so among equal nodes the later pattern wins, as queries are written.
        painted.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        Some(flatten(painted, text.len()))
    }
}

/// Adds every capture that has a role.
fn collect(
    query: &Query,
    root: tree_sitter::Node<'_>,
    text: &[u8],
    painted: &mut Vec<(Range<usize>, Option<Role>)>,
) {
    let names = query.capture_names();
    let mut cursor = QueryCursor::new();
    let mut captures = cursor.captures(query, root, text);
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
        (_, "string.special.key") => Role::Attribute,
        ("keyword" | "label", _) => Role::Keyword,
        ("function", _) => Role::Function,
        ("type" | "constructor" | "tag", _) => Role::Type,
        ("string" | "escape", _) => Role::String,
        ("number", _) => Role::Number,
        ("constant", _) | (_, "variable.builtin") => Role::Constant,
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
    fn check(path: &str, text: &str, expected: &str) {
        let mut letters = vec![b' '; text.len()];
        for (range, role) in highlight(&path.parse().unwrap(), text.as_bytes()) {
            letters[range].fill(format!("{role:?}").to_lowercase().as_bytes()[0]);
        }
        let letters = String::from_utf8(letters).unwrap();
        assert_eq!(letters.trim_end(), expected, "\n{text}");
    }

    #[test]
    fn every_query_compiles() {
        for grammar in &GRAMMARS {
            let compiled = grammar.compile();
            assert!(compiled.iter().all(Option::is_some), "{:?}", grammar.extensions);
        }
    }

    #[test]
    fn roles_by_language() {
        check(
            "a.rs",
            r#"pub fn go() -> u8 { say("a\n", 7) } // no"#,
            r#"kkk kk ff      tt   fff sssss  c    ccccc"#,
        );
        check("a.py", r#"def go(x): return f"{x}" # no"#, r#"kkk ff     kkkkkk ss   s cccc"#);
        check("a.json", r#"{"a": 1}"#, r#" aaa  n"#);
        check("a.unknown", "fn go() {}", "");
    }

    #[test]
    fn broken_code_is_coloured_as_far_as_it_parses() {
        check("a.rs", "fn go( { ### \"a\"", "kk           sss");
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_and_inside(text in ".{0,80}", which in 0..GRAMMARS.len()) {
            let path = format!("a.{}", GRAMMARS[which].extensions[0]).parse().unwrap();
            let mut end = 0;
            for (range, _) in highlight(&path, text.as_bytes()) {
                prop_assert!(range.start >= end && range.start < range.end && range.end <= text.len());
                end = range.end;
            }
        }
    }
}
