//! The part of a file that a hunk stands for, and whether the lines of a reply can take its place.

use std::ops::Range;

use serde_json::json;

use crate::base::Span;
use crate::session::revise::Revision;
use crate::syntax::{self, Language};

/// So many lines in a row that stand beside the part are no new ones.
const ECHO: usize = 2;
/// A line with so many letters stands twice in a row by no accident.
const TELLING: usize = 6;

/// Lines of a file, and those of them that the hunk stands for, counted from 0.
pub(super) struct Part {
    language: Option<Language>,
    lines: Vec<String>,
    range: Range<usize>,
}

impl Part {
    pub(super) fn of(revision: &Revision) -> Option<Self> {
        let text = String::from_utf8(revision.text.clone()).ok()?;
        let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let end = revision.lines.end.min(lines.len());
        let range = revision.lines.start.min(end)..end;
        Some(Self { language: Language::of(&revision.path, &revision.text), lines, range })
    }

    /// The lines that the hunk stands for.
    pub(super) fn text(&self) -> String {
        self.lines.get(self.range.clone()).unwrap_or_default().concat()
    }

    pub(super) fn language_name(&self) -> &str {
        self.language.map(|language| language.name()).unwrap_or_default()
    }

    /// The lines, from 1, that are shown with so many around it.
    pub(super) fn shown(&self, around: usize) -> Span {
        let line = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let end = (self.range.end + around).min(self.lines.len());
        Span::new(line(self.range.start.saturating_sub(around) + 1), line(end))
    }

    pub(super) fn values(&self, revision: &Revision, around: usize) -> serde_json::Value {
        let text = |range: Range<usize>| {
            self.lines.get(range).unwrap_or_default().concat().trim_end().to_owned()
        };
        let Range { start, end } = self.range;
        json!({
            "task": revision.task,
            "path": revision.path,
            "language": self.language_name(),
            "before": text(start.saturating_sub(around)..start),
            "part": text(start..end),
            "after": text(end..(end + around).min(self.lines.len())),
            "comment": revision.comment,
        })
    }

    /// A reply without what stands before and behind the part: small models like to write that again.
    fn within(&self, code: &str) -> String {
        let lines: Vec<&str> = code.split_inclusive('\n').collect();
        let said: Vec<usize> =
            (0..lines.len()).filter(|at| !lines[*at].trim().is_empty()).collect();
        let text = |at: &usize| lines[*at].trim_end();
        let before = self.lines.get(..self.range.start).unwrap_or_default();
        let behind = self.lines.get(self.range.end..).unwrap_or_default();
        let mut above: Vec<&str> = telling(&mut before.iter().rev());
        above.reverse();
        let below = telling(&mut behind.iter());
        // Behind the first line: a part that only repeats what follows is no part.
        let echo = (1..said.len()).find(|at| {
            let rest = &said[*at..];
            echoes(&mut rest.iter().map(text), &below)
                || rest.len() == 1 && tells(&below, text(&rest[0]), 0)
        });
        let end = echo.map_or(lines.len(), |at| said[at]);
        let kept = &said[..echo.unwrap_or(said.len())];
        let echo = (0..kept.len()).find(|at| echoes(&mut kept[*at..].iter().map(text), &above));
        let first =
            kept.first().is_some_and(|at| tells(&above, text(at), above.len().saturating_sub(1)));
        let start = match echo {
            Some(at) => kept.get(at + ECHO),
            None if first => kept.get(1),
            None => None,
        };
        lines.get(start.copied().unwrap_or(0)..end).unwrap_or_default().concat()
    }

