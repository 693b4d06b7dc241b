//! A mistake that is mended without the model: small changes, tried on the project's own tests.

use countersign::policy::sandbox::offered;

use crate::support::{Said, TestRepo};

const CODE: &str = "LIMIT = 10\n\n\ndef clip(value, low, high):\n    \"\"\"Keeps within bounds.\"\"\"\n    \
                    if value < low:\n        return low\n    if value > low:\n        return high\n    \
                    return value\n\n\ndef twice(value):\n    return value * 2\n";
const TESTS: &str = "import unittest\nfrom bounds import clip, twice\n\n\nclass ClipTest(unittest.TestCase):\n    \
                     def test_inside(self):\n        self.assertEqual(clip(2, 1, 3), 2)\n\n    \
                     def test_outside(self):\n        self.assertEqual(clip(0, 1, 3), 1)\n        \
                     self.assertEqual(clip(9, 1, 3), 3)\n\n    \
                     def test_twice(self):\n        self.assertEqual(twice(2), 4)\n";

fn propose(repo: &TestRepo, task: &str, repair: bool) -> Said {
    let switch = format!("propose.repair={repair}");
    repo.run_scripted(&["no code"; 9], ["propose", "--json", "-c", &switch, task])
}

#[test]
fn a_mistake_is_mended_without_the_model() {
    if offered().is_none() {
        return;
    }
    let repo = TestRepo::with(&[("bounds.py", CODE), ("test_bounds.py", TESTS)]);
    let before = repo.tree();
    let said = propose(&repo, "`clip` gives 3 for `clip(2, 1, 3)` instead of 2", true).exits(0);
    let last = said.last_json();
    assert_eq!((&last["outcome"], &last["requests"]), (&"verified".into(), &0.into()), "{last}");
    assert!(last["repaired"]["tried"].as_u64() > Some(0), "{last}");
    let diff = repo.run(["diff"]).exits(0).stdout;
    assert!(diff.contains("-    if value > low:\n+    if value > high:"), "{diff}");
    assert_eq!(repo.tree(), before);
    // The switch is what did it.
    assert_ne!(propose(&repo, "`clip` gives 3 for `clip(2, 1, 3)`", false).code, 0);
}

#[test]
fn without_any_model_a_mistake_is_mended_and_whatever_needs_one_says_so() {
    if offered().is_none() {
        return;
    }
    let repo = TestRepo::with(&[("bounds.py", CODE), ("test_bounds.py", TESTS)]);
    let run = |task| repo.run(["propose", "-c", "propose.repair=true", task]);
    let said = run("`clip` gives 3 for `clip(2, 1, 3)` instead of 2").exits(0);
    assert!(said.stderr.contains("there is no model here"), "{}", said.stderr);
    repo.run(["apply"]).exits(0);
    assert!(repo.text("bounds.py").contains("if value > high:"));
    for task in ["Add a fourth argument to `clip`", "`twice` is too slow"] {
        let said = run(task).exits(13);
        assert!(said.stderr.contains("countersign model pull"), "{task}: {}", said.stderr);
    }
}

#[test]
fn where_the_tests_near_a_mistake_pass_others_show_it() {
    if offered().is_none() {
        return;
    }
    let near = "import unittest\nfrom bounds import clip\n\n\nclass NearTest(unittest.TestCase):\n    \
                def test_low(self):\n        self.assertEqual(clip(0, 1, 3), 1)\n";
    let shapes = "from bounds import clip\n\n\ndef width(value):\n    return clip(value, 1, 3)\n";
    let far = "import unittest\nfrom shapes import width\n\n\nclass WidthTest(unittest.TestCase):\n    \
               def test_widths(self):\n        self.assertEqual([width(n) for n in (0, 2, 3, 9)], [1, 2, 3, 3])\n";
    let files = [
        ("bounds.py", CODE),
        ("shapes.py", shapes),
        ("test_bounds.py", near),
        ("zoo/test_zoo.py", far),
    ];
    let repo = TestRepo::with(&files);
    let last = propose(&repo, "`clip` gives 3 for `clip(2, 1, 3)` instead of 2", true).last_json();
    assert_eq!((&last["outcome"], &last["requests"]), (&"verified".into(), &0.into()), "{last}");
    let diff = repo.run(["diff"]).exits(0).stdout;
    assert!(diff.contains("-    if value > low:\n+    if value > high:"), "{diff}");
}

