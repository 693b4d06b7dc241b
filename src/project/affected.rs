//! Which tests to run first for a change: those named after it, then those that speak of it.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;

use crate::base::RepoPath;
use crate::project::{Reader, is_test};

/// At most so many tests are read, in the order of nearness, and of each so many bytes.
const MOST_READ: usize = 2000;
const MOST_BYTES: usize = 256 << 10;
/// Shorter names are said by chance.
const SHORTEST: usize = 3;
/// Names of files that say nothing of what is in them.
const EMPTY_NAMES: &[&str] =
    &["__init__", "index", "main", "mod", "lib", "__main__", "utils", "init"];

/// The tests for a change of the files `changed`, best first. `names` are symbols that change. Tests
/// that have nothing to do with it are left out.
///
/// A changed test comes first, then tests that have the name of a changed file, then those that name
/// a changed module or symbol; of equals the one in the nearest folder.
pub fn affected(
    changed: &[RepoPath],
    names: &[&str],
    tests: &[RepoPath],
    read: Reader<'_>,
) -> Vec<RepoPath> {
    let words = words(changed, names);
    let finder = AhoCorasick::new(&words).ok();
    let mut near: Vec<(usize, &RepoPath)> =
        tests.iter().map(|test| (distance(changed, test), test)).collect();
    near.sort();
    let mut found = Vec::new();
    for (at, (distance, test)) in near.into_iter().enumerate() {
        let named = closeness(changed, test);
        let said = match &finder {
            Some(finder) if named == 0 && at < MOST_READ => said(finder, &words, read(test)),
            _ => 0,
        };
        if named + said > 0 {
            found.push((std::cmp::Reverse((named, said)), distance, test));
        }
    }
    found.sort();
    found.into_iter().map(|(.., test)| test.clone()).collect()
}

/// How closely the name of a test is that of a changed file: 3 it is changed itself, 2 it has its
/// name, 1 it begins or ends with it, or is its end: `test_ar.py` for `lang_ar.py`.
fn closeness(changed: &[RepoPath], test: &RepoPath) -> usize {
    let name = bare(test);
    let close = |path: &RepoPath| {
        let stem = bare(path);
        let inside = name.starts_with(&format!("{stem}_")) || name.ends_with(&format!("_{stem}"));
        let around = !name.is_empty() && stem.ends_with(&format!("_{name}"));
        if path == test {
            3
        } else if !is_telling(&stem) {
            0
        } else if name == stem {
            2
        } else {
            usize::from(inside || around)
        }
    };
    changed.iter().map(close).max().unwrap_or(0)
}

/// The name of a file without what makes it a test: `foo` of `test_foo.py`, `foo_test.go`,
/// `foo.test.ts`, `FooTest.java`, `tests/foo.rs`.
fn bare(path: &RepoPath) -> String {
    let name = String::from_utf8_lossy(path.file_name()).into_owned();
    let stem = name.split('.').next().unwrap_or_default();
    if !is_test(path) {
        return stem.to_lowercase();
    }
    let starts = ["test_"].iter().find_map(|start| stem.strip_prefix(start));
    let ends = ["_unittest", "_tests", "_test", "_spec", "Tests", "Test", "Spec", "IT"];
    let ends = || ends.iter().find_map(|end| stem.strip_suffix(end));
    starts.or_else(ends).unwrap_or(stem).to_lowercase()
}

fn is_telling(stem: &str) -> bool {
    stem.len() >= SHORTEST && !EMPTY_NAMES.contains(&stem)
}

/// Words that a test of the change says: the names of the modules, and the symbols. Of a file whose
/// name says nothing it is the folder's.
fn words(changed: &[RepoPath], names: &[&str]) -> Vec<String> {
    let module = |path: &RepoPath| {
        let name = String::from_utf8_lossy(path.file_name()).into_owned();
        let stem = name.split('.').next().unwrap_or_default().to_owned();
        if is_telling(&stem) {
            return Some(stem);
        }
        let folder = path.parts().rev().nth(1)?;
        Some(String::from_utf8_lossy(folder).into_owned())
    };
    let modules = changed.iter().filter_map(module);
    let all: BTreeSet<String> =
        modules.chain(names.iter().flat_map(|name| name.split('.').map(str::to_owned))).collect();
    all.into_iter().filter(|word| word.len() >= SHORTEST).collect()
}

