//! What stands back.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::base::RepoPath;
use crate::index::IndexedFile;
use crate::retrieval::intent::{Asked, Class, Wanted};
use crate::retrieval::rerank::Ranked;

/// What a file counts that is of a class which is not asked for, or that was not written here.
pub(super) const STANDS_BACK: f32 = 0.32;
/// What it counts where its class is only spoken of.
const SPOKEN_OF: f32 = (1.0 + STANDS_BACK) / 2.0;

// A pattern that does not compile lets every file count in full; a test tries them all.
static TEST_FOLDERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi-u) (^|/) ( tests? | testing | testdir | testsuite[^/]* | __tests__ | [^/]* [-_]tests
            | test[-_]? ( data | suites? | fixtures? | utils? ) | (unit|integration) [-_]? tests?
            | __mocks__ | mocks? | specs? | fixtures | e2e | cypress | t
            | bench(es|marks?|suite)? | micro-?bench[^/]*
            | examples? | demos? | samples? | tutorials? | playground | docs_src
            | (?-i: (android|common|jvm|native|ios|js|unit|integration) (Unit|Instrumented)? Test
                | [^/]* \. \w* Tests? (\. [^/]*)? | [A-Z] \w* Tests ) ) /",
    )
    .ok()
});
static TEST_NAMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi-u) (^|/) ( test[-_] [^/]* \. (py|c|cc|cpp|cxx|rb|[jt]sx?) | tests? \. (rs|py)
            | conftest\.py ) $
        | [-_] tests? \. \w+ $ | _unit-?tests? \. \w+ $ | \. (test|spec|stories) \. \w+ $
        | _spec \. (rb|lua|cr) $
        | (?-i: Test (s|Case)? \. (java|kt|scala|cs|php|swift|cpp|cc|tsx?|mm?|groovy) $
            | Specs? \. (scala|kt|groovy|hs|cs) $ | (^|/) Test[A-Z]\w* \. \w+ $ )",
    )
    .ok()
});
/// Where the layout says that no file is a test, whatever it is called: it may be about tests.
static PROGRAM: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?x-u) (^|/) src / ( main | [a-z]\w*Main ) /").ok());
static DOCUMENTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi-u) (^|/) ( docs? | documentation | website ) /
        | \. ( md | rst | txt | adoc | html | svg | po ) $
        | (^|/) ( changelog | changes | releases? | release-?notes | readme | copying | licen[cs]es?
            | news | authors ) ( [-_] [^/.]* )? ( \. \d+ )* ( \. org )? $",
    )
    .ok()
});
static SETTINGS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi-u) \. ( json | ya?ml | toml | lock | xml | css | csv | snap | cfg | ini | conf | sh
            | in | out | expect | tcl | 1 | properties | plist | sum | ui | qrc | cmake | ac | am
            | m4 | bash | zsh | fish | bat | ps1 ) $
        | (^|/) ( makefile ( [-_.] [^/]* )? | cmakelists\.txt ) $ | (^|/) \.",
    )
    .ok()
});
/// What is said to people in their languages. In a folder of it a name may be a language alone.
static TRANSLATIONS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi-u) \. ( resx | resw | xlf | xliff | arb | strings | stringsdict | po | pot ) $
        | (^|/) ( translations? | locales? | i18n | l10n | lang(uages?)? ) / ([^/]+ /)* [^/]+ \.
            ( json5? | ya?ml | properties | ftl | mo | qm | xml | toml | ini | txt | lng | lang ) $
        | (^|/) translations? / ([^/]+ /)* [^/]+ _ [a-z]{2,3} ( _ [a-z]{2,4} )? \. ts $
        | (^|/) ( translations? | locales? | i18n | l10n ) / ([^/]+ /)*
            [a-z]{2} ( [-_] [a-z]{2,4} )? \. (js|ts|php|py|rb) $
        | (^|/) lang / ([^/]+ /)* [a-z]{2} ( [-_] [a-z]{2,4} )? / [^/]+ \. php $",
    )
    .ok()
});

/// What others wrote, or a program did: it is changed elsewhere.
static FOREIGN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi-u) (^|/) ( deps | vendor(ed)? | third[-_]?party | 3rd[-_]?party | externals?
            | node_modules | bower_components | generated | __generated__ ) /
        | [-._] min \. ( js | css ) $ | \. pb (\. gw)? \. ( go | h | cc ) $ | _pb2 (_grpc)? \. py $
        | [._] generated \. \w+ $ | \. g \. ( dart | cs ) $ | (^|/) zz_generated [^/]* $
        | \. gen \. \w+ $ | _gen \. go $ | \. designer \. cs $",
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
        let share = if mentioned { 1.0 } else { share(file.path.as_bytes(), wanted) };
        if share < 1.0 {
            it.score *= share;
            it.parts.push(("stands back", share));
        }
        Some(it)
    };
    let mut ranked: Vec<Ranked> = ranked.into_iter().filter_map(weighed).collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.file.cmp(&b.file)));
    ranked
}

/// Whether a file is a test, or belongs to tests, by its path.
pub fn is_test(path: &RepoPath) -> bool {
    is_of(Class::Tests, path.as_bytes())
}

/// Whether a file is written for people and not for a machine, by its path.
pub fn is_document(path: &RepoPath) -> bool {
    is_of(Class::Documents, path.as_bytes())
}

