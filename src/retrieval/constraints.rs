//! What stands back.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::base::RepoPath;
use crate::index::IndexedFile;
use crate::retrieval::intent::Wanted;
use crate::retrieval::rerank::Ranked;

/// What a file counts that is a test, a document or a setting where none is asked for, or not written here.
pub(super) const STANDS_BACK: f32 = 0.32;

// A pattern that does not compile lets every file count in full; a test tries them all.
static TESTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi-u) (^|/) ( tests? | testing | test-?data | __tests__ | specs? | fixtures | e2e
            | bench(es|marks?|suite)? | examples? | demos? | playground | t ) /
        | (^|/) test_ [^/]* \. py $ | (^|/) conftest\.py $ | _test \. \w+ $ | \. (test|spec) \. \w+ $
        | (?-i: Tests? \. (java|kt|scala|cs) $ | (^|/) Test[A-Z]\w* \. \w+ $ )",
    )
    .ok()
});
static DOCUMENTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi-u) (^|/) ( docs? | documentation | website ) / | \. ( md | rst | txt | adoc | html | svg | po ) $
        | (^|/) ( changelog | changes | release[^/]* | readme | copying | license | news | authors ) [^/]* $",
    )
    .ok()
});
static SETTINGS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi-u) \. ( json | ya?ml | toml | lock | xml | css | csv | snap | cfg | ini | conf | sh | in | out
            | expect | tcl | 1 | properties | plist | sum | ui | qrc | cmake | ac | am | m4 | bash | zsh | fish
            | bat | ps1 ) $
        | (^|/) ( makefile | cmakelists ) [^/]* $ | (^|/) \.",
    )
    .ok()
});

/// What others wrote, or a program did: it is changed elsewhere.
static FOREIGN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi-u) (^|/) ( deps | vendor(ed)? | third[-_]?party | 3rd[-_]?party | externals? | node_modules
            | bower_components | generated | __generated__ ) /
        | [-._] min \. ( js | css ) $ | \. pb \. ( go | h | cc ) $ | _pb2 (_grpc)? \. py $
        | [._] generated \. \w+ $ | \. g \. ( dart | cs ) $",
    )
    .ok()
});

/// Weighs down what is not asked for, and sorts: best first, equal scores in the order of paths.
pub(super) fn constrain(
    wanted: Wanted,
    ranked: Vec<Ranked>,
    file_of: impl Fn(&Ranked) -> Option<IndexedFile>,
) -> Vec<Ranked> {
    let weighed = |mut it: Ranked| {
        let file = file_of(&it).filter(|file| file.left_out.is_none())?;
        let mentioned = it.parts.iter().any(|(name, _)| *name == "mentioned");
        if !mentioned && stands_back(file.path.as_bytes(), wanted) {
            it.score *= STANDS_BACK;
            it.parts.push(("stands back", STANDS_BACK));
        }
        Some(it)
    };
    let mut ranked: Vec<Ranked> = ranked.into_iter().filter_map(weighed).collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.file.cmp(&b.file)));
    ranked
}

/// Whether a file is a test, or belongs to tests, by its path.
pub fn is_test(path: &RepoPath) -> bool {
    TESTS.as_ref().is_some_and(|pattern| pattern.is_match(path.as_bytes()))
}

/// Whether a file is written for people and not for a machine, by its path.
pub fn is_document(path: &RepoPath) -> bool {
    DOCUMENTS.as_ref().is_some_and(|pattern| pattern.is_match(path.as_bytes()))
}

/// Whether a file is a test, a document or a setting that is not asked for, or not written here.
pub(super) fn stands_back(path: &[u8], wanted: Wanted) -> bool {
    let is =
        |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(path));
    (!wanted.tests && is(&TESTS))
        || (!wanted.documents && is(&DOCUMENTS))
        || (!wanted.settings && is(&SETTINGS))
        || is(&FOREIGN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: bool) {
        assert_eq!(stands_back(path.as_bytes(), Wanted::default()), expected, "{path}");
    }

    #[test]
    fn tests_documents_and_settings_stand_back() {
        for path in [
            "tests/a.rs",
            "src/test/A.java",
            "a/test_b.py",
            "x_test.go",
            "a.spec.ts",
            "README.md",
            "docs/a.py",
            "Cargo.toml",
            ".github/a.yml",
            "ATest.java",
            "CMakeLists.txt",
            "deps/zlib/inflate.c",
            "web/app.min.js",
            "api/v1/api.pb.go",
            "src/generated/tables.rs",
        ] {
            check(path, true);
        }
        for path in [
            "src/contest.rs",
            "src/deps.rs",
            "src/vendors/a.rs",
            "src/testing.rs",
            "latest.java",
            "src/a.rs",
            "docker/a.go",
        ] {
            check(path, false);
        }
    }
}
