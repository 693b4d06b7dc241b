//! The loop of a review: draw, read, update, do what was asked for.

use std::io;
use std::time::Duration;

use crossterm::event::Event;
use ratatui::layout::Size;

use crate::base::Hint;
use crate::review::performing::{edited, perform};
use crate::review::piece::PieceMsg;
use crate::review::state::State;
use crate::review::terminal::Terminal;
use crate::review::update::{Effect, Msg, update};
use crate::review::{Actions, ReviewInput, Theme, keys};

/// How long to wait for a key before asking whether colours were read.
const COLOURS: Duration = Duration::from_millis(20);

/// How a review ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What `apply` said.
    Applied(String),
    /// Left without effect.
    Quit,
    /// The system asked the program to end: without effect, and what was decided is kept.
    Ended,
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
    pub(super) fn terminal(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Terminal { doing, source }
    }
}

/// How often it is looked whether a model has answered.
const GLANCE: Duration = Duration::from_millis(100);

/// Where a review shows and where its events come from.
pub(super) trait Screen {
    fn draw(&mut self, state: &State) -> io::Result<()>;
    /// Waits for the next event.
    fn next(&mut self) -> io::Result<Event>;
    /// Whether `next` would not wait; asks for so long.
    fn has_more(&mut self, within: Duration) -> io::Result<bool>;
    /// Gives the terminal to the shell until the shell gives it back, and says how large it is then.
    fn suspend(&mut self) -> io::Result<Size>;
    /// Gives the terminal away while `work` runs.
    fn aside(&mut self, work: &mut dyn FnMut()) -> io::Result<()>;
    /// Whether the system asks the program to end.
    fn is_over(&self) -> bool {
        false
    }
}

/// Has a person decide about `input` on the terminal.
///
/// What they ask for is done by `actions`. An apply that failed may be tried again; its error is
/// shown and the decisions are kept.
pub fn run(
    input: ReviewInput,
    theme: Theme,
    actions: &mut dyn Actions,
) -> Result<Outcome, ReviewError> {
    let mut terminal = Terminal::enter().map_err(ReviewError::terminal("take over"))?;
    run_on(&mut terminal, input, theme, actions)
}

/// The same on a terminal that was taken over already.
pub fn run_on(
    terminal: &mut Terminal,
    input: ReviewInput,
    theme: Theme,
    actions: &mut dyn Actions,
) -> Result<Outcome, ReviewError> {
    let size = terminal.size();
    drive(terminal, input, theme, size, actions)
}

fn drive(
    screen: &mut impl Screen,
    input: ReviewInput,
    theme: Theme,
    size: Size,
    actions: &mut dyn Actions,
) -> Result<Outcome, ReviewError> {
    let mut state = State::new(input, theme, size);
    loop {
        screen.draw(&state).map_err(ReviewError::terminal("draw on"))?;
        await_event(screen, &mut state, actions)?;
        // Keys that are waiting already are taken together: a held key must not lag behind.
        loop {
            if screen.is_over() {
                let _ = perform(&state, Effect::Quit, actions);
                return Ok(Outcome::Ended);
            }
            let event = screen.next().map_err(ReviewError::terminal("read from"))?;
            let msg = keys::msg(&state, &event);
            let effects = msg.map(|msg| update(&mut state, msg)).unwrap_or_default();
            if let Some(outcome) = carry_out(screen, &mut state, effects, actions)? {
                return Ok(outcome);
            }
            if !screen.has_more(Duration::ZERO).map_err(ReviewError::terminal("read from"))? {
                break;
            }
        }
    }
}

/// Waits for an event or the end, and meanwhile shows what a model answers if one was asked, and what
/// happens elsewhere.
fn await_event(
    screen: &mut impl Screen,
    state: &mut State,
    actions: &mut dyn Actions,
) -> Result<(), ReviewError> {
    while !screen.is_over() {
        if state.awaits_colours() && state.take_colours() {
            screen.draw(state).map_err(ReviewError::terminal("draw on"))?;
        }
        let wait = if state.awaits_colours() { COLOURS } else { GLANCE };
        let answer = state.waiting.as_ref().and_then(|_| actions.revised());
        let msg = match (answer, actions.tells()) {
            (Some(Ok(text)), _) => Some(Msg::Piece(PieceMsg::Revised(text))),
            (Some(Err(why)), _) => Some(Msg::Piece(PieceMsg::ReviseFailed(why))),
            (None, told) => told.map(Msg::Told),
        };
        if let Some(msg) = msg {
            let effects = update(state, msg);
            carry_out(screen, state, effects, actions)?;
            screen.draw(state).map_err(ReviewError::terminal("draw on"))?;
        } else if screen.has_more(wait).map_err(ReviewError::terminal("read from"))? {
            return Ok(());
        }
    }
    Ok(())
}

