//! What a hunk rests on: the places of its task that say a name which it brings in.
//!
//! A name that is in the new lines and not in the old ones came from somewhere. Where a place that the
//! model was shown says it, that is the likely source; nothing more is claimed. A name that most places
//! say tells them apart from nothing, and so do the words of languages.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::RepoPath;
use crate::proposal::{Hunk, Line, LineKind};
use crate::session::evidence::{Evidence, Shown};

/// Names shorter than this say too little, in bytes.
const SHORTEST: usize = 3;
/// So many names of a place are told.
const TOLD: usize = 4;
/// Words that code and sentences have everywhere, in small letters.
const COMMON: &str = "the and for with from that this are was were has have had not but you your they \
    its can will would should must may when where which what who how all any each one two out into than \
    then else elif none null nil true false self super return raise throw throws yield async await def \
    func function fun let var val const mut pub use import export default class struct enum trait impl \
    interface type new try catch except finally while loop break continue match switch case pass static \
    void int float double bool boolean str string char long list dict map set len print if is in of to";

/// A place, and which names of the hunk it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest<'a> {
    pub place: &'a Shown,
    /// The names that the hunk brings in and the place says, the rarest among the places first; empty
    /// where the hunk takes nothing from it that can be seen.
    pub names: Vec<String>,
}

impl Evidence {
    /// All places, those first that `hunk` changes in the file that lay at `path`, then those that say
    /// most of what it brings in, then those of the same file; otherwise as they were shown.
    pub fn rests(&self, path: &RepoPath, hunk: &Hunk) -> Vec<Rest<'_>> {
        let brought = brought(hunk);
        let said: Vec<BTreeSet<&str>> = self.shown.iter().map(|it| names(&it.text)).collect();
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        said.iter().flatten().for_each(|name| *times.entry(name).or_default() += 1);
        let tells = |name: &&str| brought.contains(*name) && 2 * times[name] <= said.len() + 1;
        let mut rests: Vec<(u8, f64, Rest<'_>)> = Vec::new();
        for (place, said) in self.shown.iter().zip(&said) {
            let mut names: Vec<&str> = said.iter().copied().filter(tells).collect();
            names.sort_by_key(|name| (times[name], *name));
            let worth = names.iter().map(|name| 1.0 / times[name] as f64).sum();
            let names = names.into_iter().take(TOLD).map(str::to_owned).collect();
            let near = match place.path == *path {
                true if place.span.start <= hunk.old.end && hunk.old.start < place.span.end => 0,
                true => 1,
                false => 2,
            };
            rests.push((near, worth, Rest { place, names }));
        }
        rests.sort_by(|a, b| {
            (a.0 != 0).cmp(&(b.0 != 0)).then(b.1.total_cmp(&a.1)).then(a.0.cmp(&b.0))
        });
        rests.into_iter().map(|it| it.2).collect()
    }
}

/// The names of the new lines that the old ones do not say.
fn brought(hunk: &Hunk) -> BTreeSet<String> {
    let of = |wanted: fn(&Line) -> bool| -> BTreeSet<String> {
        let lines = hunk.lines.iter().filter(|line| wanted(line));
        let text: Vec<_> = lines.map(|line| String::from_utf8_lossy(&line.bytes)).collect();
        text.iter().flat_map(|line| names(line)).map(str::to_owned).collect()
    };
    let (new, old) = (of(|it| it.kind == LineKind::Added), of(|it| it.kind != LineKind::Added));
    new.difference(&old).cloned().collect()
}

/// Words that can name something.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|it: char| !it.is_alphanumeric() && it != '_');
    let is_common = |word: &str| {
        let word = word.to_lowercase();
        COMMON.split_whitespace().any(|it| it == word)
    };
    let starts_well = |word: &str| word.starts_with(|it: char| !it.is_numeric());
    words.filter(|it| it.len() >= SHORTEST && starts_well(it) && !is_common(it)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;
    use crate::proposal;
    use crate::repo::FileChange;
    use crate::repo::testing::{path, state};

    fn shown(path: &str, span: Span, text: &str) -> Shown {
        let path = path.parse().unwrap();
        Shown { path, span, why: String::new(), text: text.to_owned(), outside: None }
    }

    /// Forty lines further down in `a.py`, lines as a diff has them.
    fn hunk(body: &str) -> Hunk {
        let side = |sign: char| -> String {
            let lines = body.lines().filter(|line| line.starts_with([' ', sign]));
            lines.map(|line| format!("{}\n", &line[1..])).collect()
        };
        let text = |side: String| Some(state(&format!("{}{side}", "#\n".repeat(40))));
        let (before, after) = (text(side('-')), text(side('+')));
        let changes = [FileChange { path: path("a.py"), before, after }];
        proposal::hunks(&changes).remove(0)
    }

    #[track_caller]
    fn check(places: &[(&str, u32, &str)], body: &str, expected: &[(&str, &[&str])]) {
        let shown = places
            .iter()
            .map(|(path, start, text)| shown(path, Span::new(*start, start + 9), text));
        let evidence = Evidence { shown: shown.collect(), ..Evidence::default() };
        let found = evidence.rests(&path("a.py"), &hunk(body));
        let found: Vec<(String, &[String])> =
            found.iter().map(|it| (it.place.path.to_string(), it.names.as_slice())).collect();
        let expected: Vec<(String, Vec<String>)> = expected
            .iter()
            .map(|(path, names)| {
                ((*path).to_owned(), names.iter().map(|it| (*it).to_owned()).collect())
            })
            .collect();
        let expected: Vec<(String, &[String])> =
            expected.iter().map(|(path, names)| (path.clone(), names.as_slice())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn who_says_what_is_new_comes_before_who_does_not() {
        let places = [
            ("b.py", 1, "def other(): return wait"),
            ("docs/x.md", 1, "Call clamp_delay with the wait in seconds."),
            ("a.py", 40, "def connect(wait): return wait"),
        ];
        let body = " def connect(wait):\n-    return wait\n+    return clamp_delay(wait)\n";
        let expected: [(&str, &[&str]); 3] =
            [("a.py", &[]), ("docs/x.md", &["clamp_delay"]), ("b.py", &[])];
        check(&places, body, &expected);
    }

    #[test]
    fn what_most_places_say_and_what_was_there_before_tells_nothing() {
        let places = [
            ("b.py", 1, "Session retry return"),
            ("c.py", 1, "Session limit"),
            ("d.py", 1, "Session retry_count limit"),
        ];
        let body = "-limit = 1\n+limit = Session(retry).return_()\n";
        let expected: [(&str, &[&str]); 3] = [("b.py", &["retry"]), ("c.py", &[]), ("d.py", &[])];
        check(&places, body, &expected);
    }

    #[test]
    fn a_hunk_that_only_takes_away_rests_on_nothing_that_can_be_seen() {
        check(&[("b.py", 1, "anything here")], "-anything\n", &[("b.py", &[])]);
    }
}
