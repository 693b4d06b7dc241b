//! What one token costs, told from the head of a file: bytes that are read, numbers that are
//! multiplied.
//!
//! Matrices that llama.cpp copies into an order that the processor likes are the measure; others count
//! several times, since their kernels are so much slower: fitted to Q4_K against Q4_1, Q5_0, Q6_K
//! and Q8_0 on one machine with AVX-512, 2.1 times for reading and 2.9 times for writing.

use std::path::Path;

use crate::model::local::header::{self, Facts, Tensor};
use crate::model::local::memory::repacked_kinds;

/// The table that tokens are looked up in; models without a matrix for the output use it for that, too.
const EMBEDDING: &str = "token_embd.weight";
const OUTPUT: &str = "output.weight";
/// Part of the names of matrices that are experts of a mixture.
const EXPERTS: &str = "_exps.";

/// How often matrices that are not copied count, to write and to read.
pub(in crate::model) const SLOW_TO_WRITE: u64 = 3;
pub(in crate::model) const SLOW_TO_READ: u64 = 2;

/// What one token costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Demand {
    /// Bytes of weights that are read to write a token, by how slow they are.
    pub bytes: u64,
    /// Weights that are multiplied to read a token of a prompt, by how slow they are. What comes next
    /// is not asked then.
    pub read: u64,
}

/// What a token of the model at `path` costs; none where its head does not say, or it is no model.
pub fn demand(path: &Path) -> Option<Demand> {
    of(&header::check(path).ok()?)
}

fn of(facts: &Facts) -> Option<Demand> {
    let number = |name: &str| {
        let numbers = facts.numbers.get(&format!("{}.{name}", facts.architecture));
        numbers.and_then(|numbers| numbers.first().copied())
    };
    // Of a mixture only some experts are asked for a token.
    let (used, count) = match (number("expert_used_count"), number("expert_count")) {
        (Some(used), Some(count)) if used < count => (used, count),
        _ => (1, 1),
    };
    let output = if facts.tensors.iter().any(|it| it.name == OUTPUT) { OUTPUT } else { EMBEDDING };
    let repacked = repacked_kinds();
    let mut demand = Demand::default();
    for tensor in facts.tensors.iter().filter(|tensor| tensor.shape.len() > 1) {
        let (times, of) = if tensor.name.contains(EXPERTS) { (used, count) } else { (1, 1) };
        let share = |amount: u64| amount / of * times;
        if tensor.name == EMBEDDING && output == OUTPUT {
            continue;
        }
        let (write, read) = match repacked.contains(&tensor.kind) {
            true => (1, 1),
            false => (SLOW_TO_WRITE, SLOW_TO_READ),
        };
        demand.bytes = demand.bytes.saturating_add(share(tensor.bytes).saturating_mul(write));
        if tensor.name != output {
            let weights = share(elements(tensor)).saturating_mul(read);
            demand.read = demand.read.saturating_add(weights);
        }
    }
    (demand.bytes > 0 && demand.read > 0).then_some(demand)
}

fn elements(tensor: &Tensor) -> u64 {
    tensor.shape.iter().fold(1, |product, it| product.saturating_mul(*it))
}

#[cfg(test)]
mod tests {
    use super::*;

    const Q4_K: u32 = 12;
    const Q8_0: u32 = 8;

    fn tensor(name: &str, shape: &[u64], kind: u32) -> Tensor {
        let bytes = shape.iter().product::<u64>() * 10;
        Tensor { name: name.to_owned(), shape: shape.to_vec(), kind, bytes, offset: None }
    }

    #[track_caller]
    fn check(tensors: Vec<Tensor>, experts: &[(&str, u64)], bytes: u64, read: u64) {
        let numbers = experts.iter().map(|(name, n)| (format!("x.{name}"), vec![*n])).collect();
        let facts = Facts { architecture: "x".into(), tensors, numbers, ..Facts::default() };
        assert_eq!(of(&facts).unwrap_or_default(), Demand { bytes, read });
    }

    #[test]
    fn tables_are_looked_up_and_matrices_multiplied() {
        let embedding = tensor("token_embd.weight", &[8, 100], Q4_K);
        let matrix = tensor("blk.0.ffn_up.weight", &[8, 16], Q4_K);
        let norm = tensor("blk.0.attn_norm.weight", &[8], 0);
        let output = tensor("output.weight", &[8, 50], Q4_K);
        check(vec![embedding.clone(), matrix.clone(), norm.clone()], &[], 9280, 128);
        check(vec![embedding, matrix, output], &[], 5280, 128);
        check(vec![norm], &[], 0, 0);
    }

    #[test]
    fn slow_types_count_several_times() {
        check(vec![tensor("blk.0.ffn_up.weight", &[8, 16], Q8_0)], &[], 3840, 256);
    }

    #[test]
    fn experts_that_are_not_asked_cost_nothing() {
        let experts = tensor("blk.0.ffn_up_exps.weight", &[8, 16, 32], Q4_K);
        let tensors = vec![experts, tensor("blk.0.attn_q.weight", &[8, 8], Q4_K)];
        let active = 8 * 16 * 4 + 64;
        check(tensors, &[("expert_count", 32), ("expert_used_count", 4)], active * 10, active);
    }
}
