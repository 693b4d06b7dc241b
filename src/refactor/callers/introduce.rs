//! Gives functions parameters that words ask for, and what they stand for in the bodies to them: the value
//! that all callers get, so that everything does what it did before.

use std::collections::BTreeMap;
use std::ops::Range;

use tree_sitter::Node;

use crate::refactor::callers::gain::{declared, default_of, meant, name_of};
use crate::refactor::callers::parameters::Signature;
use crate::refactor::callers::{Asked, Followed, follow};
use crate::refactor::edits::Edits;
use crate::refactor::sources::{Family, File, Sources};
use crate::syntax::errors;

/// Values that stand for too much to be known again in a body.
const COMMON: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "0.0",
    "1.0",
    "\"\"",
    "''",
    "``",
    "true",
    "false",
    "True",
    "False",
    "None",
    "null",
    "nil",
    "undefined",
    "[]",
    "{}",
    "()",
    "' '",
    "\" \"",
];

/// What is asked for, done; or why a body has to be written by somebody.
pub fn introduce(sources: &Sources, asked: &Asked) -> Result<Followed, String> {
    for gain in &asked.gains {
        let name = name_of(&gain.declaration);
        let (file, signature) = meant(sources, gain)
            .ok_or_else(|| format!("`{}` is not one definition here", gain.function))?;
        if signature.parameter(name).is_some() || !mentions(&file, &signature, name).is_empty() {
            return Err(format!("`{}` has a `{name}` already", gain.function));
        }
    }
    let followed = follow(sources, sources, asked, 0, &BTreeMap::new());
    let mut now = sources.with(&followed.files);
    let mut done = followed.done.clone();
    for gain in &asked.gains {
        let name = name_of(&gain.declaration);
        let missing = || format!("`{}` could not be given `{name}`", gain.function);
        let (file, signature) = meant(&now, gain).ok_or_else(missing)?;
        if signature.parameter(name).is_none() {
            return Err(missing());
        }
        if !mentions(&file, &signature, name).is_empty() {
            continue;
        }
        let declaration = declared(asked, gain);
        let value = gain.pass.as_deref().or(default_of(&declaration));
        let value = value.filter(|it| !COMMON.contains(it));
        let open = || format!("what `{name}` does in `{}` is left open", gain.function);
        let places = value.map(|value| spoken(&file, &signature, value));
        let (Some(value), Some(places)) = (value, places.flatten().filter(|it| !it.is_empty()))
        else {
            return Err(open());
        };
        let mut edits = Edits::default();
        for place in &places {
            edits.replace(place.clone(), name);
        }
        let text = edits.applied(&file.text).ok_or_else(open)?;
        if errors(file.language, &text).len() > errors(file.language, &file.text).len() {
            return Err(open());
        }
        done.push(format!(
            "`{name}` stands for `{value}` in `{}`, {} times",
            signature.symbol,
            places.len()
        ));
        now = now.with(&BTreeMap::from([(file.path.clone(), text)]));
    }
    let mut files = BTreeMap::new();
    for path in now.paths().filter(|path| now.text(path) != sources.text(path)) {
        files.extend(now.text(path).map(|it| (path.clone(), it.to_vec())));
    }
    Ok(Followed { files, done, ..followed })
}

/// Where the body of a function says a value, in whatever quotes. `None` where other quotes make another
/// type of it: whoever wrote one may have meant the other.
fn spoken(file: &File, signature: &Signature, value: &str) -> Option<Vec<Range<usize>>> {
    const QUOTES: [char; 3] = ['"', '\'', '`'];
    let mut found = mentions(file, signature, value);
    let quote = value.chars().next().filter(|it| QUOTES.contains(it));
    let Some(quote) = quote.filter(|it| value.len() > 1 && value.ends_with(*it)) else {
        return Some(found);
    };
    let inner = &value[1..value.len() - 1];
    let same = matches!(Family::of(file.language), Some(Family::Python | Family::TypeScript));
    for other in QUOTES.into_iter().filter(|it| *it != quote) {
        let others = mentions(file, signature, &format!("{other}{inner}{other}"));
        if !others.is_empty() && !same {
            return None;
        }
        found.extend(others);
    }
    found.sort_by_key(|it| it.start);
    Some(found)
}

/// Where the body of a function says exactly `text`, as a whole expression.
fn mentions(file: &File, signature: &Signature, text: &str) -> Vec<Range<usize>> {
    let Some(body) = signature.body.clone() else { return Vec::new() };
    let mut found = Vec::new();
    for (at, _) in file.slice(body.clone()).match_indices(text) {
        let range = body.start + at..body.start + at + text.len();
        let node = file.tree.root().descendant_for_byte_range(range.start, range.end);
        let Some(node) = node.filter(|it| it.byte_range() == range) else { continue };
        if !is_member(node) && !is_words(node) {
            found.push(range);
        }
    }
    found
}

/// A member, a key or the name of an argument is no value.
fn is_member(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    let fields = match parent.kind() {
        "attribute" => ["attribute", ""],
        "member_expression" => ["property", ""],
        "selector_expression" | "field_expression" => ["field", ""],
        "keyword_argument" | "scoped_identifier" => ["name", ""],
        "pair" => ["key", ""],
        _ => return false,
    };
    fields.iter().any(|field| parent.child_by_field_name(field) == Some(node))
}

/// A statement that is a string, a comment, the inside of a string.
fn is_words(node: Node<'_>) -> bool {
    let kinds = |it: &Node<'_>| it.kind().contains("comment") || it.kind() == "string_content";
    node.parent().is_some_and(|it| it.kind() == "expression_statement") || kinds(&node)
}
