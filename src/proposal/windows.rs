//! The form of a change of lines as a grammar: the old lines are lines that are there, once, and the
//! new ones are not the same.

use std::collections::BTreeMap;

use crate::base::RepoPath;
use crate::proposal::edit::{LINES_BEGIN, LINES_END, LINES_MIDDLE};

/// A definition in which lines may change, or with no name a whole file.
#[derive(Clone, Debug)]
pub struct Window {
    pub path: RepoPath,
    pub symbol: Option<String>,
    pub text: String,
}

/// Most lines that are replaced at once, and most choices in all: the grammar has to be compiled while
/// somebody waits.
const LONGEST: usize = 2;
const MOST: usize = 160;
/// Most new lines beside the first one.
const MORE: usize = 6;
/// A line that would be taken for the end.
const MARK: &str = r">>>>[^\n]*\n";
/// Lines that say nothing by themselves.
const LEAST_LETTERS: usize = 2;

/// The grammar, in the dialect of Lark that llguidance reads, of a reply that changes lines of one of
/// `windows` in one place; none where there are no such lines.
pub fn line_changes(windows: &[Window]) -> Option<String> {
    let mut rules = String::new();
    let mut names = Vec::new();
    for window in windows {
        let Some(heading) = heading(window) else { continue };
        let start = names.len();
        for old in choices(&window.text).into_iter().take(MOST - start.min(MOST)) {
            let n = names.len();
            let begin = literal(&format!("{heading}{LINES_BEGIN}\n{old}{LINES_MIDDLE}\n"));
            rules += &format!("w{n}: OLD{n} new{n} END\nOLD{n}: /{begin}/\n");
            rules += &match old.lines().count() {
                1 => format!(
                    "new{n}: OTHER{n} LINE{{0,{MORE}}} | SAME{n} LINE{{1,{MORE}}}\nSAME{n}: /{0}/\nOTHER{n}: /[^\\n]*\\n/ & ~/{0}/ & ~/{MARK}/\n",
                    literal(&old)
                ),
                _ => format!("new{n}: LINE{{1,{MORE}}}\n"),
            };
            names.push(format!("w{n}"));
        }
    }
    if names.is_empty() {
        return None;
    }
    let lines = format!("LINE: /[^\\n]*\\n/ & ~/{MARK}/\nEND: /{LINES_END}\\n?/\n");
    Some(format!("start: {}\n{rules}{lines}", names.join(" | ")))
}

/// `text` as a pattern between slashes.
fn literal(text: &str) -> String {
    regex::escape(text).replace('/', "\\/").replace('\n', "\\n")
}

fn heading(window: &Window) -> Option<String> {
    let path = std::str::from_utf8(window.path.as_bytes()).ok()?;
    let is_word = |text: &str| !text.contains(|c: char| c.is_whitespace() || c == '`');
    let name = window.symbol.as_deref().unwrap_or_default();
    (is_word(path) && is_word(name))
        .then(|| format!("CHANGE {path} {name}").trim_end().to_owned() + "\n")
}

/// Runs of lines that stand in the text once, each with its newline: single ones first.
fn choices(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut choices = Vec::new();
    for length in 1..=LONGEST {
        let runs: Vec<String> = lines.windows(length).map(|run| run.join("\n") + "\n").collect();
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for run in &runs {
            *times.entry(run).or_default() += 1;
        }
        // Longer runs only where the line that they begin with stands there more than once.
        let needed = |run: &str| {
            let first = run.split_inclusive('\n').next().unwrap_or_default();
            length == 1 || lines.iter().filter(|line| first.trim_end() == **line).count() > 1
        };
        let says = |run: &str| {
            let first = run.lines().next().unwrap_or_default();
            first.chars().filter(|c| c.is_alphanumeric()).count() >= LEAST_LETTERS
        };
        let once = runs.iter().filter(|run| times.get(run.as_str()) == Some(&1));
        choices.extend(once.filter(|run| needed(run) && says(run)).cloned());
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposal::envelope::tests::fits;
    use crate::proposal::parse;

    #[test]
    fn lines_are_chosen_so_that_they_stand_there_once() {
        let text = "def f(x):\n    if x:\n        return 1\n    if y:\n        return 1\n    }\n";
        assert_eq!(
            choices(text),
            [
                "def f(x):\n",
                "    if x:\n",
                "    if y:\n",
                "        return 1\n    if y:\n",
                "        return 1\n    }\n"
            ]
        );
    }

    #[test]
    fn old_lines_are_there_and_new_ones_are_not_the_same() {
        let long: String = (0..80).map(|n| format!("    x{n} = f(x, {n})\n")).collect();
        let text = format!("def g(x):\n{long}    return x / 2\n");
        let windows =
            [Window { path: RepoPath::new("a/b.py").unwrap(), symbol: Some("g".to_owned()), text }];
        let grammar = line_changes(&windows).unwrap();
        let start = "CHANGE a/b.py g\n<<<<<<<\n    return x / 2\n=======\n";
        for new in ["    return x\n", "    return x / 22\n", "\n", "    y = x\n    return y / 2\n"]
        {
            let reply = format!("{start}{new}>>>>>>>\n");
            assert_eq!(fits(&grammar, &reply), (reply.len(), true), "{new}");
            assert_eq!(parse(&reply).unwrap()[0].code, new);
        }
        let same = format!("{start}    return x / 2\n>>>>>>>");
        assert!(!fits(&grammar, &same).1);
        let elsewhere = "CHANGE a/b.py g\n<<<<<<<\n    return y";
        assert_eq!(fits(&grammar, elsewhere), (elsewhere.len() - 1, false));
    }

    #[test]
    fn there_is_no_form_without_lines() {
        let window = |path: &str, text: &str| Window {
            path: RepoPath::new(path).unwrap(),
            symbol: None,
            text: text.to_owned(),
        };
        assert_eq!(line_changes(&[window("a b.py", "x = 1\n"), window("a.py", "\n}\n")]), None);
        let grammar = line_changes(&[window("a/b.py", "x = 1 / 2\n")]).unwrap();
        assert!(
            grammar.contains(r"OLD0: /CHANGE a\/b\.py\n<<<<<<<\nx = 1 \/ 2\n=======\n/"),
            "{grammar}"
        );
    }
}
