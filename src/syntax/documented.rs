//! Which definitions lack documentation, and where it would stand.

use crate::syntax::stub::body;
use crate::syntax::tokens::is_docstring;
use crate::syntax::{Language, Symbol, SymbolKind, parse};

/// A definition that lacks documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocPlace {
    pub symbol: Symbol,
    /// Whether it can be used from elsewhere.
    pub public: bool,
    /// The byte where the line with the comment begins.
    at: usize,
    indent: String,
    style: Style,
}

/// How a language writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// A string that is the first statement.
    Docstring,
    /// Lines that begin so, above.
    Lines(&'static str),
    /// `/** … */`, above.
    Block,
}

/// How wide a comment is, in columns with its indentation.
const WIDTH: usize = 92;
/// A line is never narrower than this.
const NARROWEST: usize = 40;

impl Style {
    fn of(language: Language) -> Option<Self> {
        match language.name() {
            "python" => Some(Self::Docstring),
            "rust" => Some(Self::Lines("/// ")),
            "go" => Some(Self::Lines("// ")),
            "javascript" | "typescript" | "tsx" | "java" => Some(Self::Block),
            _ => None,
        }
    }
}

/// The definitions of `text` that lack documentation, in order; none where it is not known how the
/// language writes it.
pub fn undocumented(language: Language, text: &[u8]) -> Option<Vec<DocPlace>> {
    let style = Style::of(language)?;
    let Some(tree) = parse(language, text) else { return Some(Vec::new()) };
    let symbols = crate::syntax::symbols(language, text);
    let mut places: Vec<DocPlace> = Vec::new();
    for symbol in symbols.iter().filter(|symbol| can_be_documented(symbol, &symbols)) {
        let place = match style {
            Style::Docstring => body(tree.root(), symbol).and_then(|body| {
                let first = body.named_children(&mut body.walk()).find(|it| !it.is_extra())?;
                (!is_docstring(first)).then_some(first.start_byte())
            }),
            _ => {
                let line =
                    text.get(..symbol.bytes.start)?.iter().filter(|it| **it == b'\n').count();
                let line = u32::try_from(line + 1).unwrap_or(u32::MAX);
                (symbol.span.start >= line).then_some(symbol.bytes.start)
            }
        };
        let Some(byte) = place else { continue };
        let at = text[..byte].iter().rposition(|it| *it == b'\n').map_or(0, |at| at + 1);
        let before = String::from_utf8_lossy(&text[at..byte]).into_owned();
        let indent: String = before.chars().take_while(|c| c.is_whitespace()).collect();
        let is_head = |word: &str| ["export", "default", "async"].contains(&word);
        let stands_alone = before.split_whitespace().all(is_head);
        if stands_alone && places.iter().all(|other| other.at != at) {
            let public = is_public(language, symbol, text, &before);
            places.push(DocPlace { symbol: symbol.clone(), public, at, indent, style });
        }
    }
    Some(places)
}

/// Whether it is a definition of its own, in no function.
fn can_be_documented(symbol: &Symbol, all: &[Symbol]) -> bool {
    use SymbolKind::{Class, Enum, Function, Interface, Method, Struct, Trait, Type};
    let is_function = |it: &Symbol| matches!(it.kind, Function | Method);
    let inside = |outer: &Symbol| {
        is_function(outer)
            && outer.bytes != symbol.bytes
            && outer.bytes.start <= symbol.bytes.start
            && symbol.bytes.end <= outer.bytes.end
    };
    matches!(symbol.kind, Class | Enum | Function | Interface | Method | Struct | Trait | Type)
        && !all.iter().any(inside)
}

fn is_public(language: Language, symbol: &Symbol, text: &[u8], before: &str) -> bool {
    let name = symbol.names_at.first().copied().unwrap_or(symbol.bytes.start);
    let head = text.get(symbol.bytes.start..name).unwrap_or_default();
    let head = format!("{before}{}", String::from_utf8_lossy(head));
    let says =
        |word: &str| head.split(|c: char| !c.is_alphanumeric() && c != '_').any(|it| it == word);
    let private = symbol.path.split('.').any(|part| part.starts_with(['_', '#']));
    match language.name() {
        "rust" => says("pub"),
        "go" => symbol.name.starts_with(char::is_uppercase),
        "java" => says("public"),
        "python" => !private,
        _ if symbol.kind == SymbolKind::Method => !private && !says("private"),
        _ => says("export"),
    }
}

/// `text` with a comment of these sentences at each place. What would end a comment early is taken out.
pub fn with_docs(text: &[u8], docs: &[(&DocPlace, &str)]) -> Vec<u8> {
    let mut docs: Vec<_> = docs.to_vec();
    docs.sort_by_key(|(place, _)| place.at);
    let ending = if text.windows(2).any(|it| it == b"\r\n") { "\r\n" } else { "\n" };
    let (mut after, mut kept) = (Vec::new(), 0);
    for (place, words) in docs {
        after.extend(text.get(kept..place.at).unwrap_or_default());
        for line in place.lines(words) {
            after.extend(format!("{}{line}{ending}", place.indent).bytes());
        }
        kept = place.at;
    }
    after.extend(text.get(kept..).unwrap_or_default());
    after
}

