//! `countersign check`

use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::{Context, ExitCode, Failure, check_review, variables};
use crate::config::Mode;
use crate::hooks::{self, Report};
use crate::policy::{Actor, Rules, may_read};
use crate::repo::{Repo, changes};

/// Check a change: broken syntax, conflict markers, secrets
///
/// Reports what the change brings, not what was wrong before. Exits with 10 where there are
/// findings. A line with `countersign:allow` in it is taken as meant.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Check what the next commit would change (the default)
    #[arg(long, conflicts_with = "base")]
    staged: bool,
    /// Check what the commits since REV brought, from where HEAD and REV parted
    /// [env: COUNTERSIGN_BASE]
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Have a model read the change too: what it finds stands at lines of the change, and may be wrong
    ///
    /// Files in which there may be a secret, or that are kept from agents, are shown to no model. Without a
    /// model that can be used the exit code is 13.
    #[arg(long)]
    review: bool,
    /// How to report the findings
    #[arg(long, value_enum, default_value_t = Format::Text, env = "COUNTERSIGN_FORMAT", hide_env_values = true)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line for each finding
    Text,
    /// One document
    Json,
    /// SARIF 2.1.0, for code hosts
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let repo = Repo::discover(&context.dir)?;
    let rules = Rules::open(repo.root(), Mode::default())?;
    let may_read = may_read(&rules, Actor::Hook);
    let base = args.base.or_else(variables::base).filter(|_| !args.staged);
    let (what, changes) = match &base {
        Some(revision) => {
            (format!("what HEAD adds to `{revision}`"), changes::since(&repo, revision, &may_read)?)
        }
        None => {
            let index = index_file();
            ("what is staged".to_owned(), changes::staged(&repo, index.as_deref(), &may_read)?)
        }
    };
    let mut report = hooks::check(&changes);
    let read = match args.review && !changes.files.is_empty() {
        true => check_review::review(context, &what, &changes, &mut report),
        false => Ok(()),
    };
    let format = if context.out.json { Format::Json } else { args.format };
    print(context, format, &report)?;
    if format == Format::Text {
        hooks::advice(&report).iter().for_each(|line| context.out.say(line));
    }
    talk(context, &what, &report);
    read?;
    Ok(if report.findings.is_empty() { ExitCode::Done } else { ExitCode::Findings })
}

/// The index that git named for the commit in progress.
fn index_file() -> Option<PathBuf> {
    std::env::var_os("GIT_INDEX_FILE").map(PathBuf::from)
}

fn print(context: &Context, format: Format, report: &Report) -> Result<(), Failure> {
    match format {
        Format::Text => context.out.data(&hooks::text(report)),
        Format::Json => context.out.document(report),
        Format::Sarif => context.out.document(&hooks::sarif(report)),
        Format::Github => context.out.data(&hooks::github(report)),
    }
}

fn talk(context: &Context, what: &str, report: &Report) {
    for file in &report.not_checked {
        context.out.warn(&format!("{} was not checked: {}", file.path, file.why));
    }
    let count = |number: usize, noun: &str| match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    };
    let (files, findings) = (count(report.files, "file"), count(report.findings.len(), "finding"));
    context.out.say(&format!("checked {what}: {files}, {findings}"));
}
