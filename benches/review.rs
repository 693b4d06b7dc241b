//! How fast does a review answer? `cargo bench --bench review`, which prints a table.
//!
//! The proposal is made of this repository's own source, the same for the same source: 300 files,
//! about 20,000 changed lines, words changed, lines added and taken away, blocks moved to another
//! file, code indented anew. Thousands of keys of all kinds are pressed on it at two sizes of the
//! screen; a key is answered when the state is changed and the screen drawn into memory.

#![allow(clippy::print_stdout, reason = "a table is printed")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use countersign::base::RepoPath;
use countersign::proposal::{LineKind, Standing, hunks, pieces};
use countersign::repo::{FileChange, FileState, Mode};
use countersign::review::{Rehearsal, ReviewInput, Theme};
use countersign::session::Evidence;

const FILES: usize = 300;
const KEYS: usize = 4000;

/// Pressed over and over; `^` holds control down for the next one.
const SCRIPT: &str = "jjjjnjjx\tann}jj{kkk}}fjjjjfwjjw zzjjjz zzGgz W|jj|W /retur\n^n^n^p\
                      llllhhhh :white\u{1b} ?jjq 1q GnGp*U+U }}}}nnzzz/self\n^n^nu\t\t\ta";

/// Lines of the largest file.
const LARGEST: usize = 5000;

fn main() -> Result<(), Box<dyn Error>> {
    let files = changes()?;
    let start = Instant::now();
    let hunks = hunks(&files);
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
        pieces: pieces(hunks),
        at: None,
        notice: None,
        standing: Standing::Proposed,
        evidence: Evidence::default(),
    };
    println!(
        "{:<10} {:>10} {:>10} {:>10} {:>10} {:>10}",
        "ms", "open", "p50", "p95", "p99", "most"
    );
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        row(&input, width, height);
    }
    if let Some(peak) = peak_mebibytes() {
        println!("peak memory {peak} MiB, the proposal and the copy of it here included");
    }
    Ok(())
}

/// Opens the proposal, presses all keys and prints a line.
fn row(input: &ReviewInput, width: u16, height: u16) {
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
        "{size:<10} {open:>10} {:>10} {:>10} {:>10} {:>10}",
        at(500),
        at(950),
        at(990),
        at(1000)
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

/// What this process took at most; known on Linux.
fn peak_mebibytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// The changed files.
fn changes() -> Result<Vec<FileChange>, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    for folder in ["src", "fixtures/corpus", "tests/suite"] {
        collect(&root.join(folder), &mut texts)?;
    }
    texts.sort();
    let large: Vec<String> =
        texts.iter().flat_map(|(_, text)| text.lines()).take(LARGEST).map(str::to_owned).collect();
    let mut changes = Vec::new();
    let mut carried: Vec<String> = Vec::new();
    for (nth, (name, text)) in texts.iter().cycle().take(FILES).enumerate() {
        let before = match nth {
            7 => large.clone(),
            _ => text.lines().map(str::to_owned).collect(),
        };
        let after = changed(&before, nth, &mut carried);
        changes.push(FileChange {
            path: RepoPath::new(format!("part{}/{name}", nth / 20))?,
            before: state(&before),
            after: state(&after),
        });
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes.dedup_by(|a, b| a.path == b.path);
    Ok(changes)
}

fn collect(folder: &Path, texts: &mut Vec<(String, String)>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match fs::read_to_string(&path) {
            _ if path.is_dir() => collect(&path, texts)?,
            Ok(text) if text.lines().count() > 30 => {
                texts.push((format!("{}-{name}", texts.len()), text));
            }
            _ => {}
        }
    }
    Ok(())
}

fn state(lines: &[String]) -> Option<FileState> {
    let bytes = lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect();
    Some(FileState { bytes, mode: Mode::Regular })
}

/// `before` with words changed in about 26 lines, lines taken out, a block that `carried` holds put
/// in, another taken along, and a run of lines indented.
fn changed(before: &[String], nth: usize, carried: &mut Vec<String>) -> Vec<String> {
    let step = (before.len() / 26).max(2);
    let mut after = Vec::new();
    let block = before.len() / 2..(before.len() / 2 + 6).min(before.len());
    let indented = before.len() / 4..(before.len() / 4 + 5).min(before.len());
    let moved = std::mem::take(carried);
    for (at, line) in before.iter().enumerate() {
        if at == before.len() / 3 {
            after.extend(moved.iter().cloned());
        }
        if block.contains(&at) {
            carried.push(line.clone());
        } else if indented.contains(&at) {
            after.push(format!("    {line}"));
        } else if at % step == nth % step {
            after.push(line.replacen("self", "this", 1).replacen(' ', "  ", 1) + " // changed");
            if at % 3 == 0 {
                after.push(format!("// line {at} of file {nth} is new"));
            }
        } else {
            after.push(line.clone());
        }
    }
    after
}
