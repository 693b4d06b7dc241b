//! How much memory a model will take, told from the head of its file before anything is loaded.

use std::path::Path;

use crate::base::Tokens;
use crate::model::EngineError;
use crate::model::local::header::{self, Facts};
use crate::model::local::load::{MAX_BATCH, Settings};

/// Types of matrices that llama.cpp copies into another order for the processor: Q4_0, Q4_K, IQ4_NL.
pub(super) const REPACKED: [u32; 3] = [2, 12, 20];
/// The program itself, its libraries, and the tables of a vocabulary.
const PROGRAM: u64 = 30_000_000;
/// Bytes of a token of the vocabulary: its text, its rank, and the maps between them.
const WORD: u64 = 250;
/// Tokens whose logits are wanted at one go.
const LOGITS: u64 = 16;
/// Keys and values are kept in half precision.
const HALF: u64 = 2;
const SINGLE: u64 = 4;

/// Bytes of memory, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The weights; their file is mapped, so these pages come from the disk cache.
    pub weights: u64,
    /// Copies of weights in an order that the processor likes.
    pub repacked: u64,
    /// Keys and values of a full context.
    pub cache: u64,
    /// Room to compute in, the vocabulary, and the program.
    pub working: u64,
    /// Bytes that each token of context takes.
    pub per_token: u64,
}

impl Estimate {
    pub fn total(&self) -> u64 {
        let parts = [self.weights, self.repacked, self.cache, self.working];
        parts.into_iter().fold(0, u64::saturating_add)
    }

    /// The longest context, in steps of 256 tokens, with which it takes at most `available` bytes.
    pub fn longest_context(&self, available: u64) -> Option<Tokens> {
        let fixed = self.total() - self.cache;
        let tokens = available.checked_sub(fixed)? / self.per_token.max(1) / 256 * 256;
        u32::try_from(tokens).ok().filter(|tokens| *tokens > 0).map(Tokens)
    }
}

impl Estimate {
    /// Refuses what does not fit into `available` bytes, with a remedy.
    pub(super) fn check(
        &self,
        name: &str,
        context: Tokens,
        available: u64,
    ) -> Result<(), EngineError> {
        if self.total() <= available {
            return Ok(());
        }
        Err(EngineError::TooLarge {
            name: name.to_owned(),
            context,
            needed: self.total(),
            available,
            fits: self.longest_context(available),
        })
    }
}

/// What the model at `path` will take with these settings on a machine without a graphics card. None
/// where its head does not say, or it is no model.
pub fn estimate(path: &Path, settings: &Settings) -> Option<Estimate> {
    of(&header::check(path).ok()?, settings)
}

/// The same from what the head of the file says.
pub(super) fn of(facts: &Facts, settings: &Settings) -> Option<Estimate> {
    let key = |name: &str| format!("{}.{name}", facts.architecture);
    let list = |name: &str| facts.numbers.get(&key(name));
    let number = |name: &str| list(name).and_then(|list| list.first().copied());
    let layers = number("block_count")?;
    let width = number("embedding_length")?;
    let heads = number("attention.head_count").filter(|heads| *heads > 0)?;
    // One number for all layers, or one for each; without any, every head has keys of its own.
    let kv_heads: u64 = match list("attention.head_count_kv").map(Vec::as_slice) {
        None => layers.saturating_mul(heads),
        Some([one]) => layers.saturating_mul(*one),
        Some(each) => each.iter().fold(0, |sum, it| sum.saturating_add(*it)),
    };
    let key_length = number("attention.key_length").unwrap_or(width / heads);
    let value_length = number("attention.value_length").unwrap_or(width / heads);
    let trained = number("context_length").unwrap_or(u64::MAX);
    let context = u64::from(settings.context.0.max(1)).min(trained).next_multiple_of(256);
    let per_token = kv_heads.saturating_mul(key_length.saturating_add(value_length)) * HALF;
    let words = facts.lengths.get("tokenizer.ggml.tokens").copied().unwrap_or_default();
    let batch = u64::from(MAX_BATCH);
    // Scores of a batch against the whole context, for every head, and the logits of what is guessed.
    let scores = batch.saturating_mul(context).saturating_mul(heads) * SINGLE;
    let logits = LOGITS.saturating_mul(words) * SINGLE;
    let repacked = REPACKED.iter().filter_map(|kind| facts.matrices.get(kind)).sum();
    Some(Estimate {
        weights: facts.length,
        repacked,
        cache: per_token.saturating_mul(context),
        working: PROGRAM + words.saturating_mul(WORD) + scores + logits,
        per_token,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Hint;

    /// A model with the given number of heads for keys in each layer.
    fn facts(kv_heads: &[u64]) -> Facts {
        let number = |name: &str, value: &[u64]| (format!("x.{name}"), value.to_vec());
        Facts {
            architecture: "x".into(),
            numbers: [
                number("block_count", &[4]),
                number("embedding_length", &[512]),
                number("attention.head_count", &[8]),
                number("attention.head_count_kv", kv_heads),
                number("context_length", &[4096]),
            ]
            .into(),
            lengths: [("tokenizer.ggml.tokens".to_owned(), 1000)].into(),
            matrices: [(12, 70_000_000), (14, 20_000_000)].into(),
            length: 100_000_000,
            ..Facts::default()
        }
    }

    fn settings(context: u32) -> Settings {
        Settings { context: Tokens(context), ..Settings::default() }
    }

    #[test]
    fn cache_follows_heads_layers_and_context() {
        let one = of(&facts(&[2]), &settings(1000)).unwrap();
        // 4 layers of 2 heads of 64 numbers for keys and as many for values, 2 bytes each.
        assert_eq!(one.per_token, 4 * 2 * 128 * 2);
        assert_eq!(one.cache, one.per_token * 1024);
        assert_eq!(one.repacked, 70_000_000);
        assert_eq!(of(&facts(&[2, 0, 4, 2]), &settings(1000)).unwrap().per_token, one.per_token);
        let most = of(&facts(&[2]), &settings(1_000_000)).unwrap();
        assert_eq!(most.cache, one.per_token * 4096, "no context is longer than the trained one");
        assert_eq!(of(&Facts::default(), &settings(1000)), None);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_a_remedy() {
        let needs = of(&facts(&[2]), &settings(4096)).unwrap();
        assert!(needs.check("m", Tokens(4096), needs.total()).is_ok());
        let error = needs.check("m", Tokens(4096), needs.total() - 1).unwrap_err();
        assert_eq!(error.hint().unwrap(), "it fits with `-c model.context=3840`");
        let error = needs.check("m", Tokens(4096), 50_000_000).unwrap_err();
        assert!(error.to_string().contains("50 MB are free"), "{error}");
        assert!(error.hint().unwrap().contains("smaller model"));
    }
}
