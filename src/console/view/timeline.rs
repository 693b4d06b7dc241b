//! What happened, the newest at the lower edge, and what is happening right now.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::console::msg::Place;
use crate::console::state::{State, Work};
use crate::console::timeline::{Entry, Tone};
use crate::console::view::{candidates, pane, wrapped};
use crate::proposal::Verdict;
use crate::review::{Paint, spread, text};

/// Columns of the time of day and of who did it, with a blank behind each.
const CLOCK: usize = 6;
const WHO: usize = 11;
/// Lines of the text that streams.
const STREAMED: usize = 8;
/// Lines of a detail that shows by itself.
const OPEN: usize = 40;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let title = match state.queue.len() {
        0 => "Timeline".to_owned(),
        waiting => format!("Timeline · {waiting} waiting"),
    };
    let inside = pane(state, frame, area, &title, state.place == Place::Desk);
    let (width, height) = (usize::from(inside.width), usize::from(inside.height));
    if state.timeline.entries.is_empty() && state.work.is_none() {
        let lines: Vec<Line<'_>> = welcome(state, width);
        frame.render_widget(ratatui::text::Text::from(lines), inside);
        return;
    }
    // From the lower edge up, until the pane is full.
    let mut lines: Vec<Line<'static>> = Vec::new();
    if let Some(work) = &state.work {
        lines.extend(live(state, work, width).into_iter().rev());
    }
    let wanted = state.timeline.scroll.saturating_add(height);
    let mut rest = state.timeline.entries.iter().rev();
    while lines.len() < wanted {
        let Some(entry) = rest.next() else { break };
        lines.extend(told(state, entry, width).into_iter().rev());
    }
    let scroll = state.timeline.scroll.min(lines.len().saturating_sub(height));
    let mut shown: Vec<Line<'static>> = lines.into_iter().skip(scroll).take(height).collect();
    shown.reverse();
    frame.render_widget(ratatui::text::Text::from(shown), inside);
}

fn welcome(state: &State, width: usize) -> Vec<Line<'static>> {
    let words = "Type what should change, or a question, and press enter. What a model proposes waits \
                 until you have reviewed it; nothing is written before that.";
    let style = state.theme.style(Paint::Quiet);
    wrapped(words, width).into_iter().map(|line| Line::styled(line, style)).collect()
}

fn style(state: &State, tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Person => state.theme.style(Paint::Title),
        Tone::Good => state.theme.style(Paint::Verdict(Verdict::Accepted)),
        Tone::Bad => state.theme.style(Paint::Verdict(Verdict::Rejected)),
        Tone::Mark => state.theme.style(Paint::Warning),
    }
}

/// A sign for what a colour says too.
fn sign(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain | Tone::Person => "",
        Tone::Good => "✓ ",
        Tone::Bad => "✗ ",
        Tone::Mark => "! ",
    }
}

fn told(state: &State, entry: &Entry, width: usize) -> Vec<Line<'static>> {
    let quiet = state.theme.style(Paint::Quiet);
    let tone = style(state, entry.tone);
    let seconds = entry.seconds.filter(|it| *it >= 0.05).map(|it| format!(" {it:.1} s"));
    let room = width.saturating_sub(CLOCK + WHO + seconds.as_ref().map_or(0, String::len));
    let mut lines = Vec::new();
    let said = wrapped(&format!("{}{}", sign(entry.tone), entry.text), room.max(8));
    for (nth, line) in said.into_iter().enumerate() {
        let (clock, who) = if nth == 0 {
            (entry.clock.clone(), text::cut_end(&text::plain(&entry.who), WHO - 1))
        } else {
            Default::default()
        };
        let left =
            vec![(format!("{clock:<CLOCK$}"), quiet), (padded(&who, WHO), tone), (line, tone)];
        let right = seconds.clone().filter(|_| nth == 0).map(|it| (it, quiet));
        lines.push(spread(left, right.into_iter().collect(), width));
    }
    if (entry.open || state.timeline.details) && !entry.detail.is_empty() {
        lines.extend(detail(state, &entry.detail, width));
    }
    lines
}

/// The end of a detail, indented.
fn detail(state: &State, said: &str, width: usize) -> Vec<Line<'static>> {
    let lines = wrapped(said.trim_end(), width.saturating_sub(CLOCK + 2));
    let left_out = lines.len().saturating_sub(OPEN);
    let quiet = state.theme.style(Paint::Quiet);
    let bar = || Span::styled(format!("{:CLOCK$}│ ", ""), quiet);
    let above = (left_out > 0)
        .then(|| Line::from(vec![bar(), Span::styled(format!("… {left_out} lines"), quiet)]));
    let shown = lines.into_iter().skip(left_out);
    above.into_iter().chain(shown.map(|line| Line::from(vec![bar(), Span::raw(line)]))).collect()
}

fn live(state: &State, work: &Work, width: usize) -> Vec<Line<'static>> {
    let quiet = state.theme.style(Paint::Quiet);
    let now = state.now.elapsed;
    let live = &work.live;
    let seconds = now.saturating_sub(live.since).as_secs_f64();
    let words = if work.stopping { "stopping".to_owned() } else { live.words(now) };
    let who = text::cut_end(&text::plain(&live.what), WHO - 1);
    let left = vec![
        (format!("{:<CLOCK$}", state.now.clock), quiet),
        (padded(&who, WHO), Style::new()),
        (format!("{words} ▌"), Style::new()),
    ];
    let mut lines = vec![spread(left, vec![(format!(" {seconds:.0} s"), quiet)], width)];
    lines.extend(candidates::lines(state, &work.round, width, &format!("{:CLOCK$}│ ", "")));
    if !work.folded && !live.text.is_empty() {
        let said = wrapped(live.text.trim_end(), width.saturating_sub(CLOCK + 2));
        let from = said.len().saturating_sub(STREAMED);
        let text = if live.thinks { quiet } else { Style::new() };
        lines.extend(said.into_iter().skip(from).map(|line| {
            Line::from(vec![
                Span::styled(format!("{:CLOCK$}│ ", ""), quiet),
                Span::styled(line, text),
            ])
        }));
    }
    lines
}

/// `text` with blanks up to `width` columns.
fn padded(text: &str, width: usize) -> String {
    use unicode_width::UnicodeWidthStr;
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}
