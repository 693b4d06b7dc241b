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
fn what_jest_tells_beside_tests_is_no_test() {
    let output = "\
● Validation Warning:

  Unknown option \"foo\" with value 1 was found.

  ●  Cannot log after tests are done. Did you forget to wait for something async in your test?
    Attempted to log \"late\".

 FAIL  ./sum.test.js (5.7 s)
  ● Console

    console.log
      got 3

      at Object.log (sum.test.js:3:11)

  ● adds

    Expected: 2
    Received: 3

      at Object.toBe (sum.test.js:4:23)

PASS ./b.test.js
  ● Console

    console.warn
      careful

      at Object.warn (b.test.js:2:9)


Test Suites: 1 failed, 1 passed, 2 total

Jest has detected the following 1 open handle potentially keeping Jest from exiting:

  ●  TCPSERVERWRAP

      at Object.listen (sum.test.js:9:10)
";
    assert_eq!(say(output), "adds @ sum.test.js:4 |  | Expected: 2 ~ Received: 3\n");
    assert_eq!(failures(output)[0].origin.as_deref(), Some("sum.test.js"));
    let called = "FAIL ./a.test.js\n  ● Console\n\n    Expected: 2\n";
    assert_eq!(say(called), "Console @  |  | Expected: 2\n", "a test may be called so");
}

#[test]
fn programs_of_cargo_that_died_are_told_once() {
    let died = "\
     Running unittests src/lib.rs (target/debug/deps/tiny-abfbdf31c337d1bd)

running 2 tests
test tests::adds ... ok

thread 'tests::deep' (21416) has overflowed its stack
fatal runtime error: stack overflow, aborting
error: test failed, to rerun pass `--lib`

Caused by:
  process didn't exit successfully: `/target/debug/deps/tiny-abfbdf31c337d1bd --quiet` (signal: 6, SIGABRT: process abort signal)
";
    let said = " @  |  | process didn't exit successfully: `tiny` (signal: 6, SIGABRT: process abort \
                signal) ~ thread 'tests::deep' has overflowed its stack ~ fatal runtime error: \
                stack overflow, aborting\n";
    assert_eq!(say(&format!("{died}{died}")), said);
    assert_eq!(failures(died)[0].origin.as_deref(), Some("--lib"));
    // Beside tests that failed, which end their program with 101.
    let known = include_str!("../../../fixtures/outputs/cargo.txt");
    let ended =
        "  process didn't exit successfully: `/target/debug/deps/more-1` (exit status: 101)\n";
    assert_eq!(say(&format!("{known}{ended}{died}")), format!("{}{said}", say(known)));
    let left = died.replace("signal: 6, SIGABRT: process abort signal", "exit status: 3");
    assert!(say(&left).contains("`tiny` (exit status: 3) ~ thread"), "{}", say(&left));
}

