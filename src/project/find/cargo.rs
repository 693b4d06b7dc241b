//! Rust: `cargo test`, with the packages of the workspace.

use toml::{Table, Value};

use crate::project::command::Package;
use crate::project::find::plain;
use crate::project::listing::{Listing, within};
use crate::project::{Narrow, TestCommand};

/// All failing tests are wanted; what they need is on disk already.
const TEST: &str = "test --offline --no-fail-fast --color never";

pub(super) fn find(listing: &Listing<'_>) -> Vec<TestCommand> {
    let folders = listing.folders_with("Cargo.toml");
    let mut found: Vec<TestCommand> = Vec::new();
    for folder in &folders {
        // A member of a workspace above is tested with that.
        let is_member = |above: &TestCommand| {
            above.folder.is_empty() || folder.starts_with(&format!("{}/", above.folder))
        };
        if !found.iter().any(is_member) {
            found.extend(command(listing, folder));
        }
    }
    found
}

fn command(listing: &Listing<'_>, folder: &str) -> Option<TestCommand> {
    let manifest = within(folder, "Cargo.toml");
    let table: Table = listing.text(&manifest).parse().ok()?;
    let workspace = table.contains_key("workspace");
    let manifests = listing
        .below(folder)
        .filter(|name| *name == "Cargo.toml" || (workspace && name.ends_with("/Cargo.toml")));
    let packages: Vec<Package> =
        manifests.filter_map(|name| package(listing, &within(folder, name), name)).collect();
    let command = plain("cargo test", folder, &manifest, "cargo", TEST)?;
    Some(TestCommand {
        variables: "RUST_BACKTRACE=0".to_owned(),
        all: if workspace { "--workspace".to_owned() } else { String::new() },
        narrow: Narrow::Cargo(packages),
        tests: listing.tests(folder, &["rs"]).len() + 1,
        ..command
    })
}

/// The package that a manifest describes, if it describes one; `name` is that of the manifest from the
/// folder of the command.
fn package(listing: &Listing<'_>, manifest: &str, name: &str) -> Option<Package> {
    let table: Table = listing.text(manifest).parse().ok()?;
    let folder = name.trim_end_matches("Cargo.toml").trim_end_matches('/').to_owned();
    let name = table.get("package")?.get("name")?.as_str()?.to_owned();
    let tests = table.get("test").and_then(Value::as_array).into_iter().flatten();
    let automatic = table.get("package")?.get("autotests").and_then(Value::as_bool).unwrap_or(true);
    let root = manifest.trim_end_matches("Cargo.toml").trim_end_matches('/');
    let has = |file: &str| listing.has(&within(root, file));
    let programs = within(root, "src/bin/");
    Some(Package {
        name,
        folder,
        targets: tests.filter_map(target).collect(),
        automatic,
        library: table.contains_key("lib") || has("src/lib.rs"),
        binaries: table.contains_key("bin")
            || has("src/main.rs")
            || listing.below("").any(|name| name.starts_with(&programs)),
    })
}

/// A `[[test]]`: its name and its file.
fn target(test: &Value) -> Option<(String, String)> {
    let name = test.get("name")?.as_str()?;
    Some((name.to_owned(), test.get("path")?.as_str()?.to_owned()))
}
