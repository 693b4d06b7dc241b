//! Tests that are written: they pass on the code as it is, and fail with mistakes in it. A scripted model
//! stands in the real model's place; Python and its `unittest` are real.

use countersign::policy::sandbox::offered;

use crate::support::{Said, TestRepo};

const CODE: &str = "def shipping(weight, express=False):
    if weight <= 0:
        raise ValueError(\"no weight\")
    price = 5 if weight < 10 else 9
    if express:
        price += 4
    return price


def _hidden(x):
    return x + 1
";
const TESTS: &str = "import unittest


class OtherTest(unittest.TestCase):
    def test_other(self):
        self.assertTrue(True)


if __name__ == \"__main__\":
    unittest.main()
";
/// The second value is wrong, the third line calls something else.
const CALLS: &str = "```python\nassert shipping(3) == 5\nassert shipping(20, True) == 14\nassert len(\"a\") == 1\nwith pytest.raises(ValueError): shipping(0)\n```\n";
const NAMES: &str = "1. test_shipping_light\n2. test_shipping_heavy\n3. test_shipping_\u{1b}[2J\n";

fn repo() -> TestRepo {
    TestRepo::with(&[("calc.py", CODE), ("test_calc.py", TESTS)])
}

fn tests(repo: &TestRepo, replies: &[&str], more: &[&str]) -> Said {
    let args = ["propose", "--tests", "calc.py::shipping"];
    repo.run_scripted(replies, args.iter().chain(more))
}

/// Whether the project's own tests pass in the work tree.
fn pass(repo: &TestRepo) -> bool {
    let mut command = repo.git_command(&["-c", "alias.t=!python3 -m unittest -q test_calc", "t"]);
    command.env("PYTHONDONTWRITEBYTECODE", "1").output().expect("it runs").status.success()
}

#[test]
fn tests_pass_on_the_code_as_it_is_and_fail_with_mistakes_in_it() {
    if offered().is_none() {
        return;
    }
    let repo = repo();
    let before = repo.tree();
    let said = tests(&repo, &[CALLS, NAMES], &[]).exits(0).stdout;
    assert!(said.contains("`shipping` (calc.py:1): "), "{said}");
    assert!(said.contains("doubt: shipping(20, True) gives 13; the model expected 14"), "{said}");
    assert!(said.contains("test after: passed"), "{said}");
    assert_eq!(repo.tree(), before, "nothing is written");
    let shown = repo.run(["show"]).exits(0).stdout;
    assert!(shown.contains("mutants ") && shown.contains("doubt: shipping(20, True)"), "{shown}");

    repo.run(["apply"]).exits(0);
    let text = repo.text("test_calc.py");
    assert!(text.contains("class ShippingTest(unittest.TestCase):"), "{text}");
    assert!(text.contains("def test_shipping_light(self):"), "{text}");
    assert!(text.contains("shipping(20, True), 13)") && !text.contains("14"), "{text}");
    assert!(text.contains("with self.assertRaises(ValueError):"), "{text}");
    assert!(!text.contains('\u{1b}') && text.ends_with("    unittest.main()\n"), "{text}");
    assert!(text.contains("\nfrom calc import shipping\n"), "{text}");
    assert!(pass(&repo));
    for (old, new) in [
        ("weight <= 0", "weight < 0"),
        ("weight < 10", "weight <= 10"),
        ("10 else", "11 else"),
        ("price += 4", "price -= 4"),
        ("express=False", "express=True"),
        ("else 9", "else 8"),
        ("    return price", "    return None"),
    ] {
        repo.write("calc.py", CODE.replacen(old, new, 1));
        assert!(!pass(&repo), "{old} → {new} survives in\n{text}");
    }
}

#[test]
fn mutants_that_survive_are_named_and_the_model_is_asked_about_them() {
    if offered().is_none() {
        return;
    }
    let code = "def f(x):\n    if x == \"open sesame\":\n        return 1\n    return 0\n";
    let repo = TestRepo::with(&[("calc.py", code), ("test_calc.py", TESTS)]);
    let args = ["propose", "--tests", "calc.py", "--json", "-c", "propose.candidates=1"];
    let equal = "def f(x):\n    y = x * 1\n    return len(y) > 0\n";
    let said = repo.run_scripted(&["assert f('a') == 0\n", NAMES, NAMES], args).exits(0).stdout;
    let last: serde_json::Value =
        serde_json::from_str(said.lines().last().expect("a line")).expect("JSON");
    assert_eq!((&last["outcome"], &last["exit_code"]), (&"verified".into(), &0.into()));
    assert_eq!(last["functions"][0]["killed"], last["functions"][0]["mutants"]);

    let repo = TestRepo::with(&[("calc.py", equal), ("test_calc.py", TESTS)]);
    let said = repo.run_scripted(&["assert f('a') == True\n", "\n", NAMES], args).exits(0).stdout;
    let last: serde_json::Value =
        serde_json::from_str(said.lines().last().expect("a line")).expect("JSON");
    let survivors = last["functions"][0]["survivors"].as_array().expect("a list");
    let named: Vec<String> = survivors
        .iter()
        .map(|it| format!("{}:{} {} → {}", it["path"], it["line"], it["old"], it["new"]))
        .collect();
    assert!(named.contains(&"\"calc.py\":2 \"1\" → \"2\"".to_owned()), "{named:?}");
    let journal = repo.run(["journal", "list", "--json"]).exits(0).stdout;
    assert!(journal.contains("None of these calls shows a difference"), "{journal}");
}

#[test]
fn what_cannot_be_tested_is_refused_with_a_hint() {
    let repo = TestRepo::with(&[
        ("calc.py", CODE),
        ("lib.rs", "pub fn f() -> u8 {\n    1\n}\n"),
        ("empty.py", "VALUE = 1\n"),
        ("test_calc.py", TESTS),
    ]);
    let check = |named: &str, words: &str| {
        let said = repo.run_scripted(&[], ["propose", "--tests", named]).exits(2);
        assert!(said.stderr.contains(words), "{}", said.stderr);
    };
    check("lib.rs", "tests with mutants are for Python so far");
    check("calc.py::shiping", "did you mean `shipping`?");
    check("empty.py", "has no public function");
    check("test_calc.py", "name the file that it tests");
    check("missing.py", "cannot show");
    repo.run(["propose"]).exits(2);
}
