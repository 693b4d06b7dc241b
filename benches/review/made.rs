//! A change that is made of this repository's own source, the same for the same source: words changed,
//! lines added and taken away, blocks moved to another file, code indented anew.

use std::error::Error;
use std::fs;
use std::path::Path;

use countersign::base::RepoPath;
use countersign::repo::{FileChange, FileState, Mode};

use crate::FILES;

/// Lines of the largest file.
const LARGEST: usize = 5000;

/// The changed files.
pub(crate) fn changes() -> Result<Vec<FileChange>, Box<dyn Error>> {
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
