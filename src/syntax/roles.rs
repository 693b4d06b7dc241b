//! As what does code name something: is it called, a type, inherited from, imported?
//!
//! The query `references.scm` of the language tells; the first pattern that names a place decides.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use streaming_iterator::StreamingIterator;
use tree_sitter::{QueryCursor, QueryCursorOptions, QueryCursorState};

use crate::syntax::allowance::Allowance;
use crate::syntax::{Language, Tree};

/// What a name is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsedAs {
    Call,
    Type,
    Inherits,
    Import,
}

/// What each name that starts at one of `at` is used as, in the same order; `None` where the grammar
/// does not tell.
pub fn used_as(language: Language, tree: &Tree, text: &[u8], at: &[usize]) -> Vec<Option<UsedAs>> {
    let mut found: HashMap<usize, (usize, UsedAs)> = HashMap::new();
    let wanted: std::collections::HashSet<usize> = at.iter().copied().collect();
    if let (Some(query), Some(first), Some(last)) =
        (language.references_query(), at.iter().min(), at.iter().max())
    {
        let allowance = Allowance::of(text.len());
        let mut watch = |_: &QueryCursorState| allowance.check();
        let options = QueryCursorOptions::new().progress_callback(&mut watch);
        let mut cursor = QueryCursor::new();
        cursor.set_byte_range(*first..*last + 1);
        let mut matches = cursor.matches_with_options(query, tree.root(), text, options);
        while let Some(matched) = matches.next() {
            for capture in matched.captures() {
                let start = capture.node.start_byte();
                let name = query.capture_names()[capture.index as usize];
                let (Some(role), true) = (role(name), wanted.contains(&start)) else { continue };
                let entry = found.entry(start).or_insert((matched.pattern_index, role));
                if matched.pattern_index < entry.0 {
                    *entry = (matched.pattern_index, role);
                }
            }
        }
    }
    at.iter().map(|at| found.get(at).map(|it| it.1)).collect()
}

fn role(capture: &str) -> Option<UsedAs> {
    match capture {
        "call" => Some(UsedAs::Call),
        "type" => Some(UsedAs::Type),
        "inherits" => Some(UsedAs::Inherits),
        "import" => Some(UsedAs::Import),
        _ => None,
    }
}
