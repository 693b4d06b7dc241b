//! Replaces lines that stand in a file exactly once where they are meant to.

use crate::proposal::edit::Edit;
use crate::proposal::resolve::Refusal;
use crate::proposal::resolve::indent::{indentation, reindent};
use crate::proposal::resolve::lines;
use crate::syntax::{self, Language};

/// The text of the file after the old lines of `edit` are replaced by its code. They are looked for in
/// the definition that the heading names, or else in the whole file, and have to be there once.
pub(super) fn replace(
    path: &str,
    language: Option<Language>,
    before: &str,
    edit: &Edit,
) -> Result<String, Refusal> {
    let plain: Vec<&str> = before.lines().collect();
    let wanted: Vec<&str> = edit.old.as_deref().unwrap_or_default().lines().collect();
    let (first, last) = region(language, before, edit.symbol.as_deref(), plain.len());
    let same = |at: usize| {
        wanted.iter().zip(&plain[at..]).all(|(old, line)| old.trim_end() == line.trim_end())
    };
    let ends = (last + 1).saturating_sub(wanted.len());
    let mut places = (first..ends.max(first)).filter(|at| !wanted.is_empty() && same(*at));
    let found = match (places.next(), places.next()) {
        (Some(only), None) => only,
        (None, _) => return Err(Refusal::NoSuchLines { path: path.to_owned() }),
        _ => return Err(Refusal::LinesTwice { path: path.to_owned() }),
    };
    let depth = indentation(plain[found]);
    let code = match indentation(edit.code.lines().next().unwrap_or_default()) {
        "" if !depth.is_empty() => reindent(&edit.code, depth),
        _ => edit.code.clone(),
    };
    let new = code.lines();
    let rest = &plain[found + wanted.len()..];
    let text: Vec<&str> =
        plain[..found].iter().copied().chain(new).chain(rest.iter().copied()).collect();
    Ok(lines::rewrite(before, &(text.join("\n") + "\n")))
}

/// The lines of the named definition as a range of indices, or all lines.
fn region(
    language: Option<Language>,
    text: &str,
    symbol: Option<&str>,
    lines: usize,
) -> (usize, usize) {
    let named = language.zip(symbol).and_then(|(language, name)| {
        let symbols = syntax::symbols(language, text.as_bytes());
        let mut meant = symbols.into_iter().filter(|symbol| symbol.path == name);
        meant.next().filter(|_| meant.next().is_none())
    });
    match named {
        Some(symbol) => {
            ((symbol.span.start.max(1) - 1) as usize, (symbol.span.end as usize).min(lines))
        }
        None => (0, lines),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::RepoPath;
    use crate::proposal::parse;

    const TEXT: &str =
        "def f(x):\r\n    y = x\r\n    return y\r\n\r\ndef g(x):\r\n    y = x\r\n    return 1\r\n";

    #[track_caller]
    fn check(reply: &str, expected: Result<&str, &str>) {
        let edit = parse(reply).unwrap().remove(0);
        let language = Language::of(&RepoPath::new("a.py").unwrap(), TEXT.as_bytes());
        let result = replace("a.py", language, TEXT, &edit).map_err(|error| error.to_string());
        let result = result.as_ref().map(String::as_str).map_err(String::as_str);
        assert_eq!(result, expected);
    }

    #[test]
    fn lines_are_replaced_where_they_are_meant() {
        check(
            "CHANGE a.py g\n<<<<<<<\n    y = x\n=======\ny = x + 1\nif y:\n    y = 0\n>>>>>>>\n",
            Ok(
                "def f(x):\r\n    y = x\r\n    return y\r\n\r\ndef g(x):\r\n    y = x + 1\r\n    if y:\r\n        y = 0\r\n    return 1\r\n",
            ),
        );
        check(
            "CHANGE a.py\n<<<<<<<\n    y = x\n    return 1\n=======\n    return 2\n>>>>>>>\n",
            Ok("def f(x):\r\n    y = x\r\n    return y\r\n\r\ndef g(x):\r\n    return 2\r\n"),
        );
    }

    #[test]
    fn lines_that_are_not_there_once_are_not_replaced() {
        check(
            "CHANGE a.py\n<<<<<<<\n    y = x\n=======\n    y = 1\n>>>>>>>\n",
            Err("the old lines stand in `a.py` more than once; give the lines around them too"),
        );
        check(
            "CHANGE a.py f\n<<<<<<<\n    return 1\n=======\n    y = 1\n>>>>>>>\n",
            Err("the old lines are not in `a.py` as they are given"),
        );
        check(
            "CHANGE a.py f\n<<<<<<<\n=======\n    y = 1\n>>>>>>>\n",
            Err("the old lines are not in `a.py` as they are given"),
        );
    }

    proptest! {
        #[test]
        fn no_byte_outside_the_lines_changes(
            lines in prop::collection::vec("[ab]{1,2}", 1..8),
            at in any::<prop::sample::Index>(),
            count in 1..3usize,
            new in prop::collection::vec("[ab]{1,3}", 0..3),
            ending in prop::sample::select(vec!["\n", "\r\n"]),
            ends in any::<bool>(),
        ) {
            let at = at.index(lines.len());
            let count = count.min(lines.len() - at);
            // A text of one line shows no ending.
            let ending = if lines.len() == 1 && !ends { "\n" } else { ending };
            let whole = |lines: &[String]| {
                let text = lines.join(ending);
                if ends && !lines.is_empty() { text + ending } else { text }
            };
            let before = whole(&lines);
            let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
            let old = &lines[at..at + count];
            let edit = Edit {
                dialect: crate::proposal::Dialect::Lines,
                path: None,
                symbol: None,
                old: Some(text(old)),
                code: text(&new),
            };
            let result = replace("a.txt", None, &before, &edit);
            let times = lines.windows(count).filter(|run| *run == old).count();
            if times > 1 {
                prop_assert_eq!(result, Err(Refusal::LinesTwice { path: "a.txt".to_owned() }));
            } else {
                let after: Vec<String> =
                    [&lines[..at], &new[..], &lines[at + count..]].concat();
                let result = result.unwrap();
                // Where all lines go, there is no ending to keep.
                if after.is_empty() {
                    prop_assert_eq!(result.trim_end(), "");
                } else {
                    prop_assert_eq!(result, whole(&after));
                }
            }
        }
    }
}
