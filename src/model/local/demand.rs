//! What one token costs, told from the head of a file: bytes that are read, numbers that are
//! multiplied.

use std::path::Path;

use crate::model::local::header::{self, Facts, Tensor};

/// The table that tokens are looked up in; models without a matrix for the output use it for that, too.
const EMBEDDING: &str = "token_embd.weight";
const OUTPUT: &str = "output.weight";
/// Part of the names of matrices that are experts of a mixture.
const EXPERTS: &str = "_exps.";

/// What one token costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Demand {
    /// Bytes of weights that are read to write a token.
    pub bytes: u64,
    /// Weights that are multiplied to write a token.
    pub written: u64,
    /// Weights that are multiplied to read a token of a prompt: what comes next is not asked.
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
    let mut demand = Demand::default();
    for tensor in facts.tensors.iter().filter(|tensor| tensor.shape.len() > 1) {
        let (times, of) = if tensor.name.contains(EXPERTS) { (used, count) } else { (1, 1) };
        let share = |amount: u64| amount / of * times;
        if tensor.name == EMBEDDING && output == OUTPUT {
            continue;
        }
        demand.bytes = demand.bytes.saturating_add(share(tensor.bytes));
        demand.written = demand.written.saturating_add(share(elements(tensor)));
        if tensor.name != output {
            demand.read = demand.read.saturating_add(share(elements(tensor)));
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

    #[track_caller]
    fn check(tensors: &[(&str, &[u64])], experts: &[(&str, u64)], expected: (u64, u64, u64)) {
        let tensor = |(name, shape): &(&str, &[u64])| {
            let shape = shape.to_vec();
            let bytes = shape.iter().product::<u64>() * 2;
            Tensor { name: (*name).to_owned(), shape, bytes }
        };
        let numbers = experts.iter().map(|(name, n)| (format!("x.{name}"), vec![*n]));
        let facts = Facts {
            architecture: "x".into(),
            tensors: tensors.iter().map(tensor).collect(),
            numbers: numbers.collect(),
            ..Facts::default()
        };
        let demand = of(&facts).unwrap_or_default();
        assert_eq!((demand.bytes, demand.written, demand.read), expected);
    }

    #[test]
    fn tables_are_looked_up_and_matrices_multiplied() {
        let embedding: (&str, &[u64]) = ("token_embd.weight", &[8, 100]);
        let matrix: (&str, &[u64]) = ("blk.0.ffn_up.weight", &[8, 16]);
        let norm: (&str, &[u64]) = ("blk.0.attn_norm.weight", &[8]);
        check(&[embedding, matrix, norm], &[], (2 * 928, 928, 128));
        check(&[embedding, matrix, ("output.weight", &[8, 50])], &[], (2 * 528, 528, 128));
        check(&[norm], &[], (0, 0, 0));
    }

    #[test]
    fn experts_that_are_not_asked_cost_nothing() {
        let tensors: [(&str, &[u64]); 2] =
            [("blk.0.ffn_up_exps.weight", &[8, 16, 32]), ("blk.0.attn_q.weight", &[8, 8])];
        let active = 8 * 16 * 4 + 64;
        check(
            &tensors,
            &[("expert_count", 32), ("expert_used_count", 4)],
            (active * 2, active, active),
        );
    }
}
