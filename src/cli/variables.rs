//! Options that a variable of the environment may stand for.
//!
//! To clap such a variable is as good as typed: it would be refused beside a flag that was, and a
//! blank one could not be told from a blank option. So it is read here, where nothing was typed.

use crate::cli::{ExitCode, Failure};

/// What a change is compared with.
pub(super) fn base() -> Option<String> {
    said("COUNTERSIGN_BASE")
}

/// The command that tests a change: as it was `typed`, else as the environment says, else as it is
/// `configured`.
pub(super) fn test(
    typed: Option<&str>,
    configured: Option<&str>,
) -> Result<Option<String>, Failure> {
    match typed {
        Some(line) if is_blank(line) => Err(Failure::new("the test command is empty")
            .code(ExitCode::Usage)
            .hint("name a command; without `--test` the tests of the project are looked for")),
        Some(line) => Ok(Some(line.to_owned())),
        None => {
            let configured = configured.filter(|line| !is_blank(line));
            Ok(said("COUNTERSIGN_TEST").or_else(|| configured.map(str::to_owned)))
        }
    }
}

/// What the variable `name` says; blank, as scripts leave it, it is as good as not set.
fn said(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !is_blank(text))
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}
