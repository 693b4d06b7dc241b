//! Tasks that were broken off and gone on with: a scripted model answers, and what it has answered
//! before is not asked for again.

use std::process::{Child, Stdio};
use std::time::Duration;

use countersign::journal::{Event, Log};
use serde_json::{Value, json};

use crate::support::{Said, TestRepo};

const CODE: &str = "def double(x):\n    return x + x + 1\n\n\ndef half(x):\n    return x / 2\n";
const GOOD: &str = "EDIT calc.py double\n```python\ndef double(x):\n    return 2 * x\n```\n";
const BAD: &str = "EDIT calc.py double\n```python\ndef double(x):\n    return 3 * x\n```\n";
const TEST: &str = "python3 -c 'import calc; assert calc.double(2) == 4'";
const JOURNAL: &str = ".git/countersign/journal.jsonl";
const HEAD: &str = ".git/countersign/journal.head";
/// Two rounds of two answers; the fourth is not needed any more.
const REPLIES: [&str; 3] = [BAD, "I would rather not.", GOOD];
const WORDS: &str = "twice the argument is wanted";
const TASK: [&str; 6] = ["propose", WORDS, "--candidates", "2", "--test", TEST];

fn repo() -> TestRepo {
    TestRepo::with(&[("calc.py", CODE), ("README.md", "Adds.\n")])
}

fn lines(repo: &TestRepo) -> Vec<String> {
    let text = std::fs::read_to_string(repo.root().join(JOURNAL)).unwrap_or_default();
    let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    whole.map(str::to_owned).collect()
}

fn events(repo: &TestRepo) -> Vec<Value> {
    let record = |line: &String| serde_json::from_str::<Value>(line).expect("JSON");
    lines(repo).iter().map(record).map(|record| record["event"].clone()).collect()
}

fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == kind).collect()
}

/// The answers that a model gave to their end, in their order.
fn answers(events: &[Value]) -> Vec<String> {
    let given = of_kind(events, "answered").into_iter().filter(|it| it["recorded"] != true);
    let whole = given.filter(|it| it["stop"] != "cancelled");
    whole.map(|event| event["text"].as_str().expect("text").to_owned()).collect()
}

/// The trees of the proposals that there are.
fn proposed(repo: &TestRepo) -> Vec<String> {
    let list = ["for-each-ref", "--format=%(tree)", "refs/countersign"];
    repo.git(&list).lines().map(str::to_owned).collect()
}

/// Goes on, with a model that gives the replies that are not in the journal yet.
fn resume(repo: &TestRepo, replies: &[&str]) -> Said {
    let given = answers(&events(repo)).len();
    repo.run_scripted(&replies[given..], ["resume"])
}

/// Checks that a task came to the one end that it has, as if nobody had broken it off.
#[track_caller]
fn check_end(repo: &TestRepo, replies: &[&str], expected: &[String], what: &str) {
    assert_eq!(proposed(repo), expected, "{what}");
    let events = events(repo);
    assert_eq!(answers(&events), replies, "{what}: nothing is asked twice");
    assert_eq!(of_kind(&events, "proposed").len(), 1, "{what}");
    assert_eq!(of_kind(&events, "task_ended").len(), 1, "{what}");
    assert_eq!(of_kind(&events, "applied").len(), 0, "{what}");
    repo.run(["journal", "verify"]).exits(0);
}

#[test]
fn a_task_goes_on_from_every_record_to_the_one_proposal() {
    goes_on(&TASK, &REPLIES, 3);
}

#[test]
fn a_task_of_a_team_goes_on_from_every_record_to_the_one_proposal() {
    let other = "EDIT calc.py double\n```python\ndef double(x):\n    return x * 2\n```\n";
    let task = ["propose", WORDS, "--candidates", "1", "--test", TEST, "--team", "pair"];
    goes_on(&task, &[GOOD, "LINE 2 error: It is the wrong way round.", other, "FINE"], 3);
}

