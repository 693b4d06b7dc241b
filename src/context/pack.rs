//! Fits offers into a budget, and accounts for every token.

use serde::Serialize;

use crate::base::{RepoPath, Span, Tokens};
use crate::context::Offer;

/// What is shown, what it costs, and what is left out.
#[derive(Clone, Debug)]
pub struct ContextPack {
    /// What is shown, in the order in which it is shown.
    pub sources: Vec<Offer>,
    /// The cost of each thing in the prompt.
    pub ledger: Vec<Entry>,
    /// What did not fit, best first.
    pub left_out: Vec<LeftOut>,
    /// What the prompt may cost.
    pub budget: Tokens,
}

/// A thing in the prompt and its cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub source: String,
    pub tokens: Tokens,
    pub why: String,
}

/// An offer that did not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub path: RepoPath,
    pub span: Span,
    pub tokens: Tokens,
}

impl ContextPack {
    /// What the prompt costs by the ledger.
    pub fn used(&self) -> Tokens {
        self.ledger.iter().map(|entry| entry.tokens).sum()
    }
}

/// What a fence, its heading and the blank lines around it cost, at most.
const FRAME: Tokens = Tokens(24);

/// Takes offers, best first, as long as they fit beside `fixed`, which is always in. A piece of
/// what is in already is passed over.
pub fn pack(
    fixed: &[(&str, &str)],
    offers: Vec<Offer>,
    budget: Tokens,
    count: &dyn Fn(&str) -> Tokens,
) -> ContextPack {
    let mut pack =
        ContextPack { sources: Vec::new(), ledger: Vec::new(), left_out: Vec::new(), budget };
    for (name, text) in fixed {
        pack.ledger.push(Entry {
            source: (*name).to_owned(),
            tokens: count(text),
            why: "always".into(),
        });
    }
    for offer in offers {
        if pack.sources.iter().any(|there| there.covers(&offer)) {
            continue;
        }
        let tokens = count(&offer.text) + FRAME;
        if pack.used() + tokens > budget {
            pack.left_out.push(LeftOut { path: offer.path, span: offer.span, tokens });
            continue;
        }
        pack.ledger.push(Entry {
            source: format!("{}:{}", offer.path, offer.span),
            tokens,
            why: offer.why.clone(),
        });
        pack.sources.push(offer);
    }
    pack
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn offer(name: usize, length: usize) -> Offer {
        Offer {
            path: RepoPath::new(format!("f{name}")).unwrap(),
            span: Span::new(1, 1),
            whole: true,
            purpose: crate::context::Purpose::Source,
            language: String::new(),
            text: "x".repeat(length),
            why: String::new(),
        }
    }

    #[test]
    fn where_a_whole_file_does_not_fit_a_piece_of_it_may() {
        let whole = Offer { span: Span::new(1, 90), ..offer(0, 900) };
        let piece = Offer { span: Span::new(7, 8), whole: false, ..offer(0, 10) };
        let count = |text: &str| Tokens(text.len() as u32);
        let offers = vec![whole.clone(), piece.clone()];
        let made = pack(&[], offers.clone(), Tokens(100), &count);
        assert_eq!((made.sources, made.left_out.len()), (vec![piece], 1));
        assert_eq!(pack(&[], offers, Tokens(1000), &count).sources, [whole]);
    }

    proptest! {
        #[test]
        fn never_over_budget_and_nothing_unaccounted(lengths in proptest::collection::vec(0_usize..400, 0..20), budget in 50_u32..2000) {
            let count = |text: &str| Tokens(text.len() as u32);
            let offers: Vec<_> = lengths.iter().enumerate().map(|(i, n)| offer(i, *n)).collect();
            let made = pack(&[("system", "0123456789")], offers.clone(), Tokens(budget), &count);
            prop_assert!(made.used() <= made.budget);
            prop_assert_eq!(made.sources.len() + made.left_out.len(), offers.len());
            let again = pack(&[("system", "0123456789")], offers, Tokens(budget), &count);
            prop_assert_eq!(made.ledger, again.ledger);
        }
    }
}
