//! What a text takes from other files, as it is written there.
//!
//! The query `imports.scm` of the language finds the places; how many segments are a path, and where
//! that lies, is not known here.

use tree_sitter::QueryMatch;

use crate::syntax::language::Language;

/// How many imports of a text are kept, and how long one may be, in bytes.
const MAX_LINKS: usize = 1_000;
const MAX_MODULE: usize = 256;
/// How deep braces are written out.
const MAX_DEPTH: usize = 8;

/// One import.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    pub how: How,
    /// The module as it is written, without quotes: `a.b`, `crate::a`, `../a`, `a/b.h`.
    pub module: String,
    /// What is taken from it, if that may be a module of its own.
    pub name: Option<String>,
}

/// Where a module is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// Where the language looks.
    Module,
    /// All files of a package or a namespace.
    All,
    /// Beside the file first.
    Beside,
    /// Below the module that the file is.
    Child,
}

/// The imports of a text while its query runs.
#[derive(Default)]
pub(super) struct Links(Vec<Link>);

impl Links {
    /// Takes up what a match says.
    pub(super) fn add(&mut self, names: &[&str], matched: &QueryMatch<'_, '_>, text: &[u8]) {
        let (mut how, mut module, mut name) = (How::Module, None, None);
        for capture in matched.captures() {
            let said = || text.get(capture.node.byte_range()).map(String::from_utf8_lossy);
            match names[capture.index as usize] {
                "import.module" => module = said(),
                "import.all" => (how, module) = (How::All, said()),
                "import.beside" => (how, module) = (How::Beside, said()),
                "import.child" => (how, module) = (How::Child, said()),
                "import.name" => name = said(),
                "import.tree" => self.written_out(&said().unwrap_or_default()),
                _ => {}
            }
        }
        if let Some(module) = module {
            self.push(how, &module, name.map(|it| it.into_owned()));
        }
    }

    fn push(&mut self, how: How, module: &str, name: Option<String>) {
        let quotes = ['"', '\'', '`', '<', '>'];
        let module = module.trim_matches(quotes).trim();
        let is_one = |text: &str| {
            !text.is_empty() && text.len() <= MAX_MODULE && !text.chars().any(char::is_control)
        };
        if self.0.len() < MAX_LINKS && is_one(module) && name.as_deref().is_none_or(is_one) {
            self.0.push(Link { how, module: module.to_owned(), name });
        }
    }

    /// Every path of `import a.{B, C => D}`, `a::{b, c::*}` and `use A\{B, C}`.
    fn written_out(&mut self, statement: &str) {
        let mut rest = statement.trim().trim_end_matches(';');
        for word in ["import ", "use ", "function ", "const "] {
            rest = rest.strip_prefix(word).unwrap_or(rest).trim_start();
        }
        for path in parts(rest) {
            self.branch("", path, MAX_DEPTH);
        }
    }

    fn branch(&mut self, before: &str, path: &str, depth: usize) {
        let path = path.trim();
        let Some(depth) = depth.checked_sub(1) else { return };
        if before.len() + path.len() > MAX_MODULE && !path.contains('{') {
            return;
        }
        if let Some((stem, list)) = path.split_once('{') {
            let before = format!("{before}{}", stem.trim());
            let list = list.trim_end().strip_suffix('}').unwrap_or(list);
            parts(list).into_iter().for_each(|part| self.branch(&before, part, depth));
            return;
        }
        let last = path.split_whitespace().next().unwrap_or_default();
        let whole = format!("{before}{last}");
        let is_all = |end: &str| ["*", "_", "given", "self"].contains(&end);
        let cut = whole.rfind(['.', ':', '\\']).map_or(0, |at| at + 1);
        let module = if is_all(&whole[cut..]) { &whole[..cut] } else { whole.as_str() };
        let how = if module.len() < whole.len() && last != "self" { How::All } else { How::Module };
        self.push(how, module.trim_end_matches(['.', ':', '\\']), None);
    }

    /// Each once, in their order.
    pub(super) fn done(mut self) -> Vec<Link> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}

/// What stands between commas outside of braces.
fn parts(list: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0usize);
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[start..]);
    parts.retain(|it| !it.trim().is_empty());
    parts
}

/// The imports of `text`; none for a language without a query for them.
pub fn links(language: Language, text: &[u8]) -> Vec<Link> {
    super::symbols::read(language, text).map(|it| it.1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(statement: &str, expected: &[&str]) {
        let mut links = Links::default();
        links.written_out(statement);
        let shown: Vec<String> = links.0.iter().map(|it| it.module.clone()).collect();
        assert_eq!(shown, expected, "{statement}");
    }

    #[test]
    fn braces_are_written_out() {
        check(
            "crate::a::{self, b::{C, d as e}, f::*}",
            &["crate::a", "crate::a::b::C", "crate::a::b::d", "crate::a::f"],
        );
        check("import a.b.{C => D, E}, f.g._", &["a.b.C", "a.b.E", "f.g"]);
        check("use A\\B\\{C, D as E};", &["A\\B\\C", "A\\B\\D"]);
        check("a", &["a"]);
        check("{", &[]);
    }

    #[test]
    fn deep_and_long_ones_end() {
        check(&"a::{".repeat(10_000), &[]);
        let mut links = Links::default();
        links.written_out(&format!("a::{{{}}}", "b,".repeat(5_000)));
        assert_eq!(links.0.len(), MAX_LINKS);
        check(&"a".repeat(MAX_MODULE + 1), &[]);
    }
}
