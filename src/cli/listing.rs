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
        let shown = cut(&block.text.trim().replace('\t', " "), width);
        text.push_str(&format!("  {dim}{:>5}:{dim:#} {}\n", block.line, printable(&shown)));
        before = Some(block);
    }
    text
}

/// The first `width` characters, with a sign where there are more.
fn cut(text: &str, width: usize) -> String {
    let mut shown: String = text.chars().take(width).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
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
        };
        let blocks = [block(&a, "function f", 1), block(&a, "function f", 2), block(&b, "", 3)];
        let text = anstream::adapter::strip_str(&text(&blocks)).to_string();
        let line = "x\\u{1b}[2J";
        let expected = format!(
            "a.rs\n  function f\n      1: {line}\n      2: {line}\n\nb.rs\n      3: {line}\n"
        );
        assert_eq!(text, expected);
    }
}
