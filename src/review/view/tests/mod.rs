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

use crate::review::keys;
use crate::review::testing::{draw, events, hunk, press, sample};
use crate::review::update::{Msg, update};
use crate::review::way::Where;

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
