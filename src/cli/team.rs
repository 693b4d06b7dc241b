//! `countersign team`

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use crate::agent::{KnownTeam, Mistake, team_mistakes};
use crate::cli::role::{mistaken, named};
use crate::cli::{Context, ExitCode, Failure, printable, roles};
use crate::config::{OwnedText, Owner};
use crate::repo::Repo;

/// Show the teams that can work on a task, and check your own
///
/// A team is a YAML file: its members in the order of their turns, what each is handed and when it has a
/// turn, and when to stop. `propose --team NAME` has one work. Those that ship can be changed, and others
/// added, by files in `teams/` of your configuration; a file in `.countersign/teams/` of a repository can
/// word a team anew and let it do less.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: TeamCommand,
}

#[derive(Debug, Subcommand)]
enum TeamCommand {
    /// Show all teams, and where each comes from
    List,
    /// Show a team as it is in force
    Show {
        /// Its name
        name: String,
    },
    /// Check files of teams; without a name all that are yours or this repository's
    ///
    /// Exits with 10 if there are mistakes.
    Validate {
        /// A YAML file
        files: Vec<PathBuf>,
    },
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let root = Repo::discover(&context.dir).ok().map(|repo| repo.root().to_owned());
    let root = root.as_deref();
    match args.command {
        TeamCommand::List => list(context, root),
        TeamCommand::Show { name } => show(context, root, &name),
        TeamCommand::Validate { files } => validate(context, root, &files),
    }
}

fn list(context: &Context, root: Option<&Path>) -> Result<ExitCode, Failure> {
    let teams = roles::load_teams(context, root)?;
    if context.out.json {
        context.out.document(&teams.all().iter().map(row).collect::<Vec<_>>())?;
        return Ok(ExitCode::Done);
    }
    let line = |it: &KnownTeam| {
        let (name, purpose) = (printable(&it.team.name), printable(&it.team.purpose));
        let origin = match it.origin.as_str() {
            "shipped" => String::new(),
            origin => format!("  ({})", printable(origin)),
        };
        let members: Vec<String> =
            it.team.members.iter().map(|member| printable(&member.role)).collect();
        format!("{name:<12} {purpose}{origin}\n{:<12} {}\n", "", members.join(", "))
    };
    context.out.data(&teams.all().iter().map(line).collect::<String>())?;
    Ok(ExitCode::Done)
}

fn show(context: &Context, root: Option<&Path>, name: &str) -> Result<ExitCode, Failure> {
    let teams = roles::load_teams(context, root)?;
    let known = teams.get(name).ok_or_else(|| roles::no_team(name, &teams))?;
    if context.out.json {
        context.out.document(&row(known))?;
        return Ok(ExitCode::Done);
    }
    let team = serde_yaml_ng::to_string(&known.team)
        .map_err(|error| Failure::new(error.to_string()).code(ExitCode::Bug))?;
    let text = format!("# {}\n{team}", known.origin);
    let lines: String = text.lines().map(|line| printable(line) + "\n").collect();
    context.out.data(&lines)?;
    Ok(ExitCode::Done)
}

fn row(known: &KnownTeam) -> Value {
    json!({ "name": known.team.name, "origin": known.origin, "digest": known.digest, "team": known.team })
}

fn validate(
    context: &Context,
    root: Option<&Path>,
    files: &[PathBuf],
) -> Result<ExitCode, Failure> {
    let texts = match files {
        [] => roles::team_texts(root),
        files => {
            files.iter().map(|file| named(context, root, file, "team")).collect::<Result<_, _>>()?
        }
    };
    // What a repository lays over is bounded by what stands without it.
    let (roles, _) = roles::load_silently(root)?;
    let teams = roles::teams_of_user()?;
    let mut found: Vec<(&OwnedText, Mistake)> = Vec::new();
    for it in &texts {
        let bounds = (it.owner == Owner::Repository).then_some(&teams);
        let wrong = match &it.text {
            Ok(text) => team_mistakes(text, &roles, bounds),
            Err(why) => vec![Mistake {
                line: None,
                field: String::new(),
                what: why.clone(),
                remedy: "write it as a short text file".to_owned(),
            }],
        };
        found.extend(wrong.into_iter().map(|mistake| (it, mistake)));
    }
    mistaken(context, texts.len(), &found)?;
    Ok(if found.is_empty() { ExitCode::Done } else { ExitCode::Findings })
}
