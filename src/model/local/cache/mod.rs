//! How is what was read once not read again?
//!
//! The lines of tokens that were read stay in the context while there is room, and on disk after that.

use etcetera::BaseStrategy;

mod cells;
mod key;
mod store;
#[cfg(test)]
mod tests;
mod tree;

pub(super) use cells::{Cells, Feed, Limits};
pub use key::ENGINE;
pub(super) use key::Key;
pub(super) use store::Saved;

/// Where all models of this user keep what they have read; none where there is no home.
pub fn folder() -> Option<std::path::PathBuf> {
    let cache = etcetera::base_strategy::Xdg::new().ok()?.cache_dir();
    Some(cache.join("countersign").join("models"))
}
