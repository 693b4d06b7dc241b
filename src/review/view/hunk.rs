//! The hunk in front: numbers, signs, colours, the words that changed, and nothing hidden.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line as Row, Span, Text};

use super::{Titles, mark};
use crate::proposal::{Hunk, Line, LineKind, Verdict};
use crate::review::diff::{self, Ending};
use crate::review::state::State;
use crate::review::text::{self, Glyph, Kind};
use crate::review::theme::{Paint, Theme};
use crate::syntax::Role;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) -> Titles {
    let Some(hunk) = state.hunk() else {
        frame.render_widget(Text::raw(" This proposal changes nothing."), area);
        return Titles { left: String::new(), right: String::new() };
    };
    let mut rows: Vec<Row<'_>> = Vec::new();
    if let Some(note) = &hunk.note {
        let style = state.theme.style(Paint::Warning);
        rows.push(Row::styled(format!(" {}", text::plain(note)), style));
    }
    let height = usize::from(area.height).saturating_sub(rows.len());
    let shown = state.scroll..hunk.lines.len().min(state.scroll + height);
    let canvas = Canvas {
        theme: state.theme,
        digits: digits(hunk),
        shift: state.shift,
        width: usize::from(area.width),
        shows_crlf: !diff::is_crlf_throughout(hunk),
    };
    rows.extend(shown.clone().map(|index| canvas.row(&hunk.lines[index], &facts(state, index))));
    frame.render_widget(Text::from(rows), area);
    titles(state, hunk, shown)
}

fn titles(state: &State, hunk: &Hunk, shown: Range<usize>) -> Titles {
    let file = state.file();
    let (place, of) = file.map_or((0, 0), |file| (state.at - file.hunks.start, file.hunks.len()));
    let verdict = state.verdict(state.at);
    let word = verdict.word();
    let mut right = format!("hunk {} of {of}", place + 1);
    if shown.len() < hunk.lines.len() {
        right += &format!(" · lines {}-{} of {}", shown.start + 1, shown.end, hunk.lines.len());
    }
    if diff::is_crlf_throughout(hunk) {
        right += " · CRLF";
    }
    if let Some(words) = state.piece().and_then(|piece| piece.origin.words()) {
        right += &format!(" · {words}");
    }
    right += &match verdict {
        Verdict::Undecided => format!(" · {word}"),
        decided => format!(" · {} {word}", mark(decided)),
    };
    Titles { left: file.map_or_else(String::new, |file| file.name.clone()), right }
}

/// What is known about a line beyond its bytes.
#[derive(Default)]
struct Facts {
    roles: Vec<(Range<usize>, Role)>,
    changed: Vec<Range<usize>>,
    /// White space is all that changed.
    is_space_change: bool,
}

fn facts(state: &State, index: usize) -> Facts {
    let Some(hunk) = state.hunk() else { return Facts::default() };
    let line = &hunk.lines[index];
    let colours = state.file().and_then(|file| file.colours.as_ref());
    let partner = state.partners.get(index).copied().flatten().and_then(|at| hunk.lines.get(at));
    let changed = partner.and_then(|partner| match line.kind {
        LineKind::Removed => diff::words(line, partner).map(|found| found.old),
        LineKind::Added => diff::words(partner, line).map(|found| found.new),
        LineKind::Context => None,
    });
    Facts {
        roles: colours.map(|colours| colours.roles(line)).unwrap_or_default(),
        is_space_change: changed.is_some()
            && partner.is_some_and(|partner| diff::differ_in_space(line, partner)),
        changed: changed.unwrap_or_default(),
    }
}

/// Columns for a line number.
fn digits(hunk: &Hunk) -> usize {
    hunk.old.end.max(hunk.new.end).to_string().len().max(3)
}

/// How lines of one hunk are drawn.
struct Canvas {
    theme: Theme,
    digits: usize,
    shift: usize,
    width: usize,
    shows_crlf: bool,
}

