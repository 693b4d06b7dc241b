//! The only place with colours: ANSI colours by role, so that a terminal's own theme decides.
//!
//! Marks, signs and words carry every meaning; a style only repeats it. Without colours the
//! modifiers (bold, underlined, reversed) stay.

use ratatui::style::{Color, Modifier, Style};

use crate::proposal::{LineKind, Verdict};
use crate::syntax::Role;

/// Whether colours are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Ansi,
    Plain,
}

/// What a piece of the screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Border,
    FocusedBorder,
    Title,
    Quiet,
    Key,
    Warning,
    Selected,
    Escaped,
    /// Line numbers and signs of a line that was moved.
    Moved,
    /// What was searched for.
    Found,
    Verdict(Verdict),
    /// Line numbers and signs of a line.
    Gutter(LineKind),
    /// The words that differ within a changed line.
    Changed(LineKind),
    Code(Role),
}

impl Theme {
    /// How to show what `paint` names.
    pub(crate) fn style(self, paint: Paint) -> Style {
        let style = ansi(paint);
        match self {
            Self::Ansi => style,
            Self::Plain => Style { fg: None, bg: None, underline_color: None, ..style },
        }
    }
}

fn ansi(paint: Paint) -> Style {
    let plain = Style::new();
    match paint {
        // Dimmed, not grey: some themes draw bright black on black.
        Paint::Border | Paint::Quiet | Paint::Gutter(LineKind::Context) => {
            plain.add_modifier(Modifier::DIM)
        }
        Paint::FocusedBorder => plain.fg(Color::Cyan),
        Paint::Title => plain.add_modifier(Modifier::BOLD),
        Paint::Key => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
        Paint::Warning => plain.fg(Color::Yellow),
        Paint::Selected | Paint::Escaped => plain.add_modifier(Modifier::REVERSED),
        Paint::Moved => plain.fg(Color::Blue),
        Paint::Found => plain.fg(Color::Yellow).add_modifier(Modifier::REVERSED),
        Paint::Verdict(Verdict::Accepted) => plain.fg(Color::Green),
        Paint::Verdict(Verdict::Rejected) => plain.fg(Color::Red),
        Paint::Verdict(Verdict::Undecided) => plain,
        Paint::Gutter(kind) => plain.fg(of_change(kind)),
        Paint::Changed(kind) => {
            plain.fg(of_change(kind)).add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
        }
        Paint::Code(role) => of_code(role),
    }
}

fn of_change(kind: LineKind) -> Color {
    match kind {
        LineKind::Context => Color::Reset,
        LineKind::Removed => Color::Red,
        LineKind::Added => Color::Green,
    }
}

fn of_code(role: Role) -> Style {
    let plain = Style::new();
    match role {
        Role::Keyword => plain.fg(Color::Magenta),
        Role::Function => plain.fg(Color::Blue),
        Role::Type | Role::Attribute => plain.fg(Color::Yellow),
        Role::String => plain.fg(Color::Cyan),
        Role::Number | Role::Constant => plain.fg(Color::LightBlue),
        Role::Comment => plain.add_modifier(Modifier::DIM),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colours_the_modifiers_stay() {
        let style = Theme::Plain.style(Paint::Changed(LineKind::Added));
        assert_eq!(style, Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED));
    }
}
