//! Functions without a body to speak of: what somebody has still to write.

use std::sync::LazyLock;

use regex::Regex;
use tree_sitter::Node;

use crate::syntax::{Language, Symbol, SymbolKind, parse};

/// What stands for a body that is not written yet, in the languages that have such a word.
static PLACEHOLDER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let statement = r#"^(pass|\.\.\.|raise NotImplementedError.*|(todo|unimplemented)\s*!\(.*\)|panic!?\(.*(implement|todo).*\)|throw .*(implement|todo|remove).*|(todo|notimplemented)\(.*\)|fail.*implement.*);?$"#;
    Regex::new(&format!("(?is){statement}")).ok()
});

/// The functions and methods of `text` that have no body or a placeholder for one; declarations in
/// traits, interfaces and headers, which never have one, are none.
pub fn stubs(language: Language, text: &[u8]) -> Vec<Symbol> {
    let Some(tree) = parse(language, text) else { return Vec::new() };
    let mut symbols = crate::syntax::symbols(language, text);
    symbols.retain(|symbol| {
        matches!(symbol.kind, SymbolKind::Function | SymbolKind::Method)
            && body(tree.root(), symbol).is_some_and(|body| is_placeholder(body, text))
    });
    symbols
}

/// `text` with its functions and methods still to be written, where it has any that are.
pub fn emptied(language: Language, text: &str) -> Option<String> {
    let tree = parse(language, text.as_bytes())?;
    let symbols = crate::syntax::symbols(language, text.as_bytes());
    let functions =
        symbols.iter().filter(|it| matches!(it.kind, SymbolKind::Function | SymbolKind::Method));
    let mut bodies: Vec<Node<'_>> = functions.filter_map(|it| body(tree.root(), it)).collect();
    bodies.sort_by_key(|it| (it.start_byte(), std::cmp::Reverse(it.end_byte())));
    let (mut whole, mut done) = (String::new(), 0);
    for body in bodies {
        // One inside of another goes with it.
        if body.start_byte() < done {
            continue;
        }
        whole += text.get(done..body.start_byte())?;
        whole += &empty(body, text.get(body.byte_range())?);
        done = body.end_byte();
    }
    whole += text.get(done..)?;
    (done > 0).then_some(whole)
}

/// A body that says what it is for, and no more.
fn empty(body: Node<'_>, text: &str) -> String {
    if text.starts_with('{') {
        return "{}".to_owned();
    }
    let first = body.named_child(0).filter(|it| it.kind() == "expression_statement");
    let said = first.map(|it| &text[..it.end_byte() - body.start_byte()]);
    match said.filter(|it| it.trim_start_matches(['r', 'R']).starts_with(['"', '\''])) {
        Some(said) => format!("{said}\n{}pass", " ".repeat(body.start_position().column)),
        None => "pass".to_owned(),
    }
}

/// The node of the symbol's body.
pub(super) fn body<'t>(root: Node<'t>, symbol: &Symbol) -> Option<Node<'t>> {
    let name = *symbol.names_at.last()?;
    let mut node = root.descendant_for_byte_range(name, name)?;
    while node.byte_range().start >= symbol.bytes.start && node.byte_range().end <= symbol.bytes.end
    {
        let value = node.child_by_field_name("value");
        let holder = value.filter(|value| value.child_by_field_name("body").is_some());
        if let Some(body) = holder.unwrap_or(node).child_by_field_name("body") {
            return Some(body);
        }
        node = node.parent()?;
    }
    None
}

/// Whether a body says nothing but comments and at most one statement that stands for what is missing.
fn is_placeholder(body: Node<'_>, text: &[u8]) -> bool {
    let mut cursor = body.walk();
    let statements: Vec<&str> = body
        .named_children(&mut cursor)
        .filter(|node| !node.is_extra() && !is_text(*node))
        .filter_map(|node| std::str::from_utf8(text.get(node.byte_range())?).ok())
        .map(str::trim)
        .collect();
    match &statements[..] {
        [] => true,
        [only] => PLACEHOLDER.as_ref().is_some_and(|placeholder| placeholder.is_match(only)),
        _ => false,
    }
}

/// Whether a statement is nothing but a string: a doc comment in some languages.
fn is_text(node: Node<'_>) -> bool {
    let inner = if node.named_child_count() == 1 { node.named_child(0) } else { None };
    node.kind() == "string"
        || node.kind() == "expression_statement"
            && inner.is_some_and(|inner| inner.kind() == "string")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RepoPath;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let path = RepoPath::new(path).unwrap();
        let language = Language::of(&path, text.as_bytes()).unwrap();
        let stubs = stubs(language, text.as_bytes());
        let names: Vec<_> = stubs.iter().map(|symbol| symbol.path.as_str()).collect();
        assert_eq!(names, expected, "{text}");
    }

    #[test]
    fn functions_are_emptied() {
        let check = |path: &str, text: &str, expected: Option<&str>| {
            let language = Language::of(&RepoPath::new(path).unwrap(), text.as_bytes()).unwrap();
            assert_eq!(emptied(language, text).as_deref(), expected);
        };
        check(
            "a.py",
            "X = 1\n\n@a\ndef f(x):\n    '''Says.'''\n    def g():\n        return 1\n    return g\n\nclass A:\n    def h(self): return 'x'\n",
            Some(
                "X = 1\n\n@a\ndef f(x):\n    '''Says.'''\n    pass\n\nclass A:\n    def h(self): pass\n",
            ),
        );
        check(
            "a.go",
            "package a\n\nfunc F() int {\n\treturn 1\n}\n",
            Some("package a\n\nfunc F() int {}\n"),
        );
        check("a.py", "X = 1\n", None);
    }

    #[test]
    fn what_is_still_to_be_written() {
        check(
            "a.py",
            "def f(x):\n    pass\n\ndef g():\n    '''Says.'''\n\nclass A:\n    @property\n    def h(self):\n        # later\n        raise NotImplementedError('x')\n\n    def i(self): ...\n",
            &["f", "g", "A.h", "A.i"],
        );
        check(
            "a.rs",
            "fn f() -> u32 {\n    todo !()\n}\nfn g() { unimplemented !(\"g\"); }\n",
            &["f", "g"],
        );
        check(
            "a.js",
            "export const f = (x) => {\n  throw new Error('Remove this line and implement it');\n};\nfunction g() {}\n",
            &["f", "g"],
        );
        check(
            "a.go",
            "package a\n\nfunc F() int {\n\tpanic(\"Please implement the F function\")\n}\n",
            &["F"],
        );
        check(
            "A.java",
            "class A { int f() { throw new UnsupportedOperationException(\"Please implement\"); } }",
            &["A.f"],
        );
        check("a.rb", "def f\n  raise NotImplementedError, 'f'\nend\n\ndef g\n  1\nend\n", &["f"]);
    }

    #[test]
    fn what_is_written_is_no_stub_and_neither_is_a_declaration() {
        check(
            "a.py",
            "def f():\n    return 0\n\ndef g():\n    pass\n    return 1\n\ndef h():\n    return None\n",
            &[],
        );
        check(
            "a.rs",
            "trait T { fn f(&self); fn g(&self) -> u32 { 1 } }\nfn h() { panic!(\"no\") }\n",
            &[],
        );
        check("a.ts", "interface A { f(): void }\nfunction g() { return passed; }\n", &[]);
    }
}
