//! A definition moves to another file, by its command or in the words of a task.

use crate::support::TestRepo;

fn repo() -> TestRepo {
    TestRepo::with(&[
        ("shop/__init__.py", "from .cart import total\n"),
        (
            "shop/cart.py",
            "import math\nimport os\n\n\ndef total(items):\n    return math.fsum(items)\n\n\ndef home():\n    return os.sep\n",
        ),
        (
            "check.py",
            "import shop\nfrom shop.cart import total\n\nassert shop.total([1, 2]) == total([1, 2]) == 3\n",
        ),
    ])
}

const SUM: &str = "import math\n\n\ndef total(items):\n    return math.fsum(items)\n";
const CART: &str = "import os\n\n\ndef home():\n    return os.sep\n";

#[test]
fn a_move_is_tested_and_waits_as_a_proposal() {
    let repo = repo();
    let before = repo.tree();
    let said = repo.run(["move", "total", "shop/sums.py", "--test", "python3 check.py"]).exits(0);
    assert!(
        said.stdout.contains("total to shop/sums.py in 4 files   test after: passed"),
        "{}",
        said.stdout
    );
    assert_eq!(repo.tree(), before);
    repo.run(["apply"]).exits(0);
    assert_eq!(repo.text("shop/sums.py"), SUM);
    assert_eq!(repo.text("shop/cart.py"), CART);
    assert_eq!(repo.text("shop/__init__.py"), "from .sums import total\n");
    assert!(repo.text("check.py").contains("from shop.sums import total\n"));
    repo.run(["undo"]).exits(0);
    assert_eq!(repo.tree(), before);
    repo.run(["journal", "verify"]).exits(0);
}

#[test]
fn a_change_after_which_tests_fail_is_told_as_that() {
    let repo = repo();
    let test = "python3 -c 'import shop.cart; shop.cart.total'";
    let said = repo.run(["move", "total", "shop/sums.py", "--test", test, "--json"]).exits(14);
    let said = said.json();
    assert_eq!(
        (&said["before"]["passed"], &said["after"]["passed"]),
        (&true.into(), &false.into())
    );
    repo.run(["rename", "home", "house", "--test", "true"]).exits(0);
}

#[test]
fn what_cannot_move_is_refused_with_a_hint() {
    let repo = repo();
    let refused = |args: &[&str], code: i32| {
        let said = repo.run(std::iter::once(&"move").chain(args)).exits(code);
        assert_eq!(repo.run(["proposals", "--json"]).exits(0).json(), serde_json::json!([]));
        assert!(said.stderr.contains("hint: "), "{}", said.stderr);
        said.stderr
    };
    assert!(refused(&["totl", "shop/sums.py"], 1).contains("`totl` is not defined here"));
    assert!(refused(&["total", "shop/cart.py"], 1).contains("`shop/cart.py` has it already"));
    assert!(refused(&["total", "shop/sums.rs"], 1).contains("the language of `shop/cart.py`"));
    assert!(refused(&["total", "../sums.py"], 2).contains("outside the repository"));
    assert!(refused(&["total", ".git/sums.py", "--no-test"], 1).contains(".git"));
}

#[test]
fn words_that_leave_nothing_open_need_no_model() {
    let repo = repo();
    let words = "Move `total` from cart.py to shop/sums.py and fix the imports";
    let test = ["--test", "python3 check.py", "--apply"];
    // There is no such model: it is not even looked for.
    let args = ["propose", words, "-m", "nowhere.gguf"];
    let said = repo.run(args.iter().chain(&test)).exits(0);
    assert!(said.stdout.contains("no model was asked"), "{}", said.stdout);
    assert_eq!(repo.text("shop/sums.py"), SUM);
    let said = repo
        .run(["propose", "Rename `total` to `sum_of` everywhere", "--json", "--apply"])
        .exits(0);
    let last: serde_json::Value =
        serde_json::from_str(said.stdout.lines().last().expect("line")).expect("JSON");
    assert_eq!((&last["requests"], &last["outcome"]), (&0.into(), &"proposed".into()));
    assert!(repo.text("shop/__init__.py").contains("import sum_of"));
    let journal = repo.run(["journal", "show", "--json"]).stdout;
    assert!(!journal.contains("\"asked\"") && !journal.contains("nowhere"), "{journal}");
}

#[test]
fn words_that_leave_something_open_are_the_models() {
    let repo = repo();
    for words in
        ["Move `total` to shop/sums.py and make it faster", "Rename `nothing_here` to `other`"]
    {
        let said = repo.run(["propose", words, "-m", "nowhere.gguf"]).exits(13);
        assert!(!said.stdout.contains("proposal"), "{}", said.stdout);
    }
}
