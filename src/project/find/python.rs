//! Python: pytest where something says so, unittest where nothing but its classes is there.

use std::sync::LazyLock;

use regex::Regex;

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
    let first = tests.first()?;
    let command = plain("unittest", folder, &within(folder, first), "python", "-m unittest")?;
    let above = first.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_package = listing.has(&within(folder, &format!("{above}/__init__.py")));
    let all = match above {
        "" => "discover".to_owned(),
        _ if is_package => format!("discover -t . -s {}", super::super::command::quote(above)?),
        _ => format!("discover -s {}", super::super::command::quote(above)?),
    };
    let narrow = if above.is_empty() || is_package { Narrow::Modules } else { Narrow::Files };
    Some(TestCommand { all, narrow, ..command })
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
