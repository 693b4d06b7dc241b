//! A review without a terminal: keys in, screens out. For measurements, and for whoever wants to see a
//! screen as text.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use crate::review::state::State;
use crate::review::update::{Msg, update};
use crate::review::view::view;
use crate::review::{ReviewInput, Theme, keys};

/// A review that is drawn into memory. Nothing is ever applied.
pub struct Rehearsal {
    state: State,
    drawing: Terminal<TestBackend>,
}

impl Rehearsal {
    /// Opens `input` on a screen of `width` columns and `height` rows.
    pub fn open(input: ReviewInput, theme: Theme, width: u16, height: u16) -> Self {
        let state = State::new(input, theme, Size::new(width, height));
        let Ok(drawing) = Terminal::new(TestBackend::new(width, height));
        Self { state, drawing }
    }

    /// Types a character; with `control` held down if so.
    pub fn press(&mut self, key: char, control: bool) {
        let modifiers = if control { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
        let code = match key {
            '\t' => KeyCode::Tab,
            '\n' => KeyCode::Enter,
            '\u{1b}' => KeyCode::Esc,
            key => KeyCode::Char(key),
        };
        let event = Event::Key(KeyEvent::new(code, modifiers));
        if let Some(msg) = keys::msg(&self.state, &event) {
            update(&mut self.state, msg);
        }
    }

    /// Makes the screen as large as that.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.drawing.backend_mut().resize(width, height);
        update(&mut self.state, Msg::Resize(Size::new(width, height)));
    }

    /// Draws the screen.
    pub fn draw(&mut self) {
        let Self { state, drawing } = self;
        state.take_colours();
        let Ok(_) = drawing.draw(|frame| view(state, frame));
    }

    /// What was drawn last, a line for each row.
    pub fn screen(&self) -> String {
        let buffer = self.drawing.backend().buffer();
        let width = usize::from(buffer.area.width).max(1);
        let rows = buffer.content().chunks(width);
        rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>() + "\n").collect()
    }
}
