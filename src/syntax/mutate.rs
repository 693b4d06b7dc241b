//! Mutants of a function: the same code with one small mistake in it, as people make them.
//!
//! Each replaces one span inside of the function and nothing else. Documentation, decorators and
//! annotations stay as they are: no test is about them.

use std::ops::Range;

use tree_sitter::Node;

use crate::syntax::{Language, Symbol, parse};

/// One replacement in the text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The bytes that are replaced.
    pub bytes: Range<usize>,
    pub new: String,
    /// The line of the file in which they begin, counted from 1.
    pub line: usize,
}

/// The one language so far of which mutants are made.
const LANGUAGE: &str = "python";

/// Operators, and what is written for them by mistake.
const OPERATORS: &[(&str, &[&str])] = &[
    ("<", &["<=", ">"]),
    ("<=", &["<", ">="]),
    (">", &[">=", "<"]),
    (">=", &[">", "<="]),
    ("==", &["!="]),
    ("!=", &["=="]),
    ("is", &["is not"]),
    ("is not", &["is"]),
    ("in", &["not in"]),
    ("not in", &["in"]),
    ("+", &["-"]),
    ("-", &["+"]),
    ("*", &["+", "/"]),
    ("/", &["*", "//"]),
    ("//", &["/", "*"]),
    ("%", &["*"]),
    ("**", &["*"]),
    ("&", &["|"]),
    ("|", &["&"]),
    ("^", &["&"]),
    ("<<", &[">>"]),
    (">>", &["<<"]),
    ("and", &["or"]),
    ("or", &["and"]),
    ("+=", &["-=", "="]),
    ("-=", &["+=", "="]),
    ("*=", &["/=", "="]),
    ("/=", &["*=", "="]),
    ("//=", &["*="]),
    ("%=", &["*="]),
    ("|=", &["&="]),
    ("&=", &["|="]),
];
/// Nodes whose operators are those of values.
const OPERATIONS: &[&str] =
    &["comparison_operator", "binary_operator", "boolean_operator", "augmented_assignment"];
/// Nodes in which nothing is replaced.
const UNTOUCHED: &[&str] =
    &["comment", "type", "decorator", "import_statement", "global_statement"];

/// The mutants of the function `symbol` of `text`, in the order of their places; each can be parsed,
/// and differs. None where the language is not known here, or the function has mistakes of its own.
pub fn mutants(language: Language, text: &[u8], symbol: &Symbol) -> Vec<Mutant> {
    if language.name() != LANGUAGE {
        return Vec::new();
    }
    let Some(tree) = parse(language, text) else { return Vec::new() };
    let Some(function) = function(tree.root(), symbol) else { return Vec::new() };
    if function.has_error() {
        return Vec::new();
    }
    let mut making = Making { text, found: Vec::new() };
    making.visit(function);
    let mut found = making.found;
    found.sort_by_key(|mutant| (mutant.bytes.start, mutant.bytes.end));
    found.dedup();
    found.retain(|mutant| is_sound(language, text, mutant));
    found
}

/// `text` with the mistake in it.
pub fn mutated(text: &[u8], mutant: &Mutant) -> Vec<u8> {
    let Range { start, end } = mutant.bytes;
    [&text[..start], mutant.new.as_bytes(), &text[end..]].concat()
}

fn function<'t>(root: Node<'t>, symbol: &Symbol) -> Option<Node<'t>> {
    let name = *symbol.names_at.last()?;
    let mut node = root.descendant_for_byte_range(name, name)?;
    while node.kind() != "function_definition" {
        node = node.parent()?;
    }
    Some(node)
}

fn is_sound(language: Language, text: &[u8], mutant: &Mutant) -> bool {
    text[mutant.bytes.clone()] != *mutant.new.as_bytes()
        && parse(language, &mutated(text, mutant)).is_some_and(|tree| {
            let end = mutant.bytes.start + mutant.new.len();
            let node = tree.root().descendant_for_byte_range(mutant.bytes.start, end);
            let definition = |node: &Node<'_>| node.kind() == "function_definition";
            let above = std::iter::successors(node, Node::parent).filter(definition).last();
            above.is_some_and(|function| !function.has_error())
        })
}

/// The mutants found so far.
struct Making<'a> {
    text: &'a [u8],
    found: Vec<Mutant>,
}

