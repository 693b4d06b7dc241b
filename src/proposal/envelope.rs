//! The form of a reply as a grammar: headings that name what there is, raw code between fences.
//!
//! A model that is held to it writes edits and nothing else, of files that it was shown and of
//! symbols that are in them, or new ones beside them. What the code says stays free. The grammar is in
//! the dialect of Lark that llguidance reads.

use std::collections::BTreeSet;

use crate::base::RepoPath;
use crate::proposal::edit::Dialect;
use crate::syntax::{self, Language};

/// A file that a reply may change.
#[derive(Clone, Debug)]
pub struct Editable {
    pub path: RepoPath,
    pub text: Vec<u8>,
}

/// What a reply may do.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The files that it may change.
    pub files: &'a [Editable],
    /// Files that the task names, whether they are there or not: they may be made.
    pub named: &'a [RepoPath],
    /// Where there are any: the only definitions that it may change, and their files the only ones.
    pub places: &'a [(RepoPath, String)],
    pub dialects: &'a [Dialect],
    /// Longest file, in lines, that may be replaced as a whole.
    pub whole_file_lines: usize,
}

/// Most names of symbols for one file: the grammar has to be compiled while somebody waits.
const MOST_SYMBOLS: usize = 400;
/// Where new files go besides the folders of those that are shown: nowhere deeper.
const NEW_NAME: &str = r"[.]?[A-Za-z0-9_][A-Za-z0-9_.\-]*";
/// A name in most languages.
const NEW_SYMBOL: &str = r"[A-Za-z_$][A-Za-z0-9_$]*";

/// The grammar of a whole reply; none where nothing may be changed. Where the reply has begun with the
/// [`opening`] of an edit of `begun`, it is the grammar of what follows.
pub fn envelope(scope: Scope<'_>, begun: Option<&Editable>) -> Option<String> {
    let mut grammar = String::new();
    let mut blocks = Vec::new();
    for (at, file) in scope.files.iter().enumerate() {
        let Some(heading) = heading_of(scope, file) else { continue };
        let ticks = fence(&file.text);
        let language = regex::escape(language(file));
        grammar += &block(&format!("{at}"), &format!("{heading}\\n`{{{ticks}}}{language}"), ticks);
        blocks.push(format!("block{at}"));
    }
    if scope.dialects.contains(&Dialect::File) && scope.places.is_empty() {
        let heading = format!("FILE ({})\\n`{{3}}[a-z0-9+#\\-]*", new_files(scope));
        grammar += &block("new", &heading, 3);
        blocks.push("blocknew".to_owned());
    }
    if blocks.is_empty() {
        return None;
    }
    let any = blocks.join(" | ");
    let start = match begun {
        Some(file) => {
            let ticks = fence(&file.text);
            grammar += &code("begun", ticks);
            format!("start: codebegun ({any})*\n")
        }
        None => format!("start: ({any})+\n"),
    };
    Some(start + &grammar)
}

/// How a reply begins that replaces `symbol` of `file`, or without one all of it: up to where its code
/// begins.
pub fn opening(file: &Editable, symbol: Option<&str>) -> String {
    let heading = match symbol {
        Some(symbol) => format!("EDIT {} {symbol}", file.path),
        None => format!("FILE {}", file.path),
    };
    format!("{heading}\n{}{}\n", "`".repeat(fence(&file.text)), language(file))
}

/// A heading with its fence, the code, and the fence that closes it.
fn block(name: &str, heading: &str, ticks: usize) -> String {
    let heading = heading.replace('/', "\\/");
    format!("block{name}: HEAD{} code{name}\nHEAD{}: /{heading}\\n/\n", upper(name), upper(name))
        + &code(name, ticks)
}

/// Lines of code, none of which closes the block, and the one that does.
fn code(name: &str, ticks: usize) -> String {
    let upper = upper(name);
    format!(
        "code{name}: LINE{upper}* END{upper}\n\
         LINE{upper}: /[^\\n]*\\n/ & ~/[ \\t\\r]*`{{{ticks},}}[ \\t\\r]*\\n/\n\
         END{upper}: /`{{{ticks}}}\\n?\\n?/\n"
    )
}

