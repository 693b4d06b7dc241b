//! What was asked for, and where?

mod mode;
mod places;

pub use mode::{Mode, NotAMode};
pub use places::{REPO_DIR, SYSTEM_DIR, user_dir};
