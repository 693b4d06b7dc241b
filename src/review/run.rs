//! The loop of a review: draw, read, update, do what was asked for.

use std::io;
use std::time::Duration;

use crossterm::event::Event;
use ratatui::layout::Size;

use crate::base::Hint;
use crate::proposal::Verdicts;
use crate::review::state::State;
use crate::review::terminal::Terminal;
use crate::review::update::{Effect, Msg, update};
use crate::review::{ReviewInput, Theme, keys};

/// How long to wait for a key before asking whether colours were read.
const COLOURS: Duration = Duration::from_millis(20);

/// How a review ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What `apply` said.
    Applied(String),
    /// Left without effect.
    Quit,
}

/// Why a review could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    #[error("cannot {doing} the terminal")]
    Terminal {
        doing: &'static str,
        #[source]
        source: io::Error,
    },
}

impl Hint for ReviewError {
    fn hint(&self) -> Option<String> {
        let Self::Terminal { .. } = self;
        Some("decide without the screen: `countersign apply ID --hunks 1,3-5`".to_owned())
    }
}

impl ReviewError {
    fn terminal(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Terminal { doing, source }
    }
}

/// Where a review shows and where its events come from.
pub(super) trait Screen {
    fn draw(&mut self, state: &State) -> io::Result<()>;
    /// Waits for the next event.
    fn next(&mut self) -> io::Result<Event>;
    /// Whether `next` would not wait; asks for so long.
    fn has_more(&mut self, within: Duration) -> io::Result<bool>;
    /// Gives the terminal to the shell until the shell gives it back, and says how large it is then.
    fn suspend(&mut self) -> io::Result<Size>;
}

/// Has a person decide about `input` on the terminal.
///
/// `apply` is called with the verdicts when the person says so, and again if it failed and the
/// person tries once more; its error is shown and the decisions are kept.
pub fn run(
    input: ReviewInput,
    theme: Theme,
    apply: &mut dyn FnMut(&Verdicts) -> Result<String, String>,
) -> Result<Outcome, ReviewError> {
    let mut terminal = Terminal::enter().map_err(ReviewError::terminal("take over"))?;
    let size = terminal.size().map_err(ReviewError::terminal("measure"))?;
    drive(&mut terminal, input, theme, size, apply)
}

fn drive(
    screen: &mut impl Screen,
    input: ReviewInput,
    theme: Theme,
    size: Size,
    apply: &mut dyn FnMut(&Verdicts) -> Result<String, String>,
) -> Result<Outcome, ReviewError> {
    let mut state = State::new(input, theme, size);
    loop {
        screen.draw(&state).map_err(ReviewError::terminal("draw on"))?;
        // Keys that are waiting already are taken together: a held key must not lag behind.
        loop {
            if state.awaits_colours()
                && !screen.has_more(COLOURS).map_err(ReviewError::terminal("read from"))?
            {
                if state.take_colours() {
                    break;
                }
                continue;
            }
            let event = screen.next().map_err(ReviewError::terminal("read from"))?;
            let msg = keys::msg(&state, &event);
            let effects = msg.map(|msg| update(&mut state, msg)).unwrap_or_default();
            if let Some(outcome) = carry_out(screen, &mut state, effects, apply)? {
                return Ok(outcome);
            }
            if !screen.has_more(Duration::ZERO).map_err(ReviewError::terminal("read from"))? {
                break;
            }
        }
    }
}

/// Does what was asked for; an outcome ends the review.
fn carry_out(
    screen: &mut impl Screen,
    state: &mut State,
    effects: Vec<Effect>,
    apply: &mut dyn FnMut(&Verdicts) -> Result<String, String>,
) -> Result<Option<Outcome>, ReviewError> {
    for effect in effects {
        match effect {
            Effect::Suspend => {
                let size = screen.suspend().map_err(ReviewError::terminal("give back"))?;
                drop(update(state, Msg::Resize(size)));
            }
            Effect::Quit => return Ok(Some(Outcome::Quit)),
            Effect::Apply(verdicts) => match apply(&verdicts) {
                Ok(said) => return Ok(Some(Outcome::Applied(said))),
                Err(text) => drop(update(state, Msg::ApplyFailed(text))),
            },
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::testing::{events, sample};

    /// Types a line of keys and draws nowhere.
    struct Script(std::vec::IntoIter<Event>);

    impl Screen for Script {
        fn draw(&mut self, _state: &State) -> io::Result<()> {
            Ok(())
        }

        fn next(&mut self) -> io::Result<Event> {
            self.0.next().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
        }

        fn has_more(&mut self, _within: Duration) -> io::Result<bool> {
            Ok(self.0.len() % 2 == 1)
        }

        fn suspend(&mut self) -> io::Result<Size> {
            Ok(Size::new(80, 24))
        }
    }

    fn play(
        keys: &str,
        apply: &mut dyn FnMut(&Verdicts) -> Result<String, String>,
    ) -> Result<Outcome, ReviewError> {
        let mut script = Script(events(keys).into_iter());
        drive(&mut script, sample(), Theme::Plain, Size::new(80, 24), apply)
    }

    #[test]
    fn leaving_applies_nothing() {
        let outcome = play("aqy", &mut |_| panic!("nothing was to be applied"));
        assert_eq!(outcome.unwrap(), Outcome::Quit);
    }

    #[test]
    fn a_failed_apply_can_be_tried_again() {
        let mut calls = Vec::new();
        let outcome = play("aAy<esc>nxAy", &mut |verdicts| {
            calls.push(verdicts.0.len());
            if calls.len() == 1 { Err("busy".to_owned()) } else { Ok("done".to_owned()) }
        });
        assert_eq!(outcome.unwrap(), Outcome::Applied("done".to_owned()));
        assert_eq!(calls, [1, 2]);
    }

    #[test]
    fn a_terminal_that_vanishes_is_an_error() {
        assert!(matches!(play("a", &mut |_| Ok(String::new())), Err(ReviewError::Terminal { .. })));
    }
}
