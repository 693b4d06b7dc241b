//! House rules that no lint knows.

use crate::source::{code, files, root};

/// Lines of a file, past which it holds more than one idea.
const MAX_LINES: usize = 500;

/// Every Rust file of ours.
fn ours() -> Vec<(String, String)> {
    let mut all = files("src", ".rs");
    all.extend(files("tests", ".rs"));
    all
}

#[track_caller]
fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = ours().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    none(silent.map(|(path, _)| format!("{path} does not open with `//!`")).collect());
}

#[test]
fn every_module_answers_a_question() {
    let asks = |text: &str| text.lines().next().is_some_and(|line| line.ends_with('?'));
    let silent = files("src", "/mod.rs").into_iter().filter(|(_, text)| !asks(text));
    none(silent.map(|(path, _)| format!("the first line of {path} is no question")).collect());
}

#[test]
fn nothing_is_left_to_do() {
    // In two parts, so that this file does not find itself.
    let words = [
        ["todo", "!("].concat(),
        ["unimplemented", "!("].concat(),
        ["dbg", "!("].concat(),
        ["FIX", "ME"].concat(),
        ["X", "XX"].concat(),
    ];
    none(lines_with(&words, "is left to do"));
}

#[test]
fn no_path_of_one_machine_is_in_the_source() {
    let places = ["/wo", "/ho", "/ro", "/Us"].iter().zip(["rk/", "me/", "ot/", "ers/"]);
    // Such a path stands at the start of a literal.
    let words: Vec<String> = places.map(|(a, b)| format!("\"{a}{b}")).collect();
    none(lines_with(&words, "is a path of one machine"));
}

#[test]
fn the_map_asks_what_the_rooms_ask() {
    let map = files("src", "src/lib.rs").remove(0).1;
    let wrong = files("src", "/mod.rs").into_iter().filter_map(|(path, text)| {
        let room = path.strip_prefix("src/")?.strip_suffix("/mod.rs")?;
        let question = text.lines().next()?.strip_prefix("//! ")?;
        let row = format!("//! | [`{room}`] | {question} |");
        (!room.contains('/') && !map.contains(&row)).then(|| format!("src/lib.rs lacks: {row}"))
    });
    none(wrong.collect());
}

#[test]
fn every_test_that_the_map_names_is_there() {
    let map = files("src", "src/lib.rs").remove(0).1;
    let rows = map.lines().filter(|line| line.starts_with("//! | ")).flat_map(|row| row.split('`'));
    let named = rows.filter(|word| !word.contains(|c: char| c != '_' && !c.is_lowercase()));
    let named: Vec<&str> = named.filter(|word| word.matches('_').count() > 1).collect();
    assert!(named.len() > 20, "{named:?}");
    let all: String = ours().into_iter().map(|(_, text)| text).collect();
    let lost = named.into_iter().filter(|name| !all.contains(&format!("fn {name}(")));
    none(lost.map(|name| format!("src/lib.rs names a test that is not there: {name}")).collect());
}

fn lines_with(words: &[String], what: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, text) in ours() {
        for (line, text) in (1..).zip(text.lines()) {
            for word in words.iter().filter(|word| text.contains(*word)) {
                wrong.push(format!("{path}:{line}: `{word}` {what}"));
            }
        }
    }
    wrong
}

#[test]
fn every_exception_from_a_lint_has_a_reason() {
    let mut wrong = Vec::new();
    for (path, text) in ours() {
        for (at, _) in text.match_indices(&["[all", "ow("].concat()) {
            let end = text[at..].find(")]").map_or(text.len(), |end| at + end);
            if !text[at..end].contains("reason = ") {
                let line = text[..at].matches('\n').count() + 1;
                wrong.push(format!("{path}:{line}: an exception without a reason"));
            }
        }
    }
    none(wrong);
}

#[test]
fn no_file_has_outgrown_its_idea() {
    // Tests do not count: whole screens stand in them.
    let program = files("src", ".rs").into_iter().filter(|(path, _)| !path.ends_with("/tests.rs"));
    let long = program.map(|(path, text)| (path, code(&text).lines().count()));
    let long = long.filter(|(_, lines)| *lines > MAX_LINES);
    none(long.map(|(path, lines)| format!("{path} has {lines} lines")).collect());
}

#[test]
fn every_test_file_runs() {
    let main = std::fs::read_to_string(root().join("tests/suite/main.rs")).expect("main.rs");
    let names = files("tests/suite", ".rs").into_iter().filter_map(|(path, _)| {
        let name = path.strip_prefix("tests/suite/")?.strip_suffix(".rs")?.to_owned();
        (name != "main" && !name.contains('/')).then_some(name)
    });
    let idle = names.filter(|name| !main.contains(&format!("mod {name};")));
    none(idle.map(|name| format!("tests/suite/{name}.rs is not in main.rs")).collect());
}