/// Kills a task behind every record that it makes, and goes on with it: so many commands run in all.
fn goes_on(task: &[&str], replies: &[&str], ran: usize) {
    let repo = repo();
    let tree = repo.tree();
    repo.run_scripted(replies, task).exits(0);
    let (whole, expected) = (lines(&repo), proposed(&repo));
    check_end(&repo, replies, &expected, "without a kill");
    let last = events(&repo).iter().position(|event| event["type"] == "proposed").expect("end");
    let forget = |repo: &TestRepo| {
        let refs = repo.git(&["for-each-ref", "--format=%(refname)", "refs/countersign"]);
        refs.lines().for_each(|name| drop(repo.git(&["update-ref", "-d", name])));
    };
    // What a kill leaves: so many records, and the proposal if it was stored, recorded or not.
    let cuts = (1..=last).map(|n| (n, false)).chain((last..whole.len()).map(|n| (n, true)));
    let stored =
        repo.git(&["for-each-ref", "--format=%(objectname) %(refname)", "refs/countersign"]);
    let (commit, name) = stored.trim().split_once(' ').expect("a proposal");
    for (records, is_stored) in cuts {
        forget(&repo);
        if is_stored {
            repo.git(&["update-ref", name, commit]);
        }
        let kept = &whole[..records];
        let mut text: String = kept.iter().map(|line| format!("{line}\n")).collect();
        // Every second time the kill came in the middle of a record.
        let torn = whole.get(records).filter(|_| records % 2 == 0);
        text.extend(torn.map(|line| &line[..line.len() / 2]));
        repo.write(JOURNAL, text);
        let newest: Value = serde_json::from_str(kept.last().expect("a record")).expect("JSON");
        repo.write(HEAD, json!({ "seq": newest["seq"], "hash": newest["hash"] }).to_string());
        let said = match is_stored {
            // A script without replies fails when it is asked.
            true => repo.run_scripted(&[], ["resume"]),
            false => resume(&repo, replies),
        };
        let what = format!("after {records} records, stored: {is_stored}");
        assert_eq!(said.code, 0, "{what}:\n{}\n{}", said.stdout, said.stderr);
        assert!(
            said.stdout.contains("test before: failed   test after: passed"),
            "{}",
            said.stdout
        );
        check_end(&repo, replies, &expected, &what);
        let runs = of_kind(&events(&repo), "command_ran").len();
        assert_eq!(runs, ran, "{what}: no command that ended runs again");
        assert_eq!(repo.tree(), tree, "{what}");
    }
    repo.run(["resume"]).exits(1);
}

