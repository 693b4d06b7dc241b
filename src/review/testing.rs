//! Reviews to test with: hunks written as they look, keys written as they are typed.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use unicode_width::UnicodeWidthStr;

use crate::base::{RepoPath, Span};
use crate::proposal::{Hunk, HunkKind, Line, LineKind, Standing, Subject, pieces};
use crate::repo::{FileChange, FileState, Mode, Renames};
use crate::review::state::State;
use crate::review::update::{Effect, update};
use crate::review::view::view;
use crate::review::{ReviewInput, Theme, keys};
use crate::session::{Evidence, Outside, Ran, Ruled, Shown, Step};

/// A hunk whose first line is line `start` on both sides; each line begins with its sign.
pub(super) fn hunk(number: u32, path: &str, start: u32, text: &str) -> Hunk {
    let (mut old, mut new) = (start, start);
    let lines = text.split_inclusive('\n').map(|line| {
        let (sign, bytes) = line.split_at(1);
        let kind = match sign {
            "-" => LineKind::Removed,
            "+" => LineKind::Added,
            _ => LineKind::Context,
        };
        let line = Line {
            kind,
            old: (kind != LineKind::Added).then_some(old),
            new: (kind != LineKind::Removed).then_some(new),
            bytes: bytes.as_bytes().to_vec(),
        };
        old += u32::from(line.old.is_some());
        new += u32::from(line.new.is_some());
        line
    });
    let lines = lines.collect();
    let path = path.parse().unwrap();
    let kind = HunkKind::Lines;
    Hunk { number, kind, path, old: start - 1..old - 1, new: start - 1..new - 1, lines, note: None }
}

/// The file that `hunks` change, with empty lines where they say nothing.
fn file(hunks: &[Hunk]) -> FileChange {
    let text = |number: fn(&Line) -> Option<u32>| {
        let mut lines: Vec<&[u8]> = Vec::new();
        for line in hunks.iter().flat_map(|hunk| &hunk.lines) {
            if let Some(number) = number(line) {
                lines.resize(number as usize - 1, b"\n");
                lines.push(&line.bytes);
            }
        }
        (!lines.is_empty()).then(|| FileState { bytes: lines.concat(), mode: Mode::Regular })
    };
    let path = hunks[0].path.clone();
    FileChange { path, before: text(|line| line.old), after: text(|line| line.new) }
}

/// A proposal made of `hunks`.
pub(super) fn input(hunks: Vec<Hunk>) -> ReviewInput {
    ReviewInput {
        id: "p-7f3a".parse().unwrap(),
        title: "Reject negative timeouts".to_owned(),
        model: "coder·qwen2.5-coder-1.5b".to_owned(),
        verification: vec!["tests     ✓ 14 passed (before: 1 failed)".to_owned()],
        files: hunks.chunk_by(|a, b| a.path == b.path).map(file).collect(),
        renames: Renames::new(),
        pieces: pieces(hunks),
        at: None,
        notice: None,
        standing: Standing::Proposed,
        evidence: evidence(),
    }
}

/// A file with this text.
pub(super) fn state(text: &str) -> Option<FileState> {
    Some(FileState { bytes: text.as_bytes().to_vec(), mode: Mode::Regular })
}

/// The proposal that changes files in this way.
pub(super) fn proposal(files: &[(&str, Option<FileState>, Option<FileState>)]) -> ReviewInput {
    moving(files, &[])
}

