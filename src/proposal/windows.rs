//! The form of a change of lines as a grammar: the old lines are lines that are there, once, and the
//! new ones are not the same.

use std::collections::BTreeSet;

use crate::base::RepoPath;
use crate::proposal::edit::{LINES_BEGIN, LINES_END, LINES_MIDDLE};
use crate::syntax::{self, Language};

/// A definition in which lines may change, or with no name a whole file.
#[derive(Clone, Debug)]
pub struct Window {
    pub path: RepoPath,
    pub symbol: Option<String>,
    pub text: String,
}

/// Lines that may be replaced: they stand once in their window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldLines {
    /// The line that says where they are, with its newline.
    heading: String,
    /// Each with its newline.
    text: String,
}

/// Most lines that are replaced at once.
const LONGEST: usize = 2;
/// Most new lines beside the first one: whoever says more copies what comes next.
const MORE: usize = 1;
/// What may follow a line and change nothing.
const COMMENT: &str = r"[ \t;]*((#|\/\/|--)[^\n]*)?\n";
/// Lines that would be taken for the end, or are no code.
const MARK: &str = r"[ \t]*(>>>>|```|====)[^\n]*\n";
/// Lines that say nothing by themselves.
const LEAST_LETTERS: usize = 2;

/// The lines of `window` that a change may begin with, in their order but for the first: how a
/// definition is called is the least likely to be wrong with it. Comments and texts over several lines
/// are left out.
pub fn old_lines(window: &Window) -> Vec<OldLines> {
    let Some(heading) = heading(window) else { return Vec::new() };
    let mut texts = choices(&window.text, &prose(window));
    if window.symbol.is_some() && !texts.is_empty() {
        texts.rotate_left(1);
    }
    texts.into_iter().map(|text| OldLines { heading: heading.clone(), text }).collect()
}

impl OldLines {
    /// How a reply that replaces them begins: up to the old lines.
    pub fn opening(&self) -> String {
        format!("{}{LINES_BEGIN}\n", self.heading)
    }
}

/// The grammar, in the dialect of Lark that llguidance reads, of a reply that replaces one of `olds` by
/// something else, or where it has `begun` with their opening of what follows; none where there are none.
pub fn line_form(olds: &[OldLines], begun: bool) -> Option<String> {
    if olds.is_empty() {
        return None;
    }
    let mut rules = String::new();
    for (n, old) in olds.iter().enumerate() {
        let text = &old.text;
        let opening = if begun { String::new() } else { old.opening() };
        let begin = literal(&format!("{opening}{text}{LINES_MIDDLE}\n"));
        rules += &format!("w{n}: OLD{n} new{n} END\nOLD{n}: /{begin}/\n");
        rules += &match text.lines().count() {
            1 => format!(
                "new{n}: OTHER{n} LINE{{0,{MORE}}}\nOTHER{n}: /{indent}[^ \\t\\n][^\\n]*\\n/ & ~/{old}{COMMENT}/ & ~/{MARK}/\n",
                old = literal(text.trim_end()),
                indent = literal(&text[..text.len() - text.trim_start().len()]),
            ),
            many => format!("new{n}: LINE{{1,{}}}\n", many + MORE),
        };
    }
    let names: Vec<_> = (0..olds.len()).map(|n| format!("w{n}")).collect();
    let lines = format!("LINE: /[^\\n]*\\n/ & ~/{MARK}/\nEND: /{LINES_END}\\n?/\n");
    Some(format!("start: {}\n{rules}{lines}", names.join(" | ")))
}

