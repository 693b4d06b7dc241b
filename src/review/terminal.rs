//! The terminal: raw while a review runs, as it was before and after, also on errors and panics.

use std::io::{self, Stdout};
use std::panic;
use std::sync::Once;
use std::time::Duration;

use crossterm::event::{self, DisableMouseCapture, EnableMouseCapture, Event};
use crossterm::execute;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Size;

use crate::review::run::Screen;
use crate::review::state::State;
use crate::review::view::view;

/// The terminal in raw mode on its alternate screen. Dropped, it is as it was before.
pub struct Terminal {
    drawing: ratatui::Terminal<CrosstermBackend<Stdout>>,
}

impl Terminal {
    /// Takes the terminal over.
    pub(super) fn enter() -> io::Result<Self> {
        restore_on_panic();
        let drawing = ratatui::Terminal::new(CrosstermBackend::new(io::stdout()))?;
        // Made first, so that what follows is undone where a part of it fails.
        let terminal = Self { drawing };
        take_over()?;
        Ok(terminal)
    }

    /// Takes the terminal over again. What is on it by now is not known, so all is drawn anew; the
    /// terminal is asked nothing, since not every one answers.
    fn take_back(&mut self) -> io::Result<()> {
        take_over()?;
        execute!(io::stdout(), Clear(ClearType::All))?;
        self.drawing = ratatui::Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(())
    }

    pub(super) fn size(&self) -> io::Result<Size> {
        self.drawing.size()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = give_back();
    }
}

impl Screen for Terminal {
    fn draw(&mut self, state: &State) -> io::Result<()> {
        self.drawing.draw(|frame| view(state, frame)).map(|_| ())
    }

    fn next(&mut self) -> io::Result<Event> {
        event::read()
    }

    fn has_more(&mut self, within: Duration) -> io::Result<bool> {
        event::poll(within)
    }

    fn aside(&mut self, work: &mut dyn FnMut()) -> io::Result<()> {
        give_back()?;
        work();
        self.take_back()
    }

    fn suspend(&mut self) -> io::Result<()> {
        give_back()?;
        // Group 0 is ours: whoever started us waits with us, as under any shell.
        killpg(Pid::from_raw(0), Signal::SIGTSTP)?;
        self.take_back()
    }
}

fn take_over() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture, crossterm::cursor::Hide)
}

fn give_back() -> io::Result<()> {
    let screen =
        execute!(io::stdout(), DisableMouseCapture, LeaveAlternateScreen, crossterm::cursor::Show);
    disable_raw_mode().and(screen)
}

/// A panic's message is worth nothing on a screen that vanishes with it.
fn restore_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let _ = give_back();
            print(info);
        }));
    });
}
