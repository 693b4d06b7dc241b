//! One line of code: numbers, sign, colours, the words that changed, and nothing hidden.

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::Span;

use crate::proposal::{Line, LineKind};
use crate::review::diff::{self, Ending};
use crate::review::text::{self, Glyph, Kind};
use crate::review::theme::{Paint, Theme};
use crate::syntax::Role;

/// What is known about a line beyond its bytes.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) roles: Vec<(Range<usize>, Role)>,
    pub(super) changed: Vec<Range<usize>>,
    /// What was searched for.
    pub(super) found: Vec<Range<usize>>,
    /// White space is all that changed.
    pub(super) is_space_change: bool,
    /// White space changed, and the line is shown as unchanged for all that.
    pub(super) hides_space: bool,
    pub(super) is_moved: bool,
}

/// Which numbers stand before a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Both,
    Old,
    New,
    /// That of the new file, of a removed line that of the old one.
    Either,
    None,
}

/// How lines of one hunk are drawn.
pub(super) struct Canvas {
    pub(super) theme: Theme,
    pub(super) numbers: Numbers,
    pub(super) digits: usize,
    pub(super) shift: usize,
    pub(super) width: usize,
    pub(super) shows_crlf: bool,
}

impl Canvas {
    /// `line` in exactly as many columns as there are.
    pub(super) fn row(&self, line: &Line, facts: &Facts) -> Vec<Span<'static>> {
        let gutter = self.gutter(line);
        let room = self.width.saturating_sub(gutter.chars().count());
        let paint = if facts.is_moved { Paint::Moved } else { Paint::Gutter(line.kind) };
        let mut runs = Runs::default();
        runs.push(&gutter, self.theme.style(paint));
        let end = self.code(line, facts, room, &mut runs);
        runs.push(&" ".repeat((self.shift + room).saturating_sub(end)), Style::new());
        runs.0
    }

    /// The numbers and the sign.
    fn gutter(&self, line: &Line) -> String {
        let digits = self.digits;
        let number = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
        let sign = match line.kind {
            LineKind::Context => ' ',
            LineKind::Removed => '-',
            LineKind::Added => '+',
        };
        let one = |n: Option<u32>| format!(" {:>digits$} {sign} ", number(n));
        match self.numbers {
            Numbers::Both => {
                format!(" {:>digits$} {:>digits$} {sign} ", number(line.old), number(line.new))
            }
            Numbers::Old => one(line.old),
            Numbers::New => one(line.new),
            Numbers::Either => one(line.new.or(line.old)),
            Numbers::None => format!("{sign} "),
        }
    }

    /// The columns of the line that show; `…` stands where more is to either side.
    /// Gives the column behind the last one.
    fn code(&self, line: &Line, facts: &Facts, room: usize, runs: &mut Runs) -> usize {
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
                return end;
            } else {
                column = glyph.column + glyph.width;
                runs.push(&self.seen(line, facts, &glyph), self.style(line, facts, &glyph));
            }
        }
        column
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

    /// White space is made visible where it is the change, and where it trails an added line.
    fn seen(&self, line: &Line, facts: &Facts, glyph: &Glyph) -> String {
        let body = diff::body(&line.bytes);
        let is_ink = |byte: &u8| !byte.is_ascii_whitespace();
        let trails = body.iter().rposition(is_ink) < Some(glyph.at);
        let leads = body.iter().position(is_ink).is_none_or(|first| glyph.at < first);
        let is_shown = trails && line.kind == LineKind::Added
            || facts.is_space_change && is_changed(facts, glyph)
            || facts.hides_space && (leads || trails || glyph.kind == Kind::Tab);
        match glyph.kind {
            Kind::Space if is_shown => "·".to_owned(),
            Kind::Tab if is_shown => format!("→{}", " ".repeat(glyph.width - 1)),
            Kind::Plain | Kind::Space | Kind::Tab | Kind::Escaped => glyph.text.clone(),
        }
    }

    fn style(&self, line: &Line, facts: &Facts, glyph: &Glyph) -> Style {
        if facts.found.iter().any(|range| range.contains(&glyph.at)) {
            return self.theme.style(Paint::Found);
        }
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