fn upper(name: &str) -> String {
    name.to_uppercase()
}

/// What may stand above the code of `file`, if it may be changed at all.
fn heading_of(scope: Scope<'_>, file: &Editable) -> Option<String> {
    let path = speakable(&file.path)?;
    if !scope.places.is_empty() && !scope.places.iter().any(|(place, _)| *place == file.path) {
        return None;
    }
    let lines = file.text.iter().filter(|byte| **byte == b'\n').count();
    let whole = scope.dialects.contains(&Dialect::File) && lines <= scope.whole_file_lines;
    let names = names(scope, file).filter(|_| scope.dialects.contains(&Dialect::Symbol));
    let edit = names.map(|names| format!("EDIT {path} ({names})"));
    match (edit, whole.then(|| format!("FILE {path}"))) {
        (Some(edit), Some(whole)) => Some(format!("({edit}|{whole})")),
        (edit, whole) => edit.or(whole),
    }
}

/// The names that a heading may have: those of the definitions, new ones, and new ones in what has
/// members; or those of the places. None in languages without definitions.
fn names(scope: Scope<'_>, file: &Editable) -> Option<String> {
    if !scope.places.is_empty() {
        let here = scope.places.iter().filter(|(path, _)| *path == file.path);
        return Some(here.map(|(_, name)| regex::escape(name)).collect::<Vec<_>>().join("|"));
    }
    let language = Language::of(&file.path, &file.text)?;
    let symbols = syntax::symbols(language, &file.text);
    let mut names = BTreeSet::new();
    for symbol in symbols.iter().filter(|symbol| symbol.kind.is_definition()).take(MOST_SYMBOLS) {
        let is_word = |name: &str| !name.contains(|c: char| c.is_whitespace() || c == '`');
        if is_word(&symbol.path) {
            names.insert(regex::escape(&symbol.path));
            if symbol.kind.has_members() {
                names.insert(format!("{}\\.{NEW_SYMBOL}", regex::escape(&symbol.path)));
            }
        }
    }
    if names.is_empty() {
        return None;
    }
    names.insert(NEW_SYMBOL.to_owned());
    Some(names.into_iter().collect::<Vec<_>>().join("|"))
}

/// The names that new files may have: those that the task names, and any in a folder of a file that
/// is shown.
fn new_files(scope: Scope<'_>) -> String {
    let mut folders: BTreeSet<String> = BTreeSet::from([String::new()]);
    for path in scope.files.iter().filter_map(|file| speakable(&file.path)) {
        folders.extend(path.match_indices('/').map(|(at, _)| path[..=at].to_owned()));
    }
    let named = scope.named.iter().filter_map(speakable);
    let folders: Vec<String> = folders.into_iter().collect();
    let any = format!("({}){NEW_NAME}", folders.join("|"));
    named.chain([any]).collect::<Vec<_>>().join("|")
}

/// The path as a pattern, if it can stand in a heading: in UTF-8 and without white space.
fn speakable(path: &RepoPath) -> Option<String> {
    let text = std::str::from_utf8(path.as_bytes()).ok()?;
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"`*\"',:".contains(c);
    text.chars().all(plain).then(|| regex::escape(text))
}

fn language(file: &Editable) -> &'static str {
    Language::of(&file.path, &file.text).map_or("", Language::name)
}

/// How many backticks hold the text: one more than it has in a row, and three at least.
fn fence(text: &[u8]) -> usize {
    let (mut longest, mut row) = (2, 0);
    for byte in text {
        row = if *byte == b'`' { row + 1 } else { 0 };
        longest = longest.max(row);
    }
    longest + 1
}

#[cfg(test)]
pub(super) mod tests {
    use llguidance::api::TopLevelGrammar;
    use llguidance::toktrie::{ApproximateTokEnv, InferenceCapabilities};
    use llguidance::{Matcher, ParserFactory};
    use proptest::prelude::*;

    use super::*;
    use crate::proposal::parse;

    const BOTH: [Dialect; 2] = [Dialect::Symbol, Dialect::File];