/// How many of the words the text says as whole words.
fn said(finder: &AhoCorasick, words: &[String], bytes: Option<Vec<u8>>) -> usize {
    let bytes = bytes.unwrap_or_default();
    let text = &bytes[..bytes.len().min(MOST_BYTES)];
    let inner = |at: Option<usize>| {
        at.and_then(|at| text.get(at))
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let mut found = vec![false; words.len()];
    for hit in finder.find_overlapping_iter(text) {
        if !inner(hit.start().checked_sub(1)) && !inner(Some(hit.end())) {
            found[hit.pattern().as_usize()] = true;
        }
    }
    found.into_iter().filter(|found| *found).count()
}

/// How many folders lie between a test and the nearest changed file, those apart that hold tests.
fn distance(changed: &[RepoPath], test: &RepoPath) -> usize {
    let folders = |path: &RepoPath| -> Vec<Vec<u8>> {
        let parts = path.parts().map(<[u8]>::to_vec).collect::<Vec<_>>();
        let tests: [&[u8]; 5] = [b"test", b"tests", b"__tests__", b"src", b"lib"];
        let above = &parts[..parts.len().saturating_sub(1)];
        above.iter().filter(|part| !tests.contains(&part.as_slice())).cloned().collect()
    };
    let test = folders(test);
    let apart = |path: &RepoPath| {
        let path = folders(path);
        let shared = path.iter().zip(&test).take_while(|(a, b)| a == b).count();
        path.len() + test.len() - 2 * shared
    };
    changed.iter().map(apart).min().unwrap_or(0)
}

#[cfg(test)]
mod examples {
    use super::*;

    #[track_caller]
    fn check(changed: &str, names: &[&str], tests: &[(&str, &str)], expected: &str) {
        let changed: Vec<RepoPath> =
            changed.split_whitespace().map(|name| name.parse().unwrap()).collect();
        let paths: Vec<RepoPath> = tests.iter().map(|(name, _)| name.parse().unwrap()).collect();
        let read = |path: &RepoPath| {
            let found = tests.iter().find(|(name, _)| path.as_bytes() == name.as_bytes());
            found.map(|(_, text)| text.as_bytes().to_vec())
        };
        let found = affected(&changed, names, &paths, &read);
        let said: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(said.join(" "), expected);
    }

    #[test]
    fn tests_are_named_after_what_they_test() {
        for (file, test) in [
            ("pkg/money.py", "tests/test_money.py"),
            ("src/money.rs", "tests/money.rs"),
            ("web/money.ts", "web/money.test.ts"),
            ("money.go", "money_test.go"),
            ("src/main/java/Money.java", "src/test/java/MoneyTest.java"),
            ("pkg/lang_de.py", "tests/test_de.py"),
            ("src/money.c", "tests/test_money.c"),
            ("src/money.cc", "src/money_unittest.cc"),
            ("lib/money.js", "test/money.js"),
            ("lib/money.rb", "test/test_money.rb"),
        ] {
            check(file, &[], &[("tests/test_other.py", ""), (test, "")], test);
        }
        check(
            "a/money.py",
            &[],
            &[("tests/test_money_rounding.py", "")],
            "tests/test_money_rounding.py",
        );
        check("tests/test_a.py", &[], &[("tests/test_a.py", "")], "tests/test_a.py");
    }

    #[test]
    fn what_speaks_of_the_change_comes_after_what_has_its_name() {
        check(
            "pkg/money.py",
            &["to_cents"],
            &[
                ("tests/test_a.py", "from pkg.moneyed import x"),
                ("tests/test_b.py", "from pkg import money\nmoney.to_cents()"),
                ("tests/test_c.py", "import pkg.money"),
                ("tests/test_money.py", ""),
            ],
            "tests/test_money.py tests/test_b.py tests/test_c.py",
        );
        check("pkg/__init__.py", &[], &[("tests/test_a.py", "import pkg")], "tests/test_a.py");
        // Of a method, its own name and that of its class.
        check("", &["Purse.empty"], &[("tests/test_a.py", "Purse()")], "tests/test_a.py");
    }

    #[test]
    fn of_equals_the_nearest_folder_comes_first() {
        let tests =
            [("a/tests/test_x_one.py", ""), ("b/tests/test_x_one.py", ""), ("b/test_one.py", "")];
        check("b/one.py", &[], &tests, "b/test_one.py b/tests/test_x_one.py a/tests/test_x_one.py");
    }
}
