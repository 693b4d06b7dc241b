//! Statements: one too many, one missing, two in the wrong order.

use tree_sitter::Node;

use crate::proposal::patterns::{Found, is_text, named};

/// Errors of the language that are mistaken for each other.
const ERRORS: &[&str] = &[
    "ValueError",
    "TypeError",
    "KeyError",
    "IndexError",
    "AttributeError",
    "RuntimeError",
    "NotImplementedError",
    "StopIteration",
];
/// Statements that stand on one line and can be left out.
const SIMPLE: &[&str] = &[
    "expression_statement",
    "return_statement",
    "continue_statement",
    "break_statement",
    "raise_statement",
    "delete_statement",
    "assert_statement",
];

impl Found<'_> {
    pub(super) fn statements(&mut self, node: Node<'_>) {
        match node.kind() {
            "block" => self.block(node),
            "return_statement" => self.returned(node),
            "raise_statement" => self.raised(node),
            "for_statement" | "while_statement" => self.too_early(node),
            _ => {}
        }
    }

    fn block(&mut self, block: Node<'_>) {
        let mut statements = named(block);
        statements.retain(|statement| !is_text(*statement));
        for pair in statements.windows(2) {
            let [first, second] = *pair else { continue };
            if [first, second].iter().all(|it| SIMPLE.contains(&it.kind())) {
                self.swap([first, second], "order of statements", 3);
            }
        }
        for statement in &statements {
            if SIMPLE.contains(&statement.kind()) {
                self.replace(*statement, "pass", "statement too many", 3);
            }
            self.before(*statement);
        }
    }

    /// Statements that may be missing before another one.
    fn before(&mut self, statement: Node<'_>) {
        let (words, start) = (self.words, statement.start_byte());
        let line = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let indent = &self.text[line..start];
        if !indent.chars().all(char::is_whitespace) {
            return;
        }
        self.borrowed_before(statement, indent);
        let mut insert = |said: String, cost| {
            self.change(start..start, format!("{said}\n{indent}"), "missing statement", cost);
        };
        for name in &words.locals {
            for function in
                ["next"].into_iter().chain(words.called_locals.iter().map(String::as_str))
            {
                insert(format!("{function}({name})"), 5);
            }
            for function in words.functions.iter().filter(|function| *function != name) {
                insert(format!("{name} = {function}({name})"), 6);
            }
            for method in &words.bare_methods {
                insert(format!("{name} = {name}.{method}()"), 6);
            }
            for value in [name.as_str(), "None"] {
                insert(format!("if not {name}:\n{indent}    return {value}"), 6);
                insert(format!("if {name} is None:\n{indent}    return {value}"), 6);
            }
        }
    }

    /// What else a function may give back.
    fn returned(&mut self, node: Node<'_>) {
        if let [value] = named(node)[..] {
            for name in &self.words.locals {
                self.replace(value, name.as_str(), "value that is returned", 3);
            }
            for other in ["None", "True", "False"] {
                self.replace(value, other, "value that is returned", 4);
            }
            self.replace(value, format!("not {}", self.of(value)), "negation", 3);
        }
    }

    /// Another error.
    fn raised(&mut self, node: Node<'_>) {
        let Some(error) = named(node).first().copied() else { return };
        let class = error.child_by_field_name("function").unwrap_or(error);
        if ERRORS.contains(&self.of(class)) {
            for other in ERRORS {
                self.replace(class, *other, "error", 2);
            }
        }
    }

    /// The last statement of a loop, behind the loop.
    fn too_early(&mut self, node: Node<'_>) {
        let Some(body) = node.child_by_field_name("body") else { return };
        let statements = named(body);
        if let [.., before, last] = statements[..]
            && last.kind() == "return_statement"
            && node.end_byte() == last.end_byte()
        {
            let indent = " ".repeat(node.start_position().column);
            let text = format!("\n{indent}{}", self.of(last));
            self.change(before.end_byte()..last.end_byte(), text, "return too early", 2);
        }
    }
}
