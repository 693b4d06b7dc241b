//! Shows bytes so that what a person sees is what is there.
//!
//! Control characters, escape sequences, bidirectional controls, invisible characters and bytes
//! that are no UTF-8 become visible text: nothing from a repository is ever obeyed by a terminal.
//! The reasons for the invisible ones: <https://trojansource.codes/trojan-source.pdf>.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns from one tab stop to the next.
const TAB: usize = 4;

/// What kind of character stands behind a glyph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Space,
    Tab,
    /// It stands for something that cannot be shown as it is.
    Escaped,
}

/// One character as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glyph {
    /// Where it starts in the bytes.
    pub(super) at: usize,
    /// The first column it takes.
    pub(super) column: usize,
    pub(super) width: usize,
    pub(super) text: String,
    pub(super) kind: Kind,
}

/// The glyphs of one line without its line ending, one by one: a caller may stop at any column.
pub(super) fn glyphs(bytes: &[u8]) -> impl Iterator<Item = Glyph> {
    let mut column = 0;
    let mut bears_marks = false;
    pieces(bytes).map(move |(at, piece)| {
        let (text, kind) = shown(&piece, column, bears_marks);
        let width = text.width();
        bears_marks = kind == Kind::Plain;
        let glyph = Glyph { at, column, width, text, kind };
        column += width;
        glyph
    })
}

/// A text of one line, escaped.
pub(crate) fn plain(text: &str) -> String {
    glyphs(text.as_bytes()).map(|glyph| glyph.text).collect()
}

/// At most `width` columns of `text`; what is cut from its end leaves `…`.
pub(crate) fn cut_end(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if kept.width() + c.width().unwrap_or(0) + 1 > width {
            break;
        }
        kept.push(c);
    }
    if width > 0 {
        kept.push('…');
    }
    kept
}

/// At most `width` columns of `text`; what is cut from its start leaves `…`.
pub(crate) fn cut_start(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut start = text.len();
    for (at, _) in text.char_indices().rev() {
        if text[at..].width() + 1 > width {
            break;
        }
        start = at;
    }
    if width == 0 { String::new() } else { format!("…{}", &text[start..]) }
}

/// A character, or a byte that belongs to none.
enum Piece {
    Char(char),
    Byte(u8),
}

fn pieces(bytes: &[u8]) -> impl Iterator<Item = (usize, Piece)> {
    let mut start = 0;
    bytes.utf8_chunks().flat_map(move |chunk| {
        let at = start;
        let invalid_at = at + chunk.valid().len();
        start = invalid_at + chunk.invalid().len();
        let chars = chunk.valid().char_indices().map(move |(i, c)| (at + i, Piece::Char(c)));
        let stray = chunk.invalid().iter().enumerate();
        chars.chain(stray.map(move |(i, byte)| (invalid_at + i, Piece::Byte(*byte))))
    })
}

fn shown(piece: &Piece, column: usize, bears_marks: bool) -> (String, Kind) {
    match *piece {
        Piece::Byte(byte) => (format!("\\x{byte:02x}"), Kind::Escaped),
        Piece::Char(' ') => (" ".to_owned(), Kind::Space),
        Piece::Char('\t') => (" ".repeat(TAB - column % TAB), Kind::Tab),
        Piece::Char(c @ '\0'..='\x1f') => (control_picture(c as u32), Kind::Escaped),
        Piece::Char('\x7f') => ("␡".to_owned(), Kind::Escaped),
        Piece::Char(c) if deceives(c) || bears_marks && widens(c) => {
            (c.escape_unicode().to_string(), Kind::Escaped)
        }
        Piece::Char(c) => match c.width() {
            None => (c.escape_unicode().to_string(), Kind::Escaped),
            Some(0) if !bears_marks => (c.escape_unicode().to_string(), Kind::Escaped),
            Some(_) => (c.to_string(), Kind::Plain),
        },
    }
}

/// The picture Unicode has for a control character: `␛` for escape.
fn control_picture(code: u32) -> String {
    char::from_u32(0x2400 + code).map_or_else(String::new, String::from)
}

/// Whether a character is invisible, looks like a space and is none, or reorders its neighbours.
fn deceives(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
        | '\u{1680}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character changes how wide the one before it is: terminals do not agree on that.
fn widens(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(glyphs(bytes).map(|glyph| glyph.text).collect::<String>(), expected);
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        check(b"a\tb", "a   b");
        check(b"\x1b[2J\x07\x7f", "␛[2J␇␡");
        check("a\u{202e}b\u{200d}c\u{a0}d".as_bytes(), "a\\u{202e}b\\u{200d}c\\u{a0}d");
        check(b"\xff\xc3", "\\xff\\xc3");
        check("日本e\u{301}".as_bytes(), "日本e\u{301}");
        check("\u{301}x".as_bytes(), "\\u{301}x");
    }

    #[test]
    fn long_texts_are_cut_with_a_mark() {
        assert_eq!(cut_end("日本語", 5), "日本…");
        assert_eq!(cut_end("日本語", 6), "日本語");
        assert_eq!(cut_start("src/a/client.py", 8), "…ient.py");
        assert_eq!(cut_start("abc", 0), "");
    }

    proptest! {
        #[test]
        fn nothing_reaches_the_terminal_raw(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut column = 0;
            for glyph in glyphs(&bytes) {
                prop_assert!(!glyph.text.chars().any(|c| c.is_control() || deceives(c)));
                prop_assert_eq!(glyph.column, column);
                column += glyph.width;
            }
        }

        /// Whoever draws takes graphemes for what has a width; columns are counted by character.
        #[test]
        fn columns_are_those_of_the_screen(text in "(\\PC|[a-z👍🏽🇩🇪e\u{301}क्षिलا日\t]){0,30}") {
            let shown: String = glyphs(text.as_bytes()).map(|glyph| glyph.text).collect();
            let width: usize = glyphs(text.as_bytes()).map(|glyph| glyph.width).sum();
            let area = ratatui::layout::Rect::new(0, 0, 900, 1);
            let mut buffer = ratatui::buffer::Buffer::empty(area);
            let (end, _) = buffer.set_stringn(0, 0, &shown, 900, ratatui::style::Style::new());
            prop_assert_eq!(usize::from(end), width, "{}", shown.escape_unicode());
        }

        #[test]
        fn cuts_fit(text in "\\PC{0,30}", width in 0_usize..20) {
            prop_assert!(cut_end(&text, width).width() <= width);
            prop_assert!(cut_start(&text, width).width() <= width);
        }
    }
}