impl Making<'_> {
    fn visit(&mut self, node: Node<'_>) {
        if UNTOUCHED.contains(&node.kind()) || is_documentation(node) {
            return;
        }
        self.replace_node(node);
        if node.kind() == "string" {
            return;
        }
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
        for child in children {
            self.visit(child);
        }
    }

    fn add(&mut self, bytes: Range<usize>, new: impl Into<String>) {
        let before = self.text.get(..bytes.start).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        self.found.push(Mutant { bytes, new: new.into(), line });
    }

    fn of(&self, node: Node<'_>) -> String {
        String::from_utf8_lossy(&self.text[node.byte_range()]).into_owned()
    }

    fn replace_node(&mut self, node: Node<'_>) {
        let here = node.byte_range();
        match node.kind() {
            kind if OPERATIONS.contains(&kind) => self.operators(node),
            "not_operator" | "unary_operator" => {
                if let Some(inner) = node.child_by_field_name("argument") {
                    let inner = self.of(inner);
                    self.add(here, inner);
                }
            }
            "integer" | "float" => self.number(node),
            "true" => self.add(here, "False"),
            "false" => self.add(here, "True"),
            "string" if !is_within(node, "raise_statement") => self.text_of(node),
            "if_statement" | "elif_clause" | "while_statement" => {
                if let Some(condition) = node.child_by_field_name("condition") {
                    self.condition(condition);
                }
            }
            "conditional_expression" => {
                if let Some(condition) = node.named_child(1) {
                    self.condition(condition);
                }
            }
            "if_clause" => {
                if let Some(condition) = node.named_child(0) {
                    self.add(condition.byte_range(), "True");
                }
            }
            "return_statement" => self.result(node),
            "expression_statement" | "raise_statement" | "delete_statement" => {
                self.add(here, "pass")
            }
            "break_statement" => self.add(here, "continue"),
            "continue_statement" => self.add(here, "break"),
            "call" => self.call(node),
            _ => {}
        }
    }

    fn operators(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
        for child in children {
            let known = OPERATORS.iter().find(|(operator, _)| *operator == child.kind());
            for new in known.map(|(_, new)| *new).unwrap_or_default() {
                self.add(child.byte_range(), *new);
            }
        }
    }

    fn number(&mut self, node: Node<'_>) {
        let said = self.of(node);
        if let Ok(value) = said.replace('_', "").parse::<i64>() {
            for near in [value.checked_add(1), value.checked_sub(1)].into_iter().flatten() {
                // A sign that stands before it would make another operator of this one.
                self.add(
                    node.byte_range(),
                    if near < 0 { format!("({near})") } else { near.to_string() },
                );
            }
        } else {
            self.add(node.byte_range(), format!("({said} + 1)"));
        }
    }

    /// A text is emptied; one that is empty gets a letter.
    fn text_of(&mut self, node: Node<'_>) {
        let said = self.of(node);
        let bytes = said.contains(['b', 'B']) && !said.starts_with(['"', '\'']);
        let prefix = if bytes { "b" } else { "" };
        let is_empty = ["\"\"", "''", "b\"\"", "b''"].contains(&said.as_str());
        self.add(node.byte_range(), format!("{prefix}\"{}\"", if is_empty { "x" } else { "" }));
    }

    fn condition(&mut self, node: Node<'_>) {
        let said = self.of(node);
        for new in [format!("not ({said})"), "True".to_owned(), "False".to_owned()] {
            self.add(node.byte_range(), new);
        }
    }

    fn result(&mut self, node: Node<'_>) {
        let Some(value) = node.named_child(0) else { return };
        self.add(value.byte_range(), if value.kind() == "none" { "0" } else { "None" });
        let is_truth = ["comparison_operator", "boolean_operator", "not_operator"];
        if is_truth.contains(&value.kind()) {
            let said = self.of(value);
            self.add(value.byte_range(), format!("not ({said})"));
        }
    }

    /// A call is left out, with its argument or what it is called on in its place; two arguments are
    /// swapped; one that has a name is left out.
    fn call(&mut self, node: Node<'_>) {
        let (Some(callee), Some(arguments)) =
            (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
        else {
            return;
        };
        let mut cursor = arguments.walk();
        let given: Vec<Node<'_>> = arguments.named_children(&mut cursor).collect();
        if arguments.kind() != "argument_list" || is_within(node, "raise_statement") {
            return;
        }
        let plain = |it: &Node<'_>| {
            !matches!(it.kind(), "keyword_argument" | "list_splat" | "dictionary_splat" | "comment")
        };
        if callee.kind() == "attribute" && !given.iter().any(|it| it.kind() == "comment") {
            if let Some(object) = callee.child_by_field_name("object") {
                let object = self.of(object);
                self.add(node.byte_range(), object);
            }
        } else if let [only] = given[..]
            && plain(&only)
            && only.kind() != "generator_expression"
        {
            let only = self.of(only);
            self.add(node.byte_range(), format!("({only})"));
        }
        if let [first, second] = given[..]
            && plain(&first)
            && plain(&second)
        {
            let swapped = format!("{}, {}", self.of(second), self.of(first));
            self.add(first.start_byte()..second.end_byte(), swapped);
        }
        for pair in given.windows(2) {
            if pair[1].kind() == "keyword_argument" {
                self.add(pair[0].end_byte()..pair[1].end_byte(), "");
            }
        }
    }
}

