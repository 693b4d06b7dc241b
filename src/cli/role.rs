//! `countersign role`

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use crate::agent::{Known, Mistake, Surroundings, mistakes};
use crate::cli::{Context, ExitCode, Failure, printable, roles};
use crate::config::{OwnedText, Owner, read_settings};
use crate::repo::Repo;

/// Show the roles that a model is asked to play, and check your own
///
/// A role is a YAML file: its prompts, how it samples, what it is shown and what it has to give. Those
/// that ship can be changed by files in `roles/` of your configuration and in `.countersign/roles/` of a
/// repository, their prompts by files in `prompts/` beside these folders. A repository can change what a
/// role is told and let it do less; a file of a repository that would give a role more to read, more
/// tokens, tools, another form or another model is left out with a warning.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: RoleCommand,
}

#[derive(Debug, Subcommand)]
enum RoleCommand {
    /// Show all roles, and where each comes from
    List,
    /// Show a role as it is in force
    Show {
        /// Its name
        name: String,
    },
    /// Check files of roles; without a name all that are yours or this repository's
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
        RoleCommand::List => list(context, root),
        RoleCommand::Show { name } => show(context, root, &name),
        RoleCommand::Validate { files } => validate(context, root, &files),
    }
}

fn list(context: &Context, root: Option<&Path>) -> Result<ExitCode, Failure> {
    let (roles, _) = roles::load(context, root)?;
    if context.out.json {
        context.out.document(&roles.all().iter().map(row).collect::<Vec<_>>())?;
        return Ok(ExitCode::Done);
    }
    let line = |it: &Known| {
        let (name, purpose) = (printable(&it.role.name), printable(&it.role.purpose));
        let origin = match it.origin.as_str() {
            "shipped" => String::new(),
            origin => format!("  ({})", printable(origin)),
        };
        format!("{name:<12} {purpose}{origin}\n")
    };
    context.out.data(&roles.all().iter().map(line).collect::<String>())?;
    Ok(ExitCode::Done)
}

fn show(context: &Context, root: Option<&Path>, name: &str) -> Result<ExitCode, Failure> {
    let (roles, templates) = roles::load(context, root)?;
    let known = roles.get(name).map_err(|error| {
        let names: Vec<&str> = roles.all().iter().map(|it| it.role.name.as_str()).collect();
        Failure::new(error.to_string())
            .code(ExitCode::Usage)
            .hint(format!("there are: {}", names.join(", ")))
    })?;
    let prompts = known.role.prompts.all();
    let prompts = prompts.into_iter().map(|(slot, name)| (slot, name, templates.text(name)));
    if context.out.json {
        let mut row = row(known);
        let texts =
            prompts.map(|(slot, name, text)| json!({"for": slot, "name": name, "text": text}));
        row["templates"] = texts.collect();
        context.out.document(&row)?;
        return Ok(ExitCode::Done);
    }
    let role = serde_yaml_ng::to_string(&known.role)
        .map_err(|error| Failure::new(error.to_string()).code(ExitCode::Bug))?;
    let mut text = format!("# {}\n{role}", known.origin);
    for (slot, name, template) in prompts {
        text.push_str(&format!("\n# {slot}: {name}\n{}\n", template.unwrap_or("(not there)")));
    }
    let lines: String = text.lines().map(|line| printable(line) + "\n").collect();
    context.out.data(&lines)?;
    Ok(ExitCode::Done)
}

fn row(known: &Known) -> Value {
    json!({ "name": known.role.name, "origin": known.origin, "digest": known.digest, "role": known.role })
}

fn validate(
    context: &Context,
    root: Option<&Path>,
    files: &[PathBuf],
) -> Result<ExitCode, Failure> {
    let texts = match files {
        [] => roles::role_texts(root),
        files => {
            files.iter().map(|file| named(context, root, file, "role")).collect::<Result<_, _>>()?
        }
    };
    // What a repository lays over is bounded by what stands without it.
    let (roles, templates) = roles::load_silently(root)?;
    let mut found: Vec<(&OwnedText, Mistake)> = Vec::new();
    for it in &texts {
        let around = Surroundings {
            templates: &templates,
            context: context.config()?.model.context,
            bounds: (it.owner == Owner::Repository).then_some(&roles),
        };
        let wrong = match &it.text {
            Ok(text) => mistakes(text, around),
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

/// Says what is wrong with files, and how many they are.
pub(super) fn mistaken(
    context: &Context,
    files: usize,
    found: &[(&OwnedText, Mistake)],
) -> Result<(), Failure> {
    if context.out.json {
        let row = |(text, it): &(&OwnedText, Mistake)| {
            json!({
                "file": text.place, "line": it.line, "field": it.field,
                "what": it.what, "remedy": it.remedy,
            })
        };
        return context.out.document(&found.iter().map(row).collect::<Vec<_>>());
    }
    let mut said = String::new();
    for (text, it) in found {
        let line = it.line.map(|line| format!(":{line}")).unwrap_or_default();
        let field = if it.field.is_empty() { "" } else { &format!("`{}`: ", it.field) };
        let place = printable(&text.place.display().to_string());
        let what = printable(&format!("{field}{}", it.what));
        said.push_str(&format!("{place}{line}: {what}\n    {}\n", printable(&it.remedy)));
    }
    context.out.data(&said)?;
    let plural = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
    let (files, found) = (plural(files, "file"), plural(found.len(), "mistake"));
    context.out.say(&format!("{files}, {found}"));
    Ok(())
}

/// A file as it was typed; below the repository's folder it is the repository's.
pub(super) fn named(
    context: &Context,
    root: Option<&Path>,
    file: &Path,
    what: &str,
) -> Result<OwnedText, Failure> {
    let place = context.dir.join(file);
    let text = read_settings(&place).map_err(|error| {
        Failure::new(format!("cannot read `{}`", file.display()))
            .because(error.to_string())
            .code(ExitCode::Usage)
            .hint(format!("name a YAML file with a {what}; `countersign {what} list` names some"))
    })?;
    let real = |path: &Path| path.canonicalize().ok();
    let inside =
        real(&place).zip(root.and_then(real)).is_some_and(|(file, root)| file.starts_with(root));
    let owner = if inside { Owner::Repository } else { Owner::User };
    let name = file.display().to_string();
    Ok(OwnedText { owner, place: file.to_owned(), name, text: Ok(text) })
}
