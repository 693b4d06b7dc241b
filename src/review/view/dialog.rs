//! What lies over the panes: the keys, a question, a message. It is drawn here, and here a click finds
//! out what it points at.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use super::overlay;
use crate::review::piece::PieceMsg;
use crate::review::state::{Dialog, Pane, State};
use crate::review::theme::Paint;
use crate::review::update::Msg;
use crate::review::{commands, summary, text};

/// Columns between two answers.
const BETWEEN: &str = " · ";

/// What a dialog says, ready to be boxed.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) title: String,
    pub(super) lines: Vec<Line<'static>>,
    /// What a click on each of `lines` means, as far as it means something.
    pub(super) meant: Vec<Option<Msg>>,
    pub(super) answers: Vec<Answer>,
    pub(super) scroll: usize,
}

/// A key with its verb on the lower edge, and what a click on it means.
#[derive(Debug)]
pub(super) struct Answer {
    words: String,
    msg: Option<Msg>,
}

pub(super) fn answer(words: impl Into<String>, msg: Msg) -> Answer {
    Answer { words: words.into(), msg: Some(msg) }
}

/// Keys that are no answer: a click cannot say which one is meant.
pub(super) fn keys(words: impl Into<String>) -> Answer {
    Answer { words: words.into(), msg: None }
}

pub(super) fn draw(state: &State, dialog: &Dialog, frame: &mut Frame<'_>) {
    let Some(content) = content(state, dialog) else { return };
    let area = place(frame.area(), &content);
    let title = text::cut_end(&content.title, usize::from(area.width).saturating_sub(4));
    let fitting: Vec<&str> =
        fitting(&content, area).iter().map(|answer| answer.words.as_str()).collect();
    let block = Block::bordered()
        .border_style(state.theme.style(Paint::FocusedBorder))
        .padding(Padding::horizontal(1))
        .title_top(Span::styled(format!(" {title} "), state.theme.style(Paint::Title)))
        .title_bottom(Line::from(format!(" {} ", fitting.join(BETWEEN))).right_aligned());
    let scroll = u16::try_from(content.scroll).unwrap_or(u16::MAX);
    let paragraph = Paragraph::new(content.lines).wrap(Wrap { trim: false }).block(block);
    frame.render_widget(Clear, area);
    frame.render_widget(paragraph.scroll((scroll, 0)), area);
}

/// What a click at `at` means while `dialog` lies over the panes. What is only to be read goes away by
/// a click anywhere; a question waits for an answer.
pub(in crate::review) fn meant(state: &State, dialog: &Dialog, at: Position) -> Option<Msg> {
    let content = content(state, dialog)?;
    let area = place(Rect::from((Position::ORIGIN, state.size)), &content);
    let is_read_only = matches!(dialog, Dialog::Help { .. } | Dialog::Message { .. });
    let elsewhere = is_read_only.then_some(Msg::No);
    if !area.contains(at) {
        return elsewhere;
    }
    if at.y + 1 == area.bottom() {
        return on_edge(&content, area, at.x).or(elsewhere);
    }
    let row = usize::from(at.y - area.y).checked_sub(1)? + content.scroll;
    content.meant.get(row).cloned().flatten().or(elsewhere)
}

/// The answers that the lower edge has room for; the last ones matter most.
fn fitting(content: &Content, area: Rect) -> &[Answer] {
    let room = usize::from(area.width).saturating_sub(4);
    let mut wide = 0;
    let fits = |answer: &&Answer| {
        wide += answer.words.width() + if wide == 0 { 0 } else { BETWEEN.width() };
        wide <= room
    };
    let count = content.answers.iter().rev().take_while(fits).count();
    &content.answers[content.answers.len() - count..]
}

fn on_edge(content: &Content, area: Rect, x: u16) -> Option<Msg> {
    // The edge ends with a blank and the corner.
    let mut end = usize::from(area.right()).saturating_sub(2);
    for answer in fitting(content, area).iter().rev() {
        let start = end.saturating_sub(answer.words.width());
        if (start..end).contains(&usize::from(x)) {
            return answer.msg.clone();
        }
        end = start.saturating_sub(BETWEEN.width());
    }
    None
}

