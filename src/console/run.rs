//! The loop of the program: draw, wait for keys and news, update, do what was asked for.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crossterm::event::Event;
use jiff::Zoned;
use ratatui::Frame;
use ratatui::layout::Size;

use crate::base::{Hint, ProposalId};
use crate::console::job::{Job, ModelLine, News, ProposalRow, Target};
use crate::console::keys;
use crate::console::msg::{Effect, Msg, Place};
use crate::console::quiet::Quiet;
use crate::console::state::{Now, State};
use crate::console::update::update;
use crate::console::view::{Spots, view};
use crate::review::{Terminal, Theme};
use crate::session::{Approval, Selection};

/// How long is waited for a key while something is worked on, and while nothing is.
const BUSY: Duration = Duration::from_millis(50);
const IDLE: Duration = Duration::from_millis(400);
/// The time of day and the seconds are drawn again so often.
const SECOND: Duration = Duration::from_secs(1);

/// Whoever works: the engine, the repository, the review.
pub trait Backstage {
    /// Begins to work on a job; what happens is told by [`Self::news`].
    fn start(&mut self, job: Job);
    /// Asks the job that runs to stop.
    fn stop(&mut self);
    /// What happened, if something did; never waits.
    fn news(&mut self) -> Option<News>;
    /// The answer to the question that was asked last.
    fn answer(&mut self, answer: Approval);
    /// What the person wants in view from the next turn on.
    fn select(&mut self, selection: &Selection);
    /// How long a job may take.
    fn limit(&self) -> Option<Duration>;
    /// What can be taken into view.
    fn targets(&mut self) -> Result<Vec<Target>, String>;
    /// What waits for a decision.
    fn proposals(&mut self) -> Result<Vec<ProposalRow>, String>;
    /// Has the person review a proposal on this terminal; what was done, in words.
    fn review(&mut self, terminal: &mut Terminal, id: &ProposalId) -> Result<String, String>;
    /// Shows how one proposal differs from another.
    fn compare(
        &mut self,
        terminal: &mut Terminal,
        one: &ProposalId,
        other: &ProposalId,
    ) -> Result<String, String>;
    /// Whether the system asks the program to end.
    fn is_over(&self) -> bool;
    /// Takes the last apply back, or does it again.
    fn undo(&mut self) -> Result<String, String>;
    fn redo(&mut self) -> Result<String, String>;
}

/// How a session begins.
#[derive(Clone, Debug)]
pub struct Start {
    /// The repository in a few words.
    pub repository: String,
    pub model: ModelLine,
    pub theme: Theme,
    /// What was sent in sessions before, the newest last.
    pub sent: Vec<String>,
}

/// Why a session could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    #[error("cannot {doing} the terminal")]
    Terminal {
        doing: &'static str,
        #[source]
        source: io::Error,
    },
}

impl Hint for ConsoleError {
    fn hint(&self) -> Option<String> {
        let Self::Terminal { .. } = self;
        Some(
            "work without the screen: `countersign propose TASK`, `countersign ask QUESTION`"
                .into(),
        )
    }
}

impl ConsoleError {
    fn terminal(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Terminal { doing, source }
    }
}

/// Where a session shows and where its events come from.
pub(super) trait Screen {
    fn draw(&mut self, drawing: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()>;
    /// Waits so long for an event.
    fn next(&mut self, wait: Duration) -> io::Result<Option<Event>>;
    fn suspend(&mut self) -> io::Result<Size>;
    fn ring(&mut self) -> io::Result<()>;
    /// The terminal itself, where there is one.
    fn terminal(&mut self) -> Option<&mut Terminal>;
}

impl Screen for Terminal {
    fn draw(&mut self, drawing: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        self.paint(drawing)
    }

    fn next(&mut self, wait: Duration) -> io::Result<Option<Event>> {
        self.wait(wait)
    }

    fn suspend(&mut self) -> io::Result<Size> {
        self.step_aside()
    }

    fn ring(&mut self) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(b"\x07")?;
        out.flush()
    }

    fn terminal(&mut self) -> Option<&mut Terminal> {
        Some(self)
    }
}

/// Has a person work on the terminal until they leave; gives what was sent.
pub fn run(start: Start, backstage: &mut dyn Backstage) -> Result<Vec<String>, ConsoleError> {
    let mut terminal = Terminal::enter().map_err(ConsoleError::terminal("take over"))?;
    // What others print would be written over the screen.
    let mut quiet = Quiet::begin().ok();
    let size = terminal.size();
    let mut printed = || quiet.as_mut().map(Quiet::take).unwrap_or_default();
    drive(&mut terminal, start, size, backstage, &mut printed)
}

