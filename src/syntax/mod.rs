//! What does a file say?
//!
//! Text in, values out: languages, symbols, chunks, outlines, syntax errors, colours. Nothing here
//! opens a file, and broken code is read as far as it goes.

mod highlight;
mod symbol;

pub use highlight::{Role, highlight};
pub use symbol::{Symbol, SymbolKind};
