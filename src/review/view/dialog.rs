//! What lies over the panes: the keys, a question, a message.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Paragraph, Wrap};

use super::overlay;
use crate::review::state::{Dialog, Pane, State};
use crate::review::theme::Paint;
use crate::review::{commands, summary, text};

/// What a dialog says, ready to be boxed.
pub(super) struct Content {
    pub(super) title: String,
    pub(super) lines: Vec<Line<'static>>,
    pub(super) keys: &'static str,
    pub(super) scroll: usize,
}

pub(super) fn draw(state: &State, dialog: &Dialog, frame: &mut Frame<'_>) {
    let content = match dialog {
        Dialog::Help { scroll } => help(state, *scroll),
        Dialog::Apply => apply(state),
        Dialog::Quit => quit(state),
        Dialog::Comment { text } => comment(text),
        Dialog::Message { title, text } => message(title, text),
        Dialog::Over(overlay) => match overlay::content(state, overlay) {
            Some(content) => content,
            None => return,
        },
    };
    let area = place(frame.area(), &content);
    let title = text::cut_end(&content.title, usize::from(area.width).saturating_sub(4));
    let block = Block::bordered()
        .border_style(state.theme.style(Paint::FocusedBorder))
        .padding(Padding::horizontal(1))
        .title_top(Span::styled(format!(" {title} "), state.theme.style(Paint::Title)))
        .title_bottom(Line::from(format!(" {} ", content.keys)).right_aligned());
    let scroll = u16::try_from(content.scroll).unwrap_or(u16::MAX);
    let paragraph = Paragraph::new(content.lines).wrap(Wrap { trim: false }).block(block);
    frame.render_widget(Clear, area);
    frame.render_widget(paragraph.scroll((scroll, 0)), area);
}

/// The middle of the screen, as large as the content needs and the screen gives.
fn place(screen: Rect, content: &Content) -> Rect {
    let width = screen.width.saturating_sub(4).min(68);
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
    Content { title: pane.to_owned(), lines: lines.collect(), keys: "j k scroll · q back", scroll }
}

fn apply(state: &State) -> Content {
    let summary = summary::of(state);
    let lines = summary.lines.into_iter().map(Line::raw);
    Content {
        title: summary.title,
        lines: std::iter::once(Line::raw("")).chain(lines).collect(),
        keys: summary.keys,
        scroll: 0,
    }
}

/// What is typed shows its end where it is longer than the dialog.
fn comment(text: &str) -> Content {
    Content {
        title: "Say about this hunk".to_owned(),
        lines: vec![Line::raw(""), Line::raw(format!("{}▏", text::cut_start(text, 60)))],
        keys: "enter say it · esc back",
        scroll: 0,
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
        keys: "y leave · n back",
        scroll: 0,
    }
}

/// A message keeps its own lines; each is escaped by itself.
fn message(title: &str, text: &str) -> Content {
    let lines = text.lines().map(|line| Line::raw(text::plain(line)));
    Content {
        title: title.to_owned(),
        lines: std::iter::once(Line::raw("")).chain(lines).collect(),
        keys: "any key back",
        scroll: 0,
    }
}