pub(super) fn drive(
    screen: &mut dyn Screen,
    start: Start,
    size: Size,
    backstage: &mut dyn Backstage,
    printed: &mut dyn FnMut() -> Vec<String>,
) -> Result<Vec<String>, ConsoleError> {
    let mut state = State::new(start.repository, start.model, start.theme, size);
    state.sent = start.sent;
    let began = Instant::now();
    let mut drawn: Option<Instant> = None;
    let mut spots = Spots::default();
    let mut effects = vec![Effect::List];
    loop {
        for effect in std::mem::take(&mut effects) {
            if effect == Effect::Quit {
                if state.work.is_some() {
                    backstage.stop();
                }
                return Ok(state.sent);
            }
            drawn = None;
            effects.extend(carry_out(screen, &mut state, effect, backstage)?);
        }
        if !effects.is_empty() {
            continue;
        }
        if drawn.is_none_or(|drawn| drawn.elapsed() >= SECOND) {
            update(&mut state, Msg::Tick(now(began)));
            screen
                .draw(&mut |frame| spots = view(&state, frame))
                .map_err(ConsoleError::terminal("draw on"))?;
            drawn = Some(Instant::now());
        }
        if backstage.is_over() {
            effects.push(Effect::Quit);
            continue;
        }
        let mut wait = if state.work.is_some() { BUSY } else { IDLE };
        // Keys that are waiting already are taken together: a held key must not lag behind.
        while let Some(event) = screen.next(wait).map_err(ConsoleError::terminal("read from"))? {
            drawn = None;
            wait = Duration::ZERO;
            if let Some(msg) = keys::msg(&state, &spots, event) {
                effects.extend(update(&mut state, msg));
            }
            if !effects.is_empty() {
                break;
            }
        }
        while let Some(news) = backstage.news() {
            drawn = None;
            update(&mut state, Msg::Tick(now(began)));
            effects.extend(update(&mut state, Msg::News(Box::new(news))));
        }
        for line in printed() {
            drawn = None;
            effects.extend(update(&mut state, Msg::News(Box::new(News::Said(line)))));
        }
    }
}

fn now(began: Instant) -> Now {
    Now { clock: Zoned::now().strftime("%H:%M").to_string(), elapsed: began.elapsed() }
}

/// Does what was asked for; what comes of it is the next message.
fn carry_out(
    screen: &mut dyn Screen,
    state: &mut State,
    effect: Effect,
    backstage: &mut dyn Backstage,
) -> Result<Vec<Effect>, ConsoleError> {
    let msg = match effect {
        Effect::Start(job) => {
            if let Some(work) = &mut state.work {
                work.limit = backstage.limit();
            }
            backstage.start(job);
            return Ok(Vec::new());
        }
        Effect::Stop => {
            backstage.stop();
            return Ok(Vec::new());
        }
        Effect::Answer(answer) => {
            backstage.answer(answer);
            return Ok(Vec::new());
        }
        Effect::Select(selection) => {
            backstage.select(&selection);
            return Ok(Vec::new());
        }
        Effect::Targets => match backstage.targets() {
            Ok(targets) => Msg::Targets(targets),
            Err(why) => Msg::Said(Err(why)),
        },
        Effect::List => match backstage.proposals() {
            Ok(rows) => Msg::Proposals(rows),
            Err(why) => Msg::Said(Err(why)),
        },
        Effect::Review(id) => {
            let Some(terminal) = screen.terminal() else { return Ok(Vec::new()) };
            let said = backstage.review(terminal, &id);
            return reviewed(screen, state, said);
        }
        Effect::Compare(one, other) => {
            let Some(terminal) = screen.terminal() else { return Ok(Vec::new()) };
            let said = backstage.compare(terminal, &one, &other);
            return reviewed(screen, state, said);
        }
        Effect::Undo => Msg::Said(backstage.undo()),
        Effect::Redo => Msg::Said(backstage.redo()),
        Effect::Ring => {
            screen.ring().map_err(ConsoleError::terminal("ring"))?;
            return Ok(Vec::new());
        }
        Effect::Suspend => {
            let size = screen.suspend().map_err(ConsoleError::terminal("give back"))?;
            Msg::Resize(size)
        }
        Effect::Quit => return Ok(Vec::new()),
    };
    Ok(update(state, msg))
}

/// What is next after a review: the terminal may have another size, and less waits.
fn reviewed(
    screen: &mut dyn Screen,
    state: &mut State,
    said: Result<String, String>,
) -> Result<Vec<Effect>, ConsoleError> {
    if let Some(terminal) = screen.terminal() {
        update(state, Msg::Resize(terminal.size()));
    }
    if said.as_ref().is_ok_and(String::is_empty) {
        return Ok(vec![Effect::List]);
    }
    let mut effects = update(state, Msg::Said(said));
    effects.extend(update(state, Msg::Go(Place::Desk)));
    effects.push(Effect::List);
    Ok(effects)
}
