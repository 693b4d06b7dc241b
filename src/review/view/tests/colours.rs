//! What styles repeat, and that they say nothing alone.

use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};

use crate::review::Theme;
use crate::review::testing::{draw, press, sample, shown};

#[test]
fn a_style_says_nothing_that_the_text_does_not() {
    let (mut state, _) = press(sample(), Size::new(120, 40), "a");
    let with = shown(&state);
    state.theme = Theme::Plain;
    assert_eq!(shown(&state), with);
    let terminal = draw(&state, state.size);
    let cells = terminal.backend().buffer().content();
    assert!(cells.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
}

#[test]
fn the_words_that_changed_are_underlined_and_code_is_coloured() {
    let (state, _) = press(sample(), Size::new(80, 24), "n");
    let terminal = draw(&state, state.size);
    let buffer = terminal.backend().buffer();
    let column = |y: u16, text: &str| {
        let line: String = (0..80).map(|x| buffer[(x, y)].symbol()).collect();
        u16::try_from(line.find(text).unwrap()).unwrap()
    };
    let changed = &buffer[(column(3, "sys"), 3)];
    assert!(changed.modifier.contains(Modifier::UNDERLINED));
    assert_eq!(changed.fg, Color::Red);
    assert_eq!(buffer[(column(2, "import"), 2)].fg, Color::Magenta);
}
