//! The roles and prompts in force: those that ship, the user's and the repository's.

use std::path::Path;

use crate::agent::{LeftOut, Roles};
use crate::cli::{Context, ExitCode, Failure, printable};
use crate::config::{self, OwnedText};
use crate::context::Templates;

/// The folders below those of the configuration.
const ROLES: &str = "roles";
const PROMPTS: &str = "prompts";

/// Loads them, and warns of each file that is not heeded.
pub(super) fn load(context: &Context, root: Option<&Path>) -> Result<(Roles, Templates), Failure> {
    let (roles, left_out) = Roles::load(&role_texts(root)).map_err(bug)?;
    let (templates, wrong) = Templates::load(&prompt_texts(root)).map_err(bug)?;
    let wrong = wrong.into_iter().map(|(place, why)| LeftOut { place, why });
    for LeftOut { place, why } in left_out.into_iter().chain(wrong) {
        context.out.warn(&format!("{}: not heeded: {}", printable(&place), printable(&why)));
    }
    Ok((roles, templates))
}

/// The roles that a repository's are measured by, and all templates; what is wrong with a file is not
/// said here.
pub(super) fn load_silently(root: Option<&Path>) -> Result<(Roles, Templates), Failure> {
    let (roles, _) = Roles::load(&role_texts(None)).map_err(bug)?;
    let (templates, _) = Templates::load(&prompt_texts(root)).map_err(bug)?;
    Ok((roles, templates))
}

/// The files of roles that people wrote.
pub(super) fn role_texts(root: Option<&Path>) -> Vec<OwnedText> {
    config::owned_texts(config::user_dir().as_deref(), root, ROLES, ".yaml")
}

/// The templates that people wrote.
pub(super) fn prompt_texts(root: Option<&Path>) -> Vec<OwnedText> {
    config::owned_texts(config::user_dir().as_deref(), root, PROMPTS, ".md")
}

/// What the binary carries is wrong.
fn bug(error: impl std::error::Error) -> Failure {
    let mut failure = Failure::new(error.to_string()).code(ExitCode::Bug);
    failure.causes.extend(error.source().map(ToString::to_string));
    failure
}
