//! One token for another: operators, numbers, names, words.

use tree_sitter::Node;

use crate::proposal::patterns::{Found, field};

/// Operators and what they are mistaken for, likeliest first.
const OPERATORS: &[(&str, &[&str])] = &[
    ("<", &["<=", ">", ">=", "!="]),
    ("<=", &["<", ">=", ">", "=="]),
    (">", &[">=", "<", "<=", "!="]),
    (">=", &[">", "<=", "<", "=="]),
    ("==", &["!=", "<=", ">=", "in", "is"]),
    ("!=", &["==", "<", ">"]),
    ("+", &["-", "*"]),
    ("-", &["+", "*"]),
    ("*", &["/", "+", "**", "-"]),
    ("/", &["//", "*"]),
    ("//", &["/", "%"]),
    ("%", &["//", "*"]),
    ("**", &["*"]),
    ("&", &["|", "^"]),
    ("|", &["&", "^"]),
    ("^", &["|", "&"]),
    ("<<", &[">>"]),
    (">>", &["<<"]),
    ("and", &["or"]),
    ("or", &["and"]),
    ("in", &["not in", "=="]),
    ("not in", &["in"]),
    ("is", &["is not", "=="]),
    ("is not", &["is", "!="]),
    ("+=", &["-=", "=", "*="]),
    ("-=", &["+=", "="]),
    ("*=", &["/=", "+="]),
    ("/=", &["*=", "//="]),
    ("|=", &["&="]),
    ("&=", &["|="]),
];
/// Nodes whose tokens are operators.
const OPERATIONS: &[&str] =
    &["comparison_operator", "boolean_operator", "binary_operator", "augmented_assignment"];

/// Words in names that are mistaken for each other.
const OPPOSITES: &[(&str, &str)] = &[
    ("min", "max"),
    ("first", "last"),
    ("lower", "upper"),
    ("left", "right"),
    ("start", "end"),
    ("start", "stop"),
    ("begin", "end"),
    ("starts", "ends"),
    ("any", "all"),
    ("prefix", "suffix"),
    ("even", "odd"),
    ("keys", "values"),
    ("keys", "items"),
    ("values", "items"),
    ("key", "value"),
    ("key", "val"),
    ("encode", "decode"),
    ("floor", "ceil"),
    ("before", "after"),
    ("next", "prev"),
    ("head", "tail"),
    ("lstrip", "rstrip"),
    ("strip", "rstrip"),
    ("strip", "lstrip"),
    ("split", "rsplit"),
    ("find", "rfind"),
    ("index", "rindex"),
    ("append", "extend"),
    ("append", "insert"),
    ("add", "remove"),
    ("add", "sub"),
    ("width", "height"),
    ("row", "col"),
    ("rows", "cols"),
    ("x", "y"),
    ("open", "close"),
    ("push", "pop"),
    ("read", "write"),
    ("old", "new"),
    ("src", "dst"),
    ("source", "target"),
    ("islice", "takewhile"),
    ("takewhile", "dropwhile"),
    ("union", "intersection"),
    ("partition", "rpartition"),
    ("match", "search"),
    ("match", "fullmatch"),
    ("less", "greater"),
    ("true", "false"),
    ("int", "float"),
    ("list", "tuple"),
    ("round", "int"),
    ("sorted", "reversed"),
    ("sum", "len"),
];