/// The same, where some of the files are moved: where they lie, and where they lay.
pub(super) fn moving(
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

/// What a journal could have said about it.
fn evidence() -> Evidence {
    let shown = |path: &str, start, end, outside| Shown {
        path: path.parse().unwrap(),
        span: Span::new(start, end),
        why: "says timeout".to_owned(),
        text: (start..=end).map(|line| format!("line {line}\n")).collect(),
        outside,
    };
    let client: RepoPath = "src/client.py".parse().unwrap();
    Evidence {
        plan: vec![
            Step { path: Some(client.clone()), words: "raise on a timeout of zero".to_owned() },
            Step { path: None, words: "tell the users".to_owned() },
        ],
        shown: vec![
            shown("docs/api.md", 120, 126, Some(Outside::Prose)),
            shown("src/client.py", 31, 58, None),
        ],
        runs: vec![Ran {
            line: "pytest -q".to_owned(),
            exit: Some(0),
            timed_out: false,
            tenths: 26,
            last: "14 passed".to_owned(),
        }],
        rulings: vec![Ruled {
            path: client,
            ruling: "allow".to_owned(),
            rule: "agent-proposes".to_owned(),
            why: "an edit is a proposal until a person countersigns it".to_owned(),
        }],
        findings: vec!["src/client.py:43: minor: the message has no unit".to_owned()],
        notes: Vec::new(),
    }
}

/// Five hunks in three files; the workflow comes first by risk, though its hunk is the last.
pub(super) fn sample() -> ReviewInput {
    let client = "src/client.py";
    let mut new_file = hunk(4, "tests/test_timeout.py", 1, "+def test_zero():\n+    assert True\n");
    new_file.note = Some("new file".to_owned());
    input(vec![
        hunk(1, client, 1, " import socket\n-import os, sys\n+import os\n \n"),
        hunk(2, client, 20, " @property\n-def wait(self):\n+def timeout(self):\n     return 1\n"),
        hunk(
            3,
            client,
            41,
            "     def connect(self, host, timeout=None):\n\
             -        self.timeout = timeout or 30\n\
             +        if timeout is not None and timeout <= 0:\n\
             +            raise ValueError(f\"timeout must be > 0: {timeout}\")\n\
             +        self.timeout = 30 if timeout is None else timeout\n\
             \x20        self.host = host\n",
        ),
        new_file,
        hunk(5, ".github/workflows/ci.yml", 7, " steps:\n-  - run: pytest\n+  - run: pytest -q\n"),
    ])
}

/// The state after a line of keys, and the effects they had.
pub(super) fn press(input: ReviewInput, size: Size, script: &str) -> (State, Vec<Effect>) {
    let mut state = State::new(input, Theme::Ansi, size);
    let mut effects = Vec::new();
    for event in events(script) {
        if let Some(msg) = keys::msg(&state, &event) {
            effects.extend(update(&mut state, msg));
        }
    }
    wait_for_colours(&mut state);
    (state, effects)
}

/// Waits until nothing is read any more for the screen.
fn wait_for_colours(state: &mut State) {
    while state.awaits_colours() {
        std::thread::yield_now();
        state.take_colours();
    }
}

/// The sample on a screen of `width` by `height` after a line of keys: `jja<tab>x`.
pub(super) fn screen(width: u16, height: u16, script: &str) -> String {
    shown(&press(sample(), Size::new(width, height), script).0)
}

/// What `state` looks like.
pub(super) fn shown(state: &State) -> String {
    text_of(draw(state, state.size).backend().buffer())
}

/// The text of a screen, without blanks at the ends of its lines.
pub(crate) fn text_of(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in buffer.content().chunks(usize::from(buffer.area.width)) {
        let mut line = String::new();
        for (x, cell) in row.iter().enumerate() {
            // The cells behind a wide character are not shown.
            if line.width() <= x {
                line.push_str(cell.symbol());
            }
        }
        text.push_str(&format!("{}\n", line.trim_end()));
    }
    text
}

/// Draws `state` on a terminal of `size`.
pub(super) fn draw(state: &State, size: Size) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    terminal.draw(|frame| view(state, frame)).unwrap();
    terminal
}

/// Keys as typed; those without a character have a name in angle brackets.
pub(crate) fn events(script: &str) -> Vec<Event> {
    let mut events = Vec::new();
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        let named = NAMED.iter().find(|(name, _)| rest.starts_with(name));
        let (length, code) =
            named.map_or((c.len_utf8(), KeyCode::Char(c)), |(name, code)| (name.len(), *code));
        events.push(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        rest = &rest[length..];
    }
    events
}

/// One key as the help names it: `a`, `tab`, `ctrl-n`.
pub(super) fn key_named(name: &str) -> Event {
    let (code, modifiers) = match name {
        "tab" => (KeyCode::Tab, KeyModifiers::NONE),
        name => match name.strip_prefix("ctrl-") {
            Some(c) => (KeyCode::Char(c.chars().next().unwrap()), KeyModifiers::CONTROL),
            None => (KeyCode::Char(name.chars().next().unwrap()), KeyModifiers::NONE),
        },
    };
    Event::Key(KeyEvent::new(code, modifiers))
}

const NAMED: [(&str, KeyCode); 6] = [
    ("<tab>", KeyCode::Tab),
    ("<enter>", KeyCode::Enter),
    ("<esc>", KeyCode::Esc),
    ("<pgdn>", KeyCode::PageDown),
    ("<pgup>", KeyCode::PageUp),
    ("<down>", KeyCode::Down),
];
