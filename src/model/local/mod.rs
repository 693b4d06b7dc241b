//! How does a model run inside the program?
//!
//! One thread owns llama.cpp's context and does all the reading and writing; whoever wants an
//! answer sends it a job. The weights are shared, so tokens are counted without asking the thread.
//! No type of llama.cpp leaves this folder, and nothing here may let llama.cpp abort the process:
//! files, sizes and positions are checked before they reach it.

mod cache;
mod demand;
mod engine;
mod grammar;
mod header;
mod load;
mod lookup;
mod memory;
mod pace;
mod reading;
mod sampler;
mod simd;
mod tokens;
mod worker;
mod writer;

pub use cache::{ENGINE, folder as cache_folder};
pub use demand::{Demand, demand};
pub(in crate::model) use demand::{SLOW_TO_READ, SLOW_TO_WRITE};
pub use engine::LocalEngine;
pub use load::Settings;
pub use memory::{Estimate, estimate};
pub(in crate::model) use pace::SIZES as BATCH_SIZES;

/// Says why the file at `path` cannot be the weights of a model, without loading it.
pub(in crate::model) fn check_file(path: &std::path::Path) -> Result<(), String> {
    header::check(path).map(drop).map_err(|error| error.to_string())
}
