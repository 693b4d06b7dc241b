//! `countersign index`, and the fresh index that other commands ask for.

use std::cell::OnceCell;
use std::io::IsTerminal;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::base::RepoPath;
use crate::cli::{Context, ExitCode, Failure, interrupt, watch};
use crate::index::{self, History, Index, IndexError, Pace, Report, Settings};
use crate::policy::{self, Actor};
use crate::repo::{self, Limits, Listing, Repo, Why};

/// Fewer files are read before a bar could be drawn.
const WORTH_A_BAR: usize = 200;

/// Build or refresh the index
///
/// The index is kept in the cache folder and holds what the ignore rules and the policy let through.
/// Only files that changed are read. Other commands refresh it by themselves.
///
/// `--watch` stays and follows the disk until Ctrl-C, which ends it with exit code 0. It prints a line
/// for the first refresh and for each that found a change; with `--json` a line
/// `{"v":1,"type":"index.refreshed",…}` with the figures of a refresh, and
/// `{"v":1,"type":"index.ended",…}` at the end.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stay, and refresh it whenever files change
    #[arg(long)]
    watch: bool,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let repo = Repo::discover(&context.dir)?;
    let cancel = interrupt::watch()?;
    if args.watch {
        return watch::run(context, &repo, &|| cancel.is_cancelled());
    }
    let fresh = fresh(context, &repo, &|| cancel.is_cancelled())?;
    if context.out.json {
        context.out.document(&fresh.report)?;
    } else {
        context.out.data(&format!("{}\n", summary(&fresh.report)))?;
    }
    if cancel.is_cancelled() {
        return Ok(ExitCode::Interrupted);
    }
    Ok(ExitCode::Done)
}

/// A fresh index with the history beside it.
pub(super) struct Fresh {
    pub(super) report: Report,
    pub(super) index: Index,
    pub(super) history: History,
}

/// Refreshes the index of `repo` and opens it; `stop` ends the reading early.
pub(super) fn fresh(
    context: &Context,
    repo: &Repo,
    stop: &dyn Fn() -> bool,
) -> Result<Fresh, Failure> {
    let folder = index::folder(repo)?;
    let (report, index) = opened(context, repo, &folder, stop)?;
    // An answer that is wanted now has no time for the past, and whoever is at it reads that next.
    let unfinished = report.busy && report.pending > 0;
    let history = history(context, repo, &folder, &|| unfinished || stop());
    Ok(Fresh { report, index, history })
}

/// A fresh index alone, for questions that the past does not answer; says what it lacks.
pub(super) fn looked_up(context: &Context, repo: &Repo) -> Result<Index, Failure> {
    let folder = index::folder(repo)?;
    let (report, index) = opened(context, repo, &folder, &|| false)?;
    say_unfinished(context, &report);
    Ok(index)
}

/// Refreshes the index in `folder` and opens it.
fn opened(
    context: &Context,
    repo: &Repo,
    folder: &Path,
    stop: &dyn Fn() -> bool,
) -> Result<(Report, Index), Failure> {
    let refresh = |settings: &Settings<'_>| index::refresh_and_open(repo.root(), settings);
    within(context, repo, folder, stop, &|_| {}, refresh)
}

/// Refreshes the index in `folder`; `listed` is told what the work tree has.
pub(super) fn refreshed_and(
    context: &Context,
    repo: &Repo,
    folder: &Path,
    stop: &dyn Fn() -> bool,
    listed: &dyn Fn(&Listing),
) -> Result<Report, Failure> {
    let refresh = |settings: &Settings<'_>| index::refresh(repo.root(), settings);
    within(context, repo, folder, stop, listed, refresh)
}

/// Has `refresh` done with the rules and limits of `context`.
fn within<T>(
    context: &Context,
    repo: &Repo,
    folder: &Path,
    stop: &dyn Fn() -> bool,
    listed: &dyn Fn(&Listing),
    refresh: impl FnOnce(&Settings<'_>) -> Result<T, IndexError>,
) -> Result<T, Failure> {
    let bar = bar(context);
    let texts = context.rule_texts(repo)?;
    let rulings = texts.digest();
    // What was asked by these rules before is known, and then they are read only for new files.
    let rules = OnceCell::new();
    if !index::is_ruled_by(folder, rulings) {
        let _ = rules.set(Some(texts.rules()?));
    }
    let may_read = |path: &RepoPath| {
        let rules = rules.get_or_init(|| texts.rules().ok());
        rules.as_ref().is_some_and(|rules| policy::may_read(rules, Actor::Agent)(path))
    };
    let limits = Limits { file_bytes: context.config()?.index.max_file_bytes };
    let settings = Settings {
        dir: folder.to_owned(),
        list: &|old| {
            let listing = repo::list(repo.root(), Some(repo.git()), &limits, old);
            listed(&listing);
            listing
        },
        may_read: &may_read,
        rulings,
        progress: &|done, total| show(&bar, done, total),
        stop,
    };
    let done = refresh(&settings)?;
    bar.finish_and_clear();
    Ok(done)
}

/// Says on stderr what an answer cannot know yet.
pub(super) fn say_unfinished(context: &Context, report: &Report) {
    if report.pending > 0 {
        let count = report.pending;
        let plural = if count == 1 { "file is" } else { "files are" };
        let who = if report.busy { "; another process is reading them" } else { "" };
        context.out.say(&format!("{count} {plural} not in the index yet{who}"));
    } else if report.busy {
        context
            .out
            .say("another process is refreshing the index; the newest changes may be missing");
    }
}

/// A history that cannot be read makes the ranking worse, not impossible.
pub(super) fn history(
    context: &Context,
    repo: &Repo,
    folder: &Path,
    stop: &dyn Fn() -> bool,
) -> History {
    let pace = Pace { progress: &|_, _| {}, stop };
    History::refresh(repo, folder, &pace).unwrap_or_else(|error| {
        context.out.warn(&format!("past commits are not considered: {error}"));
        History::default()
    })
}

/// A bar on a terminal, and nothing elsewhere.
fn bar(context: &Context) -> ProgressBar {
    let hidden = context.out.quiet || context.out.json || !std::io::stderr().is_terminal();
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template("indexing {bar:30} {pos}/{len} files, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(None, target).with_style(style)
}

fn show(bar: &ProgressBar, done: usize, total: usize) {
    if total >= WORTH_A_BAR {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    }
}

fn summary(report: &Report) -> String {
    let Report { files, chunks, read, removed, seconds, .. } = report;
    let mut text =
        format!("{files} files, {chunks} chunks; {read} read, {removed} removed in {seconds:.2} s");
    let left_out: Vec<String> =
        report.left_out.iter().map(|(why, count)| format!("{count} {}", words(*why))).collect();
    if !left_out.is_empty() {
        text.push_str(&format!("\nleft out: {}", left_out.join(", ")));
    }
    if report.unparsed > 0 {
        let count = report.unparsed;
        text.push_str(&format!(
            "\n{count} kept as plain text: too long, too deep or too slow to parse"
        ));
    }
    if report.pending > 0 {
        text.push_str(&format!("\n{} still to be read; run it again to go on", report.pending));
    }
    if report.busy {
        text.push_str("\nanother process is refreshing it");
    }
    text
}

fn words(why: Why) -> &'static str {
    match why {
        Why::Binary => "binary",
        Why::TooLarge => "too large",
        Why::Unreadable => "unreadable",
        Why::Denied => "kept out by the policy",
        Why::Repository => "repositories of their own",
    }
}
