//! The roles and prompts in force: those that ship, the user's and the repository's.

use std::path::Path;

use crate::agent::{Crew, LeftOut, Roles, SOLO, Teams};
use crate::base::Hint;
use crate::cli::{Context, ExitCode, Failure, printable};
use crate::config::{self, OwnedText};
use crate::context::Templates;

/// The folders below those of the configuration.
const ROLES: &str = "roles";
const TEAMS: &str = "teams";
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

/// Loads the teams, and warns of each file that is not heeded.
pub(super) fn load_teams(context: &Context, root: Option<&Path>) -> Result<Teams, Failure> {
    let (teams, left_out) = Teams::load(&team_texts(root)).map_err(bug)?;
    for LeftOut { place, why } in left_out {
        context.out.warn(&format!("{}: not heeded: {}", printable(&place), printable(&why)));
    }
    Ok(teams)
}

/// The team `name`, or the one that works by default, with its roles.
pub(super) fn crew(
    context: &Context,
    root: Option<&Path>,
    name: Option<&str>,
    roles: &Roles,
) -> Result<Crew, Failure> {
    let (name, teams) = (name.unwrap_or(SOLO), load_teams(context, root)?);
    let known = teams.get(name).ok_or_else(|| no_team(name, &teams))?;
    known.crew(roles).map_err(|error| {
        let hint = error.hint().unwrap_or_default();
        Failure::new(error.to_string()).code(ExitCode::Usage).hint(hint)
    })
}

/// There is no such team.
pub(super) fn no_team(name: &str, teams: &Teams) -> Failure {
    let names: Vec<&str> = teams.all().iter().map(|it| it.team.name.as_str()).collect();
    Failure::new(format!("there is no team `{}`", printable(name)))
        .code(ExitCode::Usage)
        .hint(format!("there are: {}", names.join(", ")))
}

/// The teams that a repository's are measured by.
pub(super) fn teams_of_user() -> Result<Teams, Failure> {
    Ok(Teams::load(&team_texts(None)).map_err(bug)?.0)
}

/// The files of teams that people wrote.
pub(super) fn team_texts(root: Option<&Path>) -> Vec<OwnedText> {
    config::owned_texts(config::user_dir().as_deref(), root, TEAMS, ".yaml")
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