    fn file(path: &str, text: &str) -> Editable {
        Editable { path: RepoPath::new(path).unwrap(), text: text.into() }
    }

    fn files() -> Vec<Editable> {
        vec![
            file(
                "src/a+b.py",
                "class Client:\n    def get(self):\n        pass\n\ndef get_all(x):\n    pass\n",
            ),
            file("docs/guide.md", "# Guide\n\n```sh\nmake\n```\n"),
            file("long.rs", &format!("fn main() {{}}\n{}", "\n".repeat(300))),
        ]
    }

    fn scope<'a>(files: &'a [Editable], named: &'a [RepoPath]) -> Scope<'a> {
        Scope { files, named, places: &[], dialects: &BOTH, whole_file_lines: 100 }
    }

    /// Whoever holds a reply to `grammar`, byte by byte.
    fn matcher(grammar: &str) -> Matcher {
        let bytes = ApproximateTokEnv::single_byte_env();
        let capabilities = InferenceCapabilities::default();
        let slices = llguidance::earley::SlicedBiasComputer::general_slices();
        let mut factory = ParserFactory::new(&bytes, capabilities, &slices).unwrap();
        factory.quiet();
        let parser = factory.create_parser(TopLevelGrammar::from_lark(grammar.to_owned()));
        Matcher::new(Ok(parser.unwrap_or_else(|error| panic!("{error}\n{grammar}"))))
    }

    /// How many bytes of `reply` fit, and whether it may end behind them.
    pub(in crate::proposal) fn fits(grammar: &str, reply: &str) -> (usize, bool) {
        let mut matcher = matcher(grammar);
        for (at, byte) in reply.bytes().enumerate() {
            if matcher.is_stopped() || matcher.consume_token(u32::from(byte)).is_err() {
                return (at, false);
            }
        }
        (reply.len(), matcher.is_stopped() || matcher.is_accepting().unwrap())
    }

    #[track_caller]
    fn accepts(reply: &str) {
        let (files, named) = (files(), [RepoPath::new("new/deep/x.py").unwrap()]);
        let grammar = envelope(scope(&files, &named), None).unwrap();
        assert_eq!(fits(&grammar, reply), (reply.len(), true), "{reply}");
        assert!(parse(reply).is_ok(), "{reply}");
    }

    #[track_caller]
    fn refuses_behind(fit: &str, rest: &str) {
        let files = files();
        let grammar = envelope(scope(&files, &[]), None).unwrap();
        let (fitting, ends) = fits(&grammar, &format!("{fit}{rest}"));
        assert_eq!((fitting, ends), (fit.len(), false), "{fit}|{rest}");
    }

    #[test]
    fn what_is_there_can_be_edited_and_what_is_near_can_be_made() {
        accepts("EDIT src/a+b.py Client.get\n```python\ndef get(self):\n    return 1\n```");
        accepts(
            "EDIT src/a+b.py Client.put\n```python\n```\n\nEDIT src/a+b.py new\n```python\n x\n```\n",
        );
        accepts("FILE src/a+b.py\n```python\n`` ` ```x\n```\n");
        accepts("FILE docs/guide.md\n````markdown\n```sh\n```\n````\n");
        accepts("FILE src/c.py\n```python\nx = 1\n```");
        accepts("FILE Makefile\n```\nall:\n```");
        accepts("FILE new/deep/x.py\n```python\n```");
        accepts("EDIT long.rs main\n```rust\nfn main() {}\n```");
    }

    #[test]
    fn what_is_not_there_cannot_be_named() {
        refuses_behind("", "Sure, here is");
        refuses_behind("EDIT ", "path/to/file.py Class.method\n");
        refuses_behind("EDIT src/a", ".py get\n");
        refuses_behind("EDIT src/a+b.py Class", ".method\n");
        refuses_behind("EDIT ", "docs/guide.md Guide\n");
        refuses_behind("FILE docs/guide.md\n````markdown\n# Guide\n```\n", "");
        refuses_behind("FILE ", "/etc/passwd\n");
        refuses_behind("FILE src/sub", "/x.py\n");
        refuses_behind("FILE src/a+b.py\n```python\nx = 1\n", "");
    }

