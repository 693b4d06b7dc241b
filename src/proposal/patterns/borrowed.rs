//! What is missing here often stands elsewhere in the file: a guard, a statement, a keyword argument, one
//! more condition (Barr et al., *The Plastic Surgery Hypothesis*, 2014).

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use crate::proposal::patterns::{Found, is_text, named};

/// Most of each kind, and the longest in bytes.
const MOST: usize = 40;
const LONGEST: usize = 160;
/// The kinds of statements that leave a block.
const LEAVING: &[&str] =
    &["return_statement", "raise_statement", "continue_statement", "break_statement"];

/// Parts of the file, each once; those of the function before the others.
#[derive(Debug, Default)]
pub(super) struct Borrowed {
    /// An `if` that does nothing but leave: its condition, and the statement that leaves.
    guards: Vec<(String, String)>,
    /// Statements of one line, with the names of values in them.
    statements: Vec<(String, HashSet<String>)>,
    /// Operands of `and` and `or`.
    operands: Vec<String>,
    /// By the text of a function that is called, the keyword arguments that it is given, and all arguments.
    keywords: HashMap<String, Vec<String>>,
    arguments: HashMap<String, Vec<Vec<String>>>,
}

impl Borrowed {
    pub(super) fn of(root: Node<'_>, function: Node<'_>, text: &str) -> Self {
        let mut borrowed = Self::default();
        for whole in [function, root] {
            let mut nodes = vec![whole];
            while let Some(node) = nodes.pop() {
                borrowed.take(node, text);
                let mut cursor = node.walk();
                let children: Vec<_> = node.children(&mut cursor).collect();
                nodes.extend(children.into_iter().rev());
            }
        }
        borrowed
    }

    fn take(&mut self, node: Node<'_>, text: &str) {
        let of = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default().to_owned();
        if node.byte_range().len() > LONGEST {
            return;
        }
        match node.kind() {
            "if_statement" if node.child_by_field_name("alternative").is_none() => {
                let condition = node.child_by_field_name("condition");
                let body = node.child_by_field_name("consequence").map(named).unwrap_or_default();
                if let (Some(condition), [only]) = (condition, &body[..])
                    && LEAVING.contains(&only.kind())
                {
                    add(&mut self.guards, (of(condition), of(*only)));
                }
            }
            "expression_statement" if !is_text(node) && !of(node).contains('\n') => {
                add(&mut self.statements, (of(node), names(node, text)));
            }
            "boolean_operator" => {
                for side in ["left", "right"] {
                    let side = node.child_by_field_name(side);
                    let side = side.filter(|side| side.kind() != "boolean_operator").map(of);
                    side.into_iter().for_each(|side| add(&mut self.operands, side));
                }
            }
            "call" => {
                let fields = ["function", "arguments"].map(|it| node.child_by_field_name(it));
                if let [Some(function), Some(list)] = fields {
                    let arguments = named(list).into_iter().map(of).collect();
                    add(self.arguments.entry(of(function)).or_default(), arguments);
                }
            }
            "keyword_argument" => {
                let call = node.parent().and_then(|list| list.parent());
                let function = call.and_then(|call| call.child_by_field_name("function"));
                if let Some(function) = function {
                    add(self.keywords.entry(of(function)).or_default(), of(node));
                }
            }
            _ => {}
        }
    }
}

impl Found<'_> {
    /// Guards and statements that may be missing before a statement with this indentation.
    pub(super) fn borrowed_before(&mut self, statement: Node<'_>, indent: &str) {
        let (borrowed, words, start) = (self.borrowed, self.words, statement.start_byte());
        let mut insert = |said: String, cost| {
            self.change(start..start, format!("{said}\n{indent}"), "missing statement", cost);
        };
        for (condition, leave) in &borrowed.guards {
            insert(format!("if {condition}:\n{indent}    {leave}"), 5);
        }
        for (said, names) in &borrowed.statements {
            if names.iter().all(|name| words.locals.contains(name)) {
                insert(said.clone(), 5);
            }
        }
    }

    /// One more operand of a condition.
    pub(super) fn borrowed_operands(&mut self, condition: Node<'_>) {
        let (borrowed, said) = (self.borrowed, self.of(condition));
        for other in borrowed.operands.iter().filter(|other| !said.contains(other.as_str())) {
            for more in [
                format!("{said} and {other}"),
                format!("{other} and {said}"),
                format!("{said} or {other}"),
            ] {
                self.replace(condition, more, "missing condition", 4);
            }
        }
    }

    /// Arguments that other calls of the same function have.
    pub(super) fn borrowed_arguments(&mut self, function: Node<'_>, list: Node<'_>, said: &[&str]) {
        let borrowed = self.borrowed;
        for other in borrowed.keywords.get(self.of(function)).into_iter().flatten() {
            let name = other.split('=').next().unwrap_or_default().trim_end();
            let is_given =
                said.iter().any(|it| it.split('=').next().is_some_and(|it| it.trim_end() == name));
            if !is_given {
                let more = [said, &[other.as_str()]].concat().join(", ");
                self.replace(list, format!("({more})"), "missing argument", 3);
            }
        }
        for others in borrowed.arguments.get(self.of(function)).into_iter().flatten() {
            let more = others.iter().skip(said.len()).map(String::as_str);
            let more: Vec<&str> = said.iter().copied().chain(more).collect();
            if more.len() > said.len() {
                self.replace(list, format!("({})", more.join(", ")), "missing argument", 3);
            }
        }
    }
}

fn add<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if all.len() < MOST && !all.contains(&one) {
        all.push(one);
    }
}

/// The names of values in a statement; what is called by its bare name and attributes are none.
fn names(statement: Node<'_>, text: &str) -> HashSet<String> {
    let (mut found, mut nodes) = (HashSet::new(), vec![statement]);
    while let Some(node) = nodes.pop() {
        if node.kind() == "identifier" {
            found.insert(text.get(node.byte_range()).unwrap_or_default().to_owned());
        }
        let skip = match node.kind() {
            "call" => node.child_by_field_name("function").filter(|it| it.kind() == "identifier"),
            "attribute" => node.child_by_field_name("attribute"),
            "keyword_argument" => node.child_by_field_name("name"),
            _ => None,
        };
        let mut cursor = node.walk();
        nodes.extend(node.children(&mut cursor).filter(|child| Some(*child) != skip));
    }
    found
}
