//! Text to tree, within a bound.
//!
//! The bound counts the parser's steps, not seconds: the same text always gives the same result.

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState, Parser};

use crate::syntax::Language;

/// Longer texts are not parsed: such files are data.
pub const MAX_PARSED_BYTES: usize = 4 << 20;

/// The parser reports once in about a hundred of its operations. Ordinary code takes one report
/// for 50 to 100 bytes; code that makes the parser try ever more readings takes far more.
const BYTES_A_REPORT: usize = 16;
const FREE_REPORTS: usize = 2_000;

/// Deeper nesting is no code, and the parser's steps grow with the depth.
const MAX_DEPTH: usize = 2_000;

/// A parsed text.
#[derive(Debug, Clone)]
pub struct Tree(tree_sitter::Tree);

impl Tree {
    /// The node that covers the whole text.
    pub fn root(&self) -> tree_sitter::Node<'_> {
        self.0.root_node()
    }
}

/// Parses `text` as far as it goes. `None` for a text that is too long, too deep, or takes too many
/// steps.
pub fn parse(language: Language, text: &[u8]) -> Option<Tree> {
    if text.len() > MAX_PARSED_BYTES || depth(text) > MAX_DEPTH {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(language.grammar()).ok()?;
    let mut reports_left = FREE_REPORTS + text.len() / BYTES_A_REPORT;
    let mut watch = |_: &ParseState| match reports_left.checked_sub(1) {
        Some(left) => {
            reports_left = left;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    };
    let options = ParseOptions::new().progress_callback(&mut watch);
    let mut read = |offset: usize, _| text.get(offset..).unwrap_or_default();
    parser.parse_with_options(&mut read, None, Some(options)).map(Tree)
}

/// How many brackets are open at most, strings and comments included.
fn depth(text: &[u8]) -> usize {
    let (mut open, mut deepest) = (0usize, 0);
    for byte in text {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_not_parsed() {
        let json = Language::named("json").unwrap();
        assert!(parse(json, b"[1]").is_some());
        assert!(parse(json, &vec![b' '; MAX_PARSED_BYTES + 1]).is_none());
        assert!(parse(json, "[".repeat(MAX_DEPTH + 1).as_bytes()).is_none());
    }

    #[test]
    fn deep_nesting_ends() {
        // Some grammars take seconds for each, so languages do not wait for one another.
        std::thread::scope(|scope| {
            for language in Language::all() {
                scope.spawn(move || {
                    for unit in ["(", "[", "{", "<", "if a ", "\"", "`${", "a?b:", "*", "\\\n"] {
                        parse(language, unit.repeat(20_000).as_bytes());
                    }
                });
            }
        });
    }
}
