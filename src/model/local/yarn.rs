//! How long a context is, and how positions beyond those that the model was trained on are told.
//!
//! YaRN (<https://arxiv.org/abs/2309.00071>) stretches the slow rotations and leaves the fast ones, so
//! that a model finds its way in a context a few times longer, at some cost for short ones.

use crate::base::Tokens;
use crate::model::local::header::Facts;
use crate::model::local::options::Rope;
use crate::model::local::refusal::Refusal;

/// Nobody has found use for more.
const MOST: f32 = 64.0;
/// Architectures whose positions are not rotations: `llama_model_rope_type` has the list.
const WITHOUT: [&str; 23] = [
    "arwkv7",
    "bloom",
    "clip",
    "glm5-next",
    "gpt2",
    "gptj",
    "jais",
    "jamba",
    "jina-bert-v2",
    "kimi-k3",
    "kimi-linear",
    "mamba",
    "mamba2",
    "mpt",
    "nemotron_h",
    "nemotron_h_moe",
    "refact",
    "rwkv6",
    "rwkv6qwen2",
    "rwkv7",
    "t5",
    "t5encoder",
    "wavtokenizer-dec",
];

/// How far positions are stretched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Yarn {
    /// How many times longer; more than 1.
    pub(super) factor: f32,
    /// Tokens that the model was trained on.
    pub(super) original: u32,
}

/// The context that a model gets where `wanted` tokens are wanted.
pub(super) fn context(
    facts: &Facts,
    wanted: Tokens,
    rope: Rope,
) -> Result<(Tokens, Option<Yarn>), Refusal> {
    let wanted = wanted.0.max(1);
    let trained = facts.number("context_length").and_then(|it| u32::try_from(it).ok());
    let trained = trained.filter(|tokens| *tokens > 0);
    let Rope::Yarn { factor, original } = rope else {
        return Ok((Tokens(trained.map_or(wanted, |trained| wanted.min(trained))), None));
    };
    if let Some(why) = unfit(facts) {
        return Err(refusal(why, "take `-c model.rope=model`"));
    }
    let scaled = facts.number("rope.scaling.original_context_length");
    let scaled = scaled.and_then(|it| u32::try_from(it).ok()).filter(|tokens| *tokens > 0);
    let own = scaled.or(trained);
    let original = match (original, own) {
        (0, None) => {
            let why = "its file does not say what it was trained on";
            return Err(refusal(why, "say it: `-c model.rope_original=TOKENS`"));
        }
        (0, Some(own)) => own,
        (said, Some(own)) if said > own => {
            let why = format!("{said} tokens are more than the {own} it was trained on");
            return Err(refusal(why, "take `-c model.rope_original=0`"));
        }
        (said, _) => said,
    };
    if wanted <= original {
        let why = format!("{wanted} tokens fit into the {original} it was trained on");
        let remedy = "take `-c model.rope=model`, or a longer `model.context`";
        return Err(refusal(why, remedy));
    }
    let needed = wanted as f32 / original as f32;
    let factor = if factor == 0.0 { needed } else { factor };
    if !factor.is_finite() || factor <= 1.0 || factor > MOST {
        let why = format!("a context cannot be made {factor} times as long");
        return Err(refusal(why, "take a `model.rope_factor` from above 1 to 64, or 0"));
    }
    let longest = (f64::from(original) * f64::from(factor)).round() as u32;
    Ok((Tokens(wanted.min(longest)), Some(Yarn { factor, original })))
}

fn refusal(why: impl Into<String>, remedy: &str) -> Refusal {
    Refusal::new("model.rope=yarn", why, remedy)
}

/// Why positions of a model cannot be stretched this way.
fn unfit(facts: &Facts) -> Option<String> {
    if WITHOUT.contains(&facts.architecture.as_str()) {
        return Some(format!("models of the kind `{}` have no such positions", facts.architecture));
    }
    // What is stretched evenly by 1 is not stretched.
    let evenly = ["rope.scaling.factor", "rope.scale_linear"]
        .iter()
        .find_map(|name| facts.fractions.get(&format!("{}.{name}", facts.architecture)).copied());
    let own = match facts.text("rope.scaling.type") {
        Some("none" | "yarn") => false,
        Some("linear") | None => evenly.is_some_and(|factor| factor != 0.0 && factor != 1.0),
        Some(_) => true,
    };
    let factors = facts.tensors.iter().any(|tensor| {
        let name = tensor.name.as_str();
        name.ends_with("rope_freqs.weight") || name.contains("rope_factors_")
    });
    (own || factors).then(|| "it stretches its positions in a way of its own".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(scaling: Option<&str>, factor: Option<f32>) -> Facts {
        let mut facts = Facts { architecture: "x".into(), ..Facts::default() };
        facts.numbers.insert("x.context_length".into(), vec![1000]);
        if let Some(scaling) = scaling {
            facts.texts.insert("x.rope.scaling.type".into(), scaling.into());
        }
        if let Some(factor) = factor {
            facts.fractions.insert("x.rope.scaling.factor".into(), factor);
        }
        facts
    }

    fn stretched(facts: &Facts) -> Option<u32> {
        let yarn = Rope::Yarn { factor: 0.0, original: 0 };
        Some(context(facts, Tokens(3000), yarn).ok()?.1?.original)
    }

    #[test]
    fn what_is_stretched_already_is_not_stretched_again() {
        assert_eq!(stretched(&facts(None, None)), Some(1000));
        assert_eq!(stretched(&facts(Some("linear"), Some(1.0))), Some(1000));
        assert_eq!(stretched(&facts(Some("linear"), Some(4.0))), None);
        assert_eq!(stretched(&facts(None, Some(4.0))), None);
        assert_eq!(stretched(&facts(Some("longrope"), None)), None);
        // A model that was trained with YaRN says what it was before.
        let mut own = facts(Some("yarn"), Some(4.0));
        own.numbers.insert("x.rope.scaling.original_context_length".into(), vec![250]);
        assert_eq!(stretched(&own), Some(250));
    }
}
