//! Where a new import stands in a file, as people and formatters order them.

use crate::refactor::edits::{blank_lines, whole_lines};
use crate::refactor::sources::{Family, File};
use crate::refactor::statements::Added;
use crate::syntax::imports::{Import, Place};

/// A place for lines: at a start of a line, with what stands before and behind them.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) at: usize,
    /// Orders what comes to the same place.
    pub(super) rank: usize,
    before: String,
    indent: String,
    after: String,
}

impl Spot {
    pub(super) fn plain(at: usize) -> Self {
        Self { at, rank: 0, before: String::new(), indent: String::new(), after: String::new() }
    }

    pub(super) fn indented(self, indent: &str) -> Self {
        Self { indent: indent.to_owned(), ..self }
    }

    /// The statement as it goes in, between others that go to these spots.
    pub(super) fn dressed(
        &self,
        statement: &str,
        above: Option<&Self>,
        below: Option<&Self>,
    ) -> String {
        let Self { before, indent, after, .. } = self;
        let lines: Vec<String> =
            statement.lines().map(|line| format!("{indent}{line}\n")).collect();
        let is_same = |other: Option<&Self>| {
            other.is_some_and(|it| (it.at, &it.before, &it.after) == (self.at, before, after))
        };
        let before = if is_same(above) { "" } else { before };
        let after = if is_same(below) { "" } else { after };
        format!("{before}{}{after}", lines.concat())
    }
}

/// What stands together, in this order: the system's, others', the program's own.
fn rank(family: Family, module: &str) -> usize {
    match family {
        Family::Python if module == "__future__" => 0,
        Family::Python if module.starts_with('.') => 2,
        Family::Rust => match module.split("::").next().unwrap_or_default() {
            "std" | "core" | "alloc" => 0,
            "crate" | "self" | "super" => 2,
            _ => 1,
        },
        Family::Go if !module.split('/').next().unwrap_or_default().contains('.') => 0,
        Family::TypeScript if module.starts_with('.') => 2,
        _ => 1,
    }
}

fn module_of(import: &Import) -> &str {
    import.items.first().map(|it| it.from.as_str()).unwrap_or_default()
}

/// Where `added` goes in a file that has nothing it belongs to.
pub(super) fn default_spot(file: &File, added: &Added, line: &str) -> Spot {
    let Some(family) = Family::of(file.language) else { return Spot::plain(0) };
    let fits = |import: &&Import| {
        let exports = family == Family::TypeScript && import.exports && !added.exports;
        import.module == added.unit && import.place == added.place && !exports
    };
    let all: Vec<&Import> = file.imports.iter().filter(fits).collect();
    if all.is_empty() {
        return first(file, family, added);
    }
    let wanted = rank(family, &added.module);
    let group: Vec<&Import> =
        all.iter().filter(|it| rank(family, module_of(it)) == wanted).copied().collect();
    let top = |module: &str| module.split(['.', '/', ':']).next().unwrap_or_default().to_owned();
    let narrow = |keep: &dyn Fn(&str) -> bool| -> Vec<&Import> {
        group.iter().filter(|it| keep(module_of(it))).copied().collect()
    };
    let own = narrow(&|module| wanted == 1 && top(module) == top(&added.module));
    let peers = narrow(&|module| added.peers.iter().any(|peer| top(peer) == top(module)));
    let group = [own, peers, group].into_iter().find(|it| !it.is_empty()).unwrap_or_default();
    // `import a` stands above `from a import b`.
    let key_of = |text: &str| {
        let text = text.trim_start_matches("import ").to_lowercase();
        // Formatters of Rust have what is near in front.
        let text = text.replacen("use self", "use !0", 1).replacen("use super", "use !1", 1);
        (text.starts_with("from "), text.replacen("use crate", "use !2", 1))
    };
    let key = |import: &Import| key_of(file.slice(import.bytes.clone()));
    let beside = |import: &Import, is_behind: bool| {
        let lines = whole_lines(&file.text, &import.bytes);
        let indent = file.slice(lines.start..import.bytes.start).to_owned();
        let indent = if indent.trim().is_empty() { indent } else { String::new() };
        let at = if is_behind { lines.end } else { lines.start };
        Spot { indent, rank: wanted, ..Spot::plain(at) }
    };
    if let (Some(first), Some(_)) = (group.first(), group.last()) {
        let wanted = key_of(line);
        let less = |it: &&&Import| key(it) <= wanted;
        return match group.iter().rev().find(less) {
            Some(last) => beside(last, true),
            None => beside(first, false),
        };
    }
    let lower = all.iter().rev().find(|it| rank(family, module_of(it)) < wanted);
    match (lower, all.first()) {
        (Some(last), _) => Spot { before: "\n".into(), ..beside(last, true) },
        (None, Some(first)) => Spot { after: "\n".into(), ..beside(first, false) },
        (None, None) => Spot::plain(0),
    }
}

/// Where the first import goes.
fn first(file: &File, family: Family, added: &Added) -> Spot {
    if added.place == Place::Types
        && let Some(last) = file.imports.iter().rev().find(|it| it.place == Place::Top)
    {
        let at = whole_lines(&file.text, &last.bytes).end;
        let before = "\nif TYPE_CHECKING:\n".to_owned();
        return Spot { before, indent: "    ".into(), rank: 9, ..Spot::plain(at) };
    }
    let root = file.tree.root();
    let mut cursor = root.walk();
    let unit = root.children(&mut cursor).find(|it| added.unit != 0 && it.end_byte() == added.unit);
    if let Some(body) = unit.and_then(|it| it.child_by_field_name("body")) {
        let at = whole_lines(&file.text, &(body.start_byte()..body.start_byte() + 1)).end;
        return Spot { indent: "    ".into(), after: "\n".into(), ..Spot::plain(at) };
    }
    // What opens a file stays above: its documentation, its directives, a comment that stands alone.
    let mut at = 0;
    let mut is_open = true;
    let mut cursor = root.walk();
    for node in root.children(&mut cursor) {
        let lines = whole_lines(&file.text, &node.byte_range());
        let text = file.slice(node.byte_range());
        let end = lines.end.max(node.end_byte());
        let blank_behind = blank_lines(&file.text, end.min(file.text.len())).1 > 0;
        let is_header = match node.kind() {
            "package_clause" | "inner_attribute_item" | "hash_bang_line" | "shebang" => true,
            "expression_statement" => {
                node.named_child(0).is_some_and(|it| it.kind() == "string") && is_open
            }
            kind if kind.contains("comment") => {
                text.starts_with("#!") || text.starts_with("//!") || blank_behind
            }
            _ => false,
        };
        if !is_header {
            break;
        }
        is_open = node.kind().contains("comment");
        let trimmed = node.start_byte() + text.trim_end().len();
        at = whole_lines(&file.text, &(trimmed..trimmed)).end;
    }
    let (_, below) = blank_lines(&file.text, at);
    let rest = file.slice(at..file.text.len()).trim_start();
    let before = if at > 0 { "\n" } else { "" };
    let is_block = ["def ", "class ", "async ", "@"].iter().any(|word| rest.starts_with(word));
    let needed = match family {
        _ if rest.is_empty() => 0,
        Family::Python if is_block => 2,
        _ => 1,
    };
    // The empty lines that follow now stand behind it.
    let after = "\n".repeat(usize::saturating_sub(needed, below));
    Spot { before: before.into(), after, ..Spot::plain(at) }
}