/// Does what was asked for; an outcome ends the review.
fn carry_out(
    screen: &mut impl Screen,
    state: &mut State,
    effects: Vec<Effect>,
    actions: &mut dyn Actions,
) -> Result<Option<Outcome>, ReviewError> {
    for effect in effects {
        let msg = match effect {
            Effect::Suspend => {
                let size = screen.suspend().map_err(ReviewError::terminal("give back"))?;
                Some(Msg::Resize(size))
            }
            Effect::Edit(at) => edit(screen, state, at, actions)?,
            effect => match perform(state, effect, actions) {
                Ok(done) => return Ok(Some(done)),
                Err(msg) => msg,
            },
        };
        if let Some(msg) = msg {
            let effects = update(state, msg);
            // News ask for nothing but to be kept.
            effects.into_iter().for_each(|effect| drop(perform(state, effect, actions)));
        }
    }
    Ok(None)
}

/// Has the piece at `at` edited where the screen was.
fn edit(
    screen: &mut impl Screen,
    state: &State,
    at: usize,
    actions: &mut dyn Actions,
) -> Result<Option<Msg>, ReviewError> {
    let Some(piece) = state.pieces.get(at) else { return Ok(None) };
    let mut msg = None;
    let mut work = || msg = Some(edited(piece, at, actions));
    screen.aside(&mut work).map_err(ReviewError::terminal("give back"))?;
    Ok(msg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposal::{Piece, Verdict};
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

        fn has_more(&mut self, within: Duration) -> io::Result<bool> {
            Ok(self.0.len() % 2 == 1 || !within.is_zero())
        }

        fn aside(&mut self, work: &mut dyn FnMut()) -> io::Result<()> {
            work();
            Ok(())
        }

        fn suspend(&mut self) -> io::Result<Size> {
            Ok(Size::new(80, 24))
        }
    }

    /// Answers what it was told to, and writes down what it was asked.
    #[derive(Default)]
    struct Recorder {
        log: Vec<String>,
        fails: usize,
        editor: Option<Vec<u8>>,
        model: Option<Vec<u8>>,
    }

    impl Actions for Recorder {
        fn apply(&mut self, pieces: &[Piece]) -> Result<String, String> {
            let accepted = pieces.iter().filter(|it| it.verdict == Verdict::Accepted);
            let names: Vec<String> = accepted.map(Piece::name).collect();
            self.log.push(format!("apply {}", names.join(" ")));
            if self.fails > 0 {
                self.fails -= 1;
                return Err("busy".to_owned());
            }
            Ok("done".to_owned())
        }

        fn save(&mut self, pieces: &[Piece], at: Option<&str>) -> Result<(), String> {
            self.log.push(format!("save {} at {}", pieces.len(), at.unwrap_or("-")));
            Ok(())
        }

        fn edit(&mut self, piece: &Piece) -> Result<Vec<u8>, String> {
            self.log.push(format!("edit {}", piece.name()));
            self.editor.clone().ok_or_else(|| "no editor".to_owned())
        }

        fn revise(&mut self, pieces: &[Piece], at: usize, comment: &str) -> Result<(), String> {
            self.log.push(format!("revise {}: {comment}", pieces[at].name()));
            self.model.as_ref().map(|_| ()).ok_or_else(|| "no model".to_owned())
        }

        fn revised(&mut self) -> Option<Result<Vec<u8>, String>> {
            self.model.take().map(Ok)
        }
    }

    fn play(keys: &str, actions: &mut Recorder) -> Result<Outcome, ReviewError> {
        let mut script = Script(events(keys).into_iter());
        drive(&mut script, sample(), Theme::Plain, Size::new(80, 24), actions)
    }

    #[test]
    fn leaving_applies_nothing() {
        let mut actions = Recorder::default();
        assert_eq!(play("aqy", &mut actions).unwrap(), Outcome::Quit);
        assert_eq!(actions.log, ["save 5 at 5", "save 5 at 5"]);
    }

    #[test]
    fn a_failed_apply_can_be_tried_again() {
        let mut actions = Recorder { fails: 1, ..Recorder::default() };
        let outcome = play("aAy<esc>nxAy", &mut actions);
        assert_eq!(outcome.unwrap(), Outcome::Applied("done".to_owned()));
        assert_eq!(actions.log, ["save 5 at 5", "apply 5", "save 5 at 1", "apply 5"]);
    }

    #[test]
    fn an_editor_gives_the_hunk_its_words() {
        let mut actions =
            Recorder { editor: Some(b"steps:\n  - run: true\n".to_vec()), ..Recorder::default() };
        assert_eq!(play("eAy", &mut actions).unwrap(), Outcome::Applied("done".to_owned()));
        assert_eq!(actions.log, ["edit 5", "save 5 at 5", "apply 5"]);
        let mut actions = Recorder::default();
        assert_eq!(play("eq", &mut actions).unwrap(), Outcome::Quit);
        assert_eq!(actions.log, ["edit 5"]);
    }

    #[test]
    fn a_model_words_a_commented_hunk_anew_and_decides_nothing() {
        let mut actions = Recorder { model: Some(b" steps: []\n".to_vec()), ..Recorder::default() };
        assert_eq!(play("acshorter<enter>qy", &mut actions).unwrap(), Outcome::Quit);
        let expected =
            ["save 5 at 5", "save 5 at 5", "revise 5: shorter", "save 5 at 5", "save 5 at 5"];
        assert_eq!(actions.log, expected);
    }

    #[test]
    fn a_terminal_that_vanishes_is_an_error() {
        let outcome = play("a", &mut Recorder::default());
        assert!(matches!(outcome, Err(ReviewError::Terminal { .. })));
    }
}
