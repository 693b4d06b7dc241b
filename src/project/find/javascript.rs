//! JavaScript and TypeScript: the `test` script of a package, or the program that it runs.

use serde_json::Value;

use crate::project::find::plain;
use crate::project::listing::{Listing, within};
use crate::project::{Narrow, TestCommand};

const EXTENSIONS: &[&str] = &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"];
/// Programs that are run without the script, so that they say what we can read: their names, and
/// what stands before the arguments of the script and behind them.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("vitest", "--no-install vitest run", ""),
    ("jest", "--no-install jest", "--ci --colors=false"),
];
/// What only a shell understands in a script.
const SHELL: &[char] = &[';', '|', '&', '<', '>', '$', '`', '"', '\'', '\\', '(', ')', '#', '\n'];
/// First arguments that say whether a program goes on when its tests have ended.
const WAYS: &[&str] = &["run", "watch", "dev"];
/// Options that do so too; and those with which a run of few tests may fail: it covers too little.
const DROPPED: &[&str] =
    &["--run", "--watch", "--watchAll", "--coverage", "--coverage.enabled", "--collectCoverage"];
/// What keeps a file behind it from being taken for the value of an option before it.
const BETWEEN: &str = "--watch=false";
/// Programs that take names of files after those of the script.
const TAKE_FILES: &[&str] = &["vitest", "jest", "mocha", "ava", "tap", "node --test"];
/// Programs that run another one as it is.
const AROUND: &[&str] = &["cross-env", "npx", "nyc", "c8"];
/// Which program runs scripts, by the file that it leaves.
const MANAGERS: &[(&str, &str)] =
    &[("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lock", "bun"), ("bun.lockb", "bun")];
/// What checks types and runs nothing.
pub(crate) const TYPES: &str = "tsc";
/// What `npm init` writes.
const NO_TEST: &str = "no test specified";

pub(super) fn find(listing: &Listing<'_>) -> Vec<TestCommand> {
    let folders = listing.folders_with("package.json");
    folders.iter().flat_map(|folder| commands(listing, folder)).collect()
}

/// What tests a package, and what checks its types.
fn commands(listing: &Listing<'_>, folder: &str) -> Vec<TestCommand> {
    command(listing, folder).into_iter().chain(types(listing, folder)).collect()
}

/// The type checker, where a package configures one.
fn types(listing: &Listing<'_>, folder: &str) -> Option<TestCommand> {
    let (manifest, settings) = (within(folder, "package.json"), within(folder, "tsconfig.json"));
    let package: Value = serde_json::from_str(&listing.text(&manifest)).ok()?;
    let depends = package["devDependencies"]["typescript"].is_string()
        || package["dependencies"]["typescript"].is_string();
    if !depends || !listing.has(&settings) {
        return None;
    }
    let command = plain(TYPES, folder, &settings, "npx", "--no-install tsc --noEmit -p .")?;
    Some(TestCommand { variables: "CI=1".to_owned(), needs: &["node_modules"], ..command })
}

fn command(listing: &Listing<'_>, folder: &str) -> Option<TestCommand> {
    let manifest = within(folder, "package.json");
    let package: Value = serde_json::from_str(&listing.text(&manifest)).ok()?;
    let script = package["scripts"]["test"].as_str().filter(|text| !text.contains(NO_TEST));
    let tests = listing.tests(folder, EXTENSIONS).len();
    let depends = |name: &str| {
        ["dependencies", "devDependencies"].iter().any(|kind| package[kind][name].is_string())
    };
    let is_run = |name: &str| match script {
        Some(script) => script.split_whitespace().next() == Some(name),
        None => depends(name) && tests > 0,
    };
    let known = PROGRAMS.iter().find(|(name, ..)| is_run(name));
    let known = known.and_then(|program| Some((program, arguments(script.unwrap_or_default())?)));
    let command = match known {
        Some((program, own)) => direct(folder, &manifest, program, &own)?,
        None => scripted(listing, folder, &manifest, script?)?,
    };
    Some(TestCommand { variables: "CI=1".to_owned(), needs: &["node_modules"], tests, ..command })
}

/// One of the programs, run with its own arguments in a script.
fn direct(
    folder: &str,
    manifest: &str,
    (name, before, after): &(&'static str, &str, &str),
    own: &[&str],
) -> Option<TestCommand> {
    let words = [&[*before][..], own, &[*after]].concat();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let command = plain(name, folder, manifest, "npx", &words.join(" "))?;
    let narrow = match takes_files(&[&[*name][..], own].concat().join(" ")) {
        true if own.is_empty() || !after.is_empty() => Narrow::Files,
        true => Narrow::FilesAfter(BETWEEN),
        false => Narrow::Never,
    };
    Some(TestCommand { narrow, ..command })
}

/// What follows the program in a script, without what would keep it from ending by itself or few
/// tests from passing; `None` where the script does more than run it.
fn arguments(script: &str) -> Option<Vec<&str>> {
    let mut words: Vec<&str> = script.split_whitespace().skip(1).collect();
    if words.first().is_some_and(|word| WAYS.contains(word)) {
        words.remove(0);
    }
    let is_dropped = |at: usize| DROPPED.contains(&words[at].split('=').next().unwrap_or_default());
    let is_value =
        |at: usize| at > 0 && is_dropped(at - 1) && ["true", "false"].contains(&words[at]);
    let kept = (0..words.len()).filter(|at| !is_dropped(*at) && !is_value(*at));
    let kept: Vec<&str> = kept.map(|at| words[at]).collect();
    (!script.contains(SHELL)).then_some(kept)
}

fn scripted(
    listing: &Listing<'_>,
    folder: &str,
    manifest: &str,
    script: &str,
) -> Option<TestCommand> {
    let left = |(file, _): &&(&str, &str)| listing.has(&within(folder, file)) || listing.has(file);
    let manager = MANAGERS.iter().find(left).map_or("npm", |(_, manager)| manager);
    let command = plain(manager, folder, manifest, manager, "run test")?;
    let last = script.rsplit("&&").next().unwrap_or_default().trim();
    let narrow = match takes_files(last) {
        true if manager == "npm" || manager == "pnpm" => Narrow::FilesAfter("--"),
        true => Narrow::Files,
        false => Narrow::Never,
    };
    Some(TestCommand { narrow, ..command })
}

/// Whether files of tests can stand at the end of a line: its program takes them, and it names none itself.
fn takes_files(line: &str) -> bool {
    let is_around = |word: &&str| word.contains('=') || AROUND.contains(word);
    let words: Vec<&str> = line.split_whitespace().skip_while(is_around).collect();
    let is_run = |name: &&&str| {
        let mut parts = words.iter();
        name.split(' ').all(|part| parts.next() == Some(&part))
    };
    let Some(program) = TAKE_FILES.iter().find(is_run) else { return false };
    let rest = &words[program.split(' ').count()..];
    // What stands behind an option may be its value, and is behind this one.
    let may_be = |at: usize| rest[at - 1] == "--config" || !rest[at].contains("test");
    let is_value = |at: usize| at > 0 && rest[at - 1].starts_with('-') && may_be(at);
    let is_fine = |(at, word): (usize, &&str)| word.starts_with('-') || is_value(at);
    !line.contains([';', '|', '&', '<', '>', '*']) && rest.iter().enumerate().all(is_fine)
}
