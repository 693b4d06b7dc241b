//! The hunk in front, laid out in every way.

use insta::assert_snapshot;
use ratatui::layout::Size;

use crate::proposal::{Hunk, hunks};
use crate::repo::{FileChange, FileState, Mode};
use crate::review::ReviewInput;
use crate::review::testing::{hunk, input, press, screen, shown};

fn state(text: &str) -> Option<FileState> {
    Some(FileState { bytes: text.as_bytes().to_vec(), mode: Mode::Regular })
}

/// The proposal that changes files in this way.
fn proposal(files: &[(&str, Option<FileState>, Option<FileState>)]) -> ReviewInput {
    let files: Vec<FileChange> = files
        .iter()
        .map(|(path, before, after)| FileChange {
            path: path.parse().unwrap(),
            before: before.clone(),
            after: after.clone(),
        })
        .collect();
    let hunks: Vec<Hunk> = hunks(&files);
    ReviewInput { files, hunks, ..input(vec![hunk(1, "x", 1, "+x\n")]) }
}

#[track_caller]
fn at(width: u16, height: u16, input: ReviewInput, keys: &str) -> String {
    shown(&press(input, Size::new(width, height), keys).0)
}

#[test]
fn two_sides_on_a_wide_screen_or_when_asked_for() {
    assert_snapshot!(screen(180, 15, "nnn"), @"");
    assert_snapshot!(screen(80, 12, "nnn|"), @"");
    assert_snapshot!(screen(40, 8, "nnn|"), @"");
}

#[test]
fn the_file_around_the_hunk() {
    let before: String = (1..=60).map(|line| format!("line {line}\n")).collect();
    let after = before.replace("line 10\n", "ten\n").replace("line 50\n", "fifty\nand more\n");
    let input = || proposal(&[("a.txt", state(&before), state(&after))]);
    assert_snapshot!(at(80, 14, input(), ""), @"");
    assert_snapshot!(at(80, 14, input(), "z"), @"");
    assert_snapshot!(at(80, 14, input(), "zzG"), @"");
    assert_eq!(at(80, 14, input(), "zzz<down>"), at(80, 14, input(), "<down>"));
}

#[test]
fn white_space_that_does_not_count() {
    let before = "fn a() {\none();\n\ttwo();\n}\nsame\n";
    let after = "fn a() {\n    if x {\n        one();  \n        two();\n    }\n}\nsame\n";
    let input = || proposal(&[("a.rs", state(before), state(after))]);
    assert_snapshot!(at(80, 14, input(), ""), @"");
    assert_snapshot!(at(80, 14, input(), "W"), @"");
    assert_snapshot!(at(80, 14, input(), "W|"), @"");
}

#[test]
fn code_that_was_moved_to_another_file() {
    let moved = "def alpha(value):\n    total = value + 1\n    return total\n\n";
    let rest = "def beta():\n    return 2\n";
    let input = || {
        proposal(&[
            ("a.py", state(&format!("{moved}{rest}")), state(rest)),
            ("b.py", state(rest), state(&format!("{rest}\n{moved}"))),
        ])
    };
    assert_snapshot!(at(80, 12, input(), ""), @"");
    assert_snapshot!(at(80, 12, input(), "n"), @"");
}

#[test]
fn what_has_no_lines_is_shown_for_what_it_is() {
    let binary = |bytes: &[u8]| Some(FileState { bytes: bytes.to_vec(), mode: Mode::Regular });
    let script = |mode| Some(FileState { bytes: b"echo\n".to_vec(), mode });
    let input = || {
        proposal(&[
            ("a.png", binary(b"\x89PNG\0\0"), binary(b"\x89PNG\0\0\0\0")),
            ("b.sh", script(Mode::Regular), script(Mode::Executable)),
            ("c.txt", state("gone\n"), None),
            ("d.link", None, Some(FileState { bytes: b"to/there".to_vec(), mode: Mode::Symlink })),
        ])
    };
    for (keys, expected) in [
        ("", "binary, 6 bytes, mode 644"),
        ("n", "text, 5 bytes, mode 755"),
        ("nn", "deleted"),
        ("nnn", "new file, symbolic link"),
    ] {
        let screen = at(80, 12, input(), keys);
        assert!(screen.contains(expected), "{screen}");
    }
    assert_snapshot!(at(80, 10, input(), ""), @"");
}
