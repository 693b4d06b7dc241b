//! Calls as models write them, and as nobody should.

use proptest::prelude::*;

use super::*;
use crate::model::ToolCall;
use crate::proposal::Dialect;

fn all() -> Vec<String> {
    tool_names().map(str::to_owned).collect()
}

fn call(name: &str, arguments: Value) -> ToolCall {
    ToolCall { id: "call00001".into(), name: name.into(), arguments }
}

#[track_caller]
fn refused(name: &str, arguments: Value, expected: &str) {
    let why = read_call(&call(name, arguments), &all()).unwrap_err();
    assert!(why.contains(expected), "{why}");
    assert!(why.len() < 400 && !why.chars().any(char::is_control), "{why}");
}

#[track_caller]
fn read(name: &str, arguments: Value) -> Act {
    read_call(&call(name, arguments), &all()).unwrap()
}

#[test]
fn calls_are_read_as_they_are_meant() {
    let path = |text: &str| RepoPath::new(text).unwrap();
    let open = |from, to| Act::Open { path: path("a/b.py"), from, to };
    assert_eq!(read("open", json!({ "path": "./a/b.py" })), open(1, None));
    assert_eq!(read("open", json!({ "path": "a/b.py", "from": "7", "to": 9 })), open(7, Some(9)));
    assert_eq!(read("open", json!("{\"path\": \"a/b.py\"}")), open(1, None));
    assert_eq!(read("outline", json!({ "path": "./" })), Act::Outline { path: None });
    assert_eq!(read("outline", Value::Null), Act::Outline { path: None });
    let steps = vec!["one".to_owned(), "two".to_owned()];
    assert_eq!(read("plan", json!({ "steps": "one\ntwo" })), Act::Plan { steps });
    assert_eq!(read("done", json!({})), Act::Done { summary: String::new() });
}

#[test]
fn what_an_edit_leaves_unsaid_follows_from_what_it_gives() {
    let part = |arguments| match read("edit", arguments) {
        Act::Edit(change) => change.part,
        other => panic!("{other:?}"),
    };
    let lines = Part::Lines { symbol: None, old: "x = 1\n".into(), new: "x = 2\n".into() };
    assert_eq!(part(json!({ "path": "a.py", "old": "12|x = 1", "code": "12|x = 2" })), lines);
    let code = "def f(): pass\n".to_owned();
    let replace = Part::Replace { symbol: "C.f".into(), code: code.clone() };
    assert_eq!(part(json!({ "path": "a.py", "symbol": "C::f", "code": "def f(): pass" })), replace);
    assert_eq!(part(json!({ "path": "a.py", "code": code.clone() })), Part::File { code });
}

#[test]
fn hostile_calls_are_refused_in_words() {
    refused("open", json!({ "path": "../../etc/passwd" }), "no path inside the repository");
    refused("open", json!({ "path": "/etc/passwd" }), "no path inside the repository");
    refused("open", json!({ "path": "a/\u{0}b" }), "no path inside the repository");
    refused("outline", json!({ "path": "/" }), "no path inside the repository");
    refused("open", json!({ "path": "x".repeat(9999) }), "`path` has 9999 bytes");
    refused("open", json!({ "path": ["a"] }), "`path` is no text");
    refused("open", json!({}), "`path` is missing");
    refused("open", json!({ "path": "a", "from": -1 }), "`from` is no line number");
    refused("open", json!({ "path": "a", "from": 9, "to": 2 }), "`to` stands before `from`");
    refused("symbol", json!({ "name": "a\u{1b}[2J" }), "control characters");
    refused("search", json!([1]), "no JSON object");
    refused("search", json!({ "query": "  " }), "`query` is missing");
    refused("edit", json!({ "path": "a", "action": "erase" }), "there is no action `erase`");
    refused("edit", json!({ "path": "a", "action": "lines", "old": "\n" }), "`old` is missing");
    refused("edit", json!({ "path": "a", "action": "delete" }), "`symbol` is missing");
    refused("edit", json!({ "path": "a", "code": "x".repeat(300 << 10) }), "`code` has");
    refused("plan", json!({ "steps": vec!["x"; 99] }), "`steps` has 99 entries");
    refused("opne", json!({}), "did you mean `open`?");
    refused("rm\u{1b}[31m -rf", json!({}), "there is no tool `rm [31m -rf`");
}

#[test]
fn only_what_is_offered_can_be_called() {
    let names = vec!["open".to_owned()];
    let told: Vec<String> = offered(&names).into_iter().map(|tool| tool.name).collect();
    assert_eq!(told, ["open", "done"]);
    let why = read_call(&call("run", json!({})), &names).unwrap_err();
    assert_eq!(why, "there is no tool `run`; there are: open, done");
}

#[test]
fn a_definition_is_found_for_what_comes_beside_it() {
    let text =
        b"class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n";
    let change = |part| Change { path: RepoPath::new("a.py").unwrap(), part };
    let code = "def h(self):\n    return 3\n".to_owned();
    let beside = change(Part::Beside { symbol: "f".into(), before: false, code });
    let edit = beside.edit(Some(text)).unwrap();
    assert_eq!(edit.dialect, Dialect::Lines);
    assert_eq!(edit.symbol.as_deref(), Some("A.f"));
    assert_eq!(
        edit.code,
        "    def f(self):\n        return 1\n\n    def h(self):\n        return 3\n"
    );
    let gone = change(Part::Delete { symbol: "A.x".into() });
    assert_eq!(gone.edit(Some(text)).unwrap_err(), "`A.x` is not defined in `a.py`");
    assert!(gone.edit(None).unwrap_err().contains("there is no file"));
}

/// A token of JSON and prose is more than three bytes: of the tokenizer of Qwen2.5-Coder it was 4.2.
#[test]
fn instructions_and_tools_leave_room_for_the_task() {
    let templates = crate::context::Templates::shipped().unwrap();
    let system = templates.render("agent/system.md", json!({})).unwrap();
    let tools = json!(offered(&all())).to_string();
    assert!((system.len() + tools.len()) / 3 < 2500, "{} bytes", system.len() + tools.len());
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}|(\\.\\./|/|a|\u{0}|\u{1b}\\[2J|\n|\\|){0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::from))
}

proptest! {
    #[test]
    fn no_call_panics_and_every_path_stays_inside(
        name in "search|outline|open|symbol|refs|edit|run|plan|note|done|\\PC{0,8}",
        fields in prop::collection::btree_map(
            "query|path|from|to|name|action|symbol|old|code|steps|text|summary", value(), 0..7,
        ),
        text in prop::option::of("\\PC{0,30}"),
    ) {
        let arguments = match text {
            Some(text) => Value::from(text),
            None => Value::Object(fields.into_iter().collect()),
        };
        let call = call(&name, arguments);
        prop_assert!(!gist(&call).chars().any(char::is_control));
        match read_call(&call, &all()) {
            Ok(Act::Open { path, .. }) => prop_assert!(RepoPath::new(path.as_bytes()).is_ok()),
            Ok(Act::Edit(change)) => {
                let _ = change.edit(None);
                let _ = change.edit(Some(b"def a():\n    pass\n"));
            }
            Ok(_) => {}
            Err(why) => prop_assert!(!why.chars().any(char::is_control), "{why:?}"),
        }
    }
}
