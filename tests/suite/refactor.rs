//! A definition moves to another file, by its command or in the words of a task.

use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

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
    assert!(refused(&["total", ".git/sums.py", "--no-test"], 11).contains(".git"));
}

#[test]
fn what_is_typed_wins_over_the_test_command_of_the_environment() {
    let repo = repo();
    for change in [&["rename", "home", "house"][..], &["move", "total", "shop/sums.py"]] {
        let run = |args: &[&str], test: &str| {
            let mut command = repo.command(change.iter().chain(args));
            command.arg("--json").env("COUNTERSIGN_TEST", test);
            repo.finish(command)
        };
        assert_eq!(run(&[], "false").exits(0).json()["after"]["passed"], false);
        assert!(run(&["--no-test"], "false").exits(0).json()["after"].is_null());
        assert_eq!(run(&["--test", "true"], "false").exits(0).json()["after"]["passed"], true);
        // Blank, it is as good as not set, and there are no tests to be found here.
        assert!(run(&[], " ").exits(0).json()["after"].is_null());
        run(&["--no-test", "--test", "true"], "false").exits(2);
    }
}

#[test]
fn a_test_command_that_the_policy_forbids_is_denied_whatever_it_is_to_test() {
    let repo = repo();
    let rule = "@id(\"no-runs\") forbid (principal, action == Action::\"run\", resource);\n";
    repo.write(".countersign/policy.cedar", rule);
    for args in [
        &["rename", "home", "house"][..],
        &["move", "total", "shop/sums.py"],
        &["propose", "Rename `home` to `house` everywhere"],
        &["propose", "make it faster"],
    ] {
        let said = repo.run_scripted(&["x"], args.iter().chain(&["--test", "true"])).exits(11);
        assert!(said.stderr.contains("(rule `no-runs`)"), "{args:?}: {}", said.stderr);
    }
}

/// Interrupts the program once its test command has begun.
fn interrupted(repo: &TestRepo, args: &[&str]) -> Output {
    let runs = repo.home().join("runs");
    let test = format!("echo run >> {}; sleep 60", runs.display());
    let mut command = repo.command(args);
    command.args(["--json", "--test", &test]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("run");
    let (started, said) = (Instant::now(), || std::fs::read_to_string(&runs).unwrap_or_default());
    while said() != "run\n" {
        assert!(started.elapsed() < Duration::from_secs(60), "the test command never began");
        std::thread::sleep(Duration::from_millis(10));
    }
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).expect("a signal");
    let output = child.wait_with_output().expect("an end");
    assert_eq!(said(), "run\n", "it ran once more");
    std::fs::remove_file(&runs).expect("runs");
    output
}

#[test]
fn a_test_that_is_interrupted_is_no_verdict() {
    let repo = repo();
    let before = repo.tree();
    for args in [
        &["rename", "home", "house"][..],
        &["move", "total", "shop/sums.py"],
        &["propose", "Rename `home` to `house` everywhere", "--apply"],
    ] {
        let Output { status, stdout, stderr } = interrupted(&repo, args);
        let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert_eq!(status.code(), Some(130), "{args:?}: {stdout}{stderr}");
        let said: serde_json::Value = match args[0] {
            "propose" => serde_json::from_str(stdout.lines().last().expect("a line")),
            _ => serde_json::from_str(&stdout),
        }
        .expect("JSON");
        assert!(said["before"].is_null() && said["after"].is_null(), "{args:?}: {said}");
        assert!(said["proposal"].is_string(), "{args:?}: {said}");
    }
    assert_eq!(repo.tree(), before, "what was not tested is not applied unseen");
    repo.run(["journal", "verify"]).exits(0);
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
