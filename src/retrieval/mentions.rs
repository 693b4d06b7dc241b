//! Files that a text mentions, and which ones it can mean.

use std::sync::LazyLock;

use regex::Regex;

/// A path, or the end of one, with the line that stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PathMention {
    pub(super) path: String,
    pub(super) line: Option<u32>,
    /// It is told from the root of a file system, which may be that of another machine.
    pub(super) is_absolute: bool,
}

/// The files that a mention can mean, by place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Meant {
    pub(super) files: Vec<u32>,
    /// Two plain words with a slash between them may be no path at all.
    pub(super) is_sure: bool,
}

/// `a/b.rs:12`, `File "a/b.py", line 12`, `a.php on line 12`, `a.ts(12,5)`, `a.cs:line 12`,
/// `"a.ml", lines 12-14`, `b.rs`, `a/b/`.
const PATH: &str = r#"((?:[\w.@+-]+/)*[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,7}|(?:[\w.@+-]+/)+[\w.@+-]+)(?:"?,? (?:on )?lines? (\d+)|:(?:line )?(\d+)|\((\d+)(?:, ?\d+)?\))?"#;
static ANY_PATH: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(PATH).ok());
/// Finds the same in a text that is ASCII, and takes a tenth of the time to compile.
static ASCII_PATH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("(?-u){PATH}")).ok());

/// The paths that a text mentions, in order; dotted names are among them, which may be modules.
pub(super) fn path_mentions(text: &str) -> Vec<PathMention> {
    // Every path has one of these.
    if !text.contains(['/', '.']) {
        return Vec::new();
    }
    let pattern = if text.is_ascii() { &ASCII_PATH } else { &ANY_PATH };
    let Some(pattern) = pattern.as_ref() else { return Vec::new() };
    pattern
        .captures_iter(text)
        .filter_map(|found| {
            let path = found.get(1)?;
            let line = (2..5).find_map(|group| found.get(group)?.as_str().parse().ok());
            // No ending of a file is so long, but the last name of a module may be.
            let end = path.end() + word_length(&text[path.end()..]);
            let whole = text[path.start()..end].trim_start_matches("./").trim_end_matches('.');
            let is_absolute = ends_in_root(&text[..path.start()]);
            Some(PathMention { path: whole.to_owned(), line, is_absolute })
        })
        .collect()
}

/// How long the word is that a text begins with, in bytes.
fn word_length(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// Whether what follows is told from a root; behind two slashes stands the name of a server.
fn ends_in_root(before: &str) -> bool {
    before.ends_with('/') && (!before.ends_with("//") || before.ends_with("file:///"))
}

impl PathMention {
    /// The files among `paths`, those of all files in order, that can be meant: those whose paths
    /// end with the mention; or else the one with the longest path that the mention ends with; or
    /// else the only one that is called so but for its ending.
    pub(super) fn meant<'a>(&self, paths: impl Iterator<Item = &'a [u8]>) -> Meant {
        let mention = self.path.as_bytes();
        let without = self.without_ending();
        let (mut named, mut alike) = (Vec::new(), Vec::new());
        let mut longest: Option<(usize, u32)> = None;
        for (place, path) in (0u32..).zip(paths) {
            if ends(path, mention) {
                named.push(place);
            } else if (self.is_absolute || path.contains(&b'/')) && ends(mention, path) {
                longest = longest.max(Some((path.len(), place)));
            } else if without.as_deref().is_some_and(|it| ends(cut_ending(path), it)) {
                alike.push(place);
            }
        }
        if named.is_empty() {
            named.extend(longest.map(|(_, place)| place));
        }
        match (named.is_empty(), alike.len()) {
            (true, 1) => Meant { files: alike, is_sure: !self.is_two_words() },
            _ => Meant { files: named, is_sure: true },
        }
    }

    /// The path that a file would have without its ending, where the mention can be one: `a/b` as
    /// it stands, and the module or class `a.b` with slashes.
    fn without_ending(&self) -> Option<Vec<u8>> {
        let is_word = |part: &str| {
            part.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && word_length(part) == part.len()
        };
        match self.path.rsplit_once('/') {
            Some((_, name)) => (!name.contains('.')).then(|| self.path.clone().into_bytes()),
            None => {
                let is_module = self.path.contains('.') && self.path.split('.').all(is_word);
                is_module.then(|| self.path.replace('.', "/").into_bytes())
            }
        }
    }

    /// Whether it may be two words of prose: `client/server`.
    fn is_two_words(&self) -> bool {
        let small = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase());
        self.path.split_once('/').is_some_and(|(first, second)| small(first) && small(second))
    }
}

/// Whether `long` is `short` or ends with it, behind a slash.
fn ends(long: &[u8], short: &[u8]) -> bool {
    long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with(b"/"))
}

