//! What is indexed: one document a chunk.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::TextAnalyzer;

use crate::base::{Digest, RepoPath, Span};
use crate::index::tokenize::CodeTokenizer;
use crate::syntax::{Symbol, SymbolKind, dotted, path_ends};

/// Another number makes every older index be built again.
pub(super) const VERSION: u32 = 10;

const TOKENIZER: &str = "code";

/// So many ends of its path name a definition, beside the whole.
const MOST_ENDS: usize = 4;

/// The fields of a document.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// The key of the file, see [`file_key`].
    pub(super) file: Field,
    /// First line.
    pub(super) line: Field,
    /// Words of the path.
    pub(super) path: Field,
    /// Words of the text.
    pub(super) body: Field,
    /// Words of the names that are defined in it.
    pub(super) names: Field,
    /// The names that are defined in it, exactly.
    pub(super) defines: Field,
    /// The kinds of what is defined in it.
    pub(super) kinds: Field,
    /// A [`Record`].
    pub(super) record: Field,
}

/// What is kept of a chunk beside its words; its text stays in the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) span: Span,
    pub(super) bytes: Range<usize>,
    pub(super) symbol: Option<String>,
    pub(super) kind: Option<SymbolKind>,
}

impl Fields {
    pub(super) fn schema() -> (Schema, Self) {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_index_option(IndexRecordOption::WithFreqs);
        let words = TextOptions::default().set_indexing_options(indexing);
        let fields = Self {
            file: schema.add_u64_field("file", INDEXED | FAST),
            line: schema.add_u64_field("line", FAST),
            path: schema.add_text_field("path", words.clone()),
            body: schema.add_text_field("body", words.clone()),
            names: schema.add_text_field("names", words),
            defines: schema.add_text_field("defines", STRING),
            kinds: schema.add_text_field("kinds", STRING),
            record: schema.add_bytes_field("record", STORED),
        };
        (schema.build(), fields)
    }
}

/// Makes the words of the schema known to `index`.
pub(super) fn register(index: &tantivy::Index) {
    index.tokenizers().register(TOKENIZER, TextAnalyzer::from(CodeTokenizer::default()));
}

/// Names one version of a file in the index: 64 bits of a digest of its path and its bytes. To take
/// out a version never takes out the one that follows it.
pub(super) fn file_key(path: &RepoPath, digest: Digest) -> u64 {
    let version = [path.as_bytes(), b"\0", digest.to_string().as_bytes()].concat();
    let digest = Digest::of(&version).to_string();
    u64::from_str_radix(&digest[..16], 16).unwrap_or_default()
}

/// The names of `symbol` that an exact look-up finds it by, with dots between their parts: its own,
/// its path, and the ends of that. Titles and keys have no parts.
pub(super) fn exact_names(symbol: &Symbol) -> Vec<String> {
    let (name, path) = (dotted(&symbol.name), dotted(&symbol.path));
    let shortest = if symbol.kind.is_definition() { 0 } else { name.len() };
    let ends = path_ends(&path).take(MOST_ENDS).filter(|end| end.len() >= shortest);
    let names: BTreeSet<&str> = ends.chain([&*name, &*path]).collect();
    names.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, path: &str, kind: SymbolKind, expected: &[&str]) {
        let symbol = Symbol {
            name: name.into(),
            path: path.into(),
            kind,
            names_at: vec![0],
            span: Span::new(1, 1),
            bytes: 0..1,
            signature: String::new(),
        };
        assert_eq!(exact_names(&symbol), expected);
    }

    #[test]
    fn definitions_are_found_by_the_ends_of_their_paths() {
        check("main", "main", SymbolKind::Function, &["main"]);
        check("open", "a.B.open", SymbolKind::Method, &["B.open", "a.B.open", "open"]);
        check("Net::Client", "Net.Client", SymbolKind::Class, &["Client", "Net.Client"]);
        let ends = ["a.b.c.d.e.f", "c.d.e.f", "d.e.f", "e.f", "f"];
        check("f", "a.b.c.d.e.f", SymbolKind::Function, &ends);
        check("1.2 Use", "Client.1.2 Use", SymbolKind::Section, &["1.2 Use", "Client.1.2 Use"]);
    }
}
