//! Lines of files, under their paths and the definitions that they stand in.

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};

use crate::base::RepoPath;
use crate::cli::printable;

/// How much of a line is shown, in characters: on a terminal a narrow one's width, less the number.
const ON_A_TERMINAL: usize = 70;
const ELSEWHERE: usize = 300;

/// A line, and what stands above it.
pub(super) struct Block<'a> {
    pub(super) path: &'a RepoPath,
    /// Nothing where it is empty.
    pub(super) heading: String,
    pub(super) line: u32,
    pub(super) text: &'a str,
    /// The place in the text that has to be seen, in characters from its start.
    pub(super) focus: usize,
}

/// The blocks in their order: a path, and a heading, once for all that follow with the same.
pub(super) fn text(blocks: &[Block<'_>]) -> String {
    let style = AnsiColor::Magenta.on_default().bold();
    let dim = Style::new().dimmed();
    let width = if std::io::stdout().is_terminal() { ON_A_TERMINAL } else { ELSEWHERE };
    let mut text = String::new();
    let mut before: Option<&Block<'_>> = None;
    for block in blocks {
        let new_path = before.is_none_or(|it| it.path != block.path);
        if new_path {
            let gap = if before.is_some() { "\n" } else { "" };
            text.push_str(&format!("{gap}{style}{}{style:#}\n", block.path));
        }
        if !block.heading.is_empty()
            && (new_path || before.is_some_and(|it| it.heading != block.heading))
        {
            text.push_str(&format!("  {}\n", block.heading));
        }
        let indent = block.text.chars().take_while(|c| c.is_whitespace()).count();
        let line = block.text.trim().replace('\t', " ");
        let shown = cut(&line, block.focus.saturating_sub(indent), width);
        text.push_str(&format!("  {dim}{:>5}:{dim:#} {}\n", block.line, printable(&shown)));
        before = Some(block);
    }
    text
}

/// `width` characters, with a sign where there are more: the first, or those around `focus`.
pub(super) fn cut(text: &str, focus: usize, width: usize) -> String {
    let last = text.chars().count().saturating_sub(width);
    let start = if focus + width / 3 < width { 0 } else { last.min(focus - width / 3) };
    let before = if start > 0 { "…" } else { "" };
    let rest = text.char_indices().nth(start).map_or("", |(at, _)| &text[at..]);
    let end = rest.char_indices().nth(width).map_or(rest.len(), |(at, _)| at);
    let after = if end < rest.len() { "…" } else { "" };
    format!("{before}{}{after}", &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_headings_are_said_once() {
        let (a, b) = (RepoPath::new("a.rs").unwrap(), RepoPath::new("b.rs").unwrap());
        let block = |path, heading: &str, line| Block {
            path,
            heading: heading.to_owned(),
            line,
            text: "\tx\x1b[2J",
            focus: 0,
        };
        let blocks = [block(&a, "function f", 1), block(&a, "function f", 2), block(&b, "", 3)];
        let text = anstream::adapter::strip_str(&text(&blocks)).to_string();
        let line = "x\\u{1b}[2J";
        let expected = format!(
            "a.rs\n  function f\n      1: {line}\n      2: {line}\n\nb.rs\n      3: {line}\n"
        );
        assert_eq!(text, expected);
    }
    #[test]
    fn the_place_that_is_meant_is_seen() {
        assert_eq!(cut("abcdef", 0, 9), "abcdef");
        assert_eq!(cut("abcdefghijkl", 1, 9), "abcdefghi…");
        assert_eq!(cut("abcdefghijklmnéqrst", 8, 9), "…fghijklmn…");
        assert_eq!(cut("abcdefghijklmé", 13, 9), "…fghijklmé");
        assert_eq!(cut("abcdef", 5, 6), "abcdef");
        assert_eq!(cut("", 0, 9), "");
    }
}
