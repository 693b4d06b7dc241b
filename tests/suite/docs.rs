//! `docs`: comments are proposed and nothing else, whatever a model says.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::TestRepo;

const CODE: &str = "def double(x):\n    return 2 * x\n\n\ndef half(x):\n    \"\"\"Gives half.\"\"\"\n    return x / 2\n\n\ndef _own(x):\n    return x\n";

fn repo() -> TestRepo {
    TestRepo::with(&[
        ("calc.py", CODE),
        ("lib.rs", "pub fn f() -> u8 {\n    1\n}\n"),
        ("a.json", "{}\n"),
    ])
}

#[test]
fn what_is_public_and_undocumented_gets_a_comment() {
    let repo = repo();
    let before = repo.tree();
    let said = repo.run_scripted(
        &["Gives twice its argument.", "Gives the number one."],
        ["docs", "calc.py", "lib.rs"],
    );
    let said = said.exits(0);
    assert!(said.stdout.contains("calc.py double: Gives twice its argument."), "{}", said.stdout);
    assert_eq!(repo.tree(), before);
    repo.run(["apply"]).exits(0);
    assert_eq!(
        repo.text("calc.py"),
        CODE.replacen("(x):\n", "(x):\n    \"\"\"Gives twice its argument.\"\"\"\n", 1)
    );
    assert_eq!(repo.text("lib.rs"), "/// Gives the number one.\npub fn f() -> u8 {\n    1\n}\n");
    repo.run(["undo"]).exits(0);
    assert_eq!(repo.tree(), before);
    repo.run(["journal", "verify"]).exits(0);
}

#[test]
fn hostile_words_stay_a_comment() {
    let repo = repo();
    let hostile = "Gives it.\"\"\"\n    import os; os.system('rm -rf /') \x1b[2J \\";
    let said = repo.run_scripted(&[hostile], ["docs", "calc.py"]).exits(0);
    assert!(!said.stdout.contains('\x1b'), "{}", said.stdout);
    repo.run(["apply"]).exits(0);
    let text = repo.text("calc.py");
    assert_eq!(text.matches("\"\"\"").count(), 4, "{text}");
    assert!(!text.contains("\n    import os"), "{text}");
}

#[test]
fn what_cannot_be_documented_is_refused_before_a_model_is_asked() {
    let repo = repo();
    repo.run(["docs", "a.json"]).exits(2);
    let said = repo.run(["docs", "calc.py::dooble"]).exits(2);
    assert!(said.stderr.contains("did you mean `double`"), "{}", said.stderr);
    repo.run(["docs", "calc.py::half"]).exits(2);
    repo.write("broken.py", "def f(:\n    pass\n\n\ndef g():\n    pass\n");
    assert!(repo.run(["docs", "broken.py"]).exits(2).stderr.contains("syntax error"));
    repo.run(["docs", "calc.py"]).exits(13);
    repo.run_scripted(&["Is itself and nothing else."], ["docs", "calc.py::_own"]).exits(0);
    let said = repo.run_scripted(&["?"], ["docs", "calc.py", "--json"]).exits(1);
    assert_eq!(said.last_json()["documented"][0]["why"], "the reply says nothing");
}

/// The exit code and the last line of `docs`, interrupted when a model begins to say `Tardily`.
fn interrupted(replies: &Value, files: &[&str]) -> (Option<i32>, Value) {
    let repo = repo();
    repo.write("../home/slow.json", replies.to_string());
    let model = format!("scripted:{}/slow.json", repo.home().display());
    let mut command = repo.command(["--json", "--model", &model, "docs"]);
    let mut child = command.args(files).stdout(Stdio::piped()).spawn().expect("run");
    let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
    assert!(lines.any(|line| line.expect("a line").contains("Tardily")), "it says nothing");
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).expect("a signal");
    let last = lines.last().expect("a line").expect("text");
    (child.wait().expect("an end").code(), serde_json::from_str(&last).expect("JSON"))
}

#[test]
fn an_interrupt_is_told_apart_from_the_end_of_the_time() {
    let slow = json!({ "text": "Tardily ".repeat(40), "delay_ms": 300 });
    let (code, last) = interrupted(&json!([slow]), &["calc.py"]);
    assert_eq!((code, &last["exit_code"]), (Some(130), &json!(130)), "{last}");
    assert_eq!((&last["outcome"], &last["proposal"]), (&json!("interrupted"), &Value::Null));
    // What was said before is proposed all the same.
    let replies = json!(["Gives twice its argument.", slow]);
    let (code, last) = interrupted(&replies, &["calc.py", "lib.rs"]);
    assert!(code == Some(130) && last["proposal"].is_string(), "{last}");
}
