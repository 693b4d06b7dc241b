//! How much memory a model will take, told from the head of its file before anything is loaded.

use std::path::Path;

use serde::Serialize;

use crate::base::Tokens;
use crate::model::local::ahead::{self, Ahead};
use crate::model::local::blocks;
use crate::model::local::header::{self, Facts};
use crate::model::local::load::{MAX_BATCH, MAX_STATES, Settings};
use crate::model::local::options::{CellType, Flash};
use crate::model::local::placement::Parts;
use crate::model::local::plan::{Free, Plan};
use crate::model::local::sound::MOST_LAYERS;
use crate::model::{EngineError, machine};

/// Types of matrices that llama.cpp copies into another order: Q4_0, Q4_K, IQ4_NL, MXFP4 and, with
/// AVX-512, Q2_K; on ARM also Q5_K, Q6_K and Q8_0.
const REPACKED: [u32; 5] = [2, 12, 20, 39, 10];
const REPACKED_ON_ARM: [u32; 7] = [2, 12, 20, 39, 13, 14, 8];
/// The program itself, its libraries, and the tables of a vocabulary.
const PROGRAM: u64 = 30_000_000;
/// Bytes of a token of the vocabulary: its text, its rank, and the maps between them.
const WORD: u64 = 250;
/// Tokens whose logits are wanted at one go.
const LOGITS: u64 = 48;
const HALF: u64 = 2;
const SINGLE: u64 = 4;

/// The types of matrices that llama.cpp copies into another order for this processor.
pub(super) fn repacked_kinds() -> &'static [u32] {
    let wide = machine::instruction_sets().contains(&"avx512f");
    match cfg!(target_arch = "aarch64") {
        true => &REPACKED_ON_ARM,
        false if wide => &REPACKED,
        false => &REPACKED[..4],
    }
}

/// Bytes of memory, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// The weights; their file is mapped, so these pages come from the disk cache.
    pub weights: u64,
    /// Copies of weights in an order that the processor likes.
    pub repacked: u64,
    /// Keys and values of a full context.
    pub cache: u64,
    /// Those of its bytes that no token takes: the states of a recurrent model.
    pub states: u64,
    /// Room to compute in, the vocabulary, and the program.
    pub working: u64,
    /// Bytes that each token of context takes.
    pub per_token: u64,
    /// Bytes of the weights that are experts.
    pub experts: u64,
    /// Bytes of the weights that each token goes through; the other experts are not asked.
    pub active: u64,
}

impl Estimate {
    pub fn total(&self) -> u64 {
        let parts = [self.weights, self.repacked, self.cache, self.working];
        parts.into_iter().fold(0, u64::saturating_add)
    }

    /// The same where weights stand in memory once.
    pub(super) fn without_copies(self) -> Self {
        Self { repacked: 0, ..self }
    }

    /// The longest context, in steps of 256 tokens, with which it takes at most `available` bytes.
    pub fn longest_context(&self, available: u64) -> Option<Tokens> {
        // States are as large however long it is.
        let fixed = self.total() - (self.cache - self.states);
        let tokens = available.checked_sub(fixed)? / self.per_token.max(1) / 256 * 256;
        u32::try_from(tokens).ok().filter(|tokens| *tokens > 0).map(Tokens)
    }
}

impl Estimate {
    /// The same by what can be placed on its own; `layers` is what the file says.
    pub(super) fn parts(&self, facts: &Facts, layers: u32) -> Parts {
        let cells = self.cache / u64::from(layers.max(1));
        Parts::of(facts, layers, cells, self.working, self.repacked)
    }

    /// The error for what needs more memory than there is, with a remedy.
    pub(super) fn too_large(
        &self,
        name: &str,
        context: Tokens,
        needed: u64,
        available: u64,
    ) -> EngineError {
        let name = name.to_owned();
        // What is on a graphics card is not in the way here.
        let elsewhere = self.total().saturating_sub(needed);
        let fits = self.longest_context(available.saturating_add(elsewhere));
        EngineError::TooLarge { name, context, needed, available, fits }
    }
}

/// What the model at `path` will take with these settings where so many bytes are free, without a
/// graphics card. None where its head does not say, it is no model, or the settings do not go with it.
pub fn estimate(path: &Path, settings: &Settings, available: Option<u64>) -> Option<Estimate> {
    let facts = header::check(path).ok()?;
    Plan::of(&facts, settings, &Free { ram: available, gpu: None }).ok()?.estimate
}

/// The number of a type of cells in a GGUF file.
pub(super) fn kind(cells: CellType) -> u32 {
    match cells {
        CellType::F16 | CellType::Auto => 1,
        CellType::Q8_0 => 8,
        CellType::Q4_0 => 2,
    }
}