impl DocPlace {
    fn lines(&self, words: &str) -> Vec<String> {
        let plain: String = words
            .chars()
            .filter(|c| !"\"\\*".contains(*c) && (!c.is_control() || *c == '\n'))
            .collect();
        let room = WIDTH.saturating_sub(self.indent.chars().count() + 4).max(NARROWEST);
        let lines = wrapped(&plain, room);
        match (self.style, &lines[..]) {
            (_, []) => Vec::new(),
            (Style::Docstring, [only]) => vec![format!("\"\"\"{only}\"\"\"")],
            (Style::Docstring, [first, rest @ ..]) => {
                let first = [format!("\"\"\"{first}")];
                first.into_iter().chain(rest.iter().cloned()).chain(["\"\"\"".into()]).collect()
            }
            (Style::Lines(mark), lines) => lines.iter().map(|it| format!("{mark}{it}")).collect(),
            (Style::Block, [only]) => vec![format!("/** {only} */")],
            (Style::Block, lines) => {
                let inner = lines.iter().map(|it| format!(" * {it}"));
                ["/**".to_owned()].into_iter().chain(inner).chain([" */".to_owned()]).collect()
            }
        }
    }
}

/// Words in lines of at most `width` letters, where that is possible.
fn wrapped(words: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::syntax::code_tokens;

    /// The text with `Does it.` wherever something public lacks documentation.
    #[track_caller]
    fn check(language: &str, text: &str, expected: &str) {
        let language = Language::named(language).unwrap();
        let places = undocumented(language, text.as_bytes()).unwrap();
        let docs: Vec<_> =
            places.iter().filter(|it| it.public).map(|it| (it, "Does it.")).collect();
        let after = with_docs(text.as_bytes(), &docs);
        assert_eq!(String::from_utf8(after.clone()).unwrap(), expected);
        assert_eq!(code_tokens(language, text.as_bytes()), code_tokens(language, &after));
    }

    #[test]
    fn what_is_public_and_says_nothing_is_documented_in_its_language() {
        check(
            "python",
            "def f(x):\n    return x\n\n\nclass A:\n    def g(self):\n        '''Says.'''\n\n    @property\n    def h(self):\n        def inner():\n            pass\n        return inner\n\n\ndef _p():\n    pass\n\n\ndef one(): return 1\n",
            "def f(x):\n    \"\"\"Does it.\"\"\"\n    return x\n\n\nclass A:\n    \"\"\"Does it.\"\"\"\n    def g(self):\n        '''Says.'''\n\n    @property\n    def h(self):\n        \"\"\"Does it.\"\"\"\n        def inner():\n            pass\n        return inner\n\n\ndef _p():\n    pass\n\n\ndef one(): return 1\n",
        );
        check(
            "rust",
            "/// Says.\npub fn f() {}\n\n#[inline]\npub fn g() {}\n\nfn h() {}\n\npub struct S;\n\nimpl S {\n    pub fn i(&self) {}\n}\n",
            "/// Says.\npub fn f() {}\n\n/// Does it.\n#[inline]\npub fn g() {}\n\nfn h() {}\n\n/// Does it.\npub struct S;\n\nimpl S {\n    /// Does it.\n    pub fn i(&self) {}\n}\n",
        );
        check(
            "go",
            "package a\n\nfunc F() {}\n\n// G says.\nfunc G() {}\n\nfunc h() {}\n",
            "package a\n\n// Does it.\nfunc F() {}\n\n// G says.\nfunc G() {}\n\nfunc h() {}\n",
        );
        check(
            "typescript",
            "export function f(): number {\r\n  return 1;\r\n}\r\n\r\nfunction g() {}\r\n",
            "/** Does it. */\r\nexport function f(): number {\r\n  return 1;\r\n}\r\n\r\nfunction g() {}\r\n",
        );
        assert_eq!(undocumented(Language::named("json").unwrap(), b"{}"), None);
    }

    const CODE: [(&str, &str); 4] = [
        ("python", "def f(x):\n    return x\n\n\nclass A:\n    def g(self):\n        return 1\n"),
        ("rust", "pub fn f() -> u8 {\n    1\n}\n\npub struct S {\n    a: u8,\n}\n"),
        ("go", "package a\n\nfunc F() int {\n\treturn 1\n}\n"),
        ("javascript", "export function f() {\n  return 1;\n}\n"),
    ];

    proptest! {
        #[test]
        fn no_words_change_the_code(
            words in "(\"\"\"|\\*/|'''|\\\\|\n|\r|#|[ -~]|\\PC|\u{2028}){0,40}", which in 0..CODE.len(),
        ) {
            let (language, text) = CODE[which];
            let language = Language::named(language).unwrap();
            let places = undocumented(language, text.as_bytes()).unwrap();
            prop_assert!(!places.is_empty());
            let docs: Vec<_> = places.iter().map(|it| (it, words.as_str())).collect();
            let after = with_docs(text.as_bytes(), &docs);
            let (was, is) = (code_tokens(language, text.as_bytes()), code_tokens(language, &after));
            prop_assert_eq!(was, is, "{}", String::from_utf8_lossy(&after));
        }
    }
}
