//! A text in pieces that can be found and shown by themselves.
//!
//! The pieces tile the text: put together in order they are the text, whatever its bytes.

use std::ops::Range;

use crate::base::Span;
use crate::syntax::lines::Lines;
use crate::syntax::{Language, Symbol, symbols};

/// A definition this short keeps its members in one chunk, in lines.
const WHOLE_LINES: u32 = 24;
/// Longer chunks are split, in lines.
const MAX_LINES: usize = 80;
/// Longer chunks are split, in bytes.
const MAX_BYTES: usize = 8 << 10;
/// Neighbours this short are put together, in lines.
const TINY_LINES: usize = 3;
/// Definitions that short are put together up to this, in lines.
const JOINED_LINES: usize = 20;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The lines that it touches.
    pub span: Span,
    /// Its bytes.
    pub bytes: Range<usize>,
    /// The definition that it is, or is a part of.
    pub symbol: Option<Symbol>,
}

/// Cuts `text` at its definitions, and into blocks of lines where it has none.
pub fn chunks(language: Option<Language>, text: &[u8]) -> Vec<Chunk> {
    let symbols = language.map(|language| symbols(language, text)).unwrap_or_default();
    chunks_of(&symbols, text)
}

/// [`chunks`] with the [`symbols()`] of `text` at hand.
pub fn chunks_of(symbols: &[Symbol], text: &[u8]) -> Vec<Chunk> {
    let lines = Lines::of(text);
    let mut chunks = Vec::new();
    for run in joined(runs(&owners(symbols, lines.count())), symbols) {
        for bytes in split(run.lines.clone(), &lines, text) {
            let symbol = run.owner.map(|owner| symbols[owner].clone());
            chunks.push(Chunk { span: lines.span(bytes.clone()), bytes, symbol });
        }
    }
    chunks
}

/// Lines that belong to the same definition, counted from 0.
struct Run {
    lines: Range<usize>,
    owner: Option<usize>,
}

/// For each line the innermost definition that is worth a chunk: a member of a type, or what stands
/// inside a function that is too long for one chunk.
fn owners(symbols: &[Symbol], count: usize) -> Vec<Option<usize>> {
    let mut worth = Vec::new();
    let mut whole_until = 0;
    for (index, symbol) in symbols.iter().enumerate() {
        if symbol.bytes.end <= whole_until {
            continue;
        }
        let lines = symbol.span.lines();
        if lines <= WHOLE_LINES || !symbol.kind.has_members() && lines as usize <= MAX_LINES {
            whole_until = symbol.bytes.end;
        }
        let end = (symbol.span.end as usize).min(count);
        let start = (symbol.span.start as usize - 1).min(end);
        worth.push((index, start..end));
    }
    // The last one that has a line is the innermost. From the last on each line is taken once, however
    // many others have it too.
    let mut owners = vec![None; count];
    let mut free = Free((0..=count).collect());
    for (index, lines) in worth.into_iter().rev() {
        let mut line = free.from(lines.start);
        while line < lines.end {
            owners[line] = Some(index);
            free.0[line] = line + 1;
            line = free.from(line + 1);
        }
    }
    owners
}

/// For each line one that is nearer to the next free line, or the line itself where it is free; the
/// end of the text always is.
struct Free(Vec<usize>);

impl Free {
    /// The first free line from `line` on.
    fn from(&mut self, line: usize) -> usize {
        let mut free = line;
        while self.0[free] != free {
            free = self.0[free];
        }
        // Whoever comes this way again goes straight there.
        let mut on_the_way = line;
        while on_the_way != free {
            on_the_way = std::mem::replace(&mut self.0[on_the_way], free);
        }
        free
    }
}

fn runs(owners: &[Option<usize>]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (line, owner) in owners.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if run.owner == *owner => run.lines.end = line + 1,
            _ => runs.push(Run { lines: line..line + 1, owner: *owner }),
        }
    }
    runs
}

/// Puts short neighbours together, so that imports, constants and closing braces make no chunks of
/// their own. The first owner stays.
fn joined(runs: Vec<Run>, symbols: &[Symbol]) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::new();
    for run in runs {
        let begins =
            run.owner.is_some_and(|it| symbols[it].span.start as usize == run.lines.start + 1);
        match joined.last_mut() {
            Some(last)
                if run.lines.len() <= TINY_LINES
                    && (!begins || last.lines.len() + run.lines.len() <= JOINED_LINES) =>
            {
                last.lines.end = run.lines.end;
                last.owner = last.owner.or(run.owner);
            }
            _ => joined.push(run),
        }
    }
    joined
}

/// Blocks of at most [`MAX_LINES`] and about [`MAX_BYTES`]; a longer line is cut between characters.
fn split(run: Range<usize>, lines: &Lines, text: &[u8]) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut start = run.start;
    while start < run.end {
        let mut end = start + 1;
        while end < run.end
            && end - start < MAX_LINES
            && lines.bytes(start..end + 1).len() <= MAX_BYTES
        {
            end += 1;
        }
        let mut rest = lines.bytes(start..end);
        while rest.len() > MAX_BYTES {
            let cut = boundary(text, rest.start + MAX_BYTES);
            blocks.push(rest.start..cut);
            rest.start = cut;
        }
        blocks.push(rest);
        start = end;
    }
    blocks
}

