//! A model that works with tools: through the binary, from its replies to the proposal, and once more.

use serde_json::{Value, json};

use crate::server::{Answer, Server, models, says, stream};
use crate::support::{Said, TestRepo};

const CODE: &str = "def double(x):\n    return x + x + 1\n\n\ndef half(x):\n    return x / 2\n";
const TEST: &str = "python3 -c 'import calc; assert calc.double(2) == 4'";
const WORDS: &str = "twice the argument is wanted";
const JOURNAL: &str = ".git/countersign/journal.jsonl";
const HEAD: &str = ".git/countersign/journal.head";

fn repo() -> TestRepo {
    TestRepo::with(&[("calc.py", CODE), ("README.md", "Adds.\n")])
}

fn call(name: &str, arguments: Value) -> String {
    format!("<tool_call>\n{}\n</tool_call>", json!({ "name": name, "arguments": arguments }))
}

fn edit(old: &str, code: &str) -> String {
    call("edit", json!({ "path": "calc.py", "action": "lines", "old": old, "code": code }))
}

/// It looks, mends it wrongly, is told so, and mends it.
fn replies() -> Vec<String> {
    let done = || call("done", json!({ "summary": "doubles now" }));
    vec![
        "I look first.".to_owned() + &call("open", json!({ "path": "calc.py" })),
        call("open", json!({ "path": "../home/x" })) + &call("symbol", json!({ "name": "double" })),
        edit("    return x + x + 1", "    return 3 * x") + &done(),
        edit("    return 3 * x", "    return 2 * x") + &call("run", json!({})),
        done(),
    ]
}

fn task(way: &str) -> [&str; 6] {
    ["propose", WORDS, "--way", way, "--test", TEST]
}

fn run(repo: &TestRepo, replies: &[String], args: &[&str]) -> Said {
    let replies: Vec<&str> = replies.iter().map(String::as_str).collect();
    repo.run_scripted(&replies, args)
}

