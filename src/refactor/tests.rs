//! Moves in small repositories: files in, changed files out.

use std::collections::BTreeMap;

use super::*;

/// Files written one behind the other, each below a line `//- path`.
pub(super) fn files(text: &str) -> BTreeMap<RepoPath, Vec<u8>> {
    text.split("//- ")
        .skip(1)
        .map(|file| {
            let (path, text) = file.split_once('\n').unwrap();
            (RepoPath::new(path).unwrap(), text.as_bytes().to_vec())
        })
        .collect()
}

fn moved(fixture: &str, name: &str, to: &str) -> Result<Moved, NoMove> {
    let sources = Sources::new(files(fixture));
    relocate(&sources, &Move { name: name.into(), from: None, to: RepoPath::new(to).unwrap() })
}

/// What the files that change are then, and the doubts as `path:line`.
#[track_caller]
fn check(fixture: &str, name: &str, to: &str, expected: &str, doubts: &[&str]) {
    let moved = moved(fixture, name, to).unwrap();
    let shown: String = moved
        .files
        .iter()
        .map(|(path, text)| format!("//- {path}\n{}", String::from_utf8_lossy(text)))
        .collect();
    assert_eq!(shown, expected, "\n{shown}");
    let told: Vec<String> =
        moved.doubts.iter().map(|it| format!("{}:{}", it.path, it.line)).collect();
    assert_eq!(told, doubts, "{:?}", moved.doubts);
}

#[track_caller]
fn refused(fixture: &str, name: &str, to: &str, why: &str) {
    let refused = moved(fixture, name, to).map(|it| it.files).unwrap_err().to_string();
    assert!(refused.contains(why), "{refused}");
}

mod golang;
mod python;
mod rust;
mod there_and_back;
mod typescript;
