//! Reads the colours of files: small ones at once, large ones and the first of a language on a thread of
//! their own, one at a time.
//!
//! Until the colours of a file are there its code shows without.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;

use crate::repo::FileChange;
use crate::review::colours::Colours;
use crate::review::state::State;

/// Bytes, before and after together, that are read within one key.
const AT_ONCE: usize = 16 << 10;

/// Whoever reads colours at the moment.
#[derive(Debug, Default)]
pub(super) struct Painter {
    at_work: Option<(usize, Receiver<Colours>)>,
}

impl State {
    /// Sees to it that the file in front has colours, or will have them.
    pub(super) fn colour(&mut self) {
        let index = self.file_index();
        let Some(file) = self.files.get_mut(index).filter(|file| file.colours.is_none()) else {
            return;
        };
        if size(&file.change) <= AT_ONCE && Colours::are_at_hand(&file.change) {
            file.colours = Some(Colours::of(&file.change));
        } else if self.look.painter.at_work.is_none() {
            let (done, colours) = channel();
            let change = file.change.clone();
            let started = thread::Builder::new().name("colours".to_owned()).spawn(move || {
                // Nobody waits for it any more when the review was left.
                let _ = done.send(Colours::of(&change));
            });
            self.look.painter.at_work = started.is_ok().then_some((index, colours));
        }
    }

    /// Whether colours are still to come.
    pub(super) fn awaits_colours(&self) -> bool {
        self.look.painter.at_work.is_some()
    }

    /// Takes what was read meanwhile; says whether the screen has to be drawn for it.
    pub(super) fn take_colours(&mut self) -> bool {
        let Some((file, colours)) = &self.look.painter.at_work else { return false };
        let (file, read) = (*file, colours.try_recv());
        match read {
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Disconnected) => self.look.painter.at_work = None,
            Ok(colours) => {
                self.look.painter.at_work = None;
                if let Some(entry) = self.files.get_mut(file) {
                    entry.colours = Some(colours);
                }
                // The person may have gone on to another large file.
                if file != self.file_index() {
                    self.colour();
                }
            }
        }
        file == self.file_index()
    }
}

fn size(change: &FileChange) -> usize {
    [&change.before, &change.after].into_iter().flatten().map(|state| state.bytes.len()).sum()
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Size;

    use super::*;
    use crate::review::Theme;
    use crate::review::testing::{hunk, input};

    #[test]
    fn a_large_file_is_coloured_by_and_by() {
        let line = "+let value = 1; // a line of an ordinary length\n";
        let language = crate::syntax::Language::named("rust").unwrap();
        crate::syntax::highlight(language, b"fn main() {}");
        let large = hunk(1, "a.rs", 1, &line.repeat(1000));
        let small = hunk(2, "b.rs", 1, line);
        let mut state = State::new(input(vec![large, small]), Theme::Ansi, Size::new(80, 24));
        assert!(state.awaits_colours());
        assert!(state.files[0].colours.is_none());
        state.go_to(1);
        assert!(state.files[1].colours.is_some());
        while state.awaits_colours() {
            thread::yield_now();
            assert!(!state.take_colours(), "another file is in front");
        }
        assert!(state.files[0].colours.is_some());
    }
}
