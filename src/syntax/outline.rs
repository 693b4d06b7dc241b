//! A file in as many lines as it has definitions.

use crate::syntax::Symbol;

/// One line a symbol: its first line, and its signature indented by what encloses it.
///
/// `symbols` are in the order that [`symbols`](crate::syntax::symbols()) gives them.
pub fn outline(symbols: &[Symbol]) -> String {
    let mut text = String::new();
    let mut enclosing: Vec<&Symbol> = Vec::new();
    for symbol in symbols {
        while enclosing.pop_if(|outer| symbol.bytes.start >= outer.bytes.end).is_some() {}
        let indent = "  ".repeat(enclosing.len());
        text.push_str(&format!("{:>5}: {indent}{}\n", symbol.span.start, symbol.signature));
        enclosing.push(symbol);
    }
    text
}