    /// The lines of a reply; or why they cannot take the place of the old ones.
    pub(super) fn checked(&self, reply: &str, revision: &Revision) -> Result<Vec<u8>, String> {
        let code = self.within(reply.split("```").next().unwrap_or_default());
        let mut new: String = code.trim_end_matches(['\n', '\r', ' ']).to_owned();
        let old = self.text();
        let ends = old.ends_with('\n') || self.range.end < self.lines.len();
        if ends && !new.is_empty() {
            new.push('\n');
        }
        if new == old {
            return Err("Nothing is changed".to_owned());
        }
        if new.trim().is_empty() && !old.trim().is_empty() {
            return Err("There is no code in it".to_owned());
        }
        let Some(language) = self.language else { return Ok(new.into_bytes()) };
        let mut whole = self.lines.get(..self.range.start).unwrap_or_default().concat();
        whole.push_str(&new);
        whole.push_str(&self.lines.get(self.range.end..).unwrap_or_default().concat());
        let errors = syntax::errors(language, whole.as_bytes());
        let before = syntax::errors(language, &revision.text);
        match errors.first().filter(|_| errors.len() > before.len()) {
            Some(error) => Err(format!("With it the file has a syntax error: {}", error.message)),
            None => Ok(new.into_bytes()),
        }
    }
}

/// The first lines that say something.
fn telling<'a>(lines: &mut dyn Iterator<Item = &'a String>) -> Vec<&'a str> {
    lines.map(|line| line.trim_end()).filter(|line| !line.is_empty()).take(ECHO).collect()
}

/// Whether lines begin with these others.
fn echoes(lines: &mut dyn Iterator<Item = &str>, others: &[&str]) -> bool {
    others.len() == ECHO && lines.take(ECHO).eq(others.iter().copied())
}

/// Whether a single line is the one at `at`, and says so much that this is no accident.
fn tells(others: &[&str], line: &str, at: usize) -> bool {
    let letters = line.chars().filter(|c| c.is_alphanumeric()).count();
    letters >= TELLING && others.get(at) == Some(&line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RepoPath;

    const TEXT: &str = "def f(x):\n    y = x\n    return y\n\n\ndef g():\n    pass\n";

    fn revision() -> Revision {
        Revision {
            proposal: None,
            task: String::new(),
            hunk: 1,
            path: RepoPath::new("a.py").unwrap(),
            text: TEXT.into(),
            lines: 1..3,
            comment: "double it".into(),
        }
    }

    #[track_caller]
    fn check(reply: &str, expected: Result<&str, &str>) {
        let revision = revision();
        let checked = Part::of(&revision).unwrap().checked(reply, &revision);
        match (checked, expected) {
            (Ok(lines), Ok(expected)) => assert_eq!(String::from_utf8(lines).unwrap(), expected),
            (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
            (other, _) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reply_takes_the_place_of_the_lines_of_the_hunk() {
        check("    y = 2 * x\n    return y\n```\n", Ok("    y = 2 * x\n    return y\n"));
        check("    return 2 * x", Ok("    return 2 * x\n"));
    }

    #[test]
    fn what_stands_before_and_behind_a_part_is_not_written_again() {
        const FILE: &str =
            "import a\nimport b\n\ndef f(x):\n    return x\n\n\ndef g():\n    pass\n";
        let revision = Revision { text: FILE.into(), lines: 3..5, ..revision() };
        let part = Part::of(&revision).unwrap();
        let within = |code: &str| part.within(code);
        let new = "def f(x):\n    return 2 * x\n";
        assert_eq!(within(new), new);
        assert_eq!(within(&format!("{new}\n\ndef g():\n    pass\n")), format!("{new}\n\n"));
        assert_eq!(within(&format!("import a\nimport b\n\n{new}")), new);
        let both = format!("import a\nimport b\n{new}def g():\n    pass\n\ndef h():\n    pass\n");
        assert_eq!(within(&both), new);
        assert_eq!(within("def g():\n    pass\n"), "def g():\n    pass\n", "not all of it");
        assert_eq!(
            within(&format!("import b\n\n{new}")),
            new,
            "one line is enough if it says much"
        );
    }

    #[test]
    fn what_changes_nothing_or_breaks_the_file_is_refused() {
        check("    y = x\n    return y\n```", Err("Nothing is changed"));
        check("\n```", Err("no code"));
        check("    y = (x\n    return y\n```", Err("syntax error"));
    }

    #[test]
    fn what_is_shown_around_a_part_ends_with_the_file() {
        let part = Part::of(&revision()).unwrap();
        assert_eq!(part.shown(20).to_string(), "1-7");
        assert_eq!(part.shown(1).to_string(), "1-4");
    }
}