/// What the dialog says; none where it has a place of its own.
fn content(state: &State, dialog: &Dialog) -> Option<Content> {
    Some(match dialog {
        Dialog::Help { scroll } => help(state, *scroll),
        Dialog::Apply => apply(state),
        Dialog::Quit => quit(state),
        Dialog::Comment { text } => comment(text),
        Dialog::Message { title, text } => message(title, text),
        Dialog::Over(overlay) => return overlay::content(state, overlay),
        Dialog::Cut { .. } => return None,
    })
}

/// The middle of the screen, as large as the content needs and the screen gives.
fn place(screen: Rect, content: &Content) -> Rect {
    let width = width(screen.width);
    let inside = usize::from(width).saturating_sub(4).max(1);
    // Wrapping at words may need a row more than counting columns says.
    let rows = |line: &Line<'_>| match line.width().div_ceil(inside) {
        0 | 1 => 1,
        more => more + 1,
    };
    let needed = content.lines.iter().map(rows).sum::<usize>() + 2;
    let height = u16::try_from(needed).unwrap_or(u16::MAX).min(screen.height.saturating_sub(2));
    let x = screen.x + (screen.width - width) / 2;
    let y = screen.y + (screen.height - height) / 2;
    Rect { x, y, width, height }
}

/// Columns of a dialog, its edges among them, on a screen of `screen` columns.
pub(super) fn width(screen: u16) -> u16 {
    screen.saturating_sub(4).min(68)
}

fn help(state: &State, scroll: usize) -> Content {
    let key_style = state.theme.style(Paint::Key);
    let lines = commands::in_pane(state.pane).map(|command| {
        let keys = Span::styled(format!("{:<10}", command.keys), key_style);
        Line::from(vec![keys, Span::raw(command.what)])
    });
    let pane = match state.pane {
        Pane::Files => "Keys among the files",
        Pane::Hunk => "Keys in a hunk",
        Pane::Why => "Keys in the reasons",
    };
    Content {
        title: pane.to_owned(),
        lines: lines.collect(),
        answers: vec![keys("j k scroll"), answer("q back", Msg::No)],
        scroll,
        ..Content::default()
    }
}

fn apply(state: &State) -> Content {
    let summary = summary::of(state);
    let lines = summary.lines.into_iter().map(Line::raw);
    Content {
        title: summary.title,
        lines: std::iter::once(Line::raw("")).chain(lines).collect(),
        answers: vec![answer(format!("y {}", summary.verb), Msg::Yes), answer("n back", Msg::No)],
        ..Content::default()
    }
}

/// What is typed shows its end where it is longer than the dialog.
fn comment(text: &str) -> Content {
    Content {
        title: "Say about this hunk".to_owned(),
        lines: vec![Line::raw(""), Line::raw(format!("{}▏", text::cut_start(text, 60)))],
        answers: vec![
            answer("enter say it", Msg::Piece(PieceMsg::Send)),
            answer("esc back", Msg::No),
        ],
        ..Content::default()
    }
}

fn quit(state: &State) -> Content {
    let count = state.count_all();
    let decided = match count.accepted + count.rejected {
        0 => "what you did is".to_owned(),
        1 => "1 decision is".to_owned(),
        more => format!("{more} decisions are"),
    };
    Content {
        title: "Leave without applying?".to_owned(),
        lines: vec![
            Line::raw(""),
            Line::raw(format!("Your files stay as they are; {decided} kept.")),
        ],
        answers: vec![answer("y leave", Msg::Yes), answer("n back", Msg::No)],
        ..Content::default()
    }
}

/// A message keeps its own lines; each is escaped by itself.
fn message(title: &str, text: &str) -> Content {
    let lines = text.lines().map(|line| Line::raw(text::plain(line)));
    Content {
        title: title.to_owned(),
        lines: std::iter::once(Line::raw("")).chain(lines).collect(),
        answers: vec![answer("any key back", Msg::No)],
        ..Content::default()
    }
}