#[test]
fn packages_of_go_that_died_are_failures() {
    let late = "\
--- FAIL: TestAdd (0.00s)
    calc_test.go:5: Add(1, 1) = 0, want 2
panic: test timed out after 1s
\trunning tests:
\t\tTestSlow (1s)

goroutine 17 [running]:
testing.(*M).startAlarm.func1()
\t/usr/lib/go/src/testing/testing.go:2366 +0x385
created by time.goFunc
\t/usr/lib/go/src/time/sleep.go:177 +0x2d

goroutine 1 [chan receive]:
testing.(*T).Run(0xc000007ba0, {0x508da0, 0x8}, 0x52f320)
\t/usr/lib/go/src/testing/testing.go:1750 +0x3ab
main.main()
\t_testmain.go:49 +0x19c

goroutine 6 [sleep]:
time.Sleep(0x34630b8a000)
\t/usr/lib/go/src/runtime/time.go:195 +0x125
example.com/calc.TestSlow(0xc000007d40)
\tcalc_test.go:12 +0x1d
FAIL\texample.com/calc\t1.005s
FAIL
";
    insta::assert_snapshot!(say(late), @r"
    TestAdd @ calc_test.go:5 |  | Add(1, 1) = 0, want 2
     @ calc_test.go:12 |  | FAIL example.com/calc ~ panic: test timed out after 1s ~ running tests: ~ TestSlow (1s)
    ");
    let asleep = "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\nexample.com/wait.TestWait(0xc000007d40)\n\twait_test.go:7 +0x2c\nFAIL\texample.com/wait\t0.003s\nFAIL\n";
    assert_eq!(
        say(asleep),
        " @ wait_test.go:7 |  | FAIL example.com/wait ~ fatal error: all goroutines are asleep - \
         deadlock!\n"
    );
    let exits =
        "2026/01/02 15:04:05 no configuration\nexit status 3\nFAIL\texample.com/a\t0.002s\n";
    assert_eq!(say(exits), " @  |  | FAIL example.com/a ~ no configuration ~ exit status 3\n");
    let another = "--- FAIL: TestAdd (0.00s)\n    calc_test.go:5: no\npanic: boom\n\ngoroutine 7 [running]:\nexample.com/calc.work(...)\n\twork.go:9 +0x1d\nFAIL\texample.com/calc\t0.003s\n";
    assert_eq!(
        say(another),
        "TestAdd @ calc_test.go:5 |  | no\n @ work.go:9 |  | FAIL example.com/calc ~ panic: boom\n"
    );
    let broken = "# example.com/bad\nbad/bad.go:2:23: undefined: x\nFAIL\texample.com/bad [build failed]\nFAIL\n";
    assert_eq!(say(broken), " @ bad/bad.go:2 |  | undefined: x\n");
}

#[test]
fn tests_of_go_say_it_at_once_where_they_are_asked_to() {
    let output = "\
=== RUN   TestAdd
=== RUN   TestAdd/sub
    calc_test.go:7: bad
--- FAIL: TestAdd (0.00s)
    --- FAIL: TestAdd/sub (0.00s)
=== RUN   TestOne
=== PAUSE TestOne
=== RUN   TestTwo
    calc_test.go:20: a note
--- PASS: TestTwo (0.00s)
=== CONT  TestOne
    calc_test.go:30: got 3, want 4
--- FAIL: TestOne (0.00s)
=== RUN   TestThree
    calc_test.go:40: another note
--- PASS: TestThree (0.00s)
=== RUN   TestFour
got 5
--- FAIL: TestFour (0.00s)
FAIL
FAIL\texample.com/calc\t0.002s
FAIL
";
    insta::assert_snapshot!(say(output), @r"
    TestAdd/sub @ calc_test.go:7 |  | bad
    TestOne @ calc_test.go:30 |  | got 3, want 4
    TestFour @  |  | got 5
    ");
}

#[test]
fn tests_of_go_that_log_nothing_are_failures_too() {
    let output = "\
got 3
--- FAIL: TestAdd (0.00s)
--- FAIL: TestLog (0.00s)
    calc_test.go:9: no
--- FAIL: TestSilent (0.00s)
--- FAIL: ExampleAdd (0.00s)
got:
3
want:
4
FAIL
FAIL\texample.com/calc\t0.002s
FAIL
";
    assert_eq!(
        say(output),
        "TestAdd @  |  | got 3\nTestLog @ calc_test.go:9 |  | no\nTestSilent @  |  | \n\
         ExampleAdd @  |  | got: ~ 3 ~ want: ~ 4\n"
    );
}

#[test]
fn names_are_kept_of_what_was_cut_from_the_output_of_cargo() {
    let output = "  left: 1\n right: 2\n\n---- tests::b stdout ----\n\nthread 'tests::b' (2) panicked at src/lib.rs:9:9:\nno\n\n\nfailures:\n    tests::a\n    tests::b\n\ntest result: FAILED. 0 passed; 2 failed\n";
    assert_eq!(say(output), "tests::b @ src/lib.rs:9 |  | no\ntests::a @  |  | \n");
}

#[test]
fn names_are_kept_of_all_and_messages_are_cut() {
    let one = |at: usize| format!("FAILED t.py::test_{at} - {}\n", "x".repeat(300));
    let tests: String = (0..150).map(one).collect();
    let found = failures(&format!("=== short test summary info ===\n{tests}"));
    assert_eq!(found.len(), 150);
    let long: Vec<usize> = found.iter().map(|failure| failure.message.len()).collect();
    assert_eq!((long[0], long[WHOLE]), (300, SHORT + "…".len()));
}

#[test]
fn messages_of_maven_may_have_empty_lines() {
    let output = "\
[ERROR] calc.CalcTest.adds  Time elapsed: 0.004 s  <<< FAILURE!
org.opentest4j.AssertionFailedError:

expected: 2
 but was: 0
\tat calc.CalcTest.adds(CalcTest.java:12)

[ERROR] calc.CalcTest.finds  Time elapsed: 0.001 s  <<< FAILURE!
java.lang.AssertionError:

Expecting actual:
  [1]
to contain:
  2
at index 0 but found:
  1
\tat calc.CalcTest.finds(CalcTest.java:20)

Running calc.MoreTest
[INFO]
[ERROR] Failures:
[ERROR]   CalcTest.adds:12
expected: 2
 but was: 0
";
    insta::assert_snapshot!(say(output), @r"
    CalcTest.adds @ CalcTest.java:12 |  | org.opentest4j.AssertionFailedError: ~  ~ expected: 2 ~  but was: 0
    CalcTest.finds @ CalcTest.java:20 |  | java.lang.AssertionError: ~  ~ Expecting actual: ~   [1] ~ to contain: ~   2 ~ at index 0 but found: ~   1
    ");
    assert_eq!(failures(output)[0].origin.as_deref(), Some("calc.CalcTest.adds"));
}

#[test]
fn what_node_compared_in_depth_is_told_whole() {
    let tap = "\
# Subtest: deep
not ok 1 - deep
  ---
  duration_ms: 3.739266
  location: 'n.test.js:2:1'
  failureType: 'testCodeFailure'
  error: |-
    Expected values to be strictly deep-equal:
    + actual - expected
    ...

      {
    +   a: 1
    -   a: 2
      }

  code: 'ERR_ASSERTION'
  name: 'AssertionError'
  expected:
    a: 2
  actual:
    a: 1
  operator: 'deepStrictEqual'
  ...
1..1
";
    let spec = "\
✖ failing tests:

test at n.test.js:2:1
✖ deep (1.58ms)
  AssertionError [ERR_ASSERTION]: Expected values to be strictly deep-equal:
  + actual - expected

    {
  +   a: 1
  -   a: 2
    }

      at TestContext.<anonymous> (file://n.test.js:5:10)
      at async startSubtest (node:internal/test_runner/harness:255:12) {
    generatedMessage: true,
    code: 'ERR_ASSERTION'
  }
";
    insta::assert_snapshot!(say(&format!("{tap}{spec}")), @r"
    deep @ n.test.js:2 |  | Expected values to be strictly deep-equal: ~ + actual - expected ~ ... ~  ~   { ~ +   a: 1 ~ -   a: 2 ~   }
    deep @ n.test.js:5 |  | AssertionError [ERR_ASSERTION]: Expected values to be strictly deep-equal: ~ + actual - expected ~  ~   { ~ +   a: 1 ~ -   a: 2 ~   }
    ");
}

#[test]
fn tests_of_one_name_in_two_files_have_their_own_ids() {
    let output = "\
=================================== FAILURES ===================================
___________________________________ test_add ___________________________________
tests/test_b.py:4: in test_add
    assert add(1, 1) == 2
E   assert 0 == 2
___________________________________ test_add ___________________________________
test_b.py:9: in test_add
    assert add(2, 2) == 4
E   assert 0 == 4
___________________________________ test_sub ___________________________________
E   assert 1 == 0
___________________________________ test_sub ___________________________________
E   assert 2 == 0
=========================== short test summary info ============================
FAILED tests/test_b.py::test_add - assert 0 == 2
FAILED test_b.py::test_add - assert 0 == 4
FAILED test_c.py::test_sub - assert 1 == 0
FAILED test_d.py::test_sub - assert 2 == 0
4 failed in 0.03s
";
    insta::assert_snapshot!(say(output), @r"
    tests/test_b.py::test_add @ tests/test_b.py:4 | assert add(1, 1) == 2 | assert 0 == 2
    test_b.py::test_add @ test_b.py:9 | assert add(2, 2) == 4 | assert 0 == 4
    test_c.py::test_sub @  |  | assert 1 == 0
    test_d.py::test_sub @  |  | assert 2 == 0
    ");
}

#[test]
fn parameters_of_pytest_may_have_dashes() {
    let output = "=== short test summary info ===\nFAILED t.py::test_x[a - b] - AssertionError: no - really\nFAILED t.py::test_x[c - d]\nFAILED t.py::test_y - assert [1] - 2\n";
    assert_eq!(
        say(output),
        "t.py::test_x[a - b] @ t.py |  | AssertionError: no - really\n\
         t.py::test_x[c - d] @ t.py |  | \nt.py::test_y @ t.py |  | assert [1] - 2\n"
    );
}

#[test]
fn cargo_says_what_should_have_panicked() {
    let output = "\
---- tests::small stdout ----
note: test did not panic as expected at crates/demo/src/lib.rs:42:8
---- tests::large stdout ----

thread 'tests::large' (8) panicked at src/lib.rs:13:13:
too large
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
note: panic did not contain expected string
      panic message: \"too large\"
 expected substring: \"too small\"


failures:
    tests::large
    tests::small
";
    insta::assert_snapshot!(say(output), @r#"
    tests::small @ crates/demo/src/lib.rs:42 |  | note: test did not panic as expected at crates/demo/src/lib.rs:42:8
    tests::large @ src/lib.rs:13 |  | too large ~ note: panic did not contain expected string ~       panic message: "too large" ~  expected substring: "too small"
    "#);
}

#[test]
fn unity_names_groups_and_parameters() {
    let output = "\
Unity test run 1 of 1
.t.c:12:TEST(Calc, adds):FAIL: Expected 2 Was 0
!..t/more.c:20:TEST(Calc, subtracts):FAIL: Expected 1 Was 0
TEST(Calc, doubles)./t.c:30::FAIL: Expected 4 Was 2
t.c:12:test_adds(1, 2):FAIL: Expected 3 Was 0
t.c:40:test_names(\"a:b)\"):FAIL:Values differ
t.c:50::FAIL: of no test
";
    insta::assert_snapshot!(say(output), @r#"
    TEST(Calc, adds) @ t.c:12 |  | Expected 2 Was 0
    TEST(Calc, subtracts) @ t/more.c:20 |  | Expected 1 Was 0
    TEST(Calc, doubles) @ t.c:30 |  | Expected 4 Was 2
    test_adds(1, 2) @ t.c:12 |  | Expected 3 Was 0
    test_names("a:b)") @ t.c:40 |  | Values differ
    "#);
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
    assert!(
        found.len() <= Failure::MOST
            && found.iter().all(|failure| failure.message.len() < LONGEST + 8)
    );
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
                    "=== RUN   TestAdd\nFAIL\nFAIL\tx\t0.1s\nok  \tx\t0.1s\npanic: é\nfailures:\n    a\n",
                    "error: test failed, to rerun pass `--lib`\nrunning 2 tests\nthread 'é' (1\n",
                    "  process didn't exit successfully: `é-é` (signal: 6)\n  error: |-\n  ...\n",
                    "TEST(A, b)é.c:1::FAIL\nFAILED t.py::test_x[a - é - b\n",
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
