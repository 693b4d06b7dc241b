//! Code that left one place of the proposal and came in another, also in another file.
//!
//! Found once, when the review opens. Lines are the same if they are but for the white space around
//! them, so what was moved into a block counts.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::proposal::{Line, LineKind, Piece};
use crate::review::state::FileEntry;

/// A block has at least this many lines that say something.
const LEAST: usize = 3;

/// Places of one line that are tried; a line that is said more often starts no block.
const TRIED: usize = 8;

/// All blocks that were moved.
#[derive(Debug, Default)]
pub(super) struct Moves {
    blocks: Vec<Block>,
    /// The block of a line, by file, by whether it is an added one, and by number.
    of_line: FxHashMap<(usize, bool, u32), usize>,
}

#[derive(Debug)]
struct Block {
    from: Place,
    to: Place,
    /// Whether only the white space before the lines is another.
    indented: bool,
}

/// Lines of a file; numbers from 1, the end is not in it.
#[derive(Clone, Debug)]
struct Place {
    file: usize,
    lines: Range<u32>,
}

/// What is known of a line that was moved.
pub(super) struct Found<'a> {
    block: &'a Block,
    is_added: bool,
    /// Whether it is the first of its block.
    pub(super) is_first: bool,
}

/// A removed or added line, and where it is.
struct Spot<'a> {
    file: usize,
    /// Lines of one run follow each other.
    run: usize,
    number: u32,
    /// Without the white space around it.
    text: &'a [u8],
    bytes: &'a [u8],
}

impl Moves {
    /// Looks for blocks in all hunks. `files` have the indices of their hunks.
    pub(super) fn find(files: &[FileEntry], pieces: &[Piece]) -> Self {
        let (removed, added) = spots(files, pieces);
        let mut starts: FxHashMap<&[u8], Vec<usize>> = FxHashMap::default();
        for (at, spot) in removed.iter().enumerate().filter(|(_, spot)| says_something(spot.text)) {
            starts.entry(spot.text).or_default().push(at);
        }
        starts.retain(|_, places| places.len() <= TRIED);
        let mut moves = Self::default();
        let mut taken = vec![false; removed.len()];
        let mut at = 0;
        while at < added.len() {
            let candidates = starts.get(added[at].text).map_or(&[][..], Vec::as_slice);
            let lengths = candidates
                .iter()
                .filter(|from| !taken[**from] && removed[**from].run + 1 != added[at].run)
                .map(|from| (common(&removed[*from..], &added[at..]), *from));
            match lengths.max() {
                Some((length, from)) if weight(&added[at..at + length]) >= LEAST => {
                    moves.add(&removed[from..from + length], &added[at..at + length]);
                    taken[from..from + length].fill(true);
                    at += length;
                }
                _ => at += 1,
            }
        }
        moves
    }

    fn add(&mut self, removed: &[Spot<'_>], added: &[Spot<'_>]) {
        let place = |spots: &[Spot<'_>]| {
            let (first, last) = (spots.first()?, spots.last()?);
            Some(Place { file: first.file, lines: first.number..last.number + 1 })
        };
        let (Some(from), Some(to)) = (place(removed), place(added)) else { return };
        let block = self.blocks.len();
        for (is_added, spot) in
            removed.iter().map(|spot| (false, spot)).chain(added.iter().map(|spot| (true, spot)))
        {
            self.of_line.insert((spot.file, is_added, spot.number), block);
        }
        let indented = removed.iter().zip(added).any(|(old, new)| old.bytes != new.bytes);
        self.blocks.push(Block { from, to, indented });
    }

    /// What is known about `line` of file `file`.
    pub(super) fn of(&self, file: usize, line: &Line) -> Option<Found<'_>> {
        let (is_added, number) = match line.kind {
            LineKind::Context => return None,
            LineKind::Removed => (false, line.old?),
            LineKind::Added => (true, line.new?),
        };
        let block = self.blocks.get(*self.of_line.get(&(file, is_added, number))?)?;
        let here = if is_added { &block.to } else { &block.from };
        Some(Found { block, is_added, is_first: here.lines.start == number })
    }
}