/// Whether a file is of a class that is not asked for as a whole, or not written here.
pub(super) fn stands_back(path: &[u8], wanted: Wanted) -> bool {
    share(path, wanted) < 1.0
}

/// What a file counts: all of it where its classes are asked for, and least where one is not.
pub(super) fn share(path: &[u8], wanted: Wanted) -> f32 {
    if is(&FOREIGN, path) {
        return STANDS_BACK;
    }
    let share = |class: Class| match wanted.asked(class) {
        Asked::Wholly => 1.0,
        Asked::Spoken => SPOKEN_OF,
        Asked::Not => STANDS_BACK,
    };
    Class::ALL.into_iter().filter(|class| is_of(*class, path)).map(share).fold(1.0, f32::min)
}

fn is_of(class: Class, path: &[u8]) -> bool {
    match class {
        Class::Tests => is(&TEST_FOLDERS, path) || is(&TEST_NAMES, path) && !is(&PROGRAM, path),
        Class::Documents => is(&DOCUMENTS, path),
        Class::Settings => is(&SETTINGS, path),
        Class::Translations => is(&TRANSLATIONS, path),
    }
}

fn is(pattern: &Option<Regex>, path: &[u8]) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: bool) {
        assert_eq!(stands_back(path.as_bytes(), Wanted::default()), expected, "{path}");
    }

    #[test]
    fn every_pattern_compiles() {
        for pattern in [&TEST_FOLDERS, &TEST_NAMES, &PROGRAM, &DOCUMENTS, &SETTINGS] {
            assert!(pattern.is_some());
        }
        assert!(TRANSLATIONS.is_some() && FOREIGN.is_some());
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

    #[test]
    fn tests_are_known_by_the_layouts_of_many_languages() {
        let tests = |path: &str| is_test(&RepoPath::new(path).unwrap());
        for path in [
            "gcc/testsuite-common/a.c",
            "test-suite/a.hs",
            "lib/testdir/a.vim",
            "unit-tests/a.php",
            "integration_tests/a.rb",
            "app/src/androidTest/java/A.kt",
            "core/src/commonTest/kotlin/a.kt",
            "lib/src/testFixtures/java/A.java",
            "src/Shop.UnitTests/Cart.cs",
            "Shop.Tests/Cart.cs",
            "ShopTests/Cart.swift",
            "src/browser_tests/a.cc",
            "web/__mocks__/a.js",
            "pkg/mocks/store.go",
            "cypress/a.ts",
            "microbenchmarks/a.kt",
            "samples/a.cs",
            "tutorial/a.py",
            "docs_src/a.py",
            "src/parser/tests.rs",
            "shop/tests.py",
            "src/test-list.c",
            "lib/button-test.js",
            "spec/cart_spec.rb",
            "base/cart_unittest.cc",
            "src/cart_tests.rs",
            "CartTest.php",
            "CartTestCase.php",
            "CartSpec.scala",
            "web/button.stories.tsx",
        ] {
            assert!(tests(path), "{path}");
        }
        for path in [
            "engine/src/main/java/TestEngine.java",
            "engine/src/main/java/LoadTest.java",
            "poet/src/commonMain/kotlin/TypeSpec.kt",
            "src/Contests/a.cs",
            "src/Latest/a.cs",
            "src/attests.rs",
            "src/inspect.rb",
            "src/Contest.kt",
            "src/protests/a.rs",
        ] {
            assert!(!tests(path), "{path}");
        }
    }

    #[test]
    fn a_name_that_begins_like_a_document_makes_none_of_a_source() {
        for path in [
            "LICENSE",
            "LICENSE-MIT",
            "CHANGES.1.2",
            "RELEASE_NOTES",
            "README.org",
            "NEWS",
            "Makefile",
            "Makefile.inc",
        ] {
            check(path, true);
        }
        for path in [
            "cmd/release.go",
            "src/ReleaseManager.java",
            "src/LicenseService.cs",
            "src/AuthorsController.php",
            "src/changes.rs",
            "mail/newsletter.py",
            "src/NewSession.java",
            "src/MakefileGenerator.cpp",
            "src/CMakeListsReader.cpp",
        ] {
            check(path, false);
        }
    }

    #[test]
    fn what_is_generated_or_translated_stands_back() {
        for path in [
            "api/zz_generated.deepcopy.go",
            "src/routes.gen.ts",
            "pkg/tables_gen.go",
            "src/Form.Designer.cs",
            "api/shop.pb.gw.go",
            "src/Strings.de.resx",
            "po/de.po",
            "src/app_de.arb",
            "translations/app_de.ts",
            "i18n/messages.ftl",
            "locale/pt_BR.js",
            "resources/lang/en/auth.php",
        ] {
            check(path, true);
        }
        for path in
            ["src/i18n/index.ts", "src/lang/parser.ts", "src/locale/detect.py", "src/generate.go"]
        {
            check(path, false);
        }
    }

    #[test]
    fn a_class_is_lifted_as_far_as_it_is_asked_for() {
        let share = |text: &str, path: &str| share(path.as_bytes(), Wanted::of(text));
        assert_eq!(share("docs(parser): explain it", "docs/parser.md"), 1.0);
        assert_eq!(share("update the docs", "docs/parser.md"), SPOKEN_OF);
        assert_eq!(share("update the parser", "docs/parser.md"), STANDS_BACK);
        // A setting among documents is one all the same.
        assert_eq!(share("docs: explain it", "docs/conf.ini"), STANDS_BACK);
    }
}