/// The indices of lines that say nothing to the machine: comments, and texts over several lines.
fn prose(window: &Window) -> BTreeSet<usize> {
    let text = window.text.as_bytes();
    let tree = Language::of(&window.path, text).and_then(|language| syntax::parse(language, text));
    let mut found = BTreeSet::new();
    let Some(tree) = tree else { return found };
    let mut nodes = vec![tree.root()];
    while let Some(node) = nodes.pop() {
        let (first, last) = (node.start_position().row, node.end_position().row);
        let lines = window.text.lines().nth(first).unwrap_or_default();
        let alone = lines.trim_start().len() + node.start_position().column == lines.len();
        if node.kind().contains("comment") && alone
            || node.kind().contains("string") && last > first
        {
            found.extend(first..=last);
        } else {
            let mut cursor = node.walk();
            nodes.extend(node.children(&mut cursor));
        }
    }
    found
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

/// Runs of lines that stand in the text once, each with its newline: single ones, and longer ones where
/// the line that they begin with stands there more than once.
fn choices(text: &str, left_out: &BTreeSet<usize>) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let times = |run: &[&str]| lines.windows(run.len()).filter(|other| *other == run).count();
    let says = |line: &str| line.chars().filter(|c| c.is_alphanumeric()).count() >= LEAST_LETTERS;
    let begin = (0..lines.len()).filter(|at| !left_out.contains(at) && says(lines[*at]));
    begin
        .filter_map(|at| {
            let runs = (1..=LONGEST).filter_map(|length| lines.get(at..at + length));
            let run = runs.into_iter().find(|run| times(run) == 1)?;
            Some(run.join("\n") + "\n")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposal::envelope::tests::fits;
    use crate::proposal::parse;

    fn window(path: &str, symbol: Option<&str>, text: &str) -> Window {
        let (path, symbol) = (RepoPath::new(path).unwrap(), symbol.map(str::to_owned));
        Window { path, symbol, text: text.to_owned() }
    }

    #[test]
    fn lines_are_chosen_so_that_they_stand_there_once() {
        let text = "def f(x):\n    \"\"\"Says\n    what.\"\"\"\n    # why\n    if x:\n        return 1\n    if y:  # or\n        return 1\n    }\n";
        let texts: Vec<_> =
            old_lines(&window("a.py", Some("f"), text)).into_iter().map(|old| old.text).collect();
        assert_eq!(
            texts,
            [
                "    if x:\n",
                "        return 1\n    if y:  # or\n",
                "    if y:  # or\n",
                "        return 1\n    }\n",
                "def f(x):\n",
            ]
        );
    }

    #[test]
    fn old_lines_are_there_and_new_ones_are_not_the_same() {
        let long: String = (0..80).map(|n| format!("    x{n} = f(x, {n})\n")).collect();
        let text = format!("def g(x):\n{long}    return x / 2\n");
        let olds = old_lines(&window("a/b.py", Some("g"), &text));
        let grammar = line_form(&olds, false).unwrap();
        let start = "CHANGE a/b.py g\n<<<<<<<\n    return x / 2\n=======\n";
        for new in ["    return x\n", "    return x / 22\n", "    y = x\n    return y / 2\n"] {
            let reply = format!("{start}{new}>>>>>>>\n");
            assert_eq!(fits(&grammar, &reply), (reply.len(), true), "{new}");
            assert_eq!(parse(&reply).unwrap()[0].code, new);
        }
        let same = format!("{start}    return x / 2\n>>>>>>>");
        assert!(!fits(&grammar, &same).1);
        let comment = format!("{start}    return x / 2  # right\n>>>>>>>");
        assert!(!fits(&grammar, &comment).1);
        let deeper = format!("{start}     ");
        assert_eq!(fits(&grammar, &deeper), (deeper.len() - 1, false));
        let elsewhere = "CHANGE a/b.py g\n<<<<<<<\n    return y";
        assert_eq!(fits(&grammar, elsewhere), (elsewhere.len() - 1, false));
        let one = line_form(&olds[..1], false).unwrap();
        let behind = line_form(&olds[80..81], true).unwrap();
        assert_eq!(olds[80].opening(), "CHANGE a/b.py g\n<<<<<<<\n");
        let rest = "    return x / 2\n=======\n    return x\n>>>>>>>";
        assert_eq!(fits(&behind, rest), (rest.len(), true));
        let other = "CHANGE a/b.py g\n<<<<<<<\n    x1";
        assert_eq!(fits(&one, other), (other.len() - 1, false));
    }

    #[test]
    fn there_is_no_form_without_lines() {
        assert_eq!(old_lines(&window("a b.py", None, "x = 1\n")), []);
        assert_eq!(old_lines(&window("a.py", None, "\n}\n")), []);
        assert_eq!(line_form(&[], false), None);
        let grammar = line_form(&old_lines(&window("a/b.py", None, "x = 1 / 2\n")), false).unwrap();
        assert!(
            grammar.contains(r"OLD0: /CHANGE a\/b\.py\n<<<<<<<\nx = 1 \/ 2\n=======\n/"),
            "{grammar}"
        );
    }
}
