//! Chooses the next token.

use llama_cpp_2::sampling::LlamaSampler;

use crate::model::Sampling;

/// The sampler that `sampling` asks for. Its `sample` also accepts the token: nobody else may.
pub(super) fn sampler(sampling: &Sampling) -> LlamaSampler {
    if sampling.temperature <= 0.0 {
        return LlamaSampler::greedy();
    }
    LlamaSampler::chain_simple([
        LlamaSampler::top_p(sampling.top_p, 1),
        LlamaSampler::temp(sampling.temperature),
        LlamaSampler::dist(sampling.seed),
    ])
}