impl Found<'_> {
    pub(super) fn tokens(&mut self, node: Node<'_>) {
        match node.kind() {
            "integer" => self.number(node),
            "true" => self.replace(node, "False", "truth value", 1),
            "false" => self.replace(node, "True", "truth value", 1),
            "identifier" => self.name(node),
            "string_content" => self.string(node),
            "format_specifier" => self.digits(node, "format"),
            "break_statement" => self.replace(node, "continue", "way out of a loop", 2),
            "continue_statement" => {
                self.replace(node, "break", "way out of a loop", 2);
                self.replace(node, "pass", "way out of a loop", 3);
            }
            _ if !node.is_named() => self.operator(node),
            _ => {}
        }
    }

    fn operator(&mut self, node: Node<'_>) {
        let operates = node.parent().is_some_and(|parent| OPERATIONS.contains(&parent.kind()));
        let known = OPERATORS.iter().find(|(operator, _)| *operator == self.of(node));
        if let Some((_, others)) = known.filter(|_| operates) {
            for (nth, other) in others.iter().enumerate() {
                self.replace(node, *other, "operator", 1 + u32::from(nth > 0));
            }
        }
    }

    fn number(&mut self, node: Node<'_>) {
        if let Ok(number) = self.of(node).parse::<i64>() {
            for other in [number.saturating_add(1), number.saturating_sub(1)] {
                self.replace(node, other.to_string(), "off by one", 1);
            }
            if number != 0 {
                self.replace(node, format!("-{number}"), "sign", 3);
            }
        }
        let is_number = |said: &&String| said.parse::<f64>().is_ok();
        for said in self.words.said.iter().filter(is_number) {
            self.replace(node, said.as_str(), "number", 2);
        }
        for other in self.words.literals.iter().filter(is_number) {
            self.replace(node, other.as_str(), "number", 4);
        }
    }

    fn name(&mut self, node: Node<'_>) {
        let Some((parent, field_name)) = field(node) else { return };
        let (words, said) = (self.words, self.of(node));
        match (parent.kind(), field_name) {
            ("keyword_argument" | "function_definition" | "class_definition", "name") => {}
            ("parameters" | "lambda_parameters" | "default_parameter", _)
                if field_name != "value" => {}
            ("global_statement" | "nonlocal_statement" | "dotted_name" | "aliased_import", _) => {}
            ("call", "function") => {
                self.opposites(node, "function");
                self.others(node, &words.called_locals, "function", 3);
                self.others(node, &words.functions, "function", 4);
            }
            ("attribute", "attribute") => {
                self.opposites(node, "attribute");
                let called =
                    field(parent).is_some_and(|it| it.0.kind() == "call" && it.1 == "function");
                match called {
                    true => self.others(node, &words.methods, "method", 4),
                    false => self.others(node, &words.attributes, "attribute", 2),
                }
            }
            (_, "left") if parent.kind().contains("assignment") => {
                self.others(node, &words.locals, "name that is assigned", 5);
            }
            _ => {
                self.opposites(node, "name");
                // Names alike are mistaken for each other most easily.
                let (like, unlike): (Vec<String>, Vec<String>) =
                    words.locals.iter().cloned().partition(|other| alike(said, other));
                self.others(node, &like, "name", 1);
                self.others(node, &unlike, "name", 2);
            }
        }
    }

    fn others(&mut self, node: Node<'_>, others: &[String], pattern: &'static str, cost: u32) {
        for other in others {
            self.replace(node, other.as_str(), pattern, cost);
        }
    }

    /// The same name with the opposite of a word in it.
    fn opposites(&mut self, node: Node<'_>, pattern: &'static str) {
        let said = self.of(node);
        let both = OPPOSITES.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]);
        for (word, opposite) in both {
            let whole = |at: usize| {
                let before = said[..at].chars().next_back();
                let after = said[at + word.len()..].chars().next();
                let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_lowercase());
                edge(before) && edge(after)
                    || word.len() > 4 && (at == 0 || at + word.len() == said.len())
            };
            if let Some((at, _)) = said.match_indices(word).find(|(at, _)| whole(*at)) {
                let other = format!("{}{opposite}{}", &said[..at], &said[at + word.len()..]);
                self.replace(node, other, pattern, 2);
            }
        }
    }

    fn string(&mut self, node: Node<'_>) {
        self.digits(node, "text");
        let said = self.of(node);
        let swapped = said.chars().flat_map(|c| match c.is_lowercase() {
            true => c.to_uppercase().collect::<Vec<_>>(),
            false => c.to_lowercase().collect(),
        });
        let others = [said.to_lowercase(), said.to_uppercase(), said.trim().to_owned()];
        for other in others.into_iter().chain([swapped.collect()]) {
            self.replace(node, other, "text", 3);
        }
        let quoted = |literal: &String| {
            let inner = literal.strip_prefix(['"', '\''])?.strip_suffix(['"', '\''])?;
            let plain = |c: char| c != '\\' && c != '"' && c != '\'' && c != '{' && c != '}';
            inner.chars().all(plain).then(|| inner.to_owned())
        };
        let (words, long) = (self.words, said.len() > 40);
        for other in words.said.iter().filter_map(quoted).filter(|_| !long) {
            self.replace(node, other, "text", 3);
        }
        for other in words.literals.iter().filter_map(quoted).filter(|_| !long) {
            self.replace(node, other, "text", 4);
        }
    }

    /// A digit more or less in a text.
    fn digits(&mut self, node: Node<'_>, pattern: &'static str) {
        let start = node.start_byte();
        for (at, digit) in self.of(node).bytes().enumerate().filter(|(_, it)| it.is_ascii_digit()) {
            for other in [digit + 1, digit - 1].into_iter().filter(u8::is_ascii_digit) {
                let place = start + at..start + at + 1;
                self.change(place, char::from(other).to_string(), pattern, 2);
            }
        }
    }
}

/// Whether two names have a beginning or an end of three letters, or a part between underscores, in
/// common, or both are a single letter.
fn alike(a: &str, b: &str) -> bool {
    let (short_a, short_b) = (a.trim_matches('_'), b.trim_matches('_'));
    let ends = |length: usize| {
        let (start, end) = (short_a.get(..length), short_a.len().checked_sub(length));
        start.is_some_and(|start| short_b.starts_with(start))
            || end.and_then(|at| short_a.get(at..)).is_some_and(|end| short_b.ends_with(end))
    };
    let part =
        || short_a.split('_').any(|part| part.len() > 1 && short_b.split('_').any(|it| it == part));
    short_a.len() == 1 && short_b.len() == 1 || ends(3) || part()
}
