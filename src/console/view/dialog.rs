//! What lies over the places: the keys, a question, a list to choose from, a message.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Clear, Padding};
use unicode_width::UnicodeWidthStr;

use crate::console::finder::Finder;
use crate::console::keys;
use crate::console::msg::Msg;
use crate::console::state::{Dialog, Question, State};
use crate::console::view::{Spots, spots, wrapped};
use crate::review::{Paint, spread, text};

/// Columns and rows of a list.
const WIDTH: u16 = 76;
const HEIGHT: u16 = 18;

pub(super) fn draw(state: &State, dialog: &Dialog, frame: &mut Frame<'_>, spots: &mut Spots) {
    let screen = frame.area();
    spots.cover(screen);
    let width = screen.width.saturating_sub(4).min(WIDTH);
    let inside = usize::from(width).saturating_sub(4);
    match dialog {
        Dialog::Palette(finder) => {
            choose(state, frame, (finder, "Commands"), boxed(screen, width, HEIGHT), spots);
        }
        Dialog::Add(finder) => {
            let area = boxed(screen, width, HEIGHT);
            choose(state, frame, (finder, "Add to the context"), area, spots);
        }
        Dialog::Help { scroll } => {
            let key = state.theme.style(Paint::Key);
            let lines = keys::help(state.place).into_iter().map(|(keys, what)| {
                Line::from(vec![Span::styled(format!("{keys:<11}"), key), Span::raw(what)])
            });
            say(
                state,
                frame,
                "Keys",
                "j k scroll · q back",
                (lines.collect(), *scroll),
                width,
                spots,
            );
        }
        Dialog::Ask(question) => {
            let (title, words) = asked(state, *question);
            let lines = wrapped(&words, inside).into_iter().map(Line::raw).collect();
            say(state, frame, title, "y yes · n back", (lines, 0), width, spots);
        }
        Dialog::Message { title, text, scroll } => {
            let lines = wrapped(text, inside).into_iter().map(Line::raw).collect();
            say(state, frame, title, "j k scroll · q back", (lines, *scroll), width, spots);
        }
    }
}

fn asked(state: &State, question: Question) -> (&'static str, String) {
    match question {
        Question::Undo => {
            ("Undo the last apply?", "The files get the bytes back that it replaced.".into())
        }
        Question::Redo => ("Redo what was undone?", "The files get its bytes again.".into()),
        Question::Quit => {
            let mut lost = Vec::new();
            if state.work.is_some() {
                lost.push("The task that runs is stopped; `countersign resume` goes on with it.");
            }
            if !state.queue.is_empty() {
                lost.push("What waits for its turn is forgotten.");
            }
            if !state.prompt.is_empty() {
                lost.push("What is typed is forgotten.");
            }
            ("Leave?", lost.join(" "))
        }
    }
}

/// The middle of the screen, as large as wanted and as the screen gives.
fn boxed(screen: Rect, width: u16, height: u16) -> Rect {
    let height = height.min(screen.height.saturating_sub(2));
    let x = screen.x + (screen.width - width) / 2;
    let y = screen.y + (screen.height - height) / 2;
    Rect { x, y, width, height }
}

/// Clears the box and draws its frame; gives what is left inside.
fn framed(state: &State, frame: &mut Frame<'_>, area: Rect, title: &str, keys: &str) -> Rect {
    let title = format!(" {} ", text::plain(title));
    let block = Block::bordered()
        .border_style(state.theme.style(Paint::FocusedBorder))
        .padding(Padding::horizontal(1))
        .title_top(Span::styled(title, state.theme.style(Paint::Title)))
        .title_bottom(Line::from(format!(" {keys} ")).right_aligned());
    let inside = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    inside
}

/// The keys at the lower edge of a dialog, each with its verb, can be clicked on.
fn answers(area: Rect, keys: &str, spots: &mut Spots) {
    let to_columns = |text: &str| u16::try_from(text.width()).unwrap_or(u16::MAX);
    let edge = Rect { y: area.y + area.height.saturating_sub(1), height: 1, ..area };
    // A blank and the corner stand behind them.
    let mut x = (area.x + area.width).saturating_sub(to_columns(keys) + 2);
    for part in keys.split(" · ") {
        let msg = match part.split(' ').next() {
            Some("y") => Some(Msg::Yes),
            Some("n" | "q" | "esc") => Some(Msg::No),
            Some("↵") => Some(Msg::Choose),
            _ => None,
        };
        let width = to_columns(part);
        msg.into_iter().for_each(|msg| spots.add(Rect { x, width, ..edge }, msg));
        x = x.saturating_add(width + to_columns(" · "));
    }
}

fn say(
    state: &State,
    frame: &mut Frame<'_>,
    title: &str,
    keys: &str,
    (lines, scroll): (Vec<Line<'static>>, usize),
    width: u16,
    spots: &mut Spots,
) {
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let area = boxed(frame.area(), width, height);
    let inside = framed(state, frame, area, title, keys);
    answers(area, keys, spots);
    let last = lines.len().saturating_sub(usize::from(inside.height));
    let shown: Vec<Line<'static>> = lines.into_iter().skip(scroll.min(last)).collect();
    frame.render_widget(Text::from(shown), inside);
}

fn choose<T>(
    state: &State,
    frame: &mut Frame<'_>,
    (finder, title): (&Finder<T>, &str),
    area: Rect,
    spots: &mut Spots,
) {
    const KEYS: &str = "↵ choose · esc back";
    let inside = framed(state, frame, area, title, KEYS);
    answers(area, KEYS, spots);
    if inside.height < 2 {
        return;
    }
    let line = Rect { height: 1, ..inside };
    let sign = Rect { width: line.width.min(2), ..line };
    frame.render_widget(Span::styled("› ", state.theme.style(Paint::Key)), sign);
    let typed = Rect { x: line.x + sign.width, width: line.width - sign.width, ..line };
    frame.render_widget(&finder.typed, typed);
    let list = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
    let (width, height) = (usize::from(list.width), usize::from(list.height));
    let first = finder.at.saturating_sub(height.saturating_sub(1));
    let rows = finder.shown().enumerate().skip(first).take(height);
    let lines: Vec<Line<'static>> = rows
        .map(|(at, (label, _))| {
            let row = spots::row(list, at - first);
            row.into_iter().for_each(|row| spots.add(row, Msg::Pick(at)));
            let chosen = at == finder.at;
            let style = if chosen { state.theme.style(Paint::Selected) } else { Style::new() };
            let label = text::cut_end(&text::plain(label), width.saturating_sub(2));
            let mark = if chosen { "▸ " } else { "  " };
            spread(vec![(mark.to_owned(), Style::new()), (label, style)], Vec::new(), width)
        })
        .collect();
    frame.render_widget(Text::from(lines), list);
}
