//! `countersign index --watch`

use std::cell::RefCell;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use crate::cli::index::{history, refreshed_and};
use crate::cli::{Context, ExitCode, Failure};
use crate::index::{self, Report};
use crate::repo::{Listing, Repo, Watch};

/// How often it is looked whether to end.
const TICK: Duration = Duration::from_millis(100);

/// A line for programs.
#[derive(Serialize)]
struct Line<'a> {
    v: u32,
    r#type: &'static str,
    #[serde(flatten)]
    report: &'a Report,
}

/// Refreshes the index of `repo` whenever its files change, until `stop` says so.
pub(super) fn run(
    context: &Context,
    repo: &Repo,
    stop: &dyn Fn() -> bool,
) -> Result<ExitCode, Failure> {
    let mut told = 0;
    let ended = follow(context, repo, stop, &mut told);
    if context.out.json {
        if let Some(failure) = ended.as_ref().err().filter(|it| !it.silent) {
            context.out.line(&failure.event())?;
        }
        context.out.line(&json!({ "v": 1, "type": "index.ended", "refreshes": told }))?;
    }
    ended.map(|()| ExitCode::Done)
}

fn follow(
    context: &Context,
    repo: &Repo,
    stop: &dyn Fn() -> bool,
    told: &mut usize,
) -> Result<(), Failure> {
    let folder = index::folder(repo)?;
    let mut watch = Watch::new(repo)?;
    let listing = RefCell::new(Listing::default());
    let mut due = true;
    while !stop() {
        if !due {
            due = watch.changed(&listing.borrow(), TICK, stop)?;
            continue;
        }
        let report = refreshed_and(context, repo, &folder, stop, &|it| {
            listing.replace(it.clone());
        })?;
        // What went altogether was not taken out file by file.
        watch.is_there()?;
        if report.busy {
            // Whoever is at it may have looked before the change.
            std::thread::sleep(TICK * 3);
            continue;
        }
        let new = watch.follow(&listing.borrow())?;
        history(context, repo, &folder, stop);
        if *told == 0 || report.changed + report.removed > 0 {
            tell(context, &report)?;
            if *told == 0 && !stop() {
                context.out.say("watching; Ctrl-C ends it");
            }
            *told += 1;
        }
        due = new;
    }
    Ok(())
}

fn tell(context: &Context, report: &Report) -> Result<(), Failure> {
    if context.out.json {
        context.out.line(&Line { v: 1, r#type: "index.refreshed", report })
    } else {
        let Report { files, chunks, changed, removed, seconds, .. } = report;
        context.out.data(&format!(
            "{files} files, {chunks} chunks; {changed} changed, {removed} removed in {seconds:.2} s\n"
        ))
    }
}
