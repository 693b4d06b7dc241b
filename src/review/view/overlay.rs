//! The palette, and a place that the hunk rests on.

use ratatui::text::{Line, Span};

use super::dialog::{Content, answer, keys, width};
use crate::review::look::{LookMsg, Overlay};
use crate::review::palette;
use crate::review::state::State;
use crate::review::text;
use crate::review::theme::Paint;
use crate::review::update::Msg;
use crate::session::Outside;

/// Commands that show at a time.
const LISTED: usize = 12;

/// Columns of a line of a place that show.
const WIDEST: usize = 400;

/// What the dialog says; none where it has a place of its own.
pub(super) fn content(state: &State, overlay: &Overlay) -> Option<Content> {
    match overlay {
        Overlay::Search(_) => None,
        Overlay::Palette { text, selected } => Some(commands(state, text, *selected)),
        Overlay::Source { nth, scroll } => Some(source(state, *nth, *scroll)),
    }
}

fn commands(state: &State, typed: &str, selected: usize) -> Content {
    let key_style = state.theme.style(Paint::Key);
    let found = palette::matching(typed);
    let room = usize::from(state.size.height).saturating_sub(8).clamp(1, LISTED);
    let first = selected.saturating_sub(room / 2).min(found.len().saturating_sub(room));
    let mut lines = vec![
        Line::from(vec![
            Span::styled(": ", key_style),
            Span::raw(text::plain(typed)),
            Span::styled(" ", state.theme.style(Paint::Selected)),
        ]),
        Line::raw(""),
    ];
    let inside = usize::from(width(state.size.width)).saturating_sub(4);
    let mut meant = vec![None; lines.len()];
    for (at, command) in found.iter().enumerate().skip(first).take(room) {
        meant.push(Some(Msg::Look(LookMsg::Pick(at))));
        let (pointer, style) = match at == selected {
            true => ("▸ ", state.theme.style(Paint::Selected)),
            false => ("  ", ratatui::style::Style::new()),
        };
        lines.push(Line::from(vec![
            Span::raw(pointer),
            Span::styled(format!("{:<8}", command.keys), key_style),
            // A line that goes on below would move the others from where a click looks for them.
            Span::styled(text::cut_end(command.what, inside.saturating_sub(10)), style),
        ]));
    }
    if found.is_empty() {
        lines.push(Line::raw("no command has these letters"));
    }
    Content {
        title: "Commands".to_owned(),
        lines,
        meant,
        answers: vec![
            answer("enter does it", Msg::Look(LookMsg::Accept)),
            answer("esc back", Msg::Look(LookMsg::Close)),
        ],
        scroll: 0,
    }
}

fn source(state: &State, nth: usize, scroll: usize) -> Content {
    let sources = state.sources();
    let Some(rest) = sources.get(nth) else {
        let answers = vec![answer("esc back", Msg::Look(LookMsg::Close))];
        return Content { answers, ..Content::default() };
    };
    let source = rest.place;
    let warning = state.theme.style(Paint::Warning);
    let quiet = state.theme.style(Paint::Quiet);
    let mut lines =
        vec![Line::styled(format!("shown because: {}", text::plain(&source.why)), quiet)];
    if !rest.names.is_empty() {
        let names: Vec<String> = rest.names.iter().map(|it| text::plain(it)).collect();
        lines.push(Line::styled(format!("the hunk brings in: {}", names.join(", ")), quiet));
    }
    lines.extend(source.outside.map(|outside| Line::styled(words(outside), warning)));
    if source.text.is_empty() {
        lines.push(Line::styled("these lines cannot be read any more", warning));
    }
    for (number, line) in (source.span.start..).zip(source.text.lines()).skip(scroll) {
        let shown = text::glyphs(line.as_bytes()).take_while(|glyph| glyph.column < WIDEST);
        lines.push(Line::from(vec![
            Span::styled(format!("{number:>5} "), quiet),
            Span::raw(shown.map(|glyph| glyph.text).collect::<String>()),
        ]));
        if lines.len() > usize::from(state.size.height) {
            break;
        }
    }
    Content {
        title: format!("{} {}:{}", nth + 1, text::plain(&source.path.to_string()), source.span),
        lines,
        answers: vec![
            keys("j k scroll"),
            keys("1-9 others"),
            answer("q back", Msg::Look(LookMsg::Close)),
        ],
        ..Content::default()
    }
}

/// What is known of a text that is no code of this repository's own.
pub(super) fn words(outside: Outside) -> &'static str {
    match outside {
        Outside::Prose => "⚠ prose: what it says may have been taken for an instruction",
        Outside::Vendored => "⚠ copied in from elsewhere: not written in this repository",
    }
}
