//! What does a file say?
//!
//! Text in, values out: languages, symbols, chunks, outlines, syntax errors, colours. Nothing here
//! opens a file, and broken code is read as far as it goes.

mod language;
mod allowance;
mod parse;
mod symbol;
mod links;
mod symbols;
mod lines;
mod chunks;
mod errors;
mod outline;
mod stub;
mod mutate;
mod context;
mod roles;
mod highlight;
mod listed;
mod scope;
mod tokens;
mod documented;
pub mod imports;
#[cfg(test)]
mod corpus;

pub use chunks::{Chunk, chunks, chunks_of};
pub use context::{Context, contexts};
pub use documented::{DocPlace, undocumented, with_docs};
pub use errors::{SyntaxError, errors};
pub use highlight::{Role, highlight, is_ready_to_highlight};
pub use language::Language;
pub use links::{How, Link, links};
pub use listed::is_listed;
pub use mutate::{Mutant, mutants, mutated};
pub use outline::outline;
pub use parse::{MAX_PARSED_BYTES, Tree, parse};
pub use roles::{UsedAs, used_as};
pub use scope::{Names, Reference, names};
pub use stub::{emptied, stubs};
pub use symbol::{Symbol, SymbolKind, dotted, path_ends};
pub use symbols::{read, symbols, symbols_of};
pub use tokens::code_tokens;
