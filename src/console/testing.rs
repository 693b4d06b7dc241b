//! Sessions to test with: news as it comes, keys as they are typed.

use std::time::Duration;

use crossterm::event::{
    Event as Input, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use serde_json::json;
use unicode_width::UnicodeWidthStr;

use crate::base::{Digest, RepoPath, Span, Tokens};
use crate::console::job::{End, ModelLine, News, ProposalRow};
use crate::console::keys;
use crate::console::msg::{Effect, Msg};
use crate::console::state::{Now, State};
use crate::console::update::update;
use crate::console::view::{Spots, view};
use crate::journal::{Event, Source};
use crate::model::Delta;
use crate::policy::{Action, Actor, EditPath, RunCommand};
use crate::review::{Theme, testing};
use crate::session::Approvable;

/// A session in which nothing has happened.
pub(super) fn fresh(width: u16, height: u16) -> State {
    let model = ModelLine { name: "qwen2.5-coder-1.5b".into(), context: Tokens(32_000) };
    let mut state = State::new("shop  main".into(), model, Theme::Ansi, Size::new(width, height));
    update(&mut state, Msg::Tick(at(0)));
    state
}

/// So many seconds after two minutes past two.
pub(super) fn at(seconds: u64) -> Now {
    Now { clock: format!("14:{:02}", 2 + seconds / 60), elapsed: Duration::from_secs(seconds) }
}

/// Types keys: `jj<tab>`, with `<c-b>` for a key that is held with control.
pub(super) fn press(state: &mut State, script: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for event in events(script) {
        if let Some(msg) = keys::msg(state, &Spots::default(), event) {
            effects.extend(update(state, msg));
        }
    }
    effects
}

/// Clicks on the first place where the screen says `text`.
#[track_caller]
pub(super) fn click(state: &mut State, text: &str) -> Vec<Effect> {
    let screen = shown(state);
    let place = screen.lines().enumerate().find_map(|(row, line)| {
        let column = line[..line.find(text)?].width();
        Some((u16::try_from(column).unwrap(), u16::try_from(row).unwrap()))
    });
    let (column, row) = place.unwrap_or_else(|| panic!("{text:?} is not on the screen:\n{screen}"));
    click_at(state, column, row)
}

/// Clicks where the screen was drawn.
pub(super) fn click_at(state: &mut State, column: u16, row: u16) -> Vec<Effect> {
    let mut spots = Spots::default();
    let mut terminal =
        Terminal::new(TestBackend::new(state.size.width, state.size.height)).unwrap();
    terminal.draw(|frame| spots = view(state, frame)).unwrap();
    let kind = MouseEventKind::Down(MouseButton::Left);
    let event = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
    let msg = keys::msg(state, &spots, Input::Mouse(event));
    msg.map(|msg| update(state, msg)).unwrap_or_default()
}

fn events(script: &str) -> Vec<Input> {
    let mut events = Vec::new();
    let mut rest = script;
    while let Some(start) = rest.find("<c-") {
        events.extend(testing::events(&rest[..start]));
        let key = rest[start + 3..].chars().next().unwrap();
        events.push(Input::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL)));
        rest = &rest[start + 4 + key.len_utf8()..];
    }
    events.extend(testing::events(rest));
    events
}

/// Has pieces of news come in, a second apart.
pub(super) fn hear(state: &mut State, news: impl IntoIterator<Item = News>) -> Vec<Effect> {
    let mut effects = Vec::new();
    for piece in news {
        let next = at(state.now.elapsed.as_secs() + 1);
        update(state, Msg::Tick(next));
        effects.extend(update(state, Msg::News(Box::new(piece))));
    }
    effects
}

pub(super) fn event(event: Event) -> News {
    News::Event { event: Box::new(event), known: false }
}

pub(super) fn packed() -> News {
    event(Event::Packed {
        budget: Tokens(2048),
        used: Tokens(1840),
        ledger: json!([
            { "source": "instructions", "tokens": 620, "why": "always" },
            { "source": "task", "tokens": 80, "why": "always" },
            { "source": "src/client.py:31-58", "tokens": 730, "why": "named in the task" },
            { "source": "src/pool.py:12-40", "tokens": 410, "why": "calls `connect`" },
        ]),
        left_out: vec!["docs/api.md:120-126 (240)".into()],
        counts: None,
    })
}

