//! What the settings come to for one model, decided before anything of it is loaded.
//!
//! Whatever llama.cpp would stop at, or abort the process for, is refused here in words.

use crate::base::Tokens;
use crate::model::local::ahead::Ahead;
use crate::model::local::blocks;
use crate::model::local::header::Facts;
use crate::model::local::load::Settings;
use crate::model::local::memory::{self, Estimate};
use crate::model::local::options::{CellType, Flash};
use crate::model::local::placement::{self, Placement};
use crate::model::local::refusal::Refusal;
use crate::model::local::sound;
use crate::model::local::yarn::{self, Yarn};

/// Architectures whose attention llama.cpp cannot compute piece by piece.
const WITHOUT_FLASH: [&str; 1] = ["grok"];
/// Architectures that read and write with two different halves, or write no text.
const NO_WRITERS: [&str; 3] = ["t5", "t5encoder", "wavtokenizer-dec"];

/// Memory that is free, in bytes; none where nobody says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Free {
    pub(super) ram: Option<u64>,
    /// None where there is no graphics card.
    pub(super) gpu: Option<u64>,
}

/// How a model is loaded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// Tokens that prompt and answer share.
    pub(super) context: Tokens,
    /// Never [`CellType::Auto`].
    pub(super) cells: CellType,
    /// [`Flash::Auto`] leaves it to llama.cpp, which knows the graphics card.
    pub(super) flash: Flash,
    pub(super) yarn: Option<Yarn>,
    /// Whether weights stand in memory a second time, in the order that is best to write with.
    pub(super) copies: bool,
    /// What is used to guess what comes next.
    pub(super) ahead: Ahead,
    pub(super) placement: Placement,
    /// None where the head of the file does not say enough.
    pub(super) estimate: Option<Estimate>,
}

impl Plan {
    /// Decides for the model of `facts`. That memory is short is no refusal: see [`Plan::short`].
    pub(super) fn of(facts: &Facts, settings: &Settings, free: &Free) -> Result<Self, Refusal> {
        let (context, yarn) = yarn::context(facts, settings.context, settings.rope)?;
        let gpu = free.gpu.filter(|_| settings.gpu_layers > 0);
        let mut refused = None;
        let mut last = None;
        'choices: for cells in choices(settings.cells) {
            let flash = match flash(facts, cells, settings.flash, gpu.is_some()) {
                Ok(flash) => flash,
                Err(refusal) => {
                    refused.get_or_insert(refusal);
                    continue;
                }
            };
            let all = Ahead::of(facts, settings);
            // Without copies, and without guesses, it writes a little more slowly, and says the same.
            for (copies, ahead) in [(true, all), (false, all), (false, Ahead::default())] {
                let estimate = memory::of(facts, context, cells, flash, ahead);
                // Where nothing would be copied there is nothing to do without.
                let copies = copies || estimate.is_some_and(|it| it.repacked == 0);
                let estimate =
                    if copies { estimate } else { estimate.map(Estimate::without_copies) };
                let placement = Placement::default();
                let mut plan =
                    Self { context, cells, flash, yarn, copies, ahead, placement, estimate };
                plan.placement = plan.place(facts, settings, free);
                let fits = plan.short(free).is_none();
                last = Some(plan);
                if fits {
                    break 'choices;
                }
            }
        }
        match (last, refused) {
            (Some(plan), _) => Ok(plan),
            (None, Some(refusal)) => Err(refusal),
            (None, None) => Err(Refusal::new("model.kv", "it names no type", "take `f16`")),
        }
    }

    /// What goes to the graphics card.
    fn place(&self, facts: &Facts, settings: &Settings, free: &Free) -> Placement {
        let layers = facts.number("block_count").unwrap_or(0).min(sound::MOST_LAYERS) as u32;
        let ram = self.estimate.map_or(0, |estimate| estimate.total());
        let nowhere = Placement { layers, cpu_experts: layers, ram, ..Placement::default() };
        let (Some(gpu), true) = (free.gpu, settings.gpu_layers > 0) else { return nowhere };
        let Some(estimate) = self.estimate else {
            // Nobody knows what it takes: all that is wanted goes there, as llama.cpp does it.
            let cpu_experts = 0;
            return Placement {
                gpu_layers: settings.gpu_layers.min(layers + 1),
                cpu_experts,
                ..nowhere
            };
        };
        let parts = estimate.parts(facts, layers);
        let ram = free.ram.unwrap_or(u64::MAX);
        let (most, experts) = (settings.gpu_layers, settings.experts);
        let placed = placement::place(&parts, gpu, ram, most, experts);
        // What is too large for both is refused by its size.
        placed.unwrap_or_else(|short| Placement { ram: short.needed, ..nowhere })
    }

    /// Bytes of main memory that it takes and that are free, where that is too few.
    pub(super) fn short(&self, free: &Free) -> Option<(u64, u64)> {
        let (needed, ram) = (self.placement.ram, free.ram?);
        (needed > ram).then_some((needed, ram))
    }

    /// What shapes keys and values besides the model and llama.cpp itself, in words that are the same
    /// exactly where those may be exchanged.
    pub(super) fn shape(&self, adapter: &str) -> String {
        let rope = match &self.yarn {
            None => "of the model".to_owned(),
            Some(yarn) => format!("yarn {} of {}", yarn.factor, yarn.original),
        };
        let flash = match self.flash {
            Flash::Auto => "auto",
            Flash::On => "on",
            Flash::Off => "off",
        };
        format!("cells {}, rope {rope}, adapter {adapter}, flash attention {flash}", self.cells)
    }
}

