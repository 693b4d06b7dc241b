//! Which changed files a person should look at first.
//!
//! Judged from the path and from what vanished, never from what the proposal says about itself.

use crate::repo::FileChange;

/// Why a file comes before others; the greatest risk first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// It decides what runs in CI or at commit time.
    Automation,
    /// It decides whose code is fetched.
    Dependencies,
    /// Its path speaks of secrets, sessions or permissions.
    Security,
    /// It was a test and is gone, or lost many of its lines.
    LostTests,
    /// Nothing of the above.
    Ordinary,
}

impl Risk {
    /// Why, in a few words for the screen; nothing for ordinary files.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Automation => Some("decides what runs in CI or at commit time"),
            Self::Dependencies => Some("decides whose code is fetched"),
            Self::Security => Some("its path speaks of secrets or permissions"),
            Self::LostTests => Some("takes tests away"),
            Self::Ordinary => None,
        }
    }
}

/// Files and folders that run by themselves.
const AUTOMATION: [&str; 13] = [
    ".github",
    ".gitlab-ci.yml",
    ".circleci",
    ".ci",
    ".husky",
    ".travis.yml",
    ".pre-commit-config.yaml",
    ".countersign",
    "azure-pipelines.yml",
    "jenkinsfile",
    "dockerfile",
    "makefile",
    "build.rs",
];

/// Manifests and lock files of the usual package managers.
const MANIFESTS: [&str; 16] = [
    "cargo.toml",
    "cargo.lock",
    "package.json",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "pyproject.toml",
    "setup.py",
    "poetry.lock",
    "uv.lock",
    "go.mod",
    "go.sum",
    "pom.xml",
    "build.gradle",
    "gemfile.lock",
    ".gitmodules",
];

/// Words that a path about security has in it.
const SECURITY: [&str; 12] = [
    "auth",
    "crypto",
    "login",
    "oauth",
    "passwd",
    "password",
    "permission",
    "policy",
    "secret",
    "security",
    "session",
    "token",
];

/// How carefully to look at `change`.
pub fn risk(change: &FileChange) -> Risk {
    let parts: Vec<String> =
        change.path.parts().map(|part| String::from_utf8_lossy(part).to_lowercase()).collect();
    let name = parts.last().map_or("", String::as_str);
    if parts.iter().any(|part| AUTOMATION.contains(&part.as_str())) {
        Risk::Automation
    } else if MANIFESTS.contains(&name) || is_requirements(name) {
        Risk::Dependencies
    } else if words(&parts).any(|word| SECURITY.iter().any(|known| word.starts_with(known))) {
        Risk::Security
    } else if words(&parts).any(is_test_word) && loses_half(change) {
        Risk::LostTests
    } else {
        Risk::Ordinary
    }
}

fn is_requirements(name: &str) -> bool {
    name.starts_with("requirements") && name.ends_with(".txt")
}

fn words(parts: &[String]) -> impl Iterator<Item = &str> {
    parts.iter().flat_map(|part| part.split(|c: char| !c.is_alphanumeric()))
}

fn is_test_word(word: &str) -> bool {
    matches!(word, "test" | "tests" | "spec" | "specs")
}

/// Whether less than half of the bytes that were there are left.
fn loses_half(change: &FileChange) -> bool {
    let before = change.before.as_ref().map_or(0, |file| file.bytes.len());
    let after = change.after.as_ref().map_or(0, |file| file.bytes.len());
    after * 2 < before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::{FileState, Mode};

    #[track_caller]
    fn check(path: &str, before: usize, after: usize, expected: Risk) {
        let state = |len: usize| {
            (len > 0).then(|| FileState { bytes: vec![b'x'; len], mode: Mode::Regular })
        };
        let path = path.parse().unwrap();
        let change = FileChange { path, before: state(before), after: state(after) };
        assert_eq!(risk(&change), expected);
    }

    #[test]
    fn judged_by_path_and_by_what_vanished() {
        check(".github/workflows/ci.yml", 10, 11, Risk::Automation);
        check("tools/Dockerfile", 0, 11, Risk::Automation);
        check("crates/a/Cargo.toml", 10, 11, Risk::Dependencies);
        check("requirements-dev.txt", 10, 11, Risk::Dependencies);
        check("src/oauth2/tokens.py", 10, 11, Risk::Security);
        check("src/author.py", 10, 11, Risk::Security);
        check("tests/test_client.py", 10, 0, Risk::LostTests);
        check("src/client.test.ts", 100, 49, Risk::LostTests);
        check("tests/test_client.py", 10, 11, Risk::Ordinary);
        check("src/contest.rs", 10, 0, Risk::Ordinary);
    }
}
