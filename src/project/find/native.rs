//! C, C++ and whatever has a Makefile: ctest, `make test`, `make check`.

use std::sync::LazyLock;

use regex::Regex;

use crate::project::TestCommand;
use crate::project::find::plain;
use crate::project::listing::{Listing, within};

const MAKEFILES: &[&str] = &["Makefile", "makefile", "GNUmakefile"];
/// Built where the next run finds it again, then run.
const CTEST: &str = "-S . -B \"$tests\" >/dev/null && cmake --build \"$tests\" && ctest --test-dir \
                     \"$tests\" --output-on-failure";
const BUILD: &str = "-S . -B \"$tests\" >/dev/null && cmake --build \"$tests\"";
const TESTS_FOLDER: &str = "tests=\"${COUNTERSIGN_CACHE:-.}/cmake\";";

#[allow(clippy::expect_used, reason = "the pattern is a constant")]
static TARGET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^(test|check)[ \t]*::?(?:[^=:]|$)").expect("a pattern"));

pub(super) fn make(listing: &Listing<'_>) -> Vec<TestCommand> {
    let found = MAKEFILES.iter().flat_map(|name| {
        listing.folders_with(name).into_iter().filter_map(move |folder| {
            let file = within(&folder, name);
            let text = listing.text(&file);
            let mut targets: Vec<&str> = TARGET
                .captures_iter(&text)
                .filter_map(|found| Some(found.get(1)?.as_str()))
                .collect();
            targets.sort();
            plain("make", &folder, &file, "make", targets.last()?)
        })
    });
    found.collect()
}

pub(super) fn cmake(listing: &Listing<'_>) -> Vec<TestCommand> {
    let says = |text: &str| text.contains("enable_testing") || text.contains("include(CTest)");
    let folders = listing.folders_with("CMakeLists.txt").into_iter().filter_map(|folder| {
        let file = within(&folder, "CMakeLists.txt");
        let tests = listing.tests(&folder, &["c", "cc", "cpp", "cxx"]).len();
        let (tool, arguments) = match says(&listing.text(&file)) {
            true => ("ctest", CTEST),
            // Some build their tests, and run them while they do, without ctest.
            false if tests > 0 => ("cmake", BUILD),
            false => return None,
        };
        let command = plain(tool, &folder, &file, "cmake", arguments)?;
        Some(TestCommand { variables: TESTS_FOLDER.to_owned(), tests, ..command })
    });
    let mut found: Vec<TestCommand> = folders.collect();
    found.sort_by_key(|command| command.tool != "ctest");
    found.truncate(1);
    found
}
