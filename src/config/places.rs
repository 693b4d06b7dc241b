//! Where configuration is kept outside of repositories.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The administrator's directory.
pub const SYSTEM_DIR: &str = "/etc/countersign";

/// The directory of a repository's own configuration, below its root.
pub const REPO_DIR: &str = ".countersign";

/// `$XDG_CONFIG_HOME/countersign`, or below `~/.config`; `None` for a user without a home.
pub fn user_dir() -> Option<PathBuf> {
    etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("countersign"))
}