/// Whether a statement is nothing but a text.
fn is_documentation(node: Node<'_>) -> bool {
    node.kind() == "expression_statement"
        && node.named_child_count() == 1
        && node.named_child(0).is_some_and(|inner| inner.kind() == "string")
}

fn is_within(node: Node<'_>, kind: &str) -> bool {
    std::iter::successors(node.parent(), Node::parent)
        .take_while(|above| above.kind() != "function_definition")
        .any(|above| above.kind() == kind)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::syntax::symbols;

    fn python() -> Language {
        Language::named(LANGUAGE).unwrap()
    }

    fn of(text: &str) -> Vec<Mutant> {
        let symbols = symbols(python(), text.as_bytes());
        mutants(python(), text.as_bytes(), symbols.first().unwrap())
    }

    /// Each as `old → new`.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let said: Vec<String> =
            of(text).iter().map(|it| format!("{} → {}", &text[it.bytes.clone()], it.new)).collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn mistakes_that_people_make() {
        check(
            "def f(x):\n    return x < 10\n",
            &["x < 10 → None", "x < 10 → not (x < 10)", "< → <=", "< → >", "10 → 11", "10 → 9"],
        );
        check(
            "def f(x):\n    if not x and g(x):\n        raise E(\"no\")\n",
            &[
                "not x → x",
                "not x and g(x) → not (not x and g(x))",
                "not x and g(x) → True",
                "not x and g(x) → False",
                "and → or",
                "g(x) → (x)",
                "raise E(\"no\") → pass",
            ],
        );
        check(
            "def f(x=0, *, y: int = 1):\n    \"\"\"Says 1 + 1.\"\"\"\n    return x.strip(key='')\n",
            &[
                "0 → 1",
                "0 → (-1)",
                "1 → 2",
                "1 → 0",
                "x.strip(key='') → None",
                "x.strip(key='') → x",
                "'' → \"x\"",
            ],
        );
        check(
            "def f(x):\n    for y in x:\n        if y is not None: continue\n        x += h(y, x, k=1)\n",
            &[
                "y is not None → not (y is not None)",
                "y is not None → True",
                "y is not None → False",
                "is not → is",
                "continue → break",
                "x += h(y, x, k=1) → pass",
                "+= → -=",
                "+= → =",
                ", k=1 → ",
                "1 → 2",
                "1 → 0",
            ],
        );
        check(
            "def f(x):\n    return h(x, 'a')\n",
            &["h(x, 'a') → None", "x, 'a' → 'a', x", "'a' → \"\""],
        );
    }

    #[test]
    fn other_languages_and_broken_code_have_none() {
        let rust = Language::named("rust").unwrap();
        let text = "fn f(x: u8) -> bool { x < 1 }";
        assert!(mutants(rust, text.as_bytes(), &symbols(rust, text.as_bytes())[0]).is_empty());
        assert!(of("def f(x):\n    return x <\n").is_empty());
    }

    proptest! {
        /// Nothing outside of its span changes, the span lies in the function, and it can be parsed.
        #[test]
        fn a_mutant_changes_nothing_outside_of_its_span(
            lines in proptest::collection::vec(
                "(x = y [-+*/%] 2|return x (<|==|not in|and) y|if x: y\\(x, k=3\\)|x\\.a\\('é'\\)|x -= -1|while not x: break|return \\[a for a in x if a > 0\\]|return 1 if x else ''|return)",
                1..6,
            ),
            around in "(# [a-z]{0,5}é\n)?",
        ) {
            let body: String = lines.iter().map(|line| format!("    {line}\n")).collect();
            let text = format!("{around}def f(x, y=-1):\n{body}\n\ndef g():\n    return 0 < 1\n");
            let symbols = symbols(python(), text.as_bytes());
            let f = symbols.iter().find(|symbol| symbol.name == "f").unwrap();
            let found = mutants(python(), text.as_bytes(), f);
            prop_assert!(!found.is_empty(), "{}", text);
            for mutant in found {
                let new = mutated(text.as_bytes(), &mutant);
                let Range { start, end } = mutant.bytes;
                prop_assert!(f.bytes.start <= start && end <= f.bytes.end && start <= end);
                prop_assert_eq!(&new[..start], &text.as_bytes()[..start]);
                prop_assert_eq!(&new[start + mutant.new.len()..], &text.as_bytes()[end..]);
                prop_assert!(new != text.as_bytes());
                prop_assert!(!parse(python(), &new).unwrap().root().has_error());
            }
        }
    }
}