/// Refuses models that cannot answer in words.
pub(super) fn check_writer(facts: &Facts) -> Result<(), String> {
    let pooled = facts.number("pooling_type").is_some_and(|kind| kind > 0);
    let causal = facts.number("attention.causal") != Some(0);
    if pooled || !causal {
        return Err("it turns texts into vectors and cannot write".into());
    }
    if NO_WRITERS.contains(&facts.architecture.as_str()) {
        return Err(format!("models of the kind `{}` cannot write here", facts.architecture));
    }
    check_words(facts)
}

/// Refuses models that no text can be given to: llama.cpp would abort at the first word.
pub(super) fn check_words(facts: &Facts) -> Result<(), String> {
    let none = facts.texts.get("tokenizer.ggml.model").is_none_or(|it| it == "no_vocab");
    let words = facts.lengths.get("tokenizer.ggml.tokens").copied().unwrap_or_default();
    if none || words == 0 { Err("its file has no vocabulary".into()) } else { Ok(()) }
}

/// The types of cells to try, the best first.
fn choices(cells: CellType) -> Vec<CellType> {
    match cells {
        CellType::Auto => vec![CellType::F16, CellType::Q8_0, CellType::Q4_0],
        one => vec![one],
    }
}

/// Whether attention is computed piece by piece with cells of this type.
fn flash(facts: &Facts, cells: CellType, wanted: Flash, gpu: bool) -> Result<Flash, Refusal> {
    let cannot = WITHOUT_FLASH.contains(&facts.architecture.as_str());
    if cells == CellType::F16 {
        return match (wanted, gpu) {
            (Flash::On, _) if cannot => Err(Refusal::new(
                "model.flash=on",
                format!("flash attention is not for models of the kind `{}`", facts.architecture),
                "take `-c model.flash=auto`",
            )),
            (Flash::Auto, _) if cannot => Ok(Flash::Off),
            (Flash::Auto, false) => Ok(Flash::On),
            (wanted, _) => Ok(wanted),
        };
    }
    let setting = format!("model.kv={cells}");
    if wanted == Flash::Off {
        let why = "quantised values need flash attention, which `model.flash=off` turns off";
        return Err(Refusal::new(setting, why, "take `-c model.flash=auto`, or `-c model.kv=f16`"));
    }
    if cannot {
        let why = format!("models of the kind `{}` have no flash attention", facts.architecture);
        return Err(Refusal::new(setting, why, "take `-c model.kv=f16`"));
    }
    let block = blocks::size(memory::kind(cells));
    let lengths = memory::head_lengths(facts);
    if let Some(length) = lengths.into_iter().find(|length| length % block != 0) {
        let why = format!("its heads have {length} numbers, and {cells} packs {block} together");
        return Err(Refusal::new(setting, why, "take `-c model.kv=f16`"));
    }
    Ok(Flash::On)
}
