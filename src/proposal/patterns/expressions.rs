//! Expressions: operands, arguments, calls around a value or without it.

use tree_sitter::Node;

use crate::proposal::patterns::{Found, field, named};

/// Values that calls are often given beside their other arguments.
const ARGUMENTS: &[&str] = &["0", "1", "2", "10", "16", "-1", "None", "True", "False"];
/// What is taken of a sequence.
const PARTS: &[&str] = &["[1:]", "[:-1]", "[0]", "[-1]", "[::-1]"];

impl Found<'_> {
    pub(super) fn expressions(&mut self, node: Node<'_>) {
        match node.kind() {
            "binary_operator" | "boolean_operator" => self.operands(node),
            "comparison_operator" => self.compared(node),
            "not_operator" => self.instead(node, "argument", "negation", 1),
            "unary_operator" => self.instead(node, "argument", "sign", 2),
            "call" => self.call(node),
            "conditional_expression" => self.conditional(node),
            "list" | "tuple" | "set" => self.elements(node),
            "subscript" => self.instead(node, "value", "part of a sequence", 3),
            "slice" => self.slice(node),
            _ => {}
        }
        if is_condition(node) {
            if node.kind() != "not_operator" {
                self.replace(node, format!("not ({})", self.of(node)), "negation", 2);
            }
            self.borrowed_operands(node);
        }
        if is_value(node) {
            self.around(node);
        }
    }

    fn operands(&mut self, node: Node<'_>) {
        let fields = ["left", "operator", "right"].map(|name| node.child_by_field_name(name));
        let [Some(left), Some(operator), Some(right)] = fields else { return };
        let (left, operator, right) = (self.of(left), self.of(operator), self.of(right));
        self.replace(node, format!("{right} {operator} {left}"), "order of operands", 2);
        self.replace(node, left, "operand too many", 3);
        self.replace(node, right, "operand too many", 3);
        // The other way to read a chain without its parentheses.
        if node.kind() == "boolean_operator" {
            self.replace(node, format!("not {left} {operator} {right}"), "negation", 2);
            self.replace(node, format!("{left} {operator} not {right}"), "negation", 2);
        }
    }

    fn compared(&mut self, node: Node<'_>) {
        if let [left, right] = named(node)[..] {
            self.swap([left, right], "order of operands", 3);
        }
    }

    /// The node in a field of `node` instead of all of it.
    fn instead(&mut self, node: Node<'_>, field: &str, pattern: &'static str, cost: u32) {
        if let Some(inner) = node.child_by_field_name(field) {
            self.replace(node, self.of(inner), pattern, cost);
        }
    }

    fn call(&mut self, node: Node<'_>) {
        let (function, arguments) =
            (node.child_by_field_name("function"), node.child_by_field_name("arguments"));
        let (Some(function), Some(list)) = (function, arguments) else { return };
        if list.kind() != "argument_list" {
            return;
        }
        let arguments = named(list);
        for pair in arguments.windows(2) {
            if let [first, second] = *pair {
                self.swap([first, second], "order of arguments", 2);
            }
        }
        for without in &arguments {
            let rest = arguments.iter().filter(|argument| argument.id() != without.id());
            let rest: Vec<&str> = rest.map(|argument| self.of(*argument)).collect();
            self.replace(list, format!("({})", rest.join(", ")), "argument too many", 3);
        }
        if let [only] = arguments[..] {
            self.replace(node, self.of(only), "call too many", 3);
        }
        if let Some(object) = function.child_by_field_name("object") {
            self.replace(node, self.of(object), "call too many", 3);
        }
        let said: Vec<&str> = arguments.iter().map(|argument| self.of(*argument)).collect();
        self.borrowed_arguments(function, list, &said);
        self.more_arguments(list, &said);
    }

    fn more_arguments(&mut self, list: Node<'_>, said: &[&str]) {
        let words = self.words;
        let plain = !said.iter().any(|it| it.contains('=') || it.starts_with('*'));
        let sources = [(&words.said, 3), (&words.literals, 4), (&words.locals, 4)];
        let known = sources
            .into_iter()
            .flat_map(|(all, cost)| all.iter().map(move |it| (it.as_str(), cost)));
        let usual = ARGUMENTS.iter().map(|it| (*it, 4));
        for (other, cost) in known.chain(usual) {
            if said.contains(&other) {
                continue;
            }
            let behind = [said, &[other]].concat().join(", ");
            if plain {
                self.replace(list, format!("({behind})"), "missing argument", cost);
            }
            if !said.is_empty() && said.len() < 3 {
                let before = [&[other], said].concat().join(", ");
                self.replace(list, format!("({before})"), "missing argument", cost + 1);
            }
        }
    }

    fn conditional(&mut self, node: Node<'_>) {
        if let [then, condition, otherwise] = named(node)[..] {
            let [then, condition, otherwise] = [then, condition, otherwise].map(|it| self.of(it));
            let swapped = format!("{otherwise} if {condition} else {then}");
            self.replace(node, swapped, "negation", 2);
            self.replace(node, then, "condition too many", 3);
            self.replace(node, otherwise, "condition too many", 3);
        }
    }

    fn elements(&mut self, node: Node<'_>) {
        let elements = named(node);
        let said: Vec<&str> = elements.iter().map(|element| self.of(*element)).collect();
        let whole = self.of(node);
        let mut ends = whole.chars();
        let (Some(open), Some(close)) = (ends.next(), ends.next_back()) else { return };
        let brackets = "([{".contains(open) && ")]}".contains(close);
        if !brackets || said.len() > 20 {
            return;
        }
        for other in self.words.said.iter().filter(|other| !said.contains(&other.as_str())) {
            let more = [&said[..], &[other.as_str()]].concat().join(", ");
            self.replace(node, format!("{open}{more}{close}"), "missing element", 2);
        }
        for nth in (0..said.len()).filter(|_| said.len() > 2) {
            let rest = [&said[..nth], &said[nth + 1..]].concat().join(", ");
            self.replace(node, format!("{open}{rest}{close}"), "element too many", 3);
        }
        if let [first, second] = said[..] {
            self.replace(node, format!("{open}{second}, {first}{close}"), "order of elements", 2);
        }
    }

    /// Bounds of a slice that are missing or too many.
    fn slice(&mut self, node: Node<'_>) {
        let said = self.of(node);
        let inner = |text: &str| text.trim().to_owned();
        if let Some((start, end)) = said.split_once(':').filter(|(_, end)| !end.contains(':')) {
            let (start, end) = (inner(start), inner(end));
            for change in [
                ":-1".to_owned(),
                "1:".to_owned(),
                format!("{end}:{start}"),
                format!("{start}:"),
                format!(":{end}"),
            ] {
                self.replace(node, change, "bounds of a slice", 2);
            }
        }
    }

    /// Calls and operations around a value.
    fn around(&mut self, node: Node<'_>) {
        let (words, said) = (self.words, self.of(node));
        if said.contains('\n') {
            return;
        }
        let simple = !matches!(
            node.kind(),
            "binary_operator"
                | "boolean_operator"
                | "comparison_operator"
                | "conditional_expression"
                | "not_operator"
                | "unary_operator"
        );
        for name in &words.called_locals {
            self.replace(node, format!("{name}({said})"), "missing call", 2);
        }
        for name in words.functions.iter().filter(|name| !said.starts_with(&format!("{name}("))) {
            self.replace(node, format!("{name}({said})"), "missing call", 4);
        }
        if !simple {
            return;
        }
        for name in &words.bare_methods {
            self.replace(node, format!("{said}.{name}()"), "missing call", 4);
        }
        for part in PARTS {
            self.replace(node, format!("{said}{part}"), "part of a sequence", 4);
        }
        for other in ["+ 1", "- 1"] {
            self.replace(node, format!("({said} {other})"), "off by one", 3);
        }
        self.replace(node, format!("-{said}"), "sign", 4);
        for name in words.attributes.iter().filter(|_| node.kind() == "identifier") {
            self.replace(node, format!("{said}.{name}"), "missing attribute", 5);
        }
    }
}

fn is_condition(node: Node<'_>) -> bool {
    let Some((parent, name)) = field(node) else { return false };
    node.is_named() && (name == "condition" || parent.kind() == "if_clause")
}

/// Whether a node is a value that something can be put around.
fn is_value(node: Node<'_>) -> bool {
    const VALUES: &[&str] = &[
        "identifier",
        "attribute",
        "call",
        "subscript",
        "binary_operator",
        "parenthesized_expression",
        "list_comprehension",
        "generator_expression",
    ];
    let Some((parent, name)) = field(node) else { return false };
    if !VALUES.contains(&node.kind()) {
        return false;
    }
    !matches!(
        (parent.kind(), name),
        ("call", "function")
            | ("attribute", _)
            | ("keyword_argument", "name")
            | ("assignment" | "augmented_assignment" | "for_statement" | "for_in_clause", "left")
            | ("parameters" | "lambda_parameters" | "default_parameter" | "typed_parameter", _)
            | ("expression_statement" | "global_statement" | "nonlocal_statement", _)
            | ("dotted_name" | "aliased_import" | "type" | "as_pattern_target" | "pattern_list", _)
            | ("generic_type" | "except_clause" | "decorator" | "del_statement", _)
    )
}
