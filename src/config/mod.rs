//! What was asked for, and where?
//!
//! Six layers, each over the one before: the defaults, the administrator's file, the user's, the
//! repository's, the environment, the arguments. Every value knows which of them said it.

mod error;
mod file;
mod keys;
mod load;
mod mode;
mod owned;
mod places;
mod read;
mod remotes;
mod sections;
mod setting;
mod template;

pub use error::ConfigError;
pub use file::ConfigFile;
pub use load::{Argument, Config, Ignored, Sources};
pub use mode::{Mode, NotAMode};
pub use owned::{OwnedText, Owner, owned_texts};
pub use places::{REPO_DIR, SYSTEM_DIR, user_dir};
pub use read::read_settings;
pub use remotes::Remote;
pub use sections::{Index, Model, Policy, Propose};
pub use setting::{Layer, Origin, Setting};
pub use template::template;
