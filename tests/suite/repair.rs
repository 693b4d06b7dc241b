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
