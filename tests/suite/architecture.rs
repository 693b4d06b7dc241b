//! The order of the rooms, and who alone may do what.
//!
//! One package has no crate borders that would keep imports one-way, so this test does.

use crate::source::{code, files};

/// The rooms as `src/lib.rs` lists them.
fn rooms() -> Vec<String> {
    let lib = files("src", "src/lib.rs").remove(0).1;
    code(&lib)
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

/// The room of a source file; `lib.rs` and `main.rs` are in none.
fn room_of<'a>(path: &str, rooms: &'a [String]) -> Option<&'a String> {
    let name = path.strip_prefix("src/")?.split('/').next()?.trim_end_matches(".rs");
    rooms.iter().find(|room| *room == name)
}

/// The rooms that a line of `code` names, with the line's number.
fn used(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(heads(group).into_iter().map(|name| (line, name))),
            None => found.push((line, word(rest))),
        }
    }
    found
}

/// The first names in the group of a `use`: `a, b` of `a::{c, d}, b::e}`.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut heads) = (0, true, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            _ if start && c.is_alphabetic() => {
                heads.push(word(&group[at..]));
                start = false;
            }
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn groups_and_paths_are_read() {
    let code = "use crate::{\n  a::{x, y},\n  b,\n};\nfn f() { crate::c::d() }\n";
    let expected = [(1, "a"), (1, "b"), (5, "c")].map(|(line, name)| (line, name.to_owned()));
    assert_eq!(used(code), expected);
}

#[test]
fn a_room_uses_only_what_stands_left_of_it() {
    let rooms = rooms();
    assert!(rooms.len() > 10, "{rooms:?}");
    let place = |name: &str| rooms.iter().position(|room| room == name);
    let mut wrong = Vec::new();
    for (path, text) in files("src", ".rs") {
        let Some(room) = room_of(&path, &rooms) else { continue };
        for (line, name) in used(&code(&text)) {
            if place(&name).is_some_and(|other| Some(other) > place(room)) {
                wrong.push(format!("{path}:{line} uses {name}; {room} stands left of {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Fails for every line of the program that has one of `words` outside of `owners`.
#[track_caller]
fn only(owners: &[&str], words: &[&str], why: &str) {
    let mut wrong = Vec::new();
    for (path, text) in files("src", ".rs") {
        if owners.iter().any(|owner| path.starts_with(owner)) {
            continue;
        }
        for (line, text) in (1..).zip(code(&text).lines()) {
            for found in words.iter().filter(|found| has_word(text, found)) {
                wrong.push(format!("{path}:{line} has `{found}`; {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether `line` has `wanted`, not as a part of longer names.
fn has_word(line: &str, wanted: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(wanted).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + wanted.len()..].chars().next();
        let joined =
            |c: Option<char>, edge: Option<char>| c.is_some_and(inner) && edge.is_some_and(inner);
        !joined(before, wanted.chars().next()) && !joined(after, wanted.chars().next_back())
    })
}

#[test]
fn only_the_judge_makes_permits() {
    only(&["src/policy/judge.rs"], &["Permit { act"], "only the judge makes a permit");
}

#[test]
fn only_the_session_writes_the_journal() {
    let owners = ["src/journal/", "src/session/", "src/cli/journal.rs"];
    only(&owners, &["Log"], "the session is the one writer of the journal");
}

#[test]
fn llama_stays_in_its_room() {
    let why = "types of llama.cpp do not leave model/local";
    only(&["src/model/local"], &["llama_cpp_2", "llama_cpp_sys_2"], why);
}

#[test]
fn the_terminal_is_drawn_in_review_and_console_only() {
    let screens = ["src/review/", "src/console/"];
    only(&screens, &["ratatui::", "crossterm::"], "screens belong to review and console");
}

#[test]
fn only_repo_writes_files_of_the_work_tree() {
    let owners = [
        "src/repo/",
        // Each writes files of its own, outside of the work tree.
        "src/journal/",
        "src/index/",
        "src/model/",
        "src/proposal/",
        "src/session/",
        "src/hooks/install.rs",
        // A person named the folder.
        "src/cli/man.rs",
        "src/cli/init.rs",
    ];
    let words =
        ["fs::write", "File::create", "OpenOptions", "fs::rename", "remove_file", "persist"];
    only(&owners, &words, "files of the work tree are written by repo");
}