/// How many numbers a head has, for keys and for values, in all layers.
pub(super) fn head_lengths(facts: &Facts) -> Vec<u64> {
    let (keys, values) = match (facts.number("embedding_length"), heads(facts)) {
        (Some(width), Some(heads)) => (Some(width / heads), Some(width / heads)),
        _ => (None, None),
    };
    let names = ["attention.key_length", "attention.value_length"];
    let said = names.map(|name| facts.number(name));
    let sliding = names.map(|name| facts.number(&format!("{name}_swa")));
    let lengths = [said[0].or(keys), said[1].or(values), sliding[0], sliding[1]];
    lengths.into_iter().flatten().collect()
}

/// Heads that ask, in the layer that has most.
fn heads(facts: &Facts) -> Option<u64> {
    facts.list("attention.head_count")?.iter().copied().max().filter(|heads| *heads > 0)
}

/// Bytes of keys and values of one token, in all layers.
fn per_token(facts: &Facts, layers: u64, cells: CellType) -> Option<u64> {
    let Some(heads) = heads(facts) else {
        // Models that only have states take nothing for a token.
        return is_recurrent(facts).then_some(0);
    };
    let width = facts.number("embedding_length")?;
    // One number for all layers, or one for each; without any, every head has keys of its own.
    let kv_heads: u64 = match facts.list("attention.head_count_kv").map(Vec::as_slice) {
        None => with_keys(facts, layers).saturating_mul(heads),
        Some([one]) => with_keys(facts, layers).saturating_mul(*one),
        Some(each) => each.iter().fold(0, |sum, it| sum.saturating_add(*it)),
    };
    let keys = facts.number("attention.key_length").unwrap_or(width / heads);
    let values = facts.number("attention.value_length").unwrap_or(width / heads);
    // Compressed keys hold the values, too.
    let compressed = facts.number("attention.key_length_mla").is_some();
    let values = if compressed { 0 } else { values };
    let bytes = |length| blocks::tensor_bytes(kind(cells), kv_heads.saturating_mul(length));
    Some(bytes(keys).saturating_add(bytes(values)))
}

fn is_recurrent(facts: &Facts) -> bool {
    facts.number("ssm.state_size").is_some()
}

/// Of so many layers those with keys and values, where a file says that only every so-manieth has them;
/// the heads behind the last one have, too.
fn with_keys(facts: &Facts, layers: u64) -> u64 {
    let heads = ahead::heads(facts).min(layers);
    match facts.number("full_attention_interval").filter(|it| *it > 0) {
        Some(interval) => (layers - heads) / interval + heads,
        None => layers,
    }
}

/// Bytes of the states of a recurrent model that can lose `back` tokens.
fn states(facts: &Facts, layers: u64, back: u32) -> u64 {
    let number = |name: &str| facts.number(&format!("ssm.{name}")).unwrap_or(0);
    let (state, inner, groups) =
        (number("state_size"), number("inner_size"), number("group_count"));
    // Layers with keys and values have no state, where the file tells them apart.
    let layers = match facts.list("attention.head_count_kv").map(Vec::as_slice) {
        Some(each) if each.len() > 1 => each.iter().filter(|heads| **heads == 0).count() as u64,
        _ => match layers - with_keys(facts, layers) {
            0 => layers,
            some => some,
        },
    };
    let shared = groups.saturating_mul(state).saturating_mul(2);
    let recent =
        inner.saturating_add(shared).saturating_mul(number("conv_kernel").saturating_sub(1));
    let one = inner.saturating_mul(state).saturating_add(recent).saturating_mul(SINGLE);
    one.saturating_mul(layers).saturating_mul(u64::from(MAX_STATES * (1 + back)))
}

