//! What goes on inside, line by line, for whoever looks for a fault. Silent unless asked for; what a
//! person or a script reads is never written here.

use std::fs::File;
use std::io::{IsTerminal, stderr};
use std::path::PathBuf;

use tracing_subscriber::EnvFilter;

use crate::cli::{ExitCode, Failure};

/// What is told: a level, or levels of modules, as `tracing-subscriber` reads them.
const FILTER: &str = "COUNTERSIGN_LOG";
/// Where it is told, at the end of what is there; standard error otherwise.
const FILE: &str = "COUNTERSIGN_LOG_FILE";

/// Begins to tell, if the environment asks for it. A screen is not written over: what has one tells
/// a file, or standard error where that is elsewhere.
pub(super) fn begin(has_screen: bool) -> Result<(), Failure> {
    let Some(filter) = std::env::var(FILTER).ok().filter(|filter| !filter.is_empty()) else {
        return Ok(());
    };
    let filter = EnvFilter::try_new(&filter).map_err(|error| {
        Failure::new(format!("{FILTER} is not understood: {error}"))
            .code(ExitCode::Usage)
            .hint("a level (`info`, `debug`) or levels of modules (`countersign::model=debug`)")
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    match std::env::var_os(FILE).map(PathBuf::from) {
        Some(path) => {
            let file = File::options().append(true).create(true).open(&path).map_err(|error| {
                Failure::new(format!("{FILE} cannot be written: {}: {error}", path.display()))
            })?;
            lines.with_writer(file).init();
        }
        None if has_screen && stderr().is_terminal() => {}
        None => lines.with_writer(stderr).init(),
    }
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    tracing::debug!(?arguments, "asked for");
    Ok(())
}
