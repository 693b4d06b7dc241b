//! The definitions in a text.
//!
//! A query of the language finds definitions, bodies, attributes and comments; what belongs together
//! is put together here by position, so that a grammar needs no code.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use streaming_iterator::StreamingIterator;
use tree_sitter::{Query, QueryCursor, QueryCursorOptions, QueryCursorState};

use crate::base::Span;
use crate::syntax::allowance::Allowance;
use crate::syntax::lines::Lines;
use crate::syntax::links::{Link, Links};
use crate::syntax::parse::parse_within;
use crate::syntax::{Language, Symbol, SymbolKind, Tree, dotted};

/// How many half-found matches the query may hold before it drops the oldest.
const MATCH_LIMIT: u32 = 4096;
/// How long a signature may be, in characters.
const MAX_SIGNATURE: usize = 240;
/// How much of a text is looked at for a signature, in bytes: white space is folded.
const MAX_HEAD: usize = 4 << 10;
/// Definitions whose path is longer, in bytes, are left out: they are nested without end.
const MAX_PATH: usize = 1 << 10;

/// The definitions in `text`, in order of their start, the outer before the inner; none where the
/// text is not parsed.
pub fn symbols(language: Language, text: &[u8]) -> Vec<Symbol> {
    queried(language, language.symbols_query(), text).map(|it| it.0).unwrap_or_default()
}

/// [`symbols()`] and the imports, or `None` where the text is too long or too deep or takes too much
/// time.
pub fn read(language: Language, text: &[u8]) -> Option<(Vec<Symbol>, Vec<Link>)> {
    queried(language, language.contents_query(), text)
}

/// What `query` finds, which is at hand before the time of `text` begins: the first text of a language
/// has it compiled, which can take as long as a text may.
fn queried(
    language: Language,
    query: Option<&Query>,
    text: &[u8],
) -> Option<(Vec<Symbol>, Vec<Link>)> {
    let allowance = Allowance::of(text.len());
    let tree = parse_within(allowance, language, text)?;
    within(allowance, language, query, &tree, text)
}

/// [`symbols()`] with the `tree` of `text` at hand.
pub fn symbols_of(language: Language, tree: &Tree, text: &[u8]) -> Vec<Symbol> {
    let query = language.symbols_query();
    let found = within(Allowance::of(text.len()), language, query, tree, text);
    found.map(|it| it.0).unwrap_or_default()
}

fn within(
    allowance: Allowance,
    language: Language,
    query: Option<&Query>,
    tree: &Tree,
    text: &[u8],
) -> Option<(Vec<Symbol>, Vec<Link>)> {
    let Some(query) = query else { return Some(Default::default()) };
    let found = run(query, tree, text, allowance)?;
    let lines = Lines::of(text);
    let names = found.names_of_ranges();
    let mut symbols: Vec<(Symbol, Option<String>)> = found
        .definitions
        .values()
        .filter_map(|definition| symbol(definition, definition.bytes(&names), &found, text, &lines))
        .collect();
    symbols.sort_by_key(|(symbol, _)| {
        (symbol.bytes.start, std::cmp::Reverse(symbol.bytes.end), symbol.name.clone())
    });
    Some((nest(symbols, language.has_clauses()), found.links.done()))
}

/// What a query found: ranges of bytes.
#[derive(Default)]
struct Found {
    /// By where the name starts, so that each name is one definition.
    definitions: BTreeMap<usize, Definition>,
    /// Starts of bodies.
    bodies: Vec<usize>,
    /// By their ends.
    attributes: BTreeMap<usize, usize>,
    comments: BTreeMap<usize, usize>,
    links: Links,
}

struct Definition {
    name: Range<usize>,
    /// What patterns captured as the definition, the widest first.
    ranges: Vec<Range<usize>>,
    scope: Option<Range<usize>>,
    kind: SymbolKind,
    /// The pattern that gave the kind: the first of the file wins.
    pattern: usize,
}

/// `None` where the allowance is spent first.
fn run(query: &Query, tree: &Tree, text: &[u8], allowance: Allowance) -> Option<Found> {
    let mut cursor = QueryCursor::new();
    cursor.set_match_limit(MATCH_LIMIT);
    let mut watch = |_: &QueryCursorState| allowance.check();
    let options = QueryCursorOptions::new().progress_callback(&mut watch);
    let mut matches = cursor.matches_with_options(query, tree.root(), text, options);
    let mut found = Found::default();
    while let Some(matched) = matches.next() {
        let (mut name, mut scope, mut definition) = (None, None, None);
        found.links.add(query.capture_names(), matched, text);
        for capture in matched.captures() {
            let range = trimmed(capture.node.byte_range(), text);
            match query.capture_names()[capture.index as usize] {
                "name" => name = Some(range),
                "scope" => scope = Some(range),
                "body" => found.bodies.push(range.start),
                "attribute" => drop(found.attributes.insert(range.end, range.start)),
                "comment" => drop(found.comments.insert(range.end, range.start)),
                other => {
                    let kind = other.strip_prefix("definition.").and_then(SymbolKind::named);
                    definition = kind.map(|kind| (kind, range)).or(definition);
                }
            }
        }
        if let (Some(name), Some((kind, bytes))) = (name, definition) {
            let pattern = matched.pattern_index;
            found.add(Definition { name, ranges: vec![bytes], scope, kind, pattern });
        }
    }
    found.bodies.sort_unstable();
    (!allowance.is_spent()).then_some(found)
}