#[test]
fn what_breaks_a_test_elsewhere_is_not_verified() {
    if offered().is_none() {
        return;
    }
    let near = "import unittest\nfrom bounds import clip\n\n\nclass NearTest(unittest.TestCase):\n    \
                def test_inside(self):\n        self.assertEqual(clip(2, 1, 3), 2)\n";
    let shapes = "from bounds import twice\n\n\ndef wide(value):\n    return twice(value)\n";
    let far = "import unittest\nfrom shapes import wide\n\n\nclass WideTest(unittest.TestCase):\n    \
               def test_wide(self):\n        self.assertEqual(wide(4), 8)\n\n    \
               def test_that_fails_anyway(self):\n        self.assertEqual(wide(4), 9)\n";
    let files = [
        ("bounds.py", CODE),
        ("shapes.py", shapes),
        ("test_bounds.py", near),
        ("zoo/test_zoo.py", far),
    ];
    let edit = |name: &str, code: &str| format!("EDIT bounds.py {name}\n```python\n{code}```\n");
    let right =
        edit("clip", "def clip(value, low, high):\n    return min(max(value, low), high)\n");
    let breaks = right.clone() + &edit("twice", "def twice(value):\n    return value * 3\n");
    let outcome = |reply: &str| {
        let repo = TestRepo::with(&files);
        let task =
            ["propose", "--json", "-c", "propose.attempts=1", "`clip` gives 3 for `clip(2, 1, 3)`"];
        let last = repo.run_scripted(&[reply], task).last_json();
        (last["outcome"].clone(), last["others"].clone())
    };
    assert_eq!(outcome(&right), ("verified".into(), "none fails that passed before".into()));
    assert_eq!(
        outcome(&breaks),
        ("verification_failed".into(), "1 fails that passed before".into())
    );
}

#[test]
fn tests_that_fail_do_not_turn_a_wish_into_a_repair() {
    if offered().is_none() {
        return;
    }
    let repo = TestRepo::with(&[("bounds.py", CODE), ("test_bounds.py", TESTS)]);
    for task in ["Add a fourth argument to `clip`", "`twice` should say how often it was called"] {
        let last = propose(&repo, task, true).last_json();
        assert_eq!(last["outcome"], "no_usable_reply", "{task}: {last}");
        assert_eq!(last["repaired"], serde_json::Value::Null, "{task}: {last}");
    }
}

const STEP: &str = "STEP = 2\nSTEPS = [STEP, -STEP]\n";
const PAGES: &str = "from step import STEPS\n\n\ndef pages(count, extra=0):\n    \
                     return count // 10 + extra\n\n\nclass Pager:\n    factor = 1\n\n    \
                     def after(self, page):\n        return page + STEPS[0] * self.factor\n\n    \
                     def before(self, page):\n        return page + STEPS[1] * self.factor\n";
const PAGES_TESTS: &str = "import unittest\nfrom pages import Pager, pages\n\n\n\
                           class PagesTest(unittest.TestCase):\n    def test_pages(self):\n        \
                           self.assertEqual(pages(35), 3)\n        \
                           self.assertEqual(pages(35, 4), 7)\n\n    def test_after(self):\n        \
                           self.assertEqual(Pager().after(4), 6)\n\n    def test_before(self):\n        \
                           self.assertEqual(Pager().before(4), 2)\n";

/// A mistake outside of what functions do is mended, which no change inside of one could.
#[track_caller]
fn check(file: &str, right: &str, wrong: &str) {
    if offered().is_none() {
        return;
    }
    let files = [("pages.py", PAGES), ("step.py", STEP), ("test_pages.py", PAGES_TESTS)];
    let broken = files.map(|(name, text)| {
        let text = if name == file { text.replacen(right, wrong, 1) } else { text.to_owned() };
        (name, text)
    });
    let repo = TestRepo::with(&broken.each_ref().map(|(name, text)| (*name, text.as_str())));
    let said = propose(&repo, "`pages` and `Pager` give wrong numbers", true).exits(0);
    let last = said.last_json();
    assert_eq!((&last["outcome"], &last["requests"]), (&"verified".into(), &0.into()), "{last}");
    let diff = repo.run(["diff"]).exits(0).stdout;
    assert!(diff.contains(&format!("-{wrong}\n+{right}\n")), "{diff}");
}

#[test]
fn a_default_is_mended() {
    check("pages.py", "def pages(count, extra=0):", "def pages(count, extra=1):");
}

#[test]
fn an_attribute_of_a_class_is_mended() {
    check("pages.py", "    factor = 1", "    factor = 0");
}

#[test]
fn a_constant_that_others_are_made_of_is_mended() {
    check("step.py", "STEP = 2", "STEP = 3");
}
