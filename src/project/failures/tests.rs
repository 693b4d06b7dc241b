//! What programs say, as they said it, and what is read from it.

use proptest::prelude::*;

use super::*;

/// Says `TEST @ PATH:LINE | SOURCE | MESSAGE` of each failure in the output of that name.
fn say(output: &str) -> String {
    let one = |failure: &Failure| {
        let path = failure.path.as_ref().map(ToString::to_string).unwrap_or_default();
        let line = failure.line.map(|line| format!(":{line}")).unwrap_or_default();
        let test = failure.test.clone().unwrap_or_default();
        let source = failure.source.clone().unwrap_or_default();
        format!("{test} @ {path}{line} | {source} | {}\n", failure.message.replace('\n', " ~ "))
    };
    failures(output).iter().map(one).collect()
}

macro_rules! said {
    ($name:literal) => {
        say(include_str!(concat!("../../../fixtures/outputs/", $name, ".txt")))
    };
}

#[test]
fn pytest_says() {
    insta::assert_snapshot!(said!("pytest"), @r#"
    tests/test_calc.py::test_add[1] @ tests/test_calc.py:6 | assert total == x + 1, "sum is wrong" | AssertionError: sum is wrong ~ assert 0 == (1 + 1)
    tests/test_calc.py::test_add[2] @ tests/test_calc.py:6 | assert total == x + 1, "sum is wrong" | AssertionError: sum is wrong ~ assert 1 == (2 + 1)
    tests/test_calc.py::TestBoom::test_boom @ calc.py:4 | raise ValueError("no\nluck") | ValueError: no ~ luck
    "#);
}

#[test]
fn pytest_broken_says() {
    insta::assert_snapshot!(said!("pytest-broken"), @r"tests/test_broken.py @ tests/test_broken.py:1 | from calc import missing | ImportError: cannot import name 'missing' from 'calc' (calc.py)");
}

#[test]
fn unittest_says() {
    insta::assert_snapshot!(said!("unittest"), @r#"
    tests.test_u.AddTest.test_err @ tests/test_u.py:7 | raise KeyError("x") | KeyError: 'x'
    tests.test_u.AddTest.test_add @ tests/test_u.py:5 | self.assertEqual(add(1, 1), 2) | AssertionError: 0 != 2
    unittest.loader._FailedTest.test_broken @ tests/test_broken.py:1 | from calc import missing | ImportError: cannot import name 'missing' from 'calc' (calc.py)
    "#);
}

#[test]
fn cargo_says() {
    insta::assert_snapshot!(said!("cargo"), @r"
    tests::adds @ src/lib.rs:8 |  | assertion `left == right` failed: sum ~   left: 0 ~  right: 2
    panics @ tests/more.rs:4 |  | a value
    ");
}

#[test]
fn rustc_says() {
    insta::assert_snapshot!(said!("rustc"), @r#" @ src/lib.rs:11 | pub fn f() -> i32 { "x" } | mismatched types ~ expected `i32`, found `&str`"#);
}

#[test]
fn go_says() {
    insta::assert_snapshot!(said!("go"), @r"
     @ bad/bad.go:2 |  | undefined: x
    TestAdd @ calc_test.go:5 |  | Add(1, 1) = 0, want 2
    TestAdd/sub @ calc_test.go:7 |  | bad
    TestPanics @ other_test.go:3 |  | panic: runtime error: invalid memory address or nil pointer dereference [recovered]
    ");
}

#[test]
fn jest_says() {
    insta::assert_snapshot!(said!("jest"), @r"
    sum › adds @ sum.test.js:4 | expect(sum(1, 1)).toBe(2) | expect(received).toBe(expected) // Object.is equality ~ Expected: 2 ~ Received: 0
    explodes @ sum.test.js:7 | test('explodes', () => { throw new TypeError('no luck') }) | TypeError: no luck
    ");
}

#[test]
fn vitest_says() {
    insta::assert_snapshot!(said!("vitest"), @r"v/a.test.ts > adds @ v/a.test.ts:2 | test('adds', () => { expect(1 - 1).toBe(2) }) | AssertionError: expected +0 to be 2 // Object.is equality ~ - Expected ~ + Received ~ - 2 ~ + 0");
}

#[test]
fn node_says() {
    insta::assert_snapshot!(said!("node"), @r"adds @ n.test.js:2 |  | Expected values to be strictly equal: ~  ~ 0 !== 2");
}

#[test]
fn tsc_says() {
    insta::assert_snapshot!(said!("tsc"), @r" @ t.ts:1 |  | TS2322: Type 'string' is not assignable to type 'number'.");
}

#[test]
fn gcc_says() {
    insta::assert_snapshot!(said!("gcc"), @r" @ a.c:2 | return x; | ‘x’ undeclared (first use in this function)");
}

#[test]
fn ctest_says() {
    insta::assert_snapshot!(said!("ctest"), @r"bad @  |  | Failed");
}

#[test]
fn ctest_says_what_its_tests_said() {
    insta::assert_snapshot!(said!("ctest-output"), @r"
    calc @  |  | Failed ~ calc: calc.c:9: main: Assertion `add(1, 1) == 2' failed.
    CalcTest.Adds @ calc_test.cc:5 |  | Expected equality of these values: ~   0 ~   2
    ");
}

#[test]
fn gtest_says() {
    insta::assert_snapshot!(said!("gtest"), @r#"
    CalcTest.Adds @ calc_test.cc:5 |  | Expected equality of these values: ~   add(1, 1) ~     Which is: 0 ~   2
    CalcTest.Throws @  |  | C++ exception with description "no luck" thrown in the test body.
    "#);
}

#[test]
fn catch2_says() {
    insta::assert_snapshot!(said!("catch2"), @r"
    sums > of two @ calc_test.cpp:7 |  | REQUIRE( add(1, 1) == 2 ) ~ with expansion: ~   0 == 2
    throws @ calc_test.cpp:12 |  | CHECK( explode() ) ~ due to unexpected exception with message: ~   no luck
    ");
}

#[test]
fn unity_says() {
    insta::assert_snapshot!(said!("unity"), @r"
    test_adds @ test_calc.c:12 |  | Expected 2 Was 0
    test_nothing @ test_calc.c:21 |  | Values differ
    ");
}

#[test]
fn mocha_says() {
    insta::assert_snapshot!(said!("mocha"), @r"
    sum > adds @ test/sum.js:5 |  | AssertionError [ERR_ASSERTION]: Expected values to be strictly equal: ~ 0 !== 2 ~ + expected - actual ~ -0 ~ +2
    sum > explodes @ lib/sum.js:3 |  | TypeError: no luck
    ");
}

#[test]
fn node_says_it_to_people_too() {
    insta::assert_snapshot!(said!("node-spec"), @r"adds @ n.test.js:5 |  | AssertionError [ERR_ASSERTION]: Expected values to be strictly equal: ~  ~ 0 !== 2");
}

#[test]
fn bun_says() {
    insta::assert_snapshot!(said!("bun"), @r"adds @ sum.test.ts:3 | expect(1 - 1).toBe(2); | expect(received).toBe(expected) ~  ~ Expected: 2 ~ Received: 0");
}

#[test]
fn gradle_says() {
    insta::assert_snapshot!(said!("gradle"), @r"
    CalcTest > adds() @ CalcTest.java:12 |  | org.opentest4j.AssertionFailedError: expected: <2> but was: <0>
    CalcTest > explodes() @ CalcTest.java:17 |  | java.lang.IllegalStateException
    ");
}

#[test]
fn maven_says() {
    insta::assert_snapshot!(said!("maven"), @r"
    CalcTest.adds @ CalcTest.java:12 |  | org.opentest4j.AssertionFailedError: expected: <2> but was: <0>
    CalcTest.explodes @ Calc.java:7 |  | java.lang.IllegalStateException: no luck
    MoreTest.adds @  |  | expected: <3> but was: <0>
    ");
}

#[test]
fn rspec_says() {
    insta::assert_snapshot!(said!("rspec"), @r#"
    Money adds @ spec/money_spec.rb:5 | expect(Money.add(1, 1)).to eq(2) | expected: 2 ~      got: 0 ~  ~ (compared using ==)
    Money explodes @ lib/money.rb:7 | raise ArgumentError, "no luck" | ArgumentError: ~   no luck
    "#);
    let cut = say("rspec ./spec/a_spec.rb:5 # Money adds\n");
    assert_eq!(cut.trim_end(), "Money adds @ spec/a_spec.rb:5 |  |");
}

#[test]
fn phpunit_says() {
    insta::assert_snapshot!(said!("phpunit"), @r"
    CalcTest::testExplodes @ src/Calc.php:9 |  | RuntimeException: no luck
    CalcTest::testAdds @ tests/CalcTest.php:10 |  | Failed asserting that 0 matches expected 2.
    ");
}

#[test]
fn files_of_tests_that_cannot_be_imported_are_failures() {
    insta::assert_snapshot!(said!("vitest-import"), @r#"a.test.ts @  |  | Error: Failed to resolve import "./missing" from "a.test.ts". Does the file exist? ~   Plugin: vite:import-analysis ~   File: a.test.ts:1:18"#);
    let jest = "FAIL ./a.test.js\n  ● Test suite failed to run\n\n    Cannot find module './x' from 'a.test.js'\n\n    > 1 | require('./x')\n        | ^\n\n      at Object.require (a.test.js:1:11)\n";
    insta::assert_snapshot!(say(jest), @"a.test.js @ a.test.js:1 | require('./x') | Cannot find module './x' from 'a.test.js'");
    assert!(failures(jest).iter().all(|failure| failure.unready));
}

#[test]
fn long_titles_of_pytest_have_one_mark_at_each_end() {
    let name = format!("test_{}", "long_".repeat(14));
    let rule = "_ _ _ _ _ _ _ _ _ _";
    let output = format!(
        "_ {name} _\na.py:1: in f\n    g()\n{rule}\nb.py:2: in g\n    1 / 0\nE   ZeroDivisionError\n"
    );
    assert_eq!(say(&output), format!("{name} @ b.py:2 | 1 / 0 | ZeroDivisionError\n"));
}

#[test]
fn javac_says() {
    insta::assert_snapshot!(said!("javac"), @r" @ Foo.java:1 |  | incompatible types: String cannot be converted to int");
}

#[test]
fn other_programs_are_read_by_the_places_they_name() {
    insta::assert_snapshot!(
        say("wrong in ./lib/a.rb:5 for 2\nsee /etc/hosts.txt:3\nat 10:30:12 it ended\n"),
        @r" @ lib/a.rb:5 |  | wrong in ./lib/a.rb:5 for 2"
    );
    insta::assert_snapshot!(
        say("Traceback (most recent call last):\n  File \"a.py\", line 3, in <module>\n    import nothing\nModuleNotFoundError: No module named 'nothing'\n"),
        @" @ a.py:3 | import nothing | ModuleNotFoundError: No module named 'nothing'"
    );
}

#[test]
fn sizes_are_bounded_and_paths_stay_inside() {
    let long = format!("FAIL: a (b.C)\n{}\n", "x".repeat(1 << 16));
    let output = format!("=====\n{long}").repeat(300);
    let found = failures(&output);
    assert!(found.len() <= MOST && found.iter().all(|failure| failure.message.len() < LONGEST + 8));
    assert_eq!(failures("../../etc/passwd.c:1:1: error: no\n"), []);
}

proptest! {
    #[test]
    fn no_output_of_a_command_panics(
        lines in prop::collection::vec(
            prop::sample::select(
                concat!(
                    include_str!("../../../fixtures/outputs/pytest.txt"),
                    include_str!("../../../fixtures/outputs/unittest.txt"),
                    include_str!("../../../fixtures/outputs/cargo.txt"),
                    include_str!("../../../fixtures/outputs/rustc.txt"),
                    include_str!("../../../fixtures/outputs/go.txt"),
                    include_str!("../../../fixtures/outputs/vitest.txt"),
                    include_str!("../../../fixtures/outputs/node.txt"),
                    include_str!("../../../fixtures/outputs/vitest-import.txt"),
                    include_str!("../../../fixtures/outputs/node-spec.txt"),
                    include_str!("../../../fixtures/outputs/mocha.txt"),
                    include_str!("../../../fixtures/outputs/bun.txt"),
                    include_str!("../../../fixtures/outputs/gradle.txt"),
                    include_str!("../../../fixtures/outputs/maven.txt"),
                    include_str!("../../../fixtures/outputs/ctest-output.txt"),
                    include_str!("../../../fixtures/outputs/gtest.txt"),
                    include_str!("../../../fixtures/outputs/catch2.txt"),
                    include_str!("../../../fixtures/outputs/unity.txt"),
                    include_str!("../../../fixtures/outputs/rspec.txt"),
                    include_str!("../../../fixtures/outputs/phpunit.txt"),
                    "____ ____\nE  \n● \nnot ok - \nerror\n  --> \né:1:\n_______\n___ ___ x ___\n",
                ).lines().collect::<Vec<_>>()
            ),
            0..30,
        ),
        any in ".{0,20}",
        bytes in 0_usize..400,
    ) {
        let output = format!("{}\n{any}", lines.join("\n"));
        let digest = crate::project::digest(&output, bytes);
        prop_assert!(digest.len() <= bytes);
        prop_assert!(!failures(&output).iter().any(|failure| failure.message.len() > LONGEST + 8));
    }
}
