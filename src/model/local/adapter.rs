//! A LoRA over the weights of a model: whether it fits, told from the heads of both files.
//!
//! llama.cpp would abort at a text that is a number, or at matrices that cannot be multiplied. So
//! nothing reaches it that has not passed here.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::model::{LlamaLoraAdapter, LlamaModel};

use crate::base::Digest;
use crate::model::local::header::{self, Facts, Tensor};
use crate::model::local::options::Adapter;
use crate::model::local::refusal::Refusal;

/// Types of numbers that adapters are made of: F32, F16, Q8_0, BF16.
const KINDS: [u32; 4] = [0, 1, 8, 30];

/// An adapter that fits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fitted {
    path: PathBuf,
    scale: f32,
    digest: Digest,
}

/// The two halves of what is added to a matrix.
type Halves<'f> = (Option<&'f Tensor>, Option<&'f Tensor>);

impl Fitted {
    /// Checks `adapter` against the model of `facts`.
    pub(super) fn new(adapter: &Adapter, facts: &Facts) -> Result<Self, Refusal> {
        let path = &adapter.path;
        let refuse = |why: String| {
            let setting = format!("model.adapter={}", path.display());
            Refusal::new(setting, why, "name a LoRA in GGUF form that was made for this model")
        };
        if !adapter.scale.is_finite() {
            return Err(refuse(format!("{} is no scale", adapter.scale)));
        }
        if path.to_str().is_none() {
            return Err(refuse("llama.cpp opens only files whose names are UTF-8".into()));
        }
        let own = header::check(path).map_err(|error| refuse(error.to_string()))?;
        fits(&own, facts).map_err(refuse)?;
        let digest = File::open(path).and_then(Digest::of_reader);
        let digest = digest.map_err(|error| refuse(error.to_string()))?;
        Ok(Self { path: path.clone(), scale: adapter.scale, digest })
    }

    /// Tells its cells from those of other adapters and scales.
    pub(super) fn shape(&self) -> String {
        format!("{} times {}", self.digest, self.scale)
    }

    /// Reads it into `model`, which keeps it as long as it lives.
    pub(super) fn load(&self, model: &mut LlamaModel) -> Result<LlamaLoraAdapter, String> {
        let loaded = model.lora_adapter_init(&self.path);
        loaded.map_err(|_| "llama.cpp refuses the adapter".to_owned())
    }

    /// Lays it over what `context` computes.
    pub(super) fn lay(
        &self,
        adapter: &mut LlamaLoraAdapter,
        context: &mut LlamaContext<'_>,
    ) -> Result<(), String> {
        let laid = context.lora_adapter_set(adapter, self.scale);
        laid.map_err(|_| "llama.cpp refuses the adapter".to_owned())
    }
}

/// Says why the adapter `own` does not go with `model`.
fn fits(own: &Facts, model: &Facts) -> Result<(), String> {
    let text = |key: &str| own.texts.get(key).map(String::as_str);
    if text("general.type") != Some("adapter") || text("adapter.type") != Some("lora") {
        return Err("the file is no LoRA".into());
    }
    if own.architecture != model.architecture {
        let (own, model) = (shown(&own.architecture), shown(&model.architecture));
        return Err(format!("it was made for models of the kind `{own}`, and this is `{model}`"));
    }
    if own.fractions.get("adapter.lora.alpha").is_none_or(|alpha| !alpha.is_finite()) {
        return Err("the file does not say its strength, `adapter.lora.alpha`".into());
    }
    if own.texts.contains_key("adapter.alora.invocation_tokens")
        || own.lengths.contains_key("adapter.alora.invocation_tokens")
    {
        return Err("it is to be switched on by certain words, which is not done here".into());
    }
    let mut pairs: BTreeMap<&str, Halves<'_>> = BTreeMap::new();
    for tensor in &own.tensors {
        if let Some(name) = tensor.name.strip_suffix(".lora_a") {
            pairs.entry(name).or_default().0 = Some(tensor);
        } else if let Some(name) = tensor.name.strip_suffix(".lora_b") {
            pairs.entry(name).or_default().1 = Some(tensor);
        } else {
            return Err(format!("`{}` in it is no part of a LoRA", shown(&tensor.name)));
        }
    }
    if pairs.is_empty() {
        return Err("there is nothing in it".into());
    }
    pairs.into_iter().try_for_each(|(name, halves)| pair_fits(name, halves, model))
}

fn pair_fits(name: &str, halves: Halves<'_>, model: &Facts) -> Result<(), String> {
    let shown = shown(name);
    let (Some(a), Some(b)) = halves else {
        return Err(format!("one half of `{shown}` is missing"));
    };
    let Some(target) = model.tensors.iter().find(|tensor| tensor.name == name) else {
        return Err(format!("the model has no `{shown}`"));
    };
    if [a, b].iter().any(|half| !KINDS.contains(&half.kind)) {
        return Err(format!("the numbers of `{shown}` are of an unusual type"));
    }
    let side = |tensor: &Tensor, at: usize| tensor.shape.get(at).copied().unwrap_or(1);
    let rank = side(a, 1);
    let inner = match name {
        // Rows of this table are looked up, so that the halves stand the other way round.
        "token_embd.weight" => {
            side(b, 1) == side(target, 0)
                && side(a, 1) == side(target, 1)
                && side(a, 0) == side(b, 0)
                && side(a, 0) > 0
        }
        _ => {
            side(a, 0) == side(target, 0)
                && side(b, 1) == side(target, 1)
                && rank == side(b, 0)
                && rank > 0
        }
    };
    let matrix = target.shape.len() > 1;
    let outer = (2..8).all(|at| {
        let wanted = side(target, at);
        side(a, at) == wanted && side(b, at) == wanted
    });
    if matrix && inner && outer {
        Ok(())
    } else {
        Err(format!("its `{shown}` has another shape than that of the model"))
    }
}

/// A name from a file, without what could move the cursor of a terminal.
fn shown(name: &str) -> String {
    name.chars().filter(|letter| letter.is_ascii_graphic()).collect()
}
