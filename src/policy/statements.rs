//! Taking a policy file apart into its statements, so that every rule knows its line.

/// One statement with the line, from 1, on which it begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    pub(super) line: usize,
    pub(super) text: &'a str,
}

/// Where the scanner is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    Code,
    Comment,
    Text,
    Escape,
}

/// Splits `text` after each semicolon that is in no string and no comment. What follows the last
/// semicolon is a statement too, unless it is only space and comments.
pub(super) fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let mut state = In::Code;
    let mut begin = None;
    for (at, c) in text.char_indices() {
        state = match (state, c) {
            (In::Comment, '\n') => In::Code,
            (In::Code, '/') if text[at..].starts_with("//") => In::Comment,
            (In::Code, '"') => In::Text,
            (In::Text, '"') => In::Code,
            (In::Escape, _) => In::Text,
            (In::Text, '\\') => In::Escape,
            (state, _) => state,
        };
        if state != In::Comment && !c.is_whitespace() && begin.is_none() {
            begin = Some(at);
        }
        if let (In::Code, ';', Some(start)) = (state, c, begin) {
            found.push(statement(text, start, at + 1));
            begin = None;
        }
    }
    if let Some(start) = begin {
        found.push(statement(text, start, text.len()));
    }
    found
}

fn statement(text: &str, start: usize, end: usize) -> Statement<'_> {
    Statement { line: text[..start].matches('\n').count() + 1, text: &text[start..end] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(usize, &str)]) {
        let found: Vec<_> = statements(text).iter().map(|s| (s.line, s.text)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn semicolons_in_strings_and_comments_end_nothing() {
        check("", &[]);
        check("// only; a comment\n", &[]);
        check("a;\n\n  b;", &[(1, "a;"), (3, "b;")]);
        check("// c;\na \"x;\\\";\" y; // d\nrest", &[(2, "a \"x;\\\";\" y;"), (3, "rest")]);
        check("a // \"\n;b;", &[(1, "a // \"\n;"), (2, "b;")]);
    }
}
