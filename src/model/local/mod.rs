//! How does a model run inside the program?
//!
//! One thread owns llama.cpp's context and does all the reading and writing; whoever wants an
//! answer sends it a job. The weights are shared, so tokens are counted without asking the thread.
//! No type of llama.cpp leaves this folder, and nothing here may let llama.cpp abort the process:
//! files, sizes and positions are checked before they reach it.

mod adapter;
mod ahead;
mod blocks;
mod built;
mod cache;
mod context;
mod demand;
mod embedder;
mod engine;
mod from_file;
mod grammar;
mod header;
mod heads;
mod interrupt;
mod layouts;
mod line;
mod load;
mod lookup;
mod memory;
mod options;
mod outlook;
mod pace;
mod placement;
mod plan;
mod prepare;
mod raw_params;
mod reading;
mod refusal;
mod rounds;
mod sampler;
mod simd;
mod sound;
mod stake;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tiny;
mod tokens;
#[cfg(test)]
mod unpacked;
mod worker;
mod writer;
mod yarn;

pub use built::unused_sets;
pub use cache::{ENGINE, folder as cache_folder};
pub use demand::{Demand, demand};
pub(in crate::model) use demand::{SLOW_TO_READ, SLOW_TO_WRITE};
pub use embedder::LocalEmbedder;
pub use engine::LocalEngine;
pub use load::Settings;
pub use memory::{Estimate, estimate};
pub use options::{Adapter, CellType, Experts, Flash, NoChoice, Rope, Thoughts};
pub use outlook::{Outlook, outlook};
pub(in crate::model) use pace::SIZES as BATCH_SIZES;
pub use placement::Placement;

/// Says why the file at `path` cannot be the weights of a model, without loading it.
pub(in crate::model) fn check_file(path: &std::path::Path) -> Result<(), String> {
    header::check(path).map(drop).map_err(|error| error.to_string())
}