impl Found {
    /// Keeps one definition for a name, with the kind of the first pattern.
    fn add(&mut self, new: Definition) {
        let Some(old) = self.definitions.get_mut(&new.name.start) else {
            self.definitions.insert(new.name.start, new);
            return;
        };
        old.ranges.extend(new.ranges);
        old.ranges.sort_by_key(|range| std::cmp::Reverse(range.len()));
        old.ranges.dedup();
        // The wider one says more of where it belongs.
        old.scope = old.scope.take().into_iter().chain(new.scope).max_by_key(|it| it.len());
        if new.pattern < old.pattern {
            (old.kind, old.pattern) = (new.kind, new.pattern);
        }
    }

    /// How many names each range defines: a group of declarations is none of them.
    fn names_of_ranges(&self) -> HashMap<Range<usize>, usize> {
        let mut names = HashMap::new();
        for range in self.definitions.values().flat_map(|definition| &definition.ranges) {
            *names.entry(range.clone()).or_default() += 1;
        }
        names
    }
}

impl Definition {
    /// The widest range that is this definition's alone, or else the widest.
    fn bytes(&self, names: &HashMap<Range<usize>, usize>) -> Range<usize> {
        let own = self.ranges.iter().find(|range| names.get(*range) == Some(&1));
        own.unwrap_or(&self.ranges[0]).clone()
    }
}

/// The symbol and the name it is prefixed with.
fn symbol(
    definition: &Definition,
    bytes: Range<usize>,
    found: &Found,
    text: &[u8],
    lines: &Lines,
) -> Option<(Symbol, Option<String>)> {
    let name = string(text.get(definition.name.clone())?);
    if name.is_empty() {
        return None;
    }
    let (start, top) = leading(bytes.start, found, text);
    let mut end = bytes.end;
    if text.get(end) == Some(&b';') {
        end += 1;
    }
    let symbol = Symbol {
        path: Symbol::written_path(definition.kind, &name),
        name,
        kind: definition.kind,
        names_at: vec![definition.name.start],
        span: lines.span(top..end),
        bytes: start..end,
        signature: signature(definition, bytes, found, text),
    };
    let until = definition.name.start;
    let scope = definition.scope.clone().map(|scope| scope.start..scope.end.min(until));
    let scope = scope.and_then(|scope| text.get(scope)).map(|scope| scope_path(&string(scope)));
    Some((symbol, scope.filter(|scope| !scope.is_empty())))
}

/// A scope as the front of a path: `net::Box<T>::` is `net.Box`.
fn scope_path(scope: &str) -> String {
    let (mut plain, mut depth) = (String::with_capacity(scope.len()), 0usize);
    for c in scope.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    dotted(&plain).trim_matches(|c: char| c == '.' || c.is_whitespace()).to_owned()
}

/// Goes up over attributes and comments that end just above `start`: where the definition starts
/// with its attributes, and where it starts with its comments too.
fn leading(start: usize, found: &Found, text: &[u8]) -> (usize, usize) {
    let (mut with_attributes, mut top) = (start, start);
    loop {
        let above = text[..top].trim_ascii_end().len();
        let blank_line = text[above..top].iter().filter(|byte| **byte == b'\n').count() > 1;
        if let Some(attribute) = found.attributes.get(&above) {
            (with_attributes, top) = (*attribute, *attribute);
        } else if let Some(comment) = found.comments.get(&above)
            && !blank_line
            && stands_alone(*comment, found, text)
        {
            top = *comment;
        } else {
            return (with_attributes, top);
        }
    }
}

/// Whether the comment has nothing before it on its line but attributes: else it is about that code.
fn stands_alone(comment: usize, found: &Found, text: &[u8]) -> bool {
    let code = text[..comment].trim_ascii_end().len();
    let first = code == 0 || text[code..comment].contains(&b'\n');
    first || found.attributes.contains_key(&code)
}

/// From behind the attributes to the body; a definition without a body gives its first line.
fn signature(definition: &Definition, bytes: Range<usize>, found: &Found, text: &[u8]) -> String {
    let name = definition.name.start;
    let start =
        found.attributes.range(bytes.start..=name).next_back().map_or(bytes.start, |(end, _)| *end);
    let body = found.bodies[found.bodies.partition_point(|body| *body < definition.name.end)..]
        .first()
        .filter(|body| **body < bytes.end && definition.kind != SymbolKind::Variable);
    let end = body.map_or(bytes.end, |body| *body).min(start.saturating_add(MAX_HEAD));
    let whole = &text[start.min(end)..end];
    let whole = if body.is_some() { whole } else { first_line(whole.trim_ascii_start()) };
    let folded = string(whole).split_whitespace().collect::<Vec<_>>().join(" ");
    let folded = folded.trim_end_matches([' ', '{', ':', ';']).trim_end_matches("=>").trim_end();
    folded.chars().take(MAX_SIGNATURE).collect()
}

