//! Which layers go to the graphics card, and which experts stay with the processor.
//!
//! A pure function of sizes. Attention goes to the card first, for it is small and its cells are
//! looked at all the time; experts follow, for only a few of them are asked for each token.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use crate::model::local::header::{Facts, Tensor};
use crate::model::local::options::Experts;

/// What the driver of a graphics card takes for itself, and its buffers to compute in.
const DRIVER: u64 = 500_000_000;

/// Bytes of one layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layer {
    /// Weights that every token goes through.
    pub(super) dense: u64,
    pub(super) experts: u64,
    /// Keys and values of a full context.
    pub(super) cells: u64,
}

/// Bytes of a model by what can be placed on its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) layers: Vec<Layer>,
    /// The table that the next token is read from.
    pub(super) output: u64,
    /// What always stays with the processor: the table that tokens are looked up in, the program.
    pub(super) base: u64,
    /// Room to compute in, wherever that is done.
    pub(super) working: u64,
    /// The largest tensor of experts: it visits the card when a prompt is read.
    pub(super) visitor: u64,
}

/// What goes where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// As llama.cpp counts: the output is one, and then the layers from the last on.
    pub gpu_layers: u32,
    /// The experts of so many layers, from the first on, stay with the processor.
    pub cpu_experts: u32,
    /// Layers that the model has.
    pub layers: u32,
    /// Bytes on the graphics card.
    pub gpu: u64,
    /// Bytes of main memory.
    pub ram: u64,
}

/// There is not enough memory, however it is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Short {
    /// Bytes of main memory.
    pub(super) needed: u64,
    pub(super) available: u64,
}

impl Parts {
    /// The parts of a model whose every layer has `cells` bytes of keys and values; `base` is what the
    /// processor needs besides weights.
    pub(super) fn of(facts: &Facts, layers: u32, cells: u64, working: u64, base: u64) -> Self {
        let mut parts = Self { working, base, ..Self::default() };
        let each = Layer { cells, ..Layer::default() };
        parts.layers.resize(layers as usize, each);
        let mut tokens = 0;
        for tensor in &facts.tensors {
            let layer = layer_of(tensor).and_then(|at| parts.layers.get_mut(at));
            match layer {
                Some(layer) if is_expert(tensor) => {
                    layer.experts = layer.experts.saturating_add(tensor.bytes);
                    parts.visitor = parts.visitor.max(tensor.bytes);
                }
                Some(layer) => layer.dense = layer.dense.saturating_add(tensor.bytes),
                None if tensor.name.starts_with("output") => {
                    parts.output = parts.output.saturating_add(tensor.bytes);
                }
                None => {
                    parts.base = parts.base.saturating_add(tensor.bytes);
                    tokens = if tensor.name == "token_embd.weight" { tensor.bytes } else { tokens };
                }
            }
        }
        // One table for both ends is in both places.
        if !facts.tensors.iter().any(|tensor| tensor.name == "output.weight") {
            parts.output = parts.output.saturating_add(tokens);
        }
        parts
    }

    /// Bytes of all experts.
    pub(super) fn experts(&self) -> u64 {
        self.layers.iter().fold(0, |sum, layer| sum.saturating_add(layer.experts))
    }
}

/// The number of the layer that a tensor belongs to.
fn layer_of(tensor: &Tensor) -> Option<usize> {
    tensor.name.strip_prefix("blk.")?.split('.').next()?.parse().ok()
}

/// Whether a tensor holds all experts of a layer; those that are asked for every token do not count.
fn is_expert(tensor: &Tensor) -> bool {
    tensor.name.contains("_exps.") || tensor.name.contains("_chexps.")
}

/// The pattern of llama.cpp for the experts of one layer.
pub(super) fn pattern(layer: u32) -> String {
    format!(r"^blk\.{layer}\.ffn_(up|down|gate|gate_up)_(ch|)exps")
}