/// A task from its first words to the model's first tokens.
pub(super) fn begun() -> Vec<News> {
    let source = |path: &str| Source {
        path: RepoPath::new(path).unwrap(),
        span: Span::new(31, 58),
        score: 1.0,
        why: "named".into(),
        blob: None,
    };
    let ran = Event::CommandRan {
        line: "pytest tests/test_client.py".into(),
        exit: Some(1),
        seconds: 0.9,
        output: "E   assert 0 == 1\n1 failed".into(),
        on: None,
        timed_out: false,
        recorded: false,
    };
    vec![
        News::Begins("locate".into()),
        event(Event::Retrieved {
            query: "timeouts".into(),
            sources: vec![source("src/client.py"), source("src/pool.py")],
        }),
        News::Begins("test before".into()),
        event(ran),
        packed(),
        News::Begins("coder".into()),
        News::Delta(Delta::Reading { done: Tokens(1840), total: Tokens(1840) }),
        News::Delta(Delta::Written(Tokens(1))),
        News::Delta(Delta::Text("EDIT src/client.py Client.connect\n```python\n".into())),
        News::Delta(Delta::Text("def connect(self, host, timeout=None):\n".into())),
        News::Delta(Delta::Written(Tokens(31))),
    ]
}

/// So many answers are asked for at once.
pub(super) fn asked(answers: usize) -> Event {
    let sampling = json!(vec![json!({}); answers]);
    Event::Asked { role: "coder".into(), prompt: json!([]), sampling }
}

pub(super) fn answered(stop: &str) -> Event {
    Event::Answered {
        role: "coder".into(),
        text: "EDIT src/client.py".into(),
        stop: stop.into(),
        usage: json!({}),
        asked: None,
        said: None,
        thought: None,
        calls: None,
        unread: Vec::new(),
        logprob: None,
        recorded: false,
    }
}

pub(super) fn drafted(draft: u32, passed: Option<bool>, said: &str) -> Event {
    Event::Drafted {
        asked: Digest::zero(),
        draft,
        files: 1,
        added: 3,
        removed: 1,
        passed,
        failing: None,
        said: said.into(),
        flaws: Vec::new(),
    }
}

/// Four answers of a round, of which one passes.
pub(super) fn compared() -> Vec<News> {
    vec![
        event(asked(4)),
        News::Begins("coder".into()),
        event(answered("stop")),
        News::Begins("test after".into()),
        event(drafted(1, Some(false), "1 failed, 13 passed in 0.21s")),
        News::Begins("coder".into()),
        event(answered("stop")),
        event(Event::ReplyRefused { reason: "`Client.conect` is not in `src/client.py`".into() }),
        News::Begins("coder".into()),
        event(answered("stop")),
        event(drafted(1, Some(false), "1 failed, 13 passed in 0.21s")),
        News::Begins("coder".into()),
        event(answered("stop")),
        News::Begins("test after".into()),
    ]
}

/// The last of them passes, and is proposed.
pub(super) fn chosen() -> Vec<News> {
    let chosen = json!({
        "change": 2, "answers": 4, "refused": 1, "changes": 2, "why": "it alone passes its tests",
    });
    vec![
        event(drafted(2, Some(true), "14 passed in 0.20s")),
        event(Event::Proposed {
            proposal: "p-7f3a".parse().unwrap(),
            commit: "c0ffee".into(),
            files: vec![RepoPath::new("src/client.py").unwrap()],
            hunks: 1,
            verification: json!({ "chosen": chosen }),
            tree: None,
        }),
        proposed(),
    ]
}

pub(super) fn question(path: &str) -> Approvable {
    Approvable {
        actor: Actor::Agent,
        action: Action::EditPath(EditPath { path: RepoPath::new(path).unwrap() }),
        rule: "agent-edits-automation".into(),
        why: "this file runs on other machines".into(),
    }
}

/// The project's own tests where no sandbox is offered.
pub(super) fn run_question(line: &str) -> Approvable {
    Approvable {
        actor: Actor::Agent,
        action: Action::RunCommand(RunCommand { line: line.into(), found: true, confined: false }),
        rule: "agent-runs-when-told".into(),
        why: "an agent wants to run a command".into(),
    }
}

pub(super) fn rows() -> Vec<ProposalRow> {
    let row = |id: &str, title: &str, verified: &str| ProposalRow {
        id: id.parse().unwrap(),
        title: title.into(),
        model: "qwen2.5-coder-1.5b".into(),
        verified: verified.into(),
        files: 3,
        hunks: 7,
        added: 41,
        removed: 9,
    };
    vec![
        row("p-7f3a", "Reject negative timeouts", "✓ passed after 3.0 s: 14 passed"),
        row("p-81c0", "Reject negative timeouts, 日本語 too", "✗ failed after 3.1 s: 1 failed"),
    ]
}

pub(super) fn proposed() -> News {
    let id = "p-7f3a".parse().unwrap();
    News::Ended(End::Proposed { id, verified: Some(true), words: "its tests pass".into() })
}

/// What `state` looks like.
pub(super) fn shown(state: &State) -> String {
    let mut terminal =
        Terminal::new(TestBackend::new(state.size.width, state.size.height)).unwrap();
    terminal.draw(|frame| drop(view(state, frame))).unwrap();
    testing::text_of(terminal.backend().buffer())
}
