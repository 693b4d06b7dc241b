//! The program's own source, as the tests about it read it.

use std::path::{Path, PathBuf};

/// The root of the repository that this test was built from.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` whose name ends in `end`, by path relative to the root, with its text.
pub(crate) fn files(folder: &str, end: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&root().join(folder), end, &mut found);
    found.sort();
    assert!(!found.is_empty(), "no {end} below {folder}");
    found
}

fn collect(folder: &Path, end: &str, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path: PathBuf = entry.expect("entry").path();
        if path.is_dir() {
            collect(&path, end, found);
        } else if path.to_string_lossy().ends_with(end) {
            let name = path.strip_prefix(root()).expect("below the root");
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            found.push((name.to_string_lossy().into_owned(), text));
        }
    }
}

/// `text` without its unit tests, and with comments and what stands between quotes blanked. Lines
/// keep their numbers.
pub(crate) fn code(text: &str) -> String {
    let production = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut code = String::with_capacity(production.len());
    let mut rest = production;
    while let Some(c) = rest.chars().next() {
        let length = skipped(rest);
        if length == 0 {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            code.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        }
    }
    code
}

/// How many bytes at the start of `text` are a comment or a literal.
fn skipped(text: &str) -> usize {
    let until = |start: usize, end: &str| {
        text[start..].find(end).map_or(text.len(), |at| start + at + end.len())
    };
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return until(2, "*/");
    }
    for (open, close) in [("r##\"", "\"##"), ("r#\"", "\"#"), ("r\"", "\"")] {
        if text.starts_with(open) {
            return until(open.len(), close);
        }
    }
    if text.starts_with('"') {
        return quoted(text);
    }
    // A character, not a lifetime.
    let mut chars = text.char_indices();
    if let (Some((_, '\'')), Some((_, inner))) = (chars.next(), chars.next()) {
        if inner == '\\' {
            return until(3, "'");
        }
        if let Some((at, '\'')) = chars.next() {
            return at + 1;
        }
    }
    0
}

fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

#[test]
fn comments_and_literals_are_blanked_and_lines_stay() {
    let text =
        "a // crate::x\n\"crate::y \\\" \" b '\"' c /* crate::\nz */ d<'e> r#\"\"crate::w\"#\nf";
    let code = code(text);
    let words: Vec<&str> = code.split_whitespace().collect();
    assert_eq!(words, ["a", "b", "c", "d<'e>", "f"]);
    assert_eq!(code.lines().count(), text.lines().count());
}
