//! Ctrl-C raises a flag; a second one ends the program at once.

use crate::cli::{ExitCode, Failure};
use crate::model::Cancel;

/// The flag that Ctrl-C, a hang-up or a termination request raises from now on.
pub(super) fn watch() -> Result<Cancel, Failure> {
    let cancel = Cancel::default();
    let flag = cancel.clone();
    ctrlc::set_handler(move || {
        if flag.is_cancelled() {
            end();
        }
        flag.cancel();
    })
    .map_err(|error| {
        Failure::new(format!("cannot watch for Ctrl-C: {error}")).code(ExitCode::Bug)
    })?;
    Ok(cancel)
}

#[allow(clippy::disallowed_methods, reason = "the person asked twice")]
fn end() {
    std::process::exit(ExitCode::Interrupted as i32);
}