fn lines(repo: &TestRepo) -> Vec<String> {
    let text = std::fs::read_to_string(repo.root().join(JOURNAL)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn of_kind(repo: &TestRepo, kind: &str) -> Vec<Value> {
    let record =
        |line: &String| serde_json::from_str::<Value>(line).expect("JSON")["event"].clone();
    lines(repo).iter().map(record).filter(|event| event["type"] == kind).collect()
}

fn proposed(repo: &TestRepo) -> Vec<String> {
    let list = ["for-each-ref", "--format=%(tree)", "refs/countersign"];
    repo.git(&list).lines().map(str::to_owned).collect()
}

fn task_of(repo: &TestRepo) -> String {
    let list = repo.run(["journal", "list", "--json"]).json();
    list[0]["task"].as_str().expect("task").to_owned()
}

#[test]
fn what_is_not_done_yet_goes_back_until_it_is() {
    let repo = repo();
    let tree = repo.tree();
    let said = run(&repo, &replies(), &task("loop")).exits(0);
    assert!(said.stdout.contains("test before: failed   test after: passed"), "{}", said.stdout);
    let calls = of_kind(&repo, "tool_called");
    let named: Vec<(&str, bool)> = calls
        .iter()
        .map(|it| (it["tool"].as_str().expect("tool"), it["refused"].as_bool().expect("flag")))
        .collect();
    let expected = [
        ("open", false),
        ("open", true),
        ("symbol", false),
        ("edit", false),
        ("done", true),
        ("edit", false),
        ("run", false),
    ];
    assert_eq!(named, expected);
    let failed = calls[4]["result"].as_str().expect("result");
    assert!(failed.starts_with("It is not done yet: `python3"), "{failed}");
    assert!(failed.contains("AssertionError"), "{failed}");
    assert_eq!(calls[6]["result"], "the tests pass");
    assert_eq!(repo.tree(), tree);
    let shown = repo.run(["show"]).exits(0).stdout;
    assert!(shown.contains("with tools, 5 replies: doubles now"), "{shown}");
    repo.run(["apply"]).exits(0);
    assert_eq!(repo.text("calc.py"), CODE.replace("x + x + 1", "2 * x"));
    repo.run(["journal", "verify"]).exits(0);
}

#[test]
fn a_loop_that_was_recorded_gives_the_same_proposal_without_a_model() {
    let repo = repo();
    run(&repo, &replies(), &task("loop")).exits(0);
    let mut export = repo.command(["journal", "export", &task_of(&repo)]);
    let text = String::from_utf8(export.output().expect("run").stdout).expect("UTF-8");
    let replay = |text: &str| {
        repo.write("../home/session.jsonl", text);
        let mut command = repo.command(["replay", "../home/session.jsonl"]);
        command.env("PATH", "/nowhere");
        repo.finish(command)
    };
    let said = replay(&text).exits(0);
    assert!(said.stdout.contains("0 requests"), "{}", said.stdout);
    let trees = proposed(&repo);
    assert_eq!((trees.len(), &trees[0]), (2, &trees[1]));
    let calls = of_kind(&repo, "tool_called");
    assert_eq!(calls[..7], calls[7..], "every call had the same result");
    let cut: String = text
        .lines()
        .filter(|line| !line.contains("\"answered\""))
        .map(|it| format!("{it}\n"))
        .collect();
    let said = replay(&cut).exits(1);
    assert!(said.stderr.contains("the record departs here: "), "{}", said.stderr);
}

#[test]
fn a_loop_that_was_killed_goes_on_from_every_record() {
    let repo = repo();
    run(&repo, &replies(), &task("loop")).exits(0);
    let (whole, expected) = (lines(&repo), proposed(&repo));
    let last = whole.iter().position(|line| line.contains("\"proposed\"")).expect("end");
    for records in 1..=last {
        let refs = repo.git(&["for-each-ref", "--format=%(refname)", "refs/countersign"]);
        refs.lines().for_each(|name| drop(repo.git(&["update-ref", "-d", name])));
        let kept = &whole[..records];
        repo.write(JOURNAL, kept.iter().map(|line| format!("{line}\n")).collect::<String>());
        let newest: Value = serde_json::from_str(kept.last().expect("a record")).expect("JSON");
        repo.write(HEAD, json!({ "seq": newest["seq"], "hash": newest["hash"] }).to_string());
        let given = of_kind(&repo, "answered").len();
        let said = run(&repo, &replies()[given..], &["resume"]);
        assert_eq!(said.code, 0, "after {records}:\n{}\n{}", said.stdout, said.stderr);
        assert_eq!(proposed(&repo), expected, "after {records} records");
        let count = |kind: &str| of_kind(&repo, kind).len();
        let counts = [count("answered"), count("tool_called"), count("command_ran")];
        assert_eq!(counts, [5, 7, 3], "after {records} records nothing is done twice");
        repo.run(["journal", "verify"]).exits(0);
    }
}

#[test]
fn work_that_goes_nowhere_is_told_so_and_stopped_with_the_reason() {
    let repo = repo();
    let again = call("open", json!({ "path": "calc.py" }));
    let wrong = edit("    return x + x + 1", "    return 3 * x");
    let replies = [vec![wrong], vec![again; 3]].concat();
    let said = run(&repo, &replies, &task("loop")).exits(14);
    assert!(
        said.stderr.contains("You are not getting anywhere: `open calc.py`"),
        "{}",
        said.stderr
    );
    assert!(said.stdout.contains("stopped: nothing moved: `open calc.py` gave"), "{}", said.stdout);
    let shown = repo.run(["show"]).exits(0).stdout;
    assert!(shown.contains("stopped: nothing moved"), "{shown}");
}

#[test]
fn tools_are_given_to_models_that_were_measured_to_use_them() {
    let repo = repo();
    let pipeline = "EDIT calc.py double\n```python\ndef double(x):\n    return 2 * x\n```\n";
    let auto = task("auto");
    run(&repo, &[pipeline.to_owned()], &auto).exits(0);
    assert_eq!(of_kind(&repo, "tool_called").len(), 0, "nothing is known of this model");

    let wanted = |path: &str, old: &str, code: &str| {
        call("edit", json!({ "path": path, "action": "lines", "old": old, "code": code }))
            + &call("done", json!({ "summary": "mended" }))
    };
    let mut able = vec![
        wanted("shop/prices.py", "        result -= price", "        result += price"),
        wanted("hello/words.py", "FAREWELL = \"See you\"", "FAREWELL = \"Goodbye\""),
        call(
            "edit",
            json!({ "path": "shapes.py", "action": "lines", "old": "    return width * height", "code": "    return 2 * (width + height)" }),
        ),
        wanted("shapes.py", "    return width + height", "    return width * height"),
    ];
    let poor = [vec![able[0].clone()], vec!["No.".to_owned(); 3]].concat();
    let said = run(&repo, &poor, &["model", "calibrate", "--tools"]).exits(0);
    assert!(said.stdout.contains("1 of 2 small tasks done"), "{}", said.stdout);
    run(&repo, &[pipeline.to_owned()], &auto).exits(0);
    let said = run(&repo, &able, &["model", "calibrate", "--tools"]).exits(0);
    assert!(said.stdout.contains("3 of 3 small tasks done"), "{}", said.stdout);
    able = replies();
    let said = run(&repo, &able, &auto).exits(0);
    assert!(said.stderr.contains("it did 3 of 3 exercises"), "{}", said.stderr);
    assert_eq!(of_kind(&repo, "tool_called").len(), 7);
    run(&repo, &[pipeline.to_owned()], &task("pipeline")).exits(0);
    repo.run(["-c", "propose.way=sideways", "config"]).exits(2);
}

/// A stream in which a model calls a tool, the arguments in pieces.
fn calls(id: &str, name: &str, arguments: Value) -> Answer {
    let event = |delta: Value, finish: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        format!("data: {}\n\n", json!({ "choices": [choice] }))
    };
    let call = |name: &str, arguments: &str| {
        let function = json!({ "name": name, "arguments": arguments });
        let call = json!({ "index": 0, "id": id, "type": "function", "function": function });
        event(json!({ "tool_calls": [call] }), None)
    };
    let text = arguments.to_string();
    let (first, rest) = text.split_at(3);
    let end = event(json!({}), Some("tool_calls"));
    stream(&format!("{}{}{end}data: [DONE]\n\n", call(name, first), call("", rest)))
}

#[test]
fn a_model_of_a_server_works_with_tools() {
    let (old, code) = ("    return x + x + 1", "    return 2 * x");
    let edit = json!({ "path": "calc.py", "action": "lines", "old": old, "code": code });
    let answers = vec![
        calls("call_AbC-1", "open", json!({ "path": "calc.py" })),
        calls("call_AbC-2", "edit", edit),
        says("It doubles now."),
    ];
    let server = Server::start(models("library"), answers);
    let repo = repo();
    let url = server.url();
    let task = [vec!["-m", &url], task("loop").to_vec()].concat();
    let said = repo.run(task).exits(0);
    assert!(said.stdout.contains("with tools, 3 replies: It doubles now."), "{}", said.stdout);
    let asked = server.conversations();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0]["tools"].as_array().map(Vec::len), Some(10));
    let last = asked[2]["messages"].as_array().expect("messages");
    let roles: Vec<&str> = last.iter().map(|it| it["role"].as_str().expect("role")).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool", "assistant", "tool"]);
    assert_eq!(last[2]["tool_calls"][0]["id"], last[3]["tool_call_id"]);
    assert!(last[3]["content"].as_str().expect("text").contains("2|    return x + x + 1"));
    assert_eq!(last[5]["content"], "edited `calc.py` +1 -1");
}