impl Canvas {
    fn row(&self, line: &Line, facts: &Facts) -> Row<'static> {
        let gutter = self.gutter(line);
        let room = self.width.saturating_sub(gutter.chars().count());
        let mut runs = Runs::default();
        runs.push(&gutter, self.theme.style(Paint::Gutter(line.kind)));
        self.code(line, facts, room, &mut runs);
        Row::from(runs.0)
    }

    /// Both line numbers and the sign.
    fn gutter(&self, line: &Line) -> String {
        let digits = self.digits;
        let number = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
        let sign = match line.kind {
            LineKind::Context => ' ',
            LineKind::Removed => '-',
            LineKind::Added => '+',
        };
        format!(" {:>digits$} {:>digits$} {sign} ", number(line.old), number(line.new))
    }

    /// The columns of the line that show; `…` stands where more is to either side.
    fn code(&self, line: &Line, facts: &Facts, room: usize, runs: &mut Runs) {
        let quiet = self.theme.style(Paint::Quiet);
        let end = self.shift + room;
        let mut column = self.shift;
        for glyph in self.glyphs(line).skip_while(|glyph| glyph.column + glyph.width <= self.shift)
        {
            if glyph.column < self.shift {
                // A wide character or an escape that the left edge cuts through.
                column = (glyph.column + glyph.width).min(end);
                runs.push(&"…".repeat(column - self.shift), quiet);
            } else if glyph.column + glyph.width > end {
                runs.cut(end - column, quiet);
                return;
            } else {
                column = glyph.column + glyph.width;
                runs.push(&self.seen(line, facts, &glyph), self.style(line, facts, &glyph));
            }
        }
    }

    /// The glyphs of the line, and what shows how it ends.
    fn glyphs(&self, line: &Line) -> impl Iterator<Item = Glyph> {
        let ending = match diff::ending(&line.bytes) {
            Ending::CrLf if self.shows_crlf => Some("␍"),
            Ending::Missing => Some(" no newline at end "),
            Ending::Lf | Ending::CrLf => None,
        };
        let body = diff::body(&line.bytes);
        let mut column = 0;
        let glyphs = text::glyphs(body).map(Some).chain(std::iter::once(None));
        glyphs.filter_map(move |glyph| match glyph {
            Some(glyph) => {
                column = glyph.column + glyph.width;
                Some(glyph)
            }
            None => ending.map(|text| Glyph {
                at: body.len(),
                column,
                width: text.chars().count(),
                text: text.to_owned(),
                kind: Kind::Escaped,
            }),
        })
    }

    /// White space is made visible where it is the change, or where it trails an added line.
    fn seen(&self, line: &Line, facts: &Facts, glyph: &Glyph) -> String {
        let body = diff::body(&line.bytes);
        let trails = line.kind == LineKind::Added
            && body.iter().rposition(|byte| !byte.is_ascii_whitespace()) < Some(glyph.at);
        let is_shown = trails || facts.is_space_change && is_changed(facts, glyph);
        match glyph.kind {
            Kind::Space if is_shown => "·".to_owned(),
            Kind::Tab if is_shown => format!("→{}", " ".repeat(glyph.width - 1)),
            Kind::Plain | Kind::Space | Kind::Tab | Kind::Escaped => glyph.text.clone(),
        }
    }

    fn style(&self, line: &Line, facts: &Facts, glyph: &Glyph) -> Style {
        if glyph.kind == Kind::Escaped {
            return self.theme.style(Paint::Escaped);
        }
        if is_changed(facts, glyph) {
            return self.theme.style(Paint::Changed(line.kind));
        }
        let next = facts.roles.partition_point(|(range, _)| range.end <= glyph.at);
        match facts.roles.get(next) {
            Some((range, role)) if range.contains(&glyph.at) => {
                self.theme.style(Paint::Code(*role))
            }
            _ => Style::new(),
        }
    }
}

fn is_changed(facts: &Facts, glyph: &Glyph) -> bool {
    facts.changed.iter().any(|range| range.contains(&glyph.at))
}

/// Text in runs of one style each.
#[derive(Default)]
struct Runs(Vec<Span<'static>>);

impl Runs {
    fn push(&mut self, text: &str, style: Style) {
        match self.0.last_mut() {
            Some(run) if run.style == style => run.content.to_mut().push_str(text),
            _ => self.0.push(Span::styled(text.to_owned(), style)),
        }
    }

    /// Ends a line that goes on behind the right edge, where `room` columns are still free.
    fn cut(&mut self, room: usize, style: Style) {
        if room > 0 {
            self.push(&format!("{}…", " ".repeat(room - 1)), style);
            return;
        }
        let Some(run) = self.0.last_mut() else { return };
        let last = run.content.to_mut().pop();
        let width = last.and_then(unicode_width::UnicodeWidthChar::width).unwrap_or(0);
        if width > 0 {
            self.push(&format!("{}…", " ".repeat(width - 1)), style);
        }
    }
}
