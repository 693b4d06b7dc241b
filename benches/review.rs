//! How fast does a review answer? `cargo bench --bench review`, which prints a table.
//!
//! What is reviewed is history as it was: the way from the latest commit from which at least 300 files
//! and 20,000 lines differ to HEAD, of this repository or of the one that `COUNTERSIGN_BENCH_REPO`
//! names. Where history is too short for that, it says so and a change is made of this repository's
//! source. Thousands of keys of all kinds are pressed on it at three sizes of the screen; a key is
//! answered when the state is changed and the screen drawn into memory.

#![allow(clippy::print_stdout, reason = "a table is printed")]

#[path = "review/history.rs"]
mod history;
#[path = "review/made.rs"]
mod made;

use std::error::Error;
use std::fs;
use std::time::{Duration, Instant};

use countersign::proposal::{LineKind, Proposal, Standing, pieces};
use countersign::repo::Renames;
use countersign::review::{Rehearsal, ReviewInput, Theme};
use countersign::session::Evidence;

/// At least so many files and so many lines are changed.
const FILES: usize = 300;
const LINES: usize = 20_000;

const KEYS: usize = 4000;

/// Pressed over and over; `^` holds control down for the next one.
const SCRIPT: &str = "jjjjnjjx\tann}jj{kkk}}fjjjjfwjjw zzjjjz zzGgz W|jj|W /retur\n^n^n^p\
                      llllhhhh :white\u{1b} ?jjq 1q GnGp*U+U }}}}nnzzz/self\n^n^nu\t\t\ta";

fn main() -> Result<(), Box<dyn Error>> {
    let proposal = proposal()?;
    let start = Instant::now();
    let (files, hunks) = (proposal.files().into_owned(), proposal.hunks());
    let split = start.elapsed();
    let changed =
        |kind| hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind == kind).count();
    let lines = changed(LineKind::Added) + changed(LineKind::Removed);
    println!("{} files, {} hunks, {lines} changed lines", files.len(), hunks.len());
    println!("taken apart into hunks in {} ms", shown(split));
    let input = ReviewInput {
        id: "p-7f3a".to_owned(),
        title: "Change everything".to_owned(),
        model: "nobody".to_owned(),
        verification: Vec::new(),
        files,
        renames: proposal.renames.clone(),
        pieces: pieces(hunks),
        at: None,
        notice: None,
        standing: Standing::Proposed,
        evidence: Evidence::default(),
    };
    println!(
        "{:<10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}",
        "ms", "open", "p50", "p95", "p99", "most", "peak MiB"
    );
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        row(&input, width, height);
    }
    println!("peak memory: of the whole process, with the change itself and a copy of it");
    Ok(())
}

/// Opens the proposal, presses all keys and prints a line.
fn row(input: &ReviewInput, width: u16, height: u16) {
    forget_peak();
    let input = input.clone();
    let start = Instant::now();
    let mut review = Rehearsal::open(input, Theme::Ansi, width, height);
    review.draw();
    let open = start.elapsed();
    let mut times = Vec::with_capacity(KEYS);
    let mut control = false;
    let mut pressed = String::new();
    for key in SCRIPT.chars().cycle().take(KEYS) {
        if key == '^' {
            control = true;
            continue;
        }
        let start = Instant::now();
        review.press(key, control);
        review.draw();
        times.push((start.elapsed(), pressed.len()));
        pressed.push(key);
        control = false;
    }
    times.sort();
    let at = |share: usize| shown(times[(times.len() * share / 1000).min(times.len() - 1)].0);
    let (open, size) = (shown(open), format!("{width}x{height}"));
    println!(
        "{size:<10} {open:>10} {:>10} {:>10} {:>10} {:>10} {:>10}",
        at(500),
        at(950),
        at(990),
        at(1000),
        peak_mebibytes().map_or_else(|| "?".to_owned(), |peak| peak.to_string())
    );
    if std::env::var_os("COUNTERSIGN_BENCH_SLOWEST").is_some() {
        for (time, place) in times.iter().rev().take(12) {
            let tail: String = pressed[..=*place].chars().rev().take(8).collect();
            let tail: String = tail.chars().rev().collect();
            println!("  {} after {tail:?}", shown(*time));
        }
    }
}

fn shown(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

/// Real history where there is enough of it, and a made change otherwise; says which.
fn proposal() -> Result<Proposal, Box<dyn Error>> {
    let named = std::env::var_os("COUNTERSIGN_BENCH_REPO");
    let place = named.clone().unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    match history::proposal(place.as_ref()) {
        Ok(found) => Ok(found),
        Err(why) if named.is_none() => {
            println!("{why}; a change is made of the source instead");
            Ok(Proposal { changes: made::changes()?, renames: Renames::new(), ..history::empty()? })
        }
        Err(why) => Err(why),
    }
}

/// Has the peak counted anew; without effect where that cannot be.
#[allow(clippy::disallowed_methods, reason = "it is the kernel that is written to")]
fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// What this process took at most; known on Linux.
fn peak_mebibytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}
