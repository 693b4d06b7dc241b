//! Python: pytest where something says so, unittest where nothing but its classes is there.

use std::sync::LazyLock;

use regex::Regex;

use crate::base::RepoPath;
use crate::project::command::quote;
use crate::project::find::plain;
use crate::project::listing::{Listing, within};
use crate::project::{Narrow, TestCommand};

/// Files that stand where a project begins.
const ROOTS: &[&str] = &["pyproject.toml", "setup.py", "setup.cfg", "pytest.ini", "tox.ini"];
/// Files that say that tests are run by pytest, with the words that say it.
const SAYING: &[(&str, &str)] = &[
    ("pytest.ini", ""),
    (".pytest.ini", ""),
    ("pyproject.toml", "[tool.pytest"),
    ("setup.cfg", "[tool:pytest]"),
    ("tox.ini", "[pytest]"),
    ("conftest.py", ""),
];
/// Whole names of failing tests, the places, and what was compared; no colours. A file that cannot be
/// imported does not keep the others from being tested.
const PYTEST: &str = "-m pytest -q --tb=short --color=no --continue-on-collection-errors";
const NEEDS: &[&str] = &[".venv", "venv"];
/// Most files of tests that a line names.
const MOST_NAMED: usize = 400;
/// Written when the project is installed: its version, and what was compiled of it.
const MADE: &[&str] = &["_version.py", ".so"];

#[allow(clippy::expect_used, reason = "the pattern is a constant")]
static FUNCTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^(async )?def test|^\s*(import|from) pytest\b|^class Test\w*(\(object\))?:")
        .expect("a pattern")
});

pub(super) fn find(listing: &Listing<'_>) -> Vec<TestCommand> {
    let mut folders: Vec<String> =
        ROOTS.iter().flat_map(|name| listing.folders_with(name)).collect();
    // Tests in a project of their own are run in its folder, where its code is imported.
    let is_inside =
        |name: &&str| folders.iter().any(|folder| name.starts_with(&format!("{folder}/")));
    let outside = !listing.tests("", &["py"]).iter().all(is_inside);
    if outside || listing.has("conftest.py") {
        folders.push(String::new());
    }
    folders.sort();
    folders.dedup();
    folders.iter().filter_map(|folder| command(listing, folder)).collect()
}

fn command(listing: &Listing<'_>, folder: &str) -> Option<TestCommand> {
    let tests = listing.tests(folder, &["py"]);
    let first = tests.first()?;
    let sample = listing.sample(folder, &tests);
    let said = says_pytest(listing, folder);
    let looks = || sample.iter().any(|text| FUNCTION.is_match(text));
    let mut command = match said {
        Some(why) => pytest(folder, &why)?,
        None if looks() => pytest(folder, &within(folder, first))?,
        None if sample.iter().any(|text| text.contains("TestCase")) => {
            unittest(listing, folder, &tests)?
        }
        None => return None,
    };
    command.variables = variables(listing, folder);
    command.needs = NEEDS;
    command.made = MADE;
    command.tests = tests.len();
    // pytest looks for no such names by itself.
    let plain =
        |name: &&str| ["test.py", "tests.py"].contains(&name.rsplit('/').next().unwrap_or(name));
    if command.tool == "pytest" && tests.iter().all(plain) {
        command.all = tests.join(" ");
    }
    Some(command)
}

fn says_pytest(listing: &Listing<'_>, folder: &str) -> Option<String> {
    let said = SAYING.iter().find(|(name, words)| {
        let name = within(folder, name);
        listing.has(&name) && listing.text(&name).contains(words)
    });
    let deeper = || listing.below(folder).find(|name| name.ends_with("/conftest.py"));
    said.map(|(name, _)| *name).or_else(deeper).map(|name| within(folder, name))
}

fn pytest(folder: &str, why: &str) -> Option<TestCommand> {
    let command = plain("pytest", folder, why, "python", PYTEST)?;
    Some(TestCommand { narrow: Narrow::Files, ..command })
}

fn unittest(listing: &Listing<'_>, folder: &str, tests: &[&str]) -> Option<TestCommand> {
    let command =
        plain("unittest", folder, &within(folder, tests.first()?), "python", "-m unittest")?;
    let is_package = |below: &str| listing.has(&within(folder, &within(below, "__init__.py")));
    let top = tests.iter().map(|name| folder_of(name)).min_by_key(|above| above.len())?;
    let narrow = if top.is_empty() || is_package(top) { Narrow::Modules } else { Narrow::Files };
    let command = TestCommand { narrow, ..command };
    let all = match top {
        _ if !finds_all(top, tests, &is_package) => {
            let named = tests.iter().take(MOST_NAMED);
            let named = named.filter_map(|name| RepoPath::new(within(folder, name)).ok());
            command.words_for(&named.collect::<Vec<_>>())?
        }
        "" => "discover".to_owned(),
        _ if is_package(top) => format!("discover -t . -s {}", quote(top)?),
        _ => format!("discover -s {}", quote(top)?),
    };
    Some(TestCommand { all, ..command })
}

/// Whether unittest finds all the tests by itself from the folder `top` on: it looks for names of
/// one kind, and below that folder in packages alone.
fn finds_all(top: &str, tests: &[&str], is_package: &dyn Fn(&str) -> bool) -> bool {
    let is_named = |name: &str| {
        let file = name.rsplit('/').next().unwrap_or(name);
        let plain = |c: char| c.is_alphanumeric() || c == '_';
        file.starts_with("test") && file.trim_end_matches(".py").chars().all(plain)
    };
    let is_reached = |name: &str| {
        let mut above = folder_of(name);
        while above != top && !above.is_empty() && is_package(above) {
            above = folder_of(above);
        }
        above == top
    };
    tests.iter().all(|name| is_named(name) && is_reached(name))
}

fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Where modules are looked for first, so that the code of this folder is tested and none that is
/// installed.
fn variables(listing: &Listing<'_>, folder: &str) -> String {
    let is_code = |name: &str| name.ends_with(".py");
    let in_folder = |below: &str| {
        let start = format!("{below}/");
        listing.below(folder).any(|name| name.starts_with(&start) && is_code(name))
    };
    let mut places = Vec::new();
    for below in ["src", "lib"] {
        let package = within(folder, &format!("{below}/__init__.py"));
        if in_folder(below) && !listing.has(&package) {
            places.push(format!("$PWD/{below}"));
        }
    }
    places.push("$PWD".to_owned());
    format!("PYTHONPATH=\"{}${{PYTHONPATH:+:$PYTHONPATH}}\"", places.join(":"))
}
