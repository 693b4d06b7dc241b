//! JavaScript and TypeScript: the `test` script of a package, or the program that it runs.

use serde_json::Value;

use crate::project::find::plain;
use crate::project::listing::{Listing, within};
use crate::project::{Narrow, TestCommand};

const EXTENSIONS: &[&str] = &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"];
/// Programs that are run without the script, so that they say what we can read, and how.
const PROGRAMS: &[(&str, &str)] =
    &[("vitest", "--no-install vitest run"), ("jest", "--no-install jest --ci --colors=false")];
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
    let command = match PROGRAMS.iter().find(|(name, _)| is_run(name)) {
        Some((name, arguments)) => {
            let command = plain(name, folder, &manifest, "npx", arguments)?;
            TestCommand { narrow: Narrow::Files, ..command }
        }
        None => scripted(listing, folder, &manifest, script?)?,
    };
    Some(TestCommand { variables: "CI=1".to_owned(), needs: &["node_modules"], tests, ..command })
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
    // What stands behind an option may be its value.
    let is_value =
        |at: usize| at > 0 && rest[at - 1].starts_with('-') && !rest[at].contains("test");
    let is_fine = |(at, word): (usize, &&str)| word.starts_with('-') || is_value(at);
    !line.contains([';', '|', '&', '<', '>', '*']) && rest.iter().enumerate().all(is_fine)
}
