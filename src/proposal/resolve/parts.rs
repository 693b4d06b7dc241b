//! The code of an edit, taken apart: whole definitions, imports, and what is neither.

use crate::proposal::resolve::Refusal;
use crate::syntax::{self, Language, Symbol};

/// One top-level definition of the code, with the comments right above it.
#[derive(Debug)]
pub(super) struct Part {
    /// What it defines.
    pub(super) symbol: Symbol,
    /// Paths of everything defined inside, relative to the code.
    pub(super) members: Vec<Symbol>,
    /// Its lines.
    pub(super) text: String,
    /// How many of them are comments above the definition.
    pub(super) comment_lines: usize,
}

/// What the code of an edit holds.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) definitions: Vec<Part>,
    /// Import lines above the definitions.
    pub(super) imports: Vec<String>,
    /// Lines that are neither, in order.
    pub(super) others: Vec<String>,
}

/// Takes `code` apart.
pub(super) fn split(language: Language, code: &str) -> Parts {
    let code = dedent(code);
    let bare = definitions(language, &code);
    match wrapper(language.name()) {
        Some((open, close)) if bare.is_empty() => members_of_wrapped(language, &code, open, close),
        _ => assemble(&code, bare),
    }
}

/// Methods that the language only reads inside a class: wrapped, parsed, unwrapped.
fn members_of_wrapped(language: Language, code: &str, open: &str, close: &str) -> Parts {
    let wrapped = format!("{open}{code}{close}");
    let mut symbols: Vec<Symbol> = Vec::new();
    for mut symbol in syntax::symbols(language, wrapped.as_bytes()) {
        let Some(path) = symbol.path.strip_prefix("Wrapped.") else { continue };
        symbol.path = path.to_owned();
        symbol.bytes = symbol.bytes.start.saturating_sub(open.len())
            ..symbol.bytes.end.saturating_sub(open.len());
        symbols.push(symbol);
    }
    assemble(code, symbols)
}

fn wrapper(language: &str) -> Option<(&'static str, &'static str)> {
    match language {
        "java" | "javascript" | "typescript" | "tsx" => Some(("class Wrapped {\n", "\n}\n")),
        _ => None,
    }
}

fn definitions(language: Language, code: &str) -> Vec<Symbol> {
    let mut symbols = syntax::symbols(language, code.as_bytes());
    symbols.retain(|symbol| symbol.kind.is_definition());
    symbols.sort_by_key(|symbol| (symbol.bytes.start, std::cmp::Reverse(symbol.bytes.end)));
    symbols
}

fn assemble(code: &str, symbols: Vec<Symbol>) -> Parts {
    let mut parts = Parts { definitions: Vec::new(), imports: Vec::new(), others: Vec::new() };
    let mut done = 0;
    for symbol in symbols {
        if let Some(last) = parts.definitions.last_mut()
            && symbol.bytes.start < done
        {
            last.members.push(symbol);
            continue;
        }
        let start = line_start(code, symbol.bytes.start);
        let between = code.get(done..start).unwrap_or_default();
        let comments = trailing_comments(between);
        parts.leftover(&between[..between.len() - comments.len()]);
        done = line_end(code, symbol.bytes.end);
        let text = format!("{comments}{}", code.get(start..done).unwrap_or_default());
        let comment_lines = comments.lines().count();
        parts.definitions.push(Part { symbol, members: Vec::new(), text, comment_lines });
    }
    parts.leftover(code.get(done..).unwrap_or_default());
    parts
}

impl Parts {
    fn leftover(&mut self, text: &str) {
        // Brackets of an import that the lines so far leave open.
        let mut open = 0;
        for line in text.lines().map(str::trim_end) {
            if open > 0
                && let Some(import) = self.imports.last_mut()
            {
                import.push('\n');
                import.push_str(line);
                open += opened(line);
            } else if line.is_empty() || is_comment(line) {
            } else if is_import(line) {
                open = opened(line);
                self.imports.push(line.to_owned());
            } else {
                self.others.push(line.to_owned());
            }
        }
    }

    /// Refuses lines that are neither definitions nor imports and do not stand in the file already.
    pub(super) fn refuse_strangers(&self, file: &str) -> Result<(), Refusal> {
        let known = |line: &String| file.lines().any(|there| there.trim() == line.trim());
        match self.others.iter().find(|line| !known(line)) {
            Some(line) => Err(Refusal::Outside { line: line.trim().to_owned() }),
            None => Ok(()),
        }
    }
}

/// How many more brackets `line` opens than it closes.
pub(super) fn opened(line: &str) -> i32 {
    line.chars()
        .map(|c| match c {
            '(' | '[' | '{' => 1,
            ')' | ']' | '}' => -1,
            _ => 0,
        })
        .sum()
}

/// Whether `line` imports something, in any of the languages.
pub(super) fn is_import(line: &str) -> bool {
    ["import ", "from ", "use ", "pub use ", "#include "]
        .iter()
        .any(|start| line.starts_with(start))
}

/// Whether `line` is a comment, in any of the languages.
pub(super) fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    let hash = line.starts_with('#') && !line.starts_with("#[") && !line.starts_with("#include");
    hash || line.starts_with("//")
        || line.starts_with("/*")
        || line.starts_with("* ")
        || line == "*"
        || line.starts_with("*/")
}

/// The comment lines at the end of `text`, up to the first blank or other line.
pub(super) fn trailing_comments(text: &str) -> &str {
    let mut start = text.len();
    for line in text.split_inclusive('\n').rev() {
        if line.trim().is_empty() || !is_comment(line) {
            break;
        }
        start -= line.len();
    }
    &text[start..]
}

/// Where the line of byte `at` starts.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |newline| newline + 1)
}

/// Where the line of byte `at` ends, its newline included.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|tail| tail.find('\n')).map_or(text.len(), |newline| at + newline + 1)
}

/// `code` moved left so that its first line starts at the margin.
fn dedent(code: &str) -> String {
    super::indent::reindent(code, "")
}