/// Gives every symbol the path of what encloses it; functions of classes become methods. With
/// `clauses`, functions of one name that follow each other are one function.
fn nest(symbols: Vec<(Symbol, Option<String>)>, clauses: bool) -> Vec<Symbol> {
    let mut nested: Vec<Symbol> = Vec::with_capacity(symbols.len());
    let mut enclosing: Vec<usize> = Vec::new();
    for (mut symbol, scope) in symbols {
        let inside = |outer: &usize| {
            let outer = &nested[*outer].bytes;
            symbol.bytes.end <= outer.end && symbol.bytes != *outer
        };
        while enclosing.pop_if(|outer| !inside(outer)).is_some() {}
        if let Some(outer) = enclosing.last().map(|outer| &nested[*outer]) {
            // A method may stand outside of its class and inside of its namespace.
            let scope = scope.filter(|_| outer.kind == SymbolKind::Module);
            let scope = scope.map(|scope| format!("{scope}.")).unwrap_or_default();
            symbol.path = format!("{}.{scope}{}", outer.path, symbol.path);
            if symbol.kind == SymbolKind::Function && outer.kind.has_methods() {
                symbol.kind = SymbolKind::Method;
            }
        } else if let Some(scope) = scope {
            symbol.path = format!("{scope}.{}", symbol.path);
        }
        if symbol.path.len() > MAX_PATH {
            continue;
        }
        if clauses && let Some(last) = nested.last_mut().filter(|last| continues(&symbol, last)) {
            last.bytes.end = symbol.bytes.end;
            last.names_at.extend(symbol.names_at);
            last.span = Span::new(last.span.start, symbol.span.end);
            enclosing.push(nested.len() - 1);
            continue;
        }
        enclosing.push(nested.len());
        nested.push(symbol);
    }
    nested
}

/// Whether `symbol` is a further clause of the function `last`.
fn continues(symbol: &Symbol, last: &Symbol) -> bool {
    matches!(symbol.kind, SymbolKind::Function | SymbolKind::Method)
        && (symbol.kind, &symbol.path) == (last.kind, &last.path)
}

/// The range without white space at its end: some grammars count the line end to the node.
fn trimmed(range: Range<usize>, text: &[u8]) -> Range<usize> {
    let len = text.get(range.clone()).unwrap_or_default().trim_ascii_end().len();
    range.start..range.start + len
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_bytes(language: &str, text: &str, path: &str, expected: &str) {
        let symbols = symbols(Language::named(language).unwrap(), text.as_bytes());
        let symbol = symbols.iter().find(|symbol| symbol.path == path).unwrap();
        assert_eq!(&text[symbol.bytes.clone()], expected);
    }

    #[test]
    fn bytes_cover_the_whole_definition_and_no_doc_comment() {
        let rust =
            "impl A {\n    /// Doc.\n    #[inline] // why\n    #[cold]\n    pub fn f() {}\n}\n";
        check_bytes("rust", rust, "A.f", "#[inline] // why\n    #[cold]\n    pub fn f() {}");
        let python = "class A:\n    @x\n    @y(1)\n    def f(self):\n        pass\n\n";
        check_bytes("python", python, "A.f", "@x\n    @y(1)\n    def f(self):\n        pass");
        check_bytes("typescript", "@D()\nexport class A {}\n", "A", "@D()\nexport class A {}");
        let members = "class A {\n  @Log\n  async f() {}\n}\n";
        check_bytes("typescript", members, "A.f", "@Log\n  async f() {}");
        check_bytes(
            "javascript",
            "export const f = () => {};\n",
            "f",
            "export const f = () => {};",
        );
        check_bytes("c", "struct a { int b; };\n", "a", "struct a { int b; };");
        check_bytes("go", "type A struct {\n}\n", "A", "type A struct {\n}");
    }

    #[test]
    fn a_comment_behind_other_code_belongs_to_that_code() {
        let text = "static A: u8 = 1; // one\nfn f() {}\n\n// far\n\nfn g() {}\n";
        let spans: Vec<String> = symbols(Language::named("rust").unwrap(), text.as_bytes())
            .iter()
            .map(|symbol| format!("{} {}", symbol.name, symbol.span))
            .collect();
        assert_eq!(spans, ["A 1", "f 2", "g 6"]);
    }

    #[test]
    fn broken_code_is_read_as_far_as_it_goes() {
        let text = "fn a() {}\nfn b( {\nfn c() {}\n";
        let names = symbols(Language::named("rust").unwrap(), text.as_bytes());
        assert!(names.iter().any(|symbol| symbol.name == "a"));
    }
}