/// A process that works on the task with a slow model, killed when it has recorded so much.
fn killed_at(repo: &TestRepo, records: usize) -> bool {
    let mut child = slow(repo);
    while lines(repo).len() < records {
        if child.try_wait().expect("wait").is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("kill");
    child.wait().expect("wait");
    true
}

fn slow(repo: &TestRepo) -> Child {
    let replies: Vec<Value> =
        REPLIES.iter().map(|text| json!({ "text": text, "delay_ms": 10 })).collect();
    repo.write("../home/slow.json", json!(replies).to_string());
    let mut command = repo.command(TASK);
    command.env("COUNTERSIGN_MODEL", format!("scripted:{}/slow.json", repo.home().display()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("spawn")
}

#[test]
fn a_killed_task_is_proposed_once_and_nothing_is_applied() {
    let mut killed = 0;
    for records in (1..18).step_by(2) {
        let repo = repo();
        let tree = repo.tree();
        if !killed_at(&repo, records) {
            continue;
        }
        killed += 1;
        let said = resume(&repo, &REPLIES);
        if said.code == 1 {
            // It was killed after its last record.
            assert!(said.stderr.contains("there is no task to go on with"), "{}", said.stderr);
        }
        let changed = CODE.replace("x + x + 1", "2 * x");
        check_end(&repo, &REPLIES, &proposed(&repo)[..1], &format!("killed at {records} records"));
        assert_eq!(repo.tree(), tree);
        repo.run(["apply"]).exits(0);
        assert_eq!(repo.text("calc.py"), changed);
    }
    assert!(killed > 5, "{killed} were killed before their end");
}

#[test]
fn a_task_that_another_process_works_on_is_refused() {
    let repo = repo();
    let mut child = slow(&repo);
    while lines(&repo).is_empty() {
        assert!(child.try_wait().expect("wait").is_none(), "it ended early");
        std::thread::sleep(Duration::from_millis(2));
    }
    let list = repo.run(["resume", "--list", "--json"]).exits(0).json();
    let said = repo.run_scripted(&[], ["resume"]);
    child.kill().expect("kill");
    child.wait().expect("wait");
    assert_eq!(list[0]["state"], "runs");
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("another process works on task `t-"), "{}", said.stderr);
    let list = repo.run(["resume", "--list"]).exits(0).stdout;
    assert!(list.contains("killed; ") && list.contains("twice the argument"), "{list}");
}

#[test]
fn a_task_that_is_done_is_named_and_asks_nothing() {
    let repo = repo();
    repo.run_scripted(&[BAD; 6], TASK).exits(14);
    let task = repo.run(["journal", "list", "--json"]).json()[0]["task"].clone();
    let task = task.as_str().expect("task");
    let before = lines(&repo);
    let said = repo.run_scripted(&[], ["resume", task]).exits(14);
    assert!(said.stdout.contains("test after: failed"), "{}", said.stdout);
    assert!(said.stderr.contains("is done: proposed, verification failed"), "{}", said.stderr);
    assert_eq!(lines(&repo), before, "nothing more happened");
    repo.run(["apply"]).exits(0);
    let said = repo.run(["resume", &task[..6]]).exits(14);
    assert!(said.stdout.contains("applied to the work tree"), "{}", said.stdout);
    repo.run(["resume", "t-ffff"]).exits(1);
    assert!(repo.run(["resume"]).exits(1).stderr.contains("there is no task to go on with"));
}

#[test]
fn a_task_that_gave_up_is_not_begun_again() {
    let repo = repo();
    repo.run_scripted(&["No."; 9], &TASK[..2]).exits(1);
    let task = repo.run(["journal", "list", "--json"]).json()[0]["task"].clone();
    let said = repo.run(["resume", task.as_str().expect("task")]).exits(1);
    assert!(said.stderr.contains("is done: no usable reply"), "{}", said.stderr);
    repo.run(["resume"]).exits(1);
}

/// A task that has one answer and was stopped by a person then.
fn interrupted(replies: &[&str], task: &[&str]) -> TestRepo {
    let repo = repo();
    repo.run_scripted(replies, task).exits(0);
    let kept: Vec<String> = lines(&repo);
    let at = events(&repo).iter().position(|event| event["type"] == "answered").expect("answer");
    repo.write(JOURNAL, kept[..=at].iter().map(|line| format!("{line}\n")).collect::<String>());
    std::fs::remove_file(repo.root().join(HEAD)).expect("head");
    let refs = repo.git(&["for-each-ref", "--format=%(refname)", "refs/countersign"]);
    refs.lines().for_each(|name| drop(repo.git(&["update-ref", "-d", name])));
    let first: Value = serde_json::from_str(&kept[0]).expect("JSON");
    let task = first["task"].as_str().expect("task").parse().expect("id");
    let ended =
        Event::TaskEnded { outcome: "interrupted".into(), seconds: 1.0, usage: Value::Null };
    let log = Log::open(&repo.root().join(".git/countersign")).expect("journal");
    log.append(Some(&task), &ended).expect("append");
    repo
}

#[test]
fn an_interrupted_task_goes_on_too() {
    let repo = interrupted(&REPLIES, &TASK);
    let list = repo.run(["resume", "--list", "--json"]).exits(0).json();
    assert_eq!((&list[0]["state"], &list[0]["answers"]), (&json!("interrupted"), &json!(1)));
    let said = repo.run_scripted(&REPLIES[1..], ["resume", "--json"]).exits(0);
    let last: Value = serde_json::from_str(said.stdout.lines().last().expect("end")).expect("JSON");
    assert_eq!((&last["outcome"], &last["recorded"]), (&json!("verified"), &json!(1)));
    assert_eq!(answers(&events(&repo)), REPLIES);
}

#[test]
fn another_work_tree_asks_anew_and_is_said() {
    let task = ["propose", WORDS, "-f", "calc.py", "--test", TEST];
    let repo = interrupted(&[BAD, GOOD], &task);
    repo.write("calc.py", CODE.replace("half", "halve"));
    let said = repo.run_scripted(&[BAD, GOOD], ["resume"]).exits(0);
    assert!(said.stderr.contains("the work tree has changed since"), "{}", said.stderr);
    let events = events(&repo);
    assert_eq!(answers(&events), [BAD, BAD, GOOD]);
    assert_eq!(of_kind(&events, "packed").len(), 2, "what is shown now is written down");
    repo.run(["apply"]).exits(0);
    assert!(repo.text("calc.py").contains("return 2 * x\n\n\ndef halve"));
}

#[test]
fn questions_and_renamings_are_no_tasks_to_go_on_with() {
    let repo = TestRepo::with(&[("calc.py", CODE)]);
    repo.run(["rename", "double", "twice"]).exits(0);
    let task = repo.run(["journal", "list", "--json"]).json()[0]["task"].clone();
    let said = repo.run(["resume", task.as_str().expect("task")]).exits(1);
    assert!(said.stderr.contains("is no task that can be gone on with"), "{}", said.stderr);
}