/// What a model takes from what the head of its file says.
pub(super) fn of(
    facts: &Facts,
    context: Tokens,
    cells: CellType,
    flash: Flash,
    ahead: Ahead,
) -> Option<Estimate> {
    let layers = facts.number("block_count")?;
    let per_token = per_token(facts, layers, cells)?;
    let context = u64::from(context.0.max(1)).next_multiple_of(256);
    let words = facts.lengths.get("tokenizer.ggml.tokens").copied().unwrap_or_default();
    let batch = u64::from(MAX_BATCH);
    // Scores of a batch against the whole context, for every head, unless they are made piece by
    // piece; then only what may be looked at is said, in both precisions.
    let row = match flash {
        // Where llama.cpp decides, there is room for either.
        Flash::Off | Flash::Auto => heads(facts).unwrap_or(0).saturating_mul(SINGLE),
        Flash::On => HALF + SINGLE,
    };
    // The heads compute in a context of their own.
    let contexts = if ahead.heads { 2 } else { 1 };
    let scores = batch.saturating_mul(context).saturating_mul(row).saturating_mul(contexts);
    let states = states(facts, layers, ahead.back);
    let logits = LOGITS.saturating_mul(words) * SINGLE;
    let repacked =
        repacked_kinds().iter().map(|kind| facts.matrices(*kind)).fold(0, u64::saturating_add);
    let parts = Parts::of(facts, layers.min(MOST_LAYERS) as u32, 0, 0, 0);
    let experts = parts.experts();
    let (all, used) = (facts.number("expert_count"), facts.number("expert_used_count"));
    let asked = match (all.filter(|all| *all > 0), used) {
        (Some(all), Some(used)) => {
            (u128::from(experts) * u128::from(used.min(all)) / u128::from(all)) as u64
        }
        _ => experts,
    };
    Some(Estimate {
        weights: facts.length,
        repacked,
        cache: per_token.saturating_mul(context).saturating_add(states),
        states,
        working: [PROGRAM, words.saturating_mul(WORD), scores, logits]
            .into_iter()
            .fold(0, u64::saturating_add),
        per_token,
        experts,
        active: facts.length.saturating_sub(experts).saturating_add(asked),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Hint;
    use crate::model::local::header::Tensor;

    fn tensor(name: &str, shape: &[u64], kind: u32, bytes: u64) -> Tensor {
        Tensor { name: name.into(), shape: shape.to_vec(), kind, bytes, offset: None }
    }

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
                number("expert_count", &[8]),
                number("expert_used_count", &[2]),
            ]
            .into(),
            lengths: [("tokenizer.ggml.tokens".to_owned(), 1000)].into(),
            tensors: vec![
                tensor("token_embd.weight", &[2, 2], 12, 9_000_000),
                tensor("blk.0.attn_q.weight", &[2, 2], 12, 30_000_000),
                tensor("blk.1.ffn_up_exps.weight", &[2, 2, 8], 12, 40_000_000),
                tensor("blk.1.attn_v.weight", &[2, 2], 14, 20_000_000),
                tensor("blk.1.attn_norm.weight", &[2], 12, 1),
            ],
            length: 100_000_000,
            ..Facts::default()
        }
    }

    fn told(kv_heads: &[u64], context: u32, cells: CellType) -> Estimate {
        let settings = Settings { context: Tokens(context), cells, ..Settings::default() };
        Plan::of(&facts(kv_heads), &settings, &Free::default()).unwrap().estimate.unwrap()
    }

    #[test]
    fn cache_follows_heads_layers_context_and_type() {
        let one = told(&[2], 1000, CellType::F16);
        // 4 layers of 2 heads of 64 numbers for keys and as many for values, 2 bytes each.
        assert_eq!(one.per_token, 4 * 2 * 128 * 2);
        assert_eq!(one.cache, one.per_token * 1024);
        assert_eq!(one.repacked, 70_000_000);
        assert_eq!(told(&[2, 0, 4, 2], 1000, CellType::F16).per_token, one.per_token);
        let most = told(&[2], 1_000_000, CellType::F16);
        assert_eq!(most.cache, one.per_token * 4096, "no context is longer than the trained one");
        assert_eq!(told(&[2], 1000, CellType::Q8_0).per_token, 4 * 2 * 128 / 32 * 34);
        assert_eq!(told(&[2], 1000, CellType::Q4_0).per_token, 4 * 2 * 128 / 32 * 18);
        assert_eq!(
            of(&Facts::default(), Tokens(9), CellType::F16, Flash::Off, Ahead::default()),
            None
        );
    }

    #[test]
    fn experts_count_whole_and_are_asked_in_part() {
        let mixture = told(&[2], 1000, CellType::F16);
        assert_eq!((mixture.weights, mixture.experts), (100_000_000, 40_000_000));
        assert_eq!(mixture.active, 70_000_000, "2 of 8 experts");
    }

    #[test]
    fn copies_are_left_out_before_context_loses_precision() {
        let plan = |ram| {
            let settings = Settings { cells: CellType::Auto, ..Settings::default() };
            let settings = Settings { context: Tokens(1000), ..settings };
            Plan::of(&facts(&[2]), &settings, &Free { ram: Some(ram), gpu: None }).unwrap()
        };
        let whole = told(&[2], 1000, CellType::F16).total();
        let chosen = |ram| (plan(ram).copies, plan(ram).cells);
        assert_eq!(chosen(whole), (true, CellType::F16));
        assert_eq!(chosen(whole - 1), (false, CellType::F16));
        assert_eq!(plan(whole - 1).estimate.unwrap().total(), whole - 70_000_000);
        assert_eq!(chosen(whole - 70_000_001), (false, CellType::Q8_0));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_a_remedy() {
        let needs = told(&[2], 4096, CellType::F16);
        let refuse = |available| needs.too_large("m", Tokens(4096), needs.total(), available);
        let error = refuse(needs.total() - 1);
        assert_eq!(error.hint().unwrap(), "it fits with `-c model.context=3840`");
        let error = refuse(50_000_000);
        assert!(error.to_string().contains("50 MB are free"), "{error}");
        assert!(error.hint().unwrap().contains("smaller model"));
    }
}