/// Places `parts`, with at most `most` layers on the card, where `gpu` and `ram` bytes are free.
pub(super) fn place(
    parts: &Parts,
    gpu: u64,
    ram: u64,
    most: u32,
    experts: Experts,
) -> Result<Placement, Short> {
    let layers = parts.layers.len() as u32;
    let cpu_experts = match experts {
        Experts::Gpu => 0,
        Experts::First(count) => count.min(layers),
        Experts::Cpu | Experts::Auto => layers,
    };
    let mut placement = Placement { cpu_experts, layers, ..Placement::default() };
    let most = most.min(layers + 1);
    while placement.gpu_layers < most {
        let more = Placement { gpu_layers: placement.gpu_layers + 1, ..placement };
        if on_gpu(parts, &more) > gpu {
            break;
        }
        placement = more;
    }
    if experts == Experts::Auto && placement.gpu_layers == most {
        while placement.cpu_experts > 0 {
            let fewer = Placement { cpu_experts: placement.cpu_experts - 1, ..placement };
            if on_gpu(parts, &fewer) > gpu {
                break;
            }
            placement = fewer;
        }
    }
    placement.gpu = on_gpu(parts, &placement);
    placement.ram = in_ram(parts, &placement);
    if placement.ram > ram {
        return Err(Short { needed: placement.ram, available: ram });
    }
    Ok(placement)
}

/// The first layer on the card; the number of layers where there is none.
fn first(placement: &Placement) -> usize {
    (placement.layers + 1).saturating_sub(placement.gpu_layers).min(placement.layers) as usize
}

fn sum(bytes: impl IntoIterator<Item = u64>) -> u64 {
    bytes.into_iter().fold(0, u64::saturating_add)
}

/// Bytes on the card.
fn on_gpu(parts: &Parts, placement: &Placement) -> u64 {
    if placement.gpu_layers == 0 {
        return 0;
    }
    let here = |at: usize| at >= placement.cpu_experts as usize;
    let layers = parts.layers.iter().enumerate().skip(first(placement));
    let visits = parts.layers.iter().enumerate().any(|(at, it)| it.experts > 0 && !here(at));
    let visitor = if visits { parts.visitor } else { 0 };
    let layers = layers.map(|(at, layer)| {
        sum([layer.dense, layer.cells, if here(at) { layer.experts } else { 0 }])
    });
    sum([DRIVER, parts.working, parts.output, visitor, sum(layers)])
}

/// Bytes of main memory.
fn in_ram(parts: &Parts, placement: &Placement) -> u64 {
    let first = first(placement);
    let layers = parts.layers.iter().enumerate().map(|(at, layer)| {
        let dense = if at < first { sum([layer.dense, layer.cells]) } else { 0 };
        let experts = at < first || at < placement.cpu_experts as usize;
        sum([dense, if experts { layer.experts } else { 0 }])
    });
    let output = if placement.gpu_layers == 0 { parts.output } else { 0 };
    sum([parts.base, parts.working, output, sum(layers)])
}

impl Placement {
    /// The layers on the card whose experts stay with the processor.
    pub(super) fn overridden(&self) -> std::ops::Range<u32> {
        let first = first(self) as u32;
        first..self.cpu_experts.max(first)
    }
}