impl Found<'_> {
    /// Where the lines went or came from.
    pub(super) fn note(&self, files: &[FileEntry]) -> String {
        let (word, there) = match self.is_added {
            true => ("from", &self.block.from),
            false => ("to", &self.block.to),
        };
        let name = files.get(there.file).map_or("", |file| file.name.as_str());
        let count = there.lines.len();
        let (first, last) = (there.lines.start, there.lines.end.saturating_sub(1));
        let indented = if self.block.indented { ", indented anew" } else { "" };
        format!("{count} lines moved {word} {name}:{first}-{last}{indented}")
    }
}

/// All removed and all added lines, in order. A run of added lines that takes the place of removed
/// ones has the number after theirs: what is only written anew there was not moved.
fn spots<'a>(files: &[FileEntry], pieces: &'a [Piece]) -> (Vec<Spot<'a>>, Vec<Spot<'a>>) {
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    let mut run = 0;
    for (file, entry) in files.iter().enumerate() {
        for piece in pieces.get(entry.hunks.clone()).unwrap_or_default() {
            run += 2;
            for lines in piece.hunk.lines.chunk_by(|a, b| a.kind == b.kind) {
                run += if lines[0].kind == LineKind::Added { 1 } else { 2 };
                for line in lines {
                    let number = if line.kind == LineKind::Removed { line.old } else { line.new };
                    let (Some(number), bytes) = (number, line.bytes.as_slice()) else { continue };
                    let spot = Spot { file, run, number, text: bytes.trim_ascii(), bytes };
                    match line.kind {
                        LineKind::Context => {}
                        LineKind::Removed => removed.push(spot),
                        LineKind::Added => added.push(spot),
                    }
                }
            }
        }
    }
    (removed, added)
}

/// How many lines from the start of both are the same and in one run each.
fn common(removed: &[Spot<'_>], added: &[Spot<'_>]) -> usize {
    let same = removed.iter().zip(added).take_while(|(old, new)| {
        old.text == new.text && old.run == removed[0].run && new.run == added[0].run
    });
    same.count()
}

fn weight(spots: &[Spot<'_>]) -> usize {
    spots.iter().filter(|spot| says_something(spot.text)).count()
}

/// Whether a line is more than brackets and a short word.
fn says_something(text: &[u8]) -> bool {
    text.iter().filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii()).count() >= 4
}

#[cfg(test)]
mod tests {
    use crate::proposal::Hunk;
    use crate::review::state::State;
    use crate::review::testing::{hunk, input};
    use crate::review::{Theme, page::Row};
    use ratatui::layout::Size;

    /// The notes about moves, by the number of their hunk.
    #[track_caller]
    fn check(hunks: Vec<Hunk>, expected: &[&str]) {
        let mut state = State::new(input(hunks), Theme::Plain, Size::new(80, 24));
        let mut notes = Vec::new();
        for at in 0..state.pieces.len() {
            state.go_to(at);
            for row in &state.look.page.rows {
                if let Row::Note(note) = row {
                    notes.push(format!("{} {note}", state.pieces[at].hunk.number));
                }
            }
        }
        assert_eq!(notes, expected);
    }

    const THREE: &str = "def alpha(value):\n    total = value + 1\n    return total\n";

    fn with_sign(sign: &str, text: &str) -> String {
        text.split_inclusive('\n').map(|line| format!("{sign}{line}")).collect()
    }

    #[test]
    fn lines_that_left_one_file_for_another_are_named_on_both_sides() {
        check(
            vec![
                hunk(1, "a.py", 10, &with_sign("-", THREE)),
                hunk(2, "b.py", 30, &with_sign("+", &THREE.replace("    ", "        "))),
            ],
            &[
                "1 ↷ 3 lines moved to b.py:30-32, indented anew",
                "2 ↷ 3 lines moved from a.py:10-12, indented anew",
            ],
        );
    }

    #[test]
    fn what_is_written_anew_in_its_place_or_too_short_was_not_moved() {
        let anew = with_sign("-", THREE) + &with_sign("+", &THREE.replace("    ", "  "));
        check(vec![hunk(1, "a.py", 1, &anew)], &[]);
        let two = "def alpha(value):\n}\n}\n}\n    total = value + 1\n";
        check(
            vec![
                hunk(1, "a.py", 10, &with_sign("-", two)),
                hunk(2, "b.py", 30, &with_sign("+", two)),
            ],
            &[],
        );
    }
}
