//! Lines and files in words, for whoever hears a review instead of seeing it.

use crate::proposal::{HunkKind, Line, LineKind, Piece};
use crate::review::state::FileEntry;
use crate::review::update::counted;
use crate::review::{diff, text};

/// `added 3: text`; the number is left out where it is not known yet.
pub(super) fn in_words(line: &Line, shows_crlf: bool) -> String {
    let (word, number) = match line.kind {
        LineKind::Context => ("same", line.new.or(line.old)),
        LineKind::Removed => ("removed", line.old),
        LineKind::Added => ("added", line.new),
    };
    let number = number.map(|number| format!(" {number}")).unwrap_or_default();
    let code: String = text::glyphs(diff::body(&line.bytes)).map(|glyph| glyph.text).collect();
    let end = match diff::ending(&line.bytes) {
        diff::Ending::Missing => " (no newline at end)",
        diff::Ending::CrLf if shows_crlf => " (carriage return at end)",
        diff::Ending::Lf | diff::Ending::CrLf => "",
    };
    let blanks = code.len() - code.trim_end().len();
    let blanks = match blanks {
        0 => String::new(),
        count if line.kind == LineKind::Context || count == code.len() => String::new(),
        count => format!(" ({} at end)", counted(count, "blank")),
    };
    format!("{word}{number}: {}{blanks}{end}", code.trim_end())
}

/// Where the file lies, and where it lay if it is moved; an arrow is no word. The hunk that moves it
/// says that itself.
pub(super) fn lies_at(file: &FileEntry, piece: &Piece) -> String {
    match file.from.as_ref().filter(|_| piece.hunk.kind != HunkKind::Rename) {
        Some(from) => format!("{}, moved from {}", file.name, text::plain(&from.to_string())),
        None => file.name.clone(),
    }
}

/// With a capital letter.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|it| it.to_uppercase().collect::<String>());
    first.unwrap_or_default() + letters.as_str()
}
