//! Projects whose one file says how they are tested: Go, Java, Elixir, Ruby, PHP, .NET.

use crate::project::find::plain;
use crate::project::listing::{Listing, within};
use crate::project::{Narrow, TestCommand};

/// What is alike in all of them.
struct Kind {
    tool: &'static str,
    /// The file that stands where the project begins.
    file: &'static str,
    program: &'static str,
    arguments: &'static str,
    all: &'static str,
    narrow: Narrow,
    needs: &'static [&'static str],
    /// Extensions of its tests; none are needed where this is empty.
    tests: &'static [&'static str],
}

const KIND: Kind = Kind {
    tool: "",
    file: "",
    program: "",
    arguments: "",
    all: "",
    narrow: Narrow::Never,
    needs: &[],
    tests: &[],
};

/// One command for each outermost folder that has the file, and tests.
fn each(listing: &Listing<'_>, kind: &Kind) -> Vec<TestCommand> {
    let mut found: Vec<TestCommand> = Vec::new();
    for folder in listing.folders_with(kind.file) {
        let tests = listing.tests(&folder, kind.tests).len();
        let inside = |other: &TestCommand| {
            other.folder.is_empty() || folder.starts_with(&format!("{}/", other.folder))
        };
        if (tests == 0 && !kind.tests.is_empty()) || found.iter().any(inside) {
            continue;
        }
        let why = within(&folder, kind.file);
        let command = plain(kind.tool, &folder, &why, kind.program, kind.arguments);
        found.extend(command.map(|command| TestCommand {
            all: kind.all.to_owned(),
            narrow: kind.narrow.clone(),
            needs: kind.needs,
            tests,
            ..command
        }));
    }
    found
}

pub(super) fn go(listing: &Listing<'_>) -> Vec<TestCommand> {
    let kind = Kind {
        tool: "go test",
        file: "go.mod",
        program: "go",
        arguments: "test",
        all: "./...",
        narrow: Narrow::Folders,
        tests: &["go"],
        ..KIND
    };
    each(listing, &kind)
}

pub(super) fn maven(listing: &Listing<'_>) -> Vec<TestCommand> {
    let kind = Kind {
        tool: "maven",
        file: "pom.xml",
        program: "mvn",
        arguments: "--offline --batch-mode --quiet test",
        // Of several modules, most have none of the tests that are named.
        narrow: Narrow::Stems("-Dsurefire.failIfNoSpecifiedTests=false -Dtest="),
        tests: &["java", "kt", "scala"],
        ..KIND
    };
    each(listing, &kind)
}

pub(super) fn gradle(listing: &Listing<'_>) -> Vec<TestCommand> {
    let kind = |file, program| Kind {
        tool: "gradle",
        file,
        program,
        arguments: "test --offline --console=plain",
        tests: &["java", "kt", "groovy"],
        ..KIND
    };
    let files =
        [("gradlew", "./gradlew"), ("build.gradle", "gradle"), ("build.gradle.kts", "gradle")];
    let found = files.into_iter().map(|(file, program)| each(listing, &kind(file, program)));
    let mut found = found.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    for command in &mut found {
        if is_alone(listing, &command.folder) {
            command.narrow = Narrow::Classes;
        }
    }
    found
}

/// Whether a build of Gradle has no other projects in it: those would have none of the tests that are named.
fn is_alone(listing: &Listing<'_>, folder: &str) -> bool {
    let settings = ["settings.gradle", "settings.gradle.kts"];
    !settings.iter().any(|name| listing.text(&within(folder, name)).contains("include"))
}

pub(super) fn mix(listing: &Listing<'_>) -> Vec<TestCommand> {
    let kind = Kind {
        tool: "mix",
        file: "mix.exs",
        program: "mix",
        arguments: "test --no-color",
        narrow: Narrow::Files,
        needs: &["deps"],
        tests: &["exs"],
        ..KIND
    };
    each(listing, &kind)
}

pub(super) fn rspec(listing: &Listing<'_>) -> Vec<TestCommand> {
    let kind = Kind {
        tool: "rspec",
        file: "Gemfile",
        program: "bundle",
        arguments: "exec rspec --no-color",
        narrow: Narrow::Files,
        needs: &["vendor/bundle", ".bundle"],
        tests: &["rb"],
        ..KIND
    };
    let mut found = each(listing, &kind);
    let is_spec = |name: &str| name.ends_with("_spec.rb");
    found.retain(|command| listing.below(&command.folder).any(is_spec));
    found
}

pub(super) fn phpunit(listing: &Listing<'_>) -> Vec<TestCommand> {
    let kind = |file| Kind {
        tool: "phpunit",
        file,
        program: "vendor/bin/phpunit",
        arguments: "--colors=never",
        needs: &["vendor"],
        ..KIND
    };
    let found = ["phpunit.xml", "phpunit.xml.dist"].map(|file| each(listing, &kind(file)));
    found.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}

pub(super) fn dotnet(listing: &Listing<'_>) -> Vec<TestCommand> {
    let solution = listing.below("").find(|name| name.ends_with(".sln") && !name.contains('/'));
    let command =
        solution.and_then(|file| plain("dotnet", "", file, "dotnet", "test --no-restore"));
    command.into_iter().collect()
}
