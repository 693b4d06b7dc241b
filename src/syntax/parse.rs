//! Text to tree, within a bound.
//!
//! What is longer, deeper or takes longer than code does is no tree, and its readers take it for
//! plain text. Files that people write come nowhere near the bound.

use tree_sitter::{ParseOptions, ParseState, Parser};

use crate::syntax::Language;
use crate::syntax::allowance::Allowance;

/// Longer texts are not parsed: such files are data.
pub const MAX_PARSED_BYTES: usize = 4 << 20;

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

/// Parses `text` as far as it goes. `None` for a text that is too long, too deep, or takes too much
/// time.
pub fn parse(language: Language, text: &[u8]) -> Option<Tree> {
    parse_within(Allowance::of(text.len()), language, text)
}

/// [`parse`] with what is left of an allowance.
pub(super) fn parse_within(allowance: Allowance, language: Language, text: &[u8]) -> Option<Tree> {
    if text.len() > MAX_PARSED_BYTES || depth(text) > MAX_DEPTH {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(language.grammar()).ok()?;
    let mut watch = |_: &ParseState| allowance.check();
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
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_too_long_is_not_parsed() {
        let json = Language::named("json").unwrap();
        assert!(parse(json, b"[1]").is_some());
        assert!(parse(json, &vec![b' '; MAX_PARSED_BYTES + 1]).is_none());
        assert!(parse(json, "[".repeat(MAX_DEPTH + 1).as_bytes()).is_none());
    }

    #[test]
    fn what_takes_too_long_is_given_up() {
        // The scanner looks for the end of a long comment behind each of these tokens: 16 s in all.
        let lua = Language::named("lua").unwrap();
        let noise = "*".repeat(80_000);
        assert!(parse(lua, noise.as_bytes()).is_none());
        assert!(parse(lua, &noise.as_bytes()[..400]).is_some());
        let code = "local function f(a) return a * 2 end\n".repeat(20_000);
        assert!(parse(lua, code.as_bytes()).is_some());
        let nothing = Allowance::new(Duration::ZERO);
        assert!(parse_within(nothing, lua, code.as_bytes()).is_none());
    }

    #[test]
    fn deep_nesting_ends() {
        const UNITS: [&str; 24] = [
            "(", "[", "{", "<", "if a ", "\"", "'", "`${", "a?b:", "*", "\\\n", "/*", "{-",
            "<<A\n", "<div>", "\n ", "\t", "a=", "a.b ", "=> ", "do ", "#{", "class A;", "é",
        ];
        for language in Language::all() {
            for unit in UNITS {
                let allowance = Allowance::new(Duration::from_millis(5));
                parse_within(allowance, language, unit.repeat(20_000).as_bytes());
            }
        }
    }
}