/// The start of the UTF-8 character at `offset`, if a character is there.
fn boundary(text: &[u8], offset: usize) -> usize {
    let continues = |at: usize| text.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    (offset.saturating_sub(3)..=offset).rev().find(|at| !continues(*at)).unwrap_or(offset)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;
    use crate::syntax::SymbolKind;

    #[track_caller]
    fn check(language: &str, text: &str, expected: &str) {
        let shown: Vec<String> = chunks(Language::named(language), text.as_bytes())
            .iter()
            .map(|chunk| {
                let symbol = chunk.symbol.as_ref().map_or("-", |symbol| &symbol.path);
                format!("{} {symbol}", chunk.span)
            })
            .collect();
        assert_eq!(shown.join("; "), expected);
    }

    #[track_caller]
    fn check_tiles(language: Option<Language>, text: &[u8]) {
        let mut end = 0;
        for chunk in chunks(language, text) {
            assert_eq!(chunk.bytes.start, end, "a gap or an overlap in {language:?}");
            assert!(chunk.bytes.end > end, "an empty chunk");
            let lines = text[..chunk.bytes.start].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(chunk.span.start as usize, lines + 1);
            end = chunk.bytes.end;
        }
        assert_eq!(end, text.len(), "{language:?}");
    }

    #[test]
    fn definitions_are_chunks() {
        let body = "        x = 1\n".repeat(20);
        let text =
            format!("import a\n\nclass A:\n    def f(self):\n{body}\n    def g(self):\n{body}");
        check("python", &text, "1-3 A; 4-25 A.f; 26-46 A.g");
        check("none", &"word\n".repeat(100), "1-80 -; 81-100 -");
        check("rust", "", "");
    }

    #[test]
    fn of_several_in_one_statement_each_has_its_lines() {
        let names: Vec<String> = (0..60).map(|it| format!("    a{it} = [\n\n\n\n    ]")).collect();
        let text = format!("var\n{};\n", names.join(",\n"));
        for language in ["javascript", "typescript"] {
            let chunks = chunks(Language::named(language), text.as_bytes());
            let names = chunks.iter().filter_map(|it| it.symbol.as_ref().map(|it| &it.name));
            let expected: Vec<String> = (0..60).map(|it| format!("a{it}")).collect();
            assert_eq!(names.collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn lines_that_many_have_are_given_once() {
        const MANY: usize = 60_000;
        let name = |at: usize| Symbol {
            name: at.to_string(),
            path: at.to_string(),
            kind: SymbolKind::Variable,
            names_at: vec![at],
            span: Span::new(1, MANY as u32),
            bytes: 0..MANY,
            signature: String::new(),
        };
        let mut symbols: Vec<Symbol> = (0..MANY).map(name).collect();
        symbols.push(Symbol { span: Span::new(3, 4), bytes: 2..4, ..name(MANY) });
        let started = Instant::now();
        let owners = owners(&symbols, MANY);
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        let last = Some(MANY - 1);
        assert_eq!(owners[..5], [last, last, Some(MANY), Some(MANY), last]);
        assert!(owners[5..].iter().all(|owner| *owner == last));
    }

    #[test]
    fn long_lines_are_cut_between_characters() {
        let text = "é".repeat(MAX_BYTES);
        check_tiles(None, text.as_bytes());
        for chunk in chunks(None, text.as_bytes()) {
            assert!(std::str::from_utf8(&text.as_bytes()[chunk.bytes]).is_ok());
        }
    }

    /// Bytes, and texts made of the words that grammars know.
    fn texts() -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            prop::sample::select(vec![
                "fn ",
                "def ",
                "class ",
                "impl ",
                "x",
                "A",
                "(",
                ")",
                "{",
                "}",
                ":",
                ";",
                "\n",
                "\r\n",
                "    ",
                "\t",
                "#[a]",
                "@a\n",
                "//",
                "/*",
                "*/",
                "#",
                "\"",
                "'",
                "=",
                ",",
                "export ",
                "func ",
                "struct ",
                "type ",
                "const ",
                "=>",
                "\0",
                "é",
                "<<A\n",
                "<<~A\n",
                "---\n",
                "- ",
                "<a>",
                "</a>",
                "<script>",
                "%",
                "|",
                "end\n",
                "do ",
                "```\n",
                "[[",
                "{-",
                "(*",
                "\"\"\"",
                "${",
                "#{",
                "<?php ",
                "FROM ",
                "CREATE TABLE ",
            ])
            .prop_map(|word| word.as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..4),
        ];
        prop::collection::vec(word, 0..120).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn chunks_tile_any_text(text in texts()) {
            check_tiles(None, &text);
            for language in Language::all() {
                check_tiles(Some(language), &text);
                for symbol in symbols(language, &text) {
                    prop_assert!(symbol.bytes.start < symbol.bytes.end);
                    prop_assert!(symbol.bytes.end <= text.len());
                }
                crate::syntax::errors(language, &text);
            }
        }
    }
}