/// A path without what follows the last dot of its name.
fn cut_ending(path: &[u8]) -> &[u8] {
    let name = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    let dot = path[name..].iter().rposition(|byte| *byte == b'.').filter(|dot| *dot > 0);
    dot.map_or(path, |dot| &path[..name + dot])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_with_lines() {
        let check = |text: &str, path: &str, line: Option<u32>| {
            let found = path_mentions(text).into_iter().map(|it| (it.path, it.line));
            assert_eq!(found.collect::<Vec<_>>(), [(path.to_owned(), line)], "{text}");
        };
        check("panicked at src/a.rs:3:5", "src/a.rs", Some(3));
        check("File \"/x/a.py\", line 12, in f", "x/a.py", Some(12));
        check("--> src/a.rs:3:5", "src/a.rs", Some(3));
        check("src/a.ts(12,5): error TS2322", "src/a.ts", Some(12));
        check("a.cpp(7): error C2065", "a.cpp", Some(7));
        check("thrown in x/a.php on line 9", "x/a.php", Some(9));
        check("    at go (lib/a.js:12:3)", "lib/a.js", Some(12));
        check("\tat drain(Pump.java:31)", "Pump.java", Some(31));
        check("   at Drain() in /src/Pump.cs:line 42", "src/Pump.cs", Some(42));
        check("File \"lib/a.ml\", lines 12-14, characters 3-5:", "lib/a.ml", Some(12));
        check("see lib.rs.", "lib.rs", None);
        check("größe.rs:7", "größe.rs", Some(7));
        check("a.b.NetworkUtilities fails", "a.b.NetworkUtilities", None);
    }

    /// Asserts which of `paths` a text that is one mention means.
    #[track_caller]
    fn check(text: &str, paths: &[&str], expected: &[&str]) {
        let mention = path_mentions(text).remove(0);
        let Meant { files, .. } = mention.meant(paths.iter().map(|path| path.as_bytes()));
        let files: Vec<&str> = files.into_iter().map(|place| paths[place as usize]).collect();
        assert_eq!(files, expected, "{text}");
    }

    #[test]
    fn a_mention_means_files_by_the_ends_of_their_paths() {
        check("a.rs", &["a.rs", "src/a.rs", "src/aa.rs"], &["a.rs", "src/a.rs"]);
        check("home/me/repo/src/a.rs", &["c/a.rs", "src/a.rs"], &["src/a.rs"]);
        check("home/me/repo/src/a.rs", &["src/a.rs", "me/repo/src/a.rs"], &["me/repo/src/a.rs"]);
    }

    #[test]
    fn an_absolute_path_leads_to_a_file_of_the_root() {
        check("at /app/server.js:10", &["server.js"], &["server.js"]);
        check("at file:///app/server.js:10", &["server.js"], &["server.js"]);
        check("at /app/server.js:10", &["app/server.js", "server.js"], &["app/server.js"]);
        check("lib/server.js:10", &["server.js"], &[]);
        check("https://example.org/server.js", &["server.js"], &[]);
    }

    #[test]
    fn modules_and_classes_are_files_without_their_endings() {
        let class = "common/src/main/java/org/shop/util/NetUtil.java";
        let module = "src/_shop/_io/widths.py";
        check("walk/types", &["crates/walk/types.rs"], &["crates/walk/types.rs"]);
        check("_shop._io.widths", &[module], &[module]);
        check("org.shop.util.NetUtil", &[class, "NetUtil.java"], &[class]);
        check("a.b", &["a/b.c", "a/b.h"], &[]);
        check("a/b", &["a/b", "x/a/b.c"], &["a/b"]);
        check("a.rs", &["a/rs.py", "src/a.rs"], &["src/a.rs"]);
    }

    #[test]
    fn two_plain_words_are_not_sure_to_be_a_path() {
        let is_sure = |text: &str| {
            let paths = ["x/client/server.rs", "x/client_a/server.rs"].map(str::as_bytes);
            path_mentions(text).remove(0).meant(paths.into_iter()).is_sure
        };
        assert!(!is_sure("client/server"));
        assert!(is_sure("client_a/server") && is_sure("client.server"));
    }

    proptest! {
        #[test]
        fn a_text_in_ascii_has_the_same_paths_for_both_patterns(text in "[ -~\n]{0,60}") {
            let found = |pattern: &Option<Regex>| -> Vec<String> {
                let pattern = pattern.as_ref().unwrap();
                pattern.captures_iter(&text).map(|it| format!("{it:?}")).collect()
            };
            prop_assert_eq!(found(&ASCII_PATH), found(&ANY_PATH));
        }

        #[test]
        fn any_mention_is_looked_up(text in "[a-zé./:_()]{0,20}") {
            for mention in path_mentions(&text) {
                let _ = mention.meant([&b"a/b.rs"[..], b"a"].into_iter());
            }
        }
    }
}