    #[test]
    fn a_reply_that_has_begun_goes_on_with_code() {
        let files = files();
        let start = opening(&files[0], Some("Client.get"));
        assert_eq!(start, "EDIT src/a+b.py Client.get\n```python\n");
        let grammar = envelope(scope(&files, &[]), Some(&files[0])).unwrap();
        let rest = "def get(self):\n    return 1\n```\nEDIT long.rs main\n```rust\n```";
        assert_eq!(fits(&grammar, rest), (rest.len(), true));
        assert_eq!(parse(&format!("{start}{rest}")).unwrap().len(), 2);
        assert_eq!(opening(&files[1], None), "FILE docs/guide.md\n````markdown\n");
    }

    #[test]
    fn where_places_are_given_nothing_else_can_be_named() {
        let files = files();
        let places = [(files[0].path.clone(), "Client.get".to_owned())];
        let grammar = envelope(Scope { places: &places, ..scope(&files, &[]) }, None).unwrap();
        let fit = "EDIT src/a+b.py Client.get\n```python\n```\n\nFILE src/a+b.py\n```python\n```\n";
        assert_eq!(fits(&grammar, fit), (fit.len(), true));
        for (fit, rest) in [
            ("EDIT src/a+b.py ", "get_all\n"),
            ("EDIT src/a+b.py Client.", "new\n"),
            ("FILE ", "new.py\n"),
            ("EDIT ", "long.rs main\n"),
        ] {
            assert_eq!(fits(&grammar, &format!("{fit}{rest}")), (fit.len(), false), "{fit}|{rest}");
        }
    }

    #[test]
    fn where_nothing_may_be_changed_there_is_no_form() {
        let none = Scope { dialects: &[Dialect::Symbol], ..scope(&[], &[]) };
        assert_eq!(envelope(none, None), None);
        let odd = [file("a b.py", "def f(): pass\n")];
        assert_eq!(envelope(Scope { files: &odd, ..none }, None), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn whatever_fits_can_be_read(choices in prop::collection::vec(any::<u16>(), 50..400)) {
            let files = files();
            let grammar = envelope(scope(&files, &[]), None).unwrap();
            let mut matcher = matcher(&grammar);
            let mut reply = Vec::new();
            let mut choices = choices.into_iter();
            // At the end whatever closes the block is taken.
            while !matcher.is_stopped() && reply.len() < 4000 {
                let mask = matcher.compute_mask().unwrap();
                let allowed: Vec<u8> = (0..=255).filter(|byte| mask.is_allowed(u32::from(*byte))).collect();
                let choice = choices.next();
                if choice.is_none() && matcher.is_accepting().unwrap() || allowed.is_empty() {
                    break;
                }
                let likes = |byte: &u8| b"`\n EF".contains(byte);
                let byte = match choice {
                    Some(choice) if choice % 3 == 0 => allowed.iter().copied().find(likes),
                    Some(choice) => Some(allowed[usize::from(choice) % allowed.len()]),
                    None => {
                        let line = reply.rsplit(|byte| *byte == b'\n').next().unwrap_or(&[]);
                        let closes = line.iter().all(|byte| *byte == b'`');
                        let next = if closes { b'`' } else { b'\n' };
                        allowed.iter().copied().find(|byte| *byte == next)
                    }
                };
                let byte = byte.unwrap_or(allowed[0]);
                matcher.consume_token(u32::from(byte)).unwrap();
                reply.push(byte);
            }
            let reply = String::from_utf8_lossy(&reply);
            let edits = parse(&reply).map_err(|error| TestCaseError::fail(format!("{error}: {reply:?}")))?;
            for edit in edits {
                let path = edit.path.ok_or_else(|| TestCaseError::fail(format!("no path: {reply:?}")))?;
                let known = files.iter().any(|file| file.path.to_string() == path);
                prop_assert!(known || edit.dialect == Dialect::File, "{path}");
                prop_assert!(RepoPath::new(&path).is_ok(), "{path}");
            }
        }
    }
}