impl Display for Placement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let on_card = self.layers - first(self) as u32;
        let kept = self.overridden().len();
        match (on_card, kept) {
            (0, _) => write!(f, "all {} layers with the processor", self.layers),
            (_, 0) => write!(f, "{on_card} of {} layers on the graphics card", self.layers),
            _ => write!(
                f,
                "{on_card} of {} layers on the graphics card, the experts of {kept} of them with \
                 the processor",
                self.layers
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GB: u64 = 1_000_000_000;

    /// 10 layers of 0.1 GB attention, 2 GB of experts and 0.1 GB of cells.
    fn mixture() -> Parts {
        let layer = Layer { dense: GB / 10, experts: 2 * GB, cells: GB / 10 };
        Parts {
            layers: vec![layer; 10],
            output: GB / 2,
            base: GB / 2,
            working: GB / 10,
            visitor: GB / 2,
        }
    }

    #[track_caller]
    fn check(gpu: u64, experts: Experts, gpu_layers: u32, cpu_experts: u32) {
        let placed = place(&mixture(), gpu, 100 * GB, 999, experts).unwrap();
        assert_eq!((placed.gpu_layers, placed.cpu_experts), (gpu_layers, cpu_experts), "{placed}");
    }

    #[test]
    fn attention_first_then_experts_from_the_last_layer_on() {
        check(0, Experts::Auto, 0, 10);
        // Driver, working, output and visitor are 1.6 GB.
        check(1_700_000_000, Experts::Auto, 1, 10);
        check(2_600_000_000, Experts::Auto, 6, 10);
        check(3_600_000_000, Experts::Auto, 11, 10);
        check(8 * GB, Experts::Auto, 11, 8);
        check(24 * GB, Experts::Auto, 11, 0);
        check(8 * GB, Experts::Cpu, 11, 10);
        check(8 * GB, Experts::First(9), 11, 9);
        check(8 * GB, Experts::Gpu, 4, 0);
    }

    #[test]
    fn it_is_said_in_words() {
        let placed = place(&mixture(), 8 * GB, 100 * GB, 999, Experts::Auto).unwrap();
        let words =
            "10 of 10 layers on the graphics card, the experts of 8 of them with the processor";
        assert_eq!(placed.to_string(), words);
        assert_eq!(placed.overridden(), 0..8);
        let none = place(&mixture(), 0, 100 * GB, 999, Experts::Auto).unwrap();
        assert_eq!(none.to_string(), "all 10 layers with the processor");
        assert!(none.overridden().is_empty());
        let short = place(&mixture(), 0, GB, 999, Experts::Auto).unwrap_err();
        assert_eq!(short, Short { needed: 23_100_000_000, available: GB });
    }

    fn sizes() -> impl Strategy<Value = u64> {
        prop_oneof![Just(0), 1..GB, Just(u64::MAX / 2)]
    }

    fn any_parts() -> impl Strategy<Value = Parts> {
        let layer = (sizes(), sizes(), sizes()).prop_map(|(dense, experts, cells)| Layer {
            dense,
            experts,
            cells,
        });
        let layers = prop::collection::vec(layer, 0..12);
        (layers, sizes(), sizes(), sizes(), sizes()).prop_map(
            |(layers, output, base, working, visitor)| Parts {
                layers,
                output,
                base,
                working,
                visitor,
            },
        )
    }

    fn any_experts() -> impl Strategy<Value = Experts> {
        prop_oneof![
            4 => Just(Experts::Auto),
            1 => Just(Experts::Gpu),
            1 => Just(Experts::Cpu),
            1 => (0..14_u32).prop_map(Experts::First),
        ]
    }

    proptest! {
        #[test]
        fn never_over_memory_and_attention_comes_first(
            parts in any_parts(),
            gpu in 0..12 * GB,
            ram in sizes(),
            most in 0..14_u32,
            experts in any_experts(),
        ) {
            let Ok(placed) = place(&parts, gpu, ram, most, experts) else { return Ok(()) };
            prop_assert!(placed.gpu <= gpu && placed.ram <= ram, "{placed:?}");
            prop_assert!(placed.gpu_layers <= most);
            // Where experts were a matter of choice, all that is wanted came before them.
            let some = placed.cpu_experts < placed.layers;
            if experts == Experts::Auto && some {
                prop_assert_eq!(placed.gpu_layers, most.min(placed.layers + 1));
            }
        }

        #[test]
        fn more_memory_never_places_less(
            parts in any_parts(),
            gpu in 0..12 * GB,
            more in 0..4 * GB,
            most in 0..14_u32,
            experts in any_experts(),
        ) {
            let ram = u64::MAX;
            let before = place(&parts, gpu, ram, most, experts).unwrap();
            let after = place(&parts, gpu + more, ram, most, experts).unwrap();
            let order = |it: &Placement| (it.gpu_layers, it.layers - it.cpu_experts);
            prop_assert!(order(&before) <= order(&after), "{before:?} {after:?}");
        }
    }
}