/// The shipped role with its turns and tools replaced.
fn role(turns: u32, tools: &str) -> String {
    let shipped = include_str!("../../prompts/roles/agent.yaml");
    let all = "[search, outline, open, symbol, refs, edit, run, plan, note, done]";
    assert!(shipped.contains(all) && shipped.contains("turns: 30"));
    shipped.replace(all, tools).replace("turns: 30", &format!("turns: {turns}"))
}

#[test]
fn a_person_sets_tools_and_turns_and_a_repository_gives_no_more_of_them() {
    let repo = repo();
    let mine = repo.home().join(".config/countersign/roles");
    std::fs::create_dir_all(&mine).expect("folders");
    std::fs::write(mine.join("agent.yaml"), role(2, "[open, edit]")).expect("write");
    repo.write(".countersign/roles/agent.yaml", role(3, "[open, edit]"));
    let replies = [
        edit("    return x + x + 1", "    return 3 * x") + &call("run", json!({})),
        call("open", json!({ "path": "calc.py" })),
    ];
    let said = run(&repo, &replies, &task("loop")).exits(14);
    assert!(said.stderr.contains("not heeded: `budget.turns` is larger"), "{}", said.stderr);
    assert!(said.stdout.contains("stopped: all 2 turns were used"), "{}", said.stdout);
    let asked = of_kind(&repo, "asked");
    let tools = asked[0]["prompt"]["tools"].as_array().expect("tools");
    let names: Vec<&Value> = tools.iter().map(|tool| &tool["name"]).collect();
    assert_eq!(names, ["open", "edit", "done"]);
    let told = of_kind(&repo, "tool_called")[1]["result"].clone();
    assert_eq!(told, "there is no tool `run`; there are: open, edit, done");
    repo.run(["role", "validate"]).exits(10);
}
