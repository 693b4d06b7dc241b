//! How does each place look after a line of keys?

mod clicks;
mod colours;
mod cutting;
mod dialogs;
mod diffs;
mod hostile;
mod kinds;
mod names;
mod overlays;
mod panes;
mod words;

use proptest::prelude::*;
use ratatui::layout::{Position, Size};

use crate::proposal::{Standing, Subject, pieces};
use crate::repo::{FileChange, FileState, Mode, Renames};
use crate::review::testing::{draw, events, hunk, input, press, sample};
use crate::review::update::{Msg, Where, update};
use crate::review::{ReviewInput, keys};

/// A file with this text.
fn state(text: &str) -> Option<FileState> {
    Some(FileState { bytes: text.as_bytes().to_vec(), mode: Mode::Regular })
}

/// The proposal that changes files in this way.
fn proposal(files: &[(&str, Option<FileState>, Option<FileState>)]) -> ReviewInput {
    moving(files, &[])
}

/// The same, where some of the files are moved: where they lie, and where they lay.
fn moving(
    files: &[(&str, Option<FileState>, Option<FileState>)],
    moved: &[(&str, &str)],
) -> ReviewInput {
    let change = |(path, before, after): &(&str, Option<FileState>, Option<FileState>)| {
        FileChange { path: path.parse().unwrap(), before: before.clone(), after: after.clone() }
    };
    let files: Vec<FileChange> = files.iter().map(change).collect();
    let paths = |(to, from): &(&str, &str)| (to.parse().unwrap(), from.parse().unwrap());
    let renames: Renames = moved.iter().map(paths).collect();
    let subject = Subject::new("k".into(), files.clone(), renames.clone(), Standing::Proposed);
    let pieces = pieces(subject.hunks());
    ReviewInput { files, renames, pieces, ..input(vec![hunk(1, "x", 1, "+x\n")]) }
}

/// A key, the mouse or another size.
fn any_msg() -> impl Strategy<Value = Option<Msg>> {
    let position = (0..130_u16, 0..60_u16).prop_map(|(x, y)| Position::new(x, y));
    let wheel = prop_oneof![Just(Where::Forward), Just(Where::Back)];
    prop_oneof![
        12 => Just(None),
        1 => (0..130_u16, 0..60_u16).prop_map(|(w, h)| Some(Msg::Resize(Size::new(w, h)))),
        1 => position.clone().prop_map(|at| Some(Msg::Click(at))),
        1 => (position, wheel).prop_map(|(at, to)| Some(Msg::Wheel(at, to))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_keys_and_no_size_bring_it_down(
        script in "[axusSec U+*njkpfwlhgG?yq{}|zW/:129te\\-]{0,40}",
        msgs in proptest::collection::vec(any_msg(), 40),
        (width, height) in (0..200_u16, 0..60_u16),
        lines in "([ +-][\\PC\u{1b}\u{202e}\t]{0,90}\n){1,6}",
    ) {
        let mut input = sample();
        input.pieces.extend(crate::proposal::pieces(vec![hunk(6, "src/z.py", 9, &lines)]));
        let (mut state, _) = press(input, Size::new(width, height), "");
        for (event, msg) in events(&script).iter().zip(msgs) {
            for msg in [msg, keys::msg(&state, event)].into_iter().flatten() {
                update(&mut state, msg);
            }
            draw(&state, state.size);
            draw(&state, Size::new(height, width));
        }
    }
}
