//! The special tokens of a model, ready to be looked for.

use aho_corasick::{AhoCorasick, MatchKind};

use crate::model::chat::marks::ROLES;

/// All texts that the tokeniser of a model makes one token of.
#[derive(Debug)]
pub(super) struct Specials {
    /// Longest first: what the template writes.
    pub(super) own: AhoCorasick,
    /// All of them wherever they stand.
    pub(super) anywhere: AhoCorasick,
    /// In order, none twice.
    pub(super) texts: Vec<String>,
}

impl Specials {
    /// The error is the automaton's: too many tokens.
    pub(super) fn new(mut texts: Vec<String>) -> Result<Self, String> {
        texts.retain(|text| !text.is_empty());
        texts.sort();
        texts.dedup();
        let mut written = texts.clone();
        written.extend(texts.iter().flat_map(|text| around_roles(text)));
        let own = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&written);
        let own = own.map_err(|error| error.to_string())?;
        let anywhere = AhoCorasick::new(&texts).map_err(|error| error.to_string())?;
        Ok(Self { own, anywhere, texts })
    }

    pub(super) fn has(&self, text: &str) -> bool {
        self.texts.binary_search_by(|special| special.as_str().cmp(text)).is_ok()
    }
}

/// What stands around the name of a role in `special`; one letter alone is too little to go by.
fn around_roles(special: &str) -> Vec<String> {
    let parts = ROLES.iter().filter_map(|role| special.split_once(role));
    let parts = parts.filter(|(before, after)| before.len() > 1 && after.len() > 1);
    parts.flat_map(|(before, after)| [before.to_owned(), after.to_owned()]).collect()
}
