//! A model with tools in a repository, from its replies to the proposal.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::agent::{Crew, Ending, Known, Roles};
use crate::config::Mode;
use crate::context::Templates;
use crate::index::{History, Index};
use crate::journal::{self, Record};
use crate::model::{Cancel, Completion, Delta, Engine, Message, ModelInfo, ScriptedEngine};
use crate::policy::Rules;
use crate::proposal;
use crate::repo::FileChange;
use crate::repo::testing::{commit_all, put, unborn};
use crate::session::testing::indexed;
use crate::session::{Desk, Observer, Request, Way, Workshop, propose};

/// A window that holds everything.
const LARGE: u32 = 1 << 17;

const CODE: &str = "def double(x):\n    return x + x + 1\n\n\ndef half(x):\n    return x / 2\n\n\nprint(double(half(3)))\n";

/// A repository to work in; it goes when this is dropped.
struct Place {
    folder: tempfile::TempDir,
    desk: Desk,
    index: Index,
    _index_folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let (folder, repo) = unborn();
        put(folder.path(), "calc.py", CODE);
        put(
            folder.path(),
            "lib/long.py",
            (0..900).map(|n| format!("x{n} = {n}\n")).collect::<String>(),
        );
        put(folder.path(), "picture.bin", b"\x00\x01\xff\xfe");
        put(folder.path(), ".env", ["TOK", "EN=abc\n"].concat());
        symlink("/etc/hostname", folder.path().join("link.py")).unwrap();
        commit_all(&repo);
        let rules = Rules::built_in(Mode::Ask).unwrap();
        let (index, _index_folder) = indexed(&repo, &rules);
        let desk = Desk::open(repo, rules).unwrap();
        Self { folder, desk, index, _index_folder }
    }

    /// Has a model that replies so work on a task, in a window of so many tokens.
    fn work(&self, replies: &[String], window: u32) -> Result<Report, SessionError> {
        self.work_while(replies, window, false)
    }

    /// The same, while somebody `meddles` with the file.
    fn work_while(
        &self,
        replies: &[String],
        window: u32,
        meddles: bool,
    ) -> Result<Report, SessionError> {
        let script = ScriptedEngine::new(replies.iter().map(String::as_str));
        let info = ModelInfo { context: Tokens(window), ..script.info().clone() };
        let meddled = meddles.then(|| self.folder.path().join("calc.py"));
        let engine = Small(script, info, meddled);
        let roles = Roles::shipped().unwrap();
        let mut agent: Known = roles.get("agent").unwrap().clone();
        agent.role.budget.turns = Some(12);
        let workshop = Workshop {
            desk: &self.desk,
            index: &self.index,
            history: &History::default(),
            engine: &engine,
            coder: roles.get("coder").unwrap(),
            agent: &agent,
            crew: &Crew::alone(&roles).unwrap(),
            templates: &Templates::shipped().unwrap(),
        };
        propose(&workshop, &request(), &Cancel::default(), &mut Nobody)
    }

    fn results(&self, task: &crate::base::TaskId) -> Vec<(String, bool, String)> {
        let records: Vec<Record> = journal::read(&self.desk.repo().state_dir()).0;
        let of_task = records.into_iter().filter(|record| record.task.as_ref() == Some(task));
        let called = of_task.filter_map(|record| match record.event {
            Event::ToolCalled { tool, refused, result, .. } => Some((tool, refused, result)),
            _ => None,
        });
        called.collect()
    }

    fn changes(&self, report: &Report) -> Vec<FileChange> {
        let id = report.proposal.as_ref().unwrap();
        proposal::load(self.desk.repo(), id).unwrap().changes
    }

    /// Every file of the work tree with its bytes.
    fn tree(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        list(self.folder.path(), &mut files);
        files.sort();
        files
    }
}

fn list(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.file_name().is_some_and(|name| name == ".git") {
            continue;
        } else if path.is_symlink() {
            let target = std::fs::read_link(&path).unwrap();
            files.push((path, target.into_os_string().into_encoded_bytes()));
        } else if path.is_dir() {
            list(&path, files);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            files.push((path, bytes));
        }
    }
}

/// A scripted model with a window of its own; while it replies, somebody may edit a file.
struct Small(ScriptedEngine, ModelInfo, Option<PathBuf>);

impl Engine for Small {
    fn info(&self) -> &ModelInfo {
        &self.1
    }

    fn count(&self, text: &str) -> Tokens {
        self.0.count(text)
    }

    fn complete(
        &self,
        prompt: &crate::model::Prompt,
        sampling: &Sampling,
        cancel: &Cancel,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Completion, crate::model::EngineError> {
        let message = |it: &Message| {
            self.count(&it.text)
                + it.calls.iter().map(|it| self.count(&json!(it).to_string())).sum()
        };
        let all = prompt.messages.iter().map(message).sum::<Tokens>();
        let all = all + self.count(&json!(prompt.tools).to_string()) + sampling.max_tokens;
        assert!(all <= self.1.context, "{all} in a window of {}", self.1.context);
        if let Some(file) = &self.2 {
            put(file.parent().unwrap(), "calc.py", format!("# mine\n{CODE}"));
        }
        self.0.complete(prompt, sampling, cancel, on_delta)
    }
}

struct Nobody;

impl Observer for Nobody {
    fn event(&mut self, _: &Event) {}

    fn delta(&mut self, _: &Delta) {}

    fn begins(&mut self, _: &str) {}
}

fn request() -> Request {
    Request {
        text: "`double` gives one too many".into(),
        files: Vec::new(),
        test: None,
        model: None,
        temperature: 0.0,
        top_p: 1.0,
        seed: 0,
        rounds: 1,
        candidates: 1,
        repair: false,
        other_tests: false,
        examples: false,
        way: Way::Loop,
        team: None,
        selection: Default::default(),
        window: None,
        prompt_tokens: Tokens(2048),
        answer_tokens: Tokens(512),
        time_limit: None,
        deadline: None,
        test_limit: Duration::from_secs(9),
        started: Instant::now(),
    }
}

fn call(name: &str, arguments: Value) -> String {
    let call = json!({ "name": name, "arguments": arguments });
    format!("<tool_call>\n{call}\n</tool_call>")
}

fn done() -> String {
    call("done", json!({ "summary": "it is mended" }))
}

fn mend() -> String {
    let (old, code) = ("2|    return x + x + 1", "2|    return x + x");
    call("edit", json!({ "path": "calc.py", "action": "lines", "old": old, "code": code }))
}

#[test]
fn looks_edits_and_is_done() {
    let place = Place::new();
    let before = place.tree();
    let replies = [
        call("search", json!({ "query": "double" })) + &call("outline", json!({})),
        call("outline", json!({ "path": "calc.py" }))
            + &call("symbol", json!({ "name": "double" })),
        call("refs", json!({ "name": "half" })) + &call("run", json!({})),
        call("plan", json!({ "steps": ["mend it"] })) + &call("note", json!({ "text": "line 2" })),
        mend(),
        call("open", json!({ "path": "calc.py", "from": 1, "to": 2 })),
        done(),
    ];
    let report = place.work(&replies, LARGE).unwrap();
    assert_eq!(report.ending, Ending::Proposed { verified: None });
    let looped = report.looped.clone().unwrap();
    assert_eq!((looped.turns, looped.stopped), (7, None));
    assert_eq!(looped.summary, "it is mended");
    let results = place.results(&report.task);
    let result = |nth: usize| results[nth].2.as_str();
    assert!(result(0).contains("calc.py:1-9 double"), "{}", result(0));
    assert!(result(1).contains("lib/long.py") && !result(1).contains(".env"), "{}", result(1));
    assert!(result(2).contains("5: def half(x)"), "{}", result(2));
    assert!(result(3).contains("2|    return x + x + 1"), "{}", result(3));
    assert!(result(4).contains("calc.py:9: print(double(half(3)))"), "{}", result(4));
    assert!(result(5).contains("nothing tests this"), "{}", result(5));
    assert_eq!(result(8), "edited `calc.py` +1 -1");
    assert_eq!(
        result(9),
        "calc.py, lines 1 to 2 of 9:\n1|def double(x):\n2|    return x + x\n(lines 3 to 9: open it from 3)"
    );
    let changes = place.changes(&report);
    let after = changes[0].after.as_ref().unwrap();
    assert_eq!(after.bytes, CODE.replace(" + 1", "").as_bytes());
    assert_eq!(place.tree(), before);
}

#[test]
fn every_kind_of_edit_fills_the_draft() {
    let place = Place::new();
    let edit = |mut arguments: Value| {
        arguments["path"] = arguments["path"].as_str().unwrap_or("calc.py").into();
        call("edit", arguments)
    };
    let replies = [
        edit(
            json!({ "action": "replace", "symbol": "double", "code": "def double(x):\n    return 2 * x" }),
        ),
        edit(
            json!({ "action": "after", "symbol": "double", "code": "def triple(x):\n    return 3 * x" }),
        ),
        edit(
            json!({ "action": "before", "symbol": "double", "code": "def same(x):\n    return x" }),
        ),
        edit(json!({ "action": "delete", "symbol": "half" })),
        edit(json!({ "action": "lines", "old": "print(double(half(3)))", "code": "" })),
        edit(json!({ "path": "new/file.py", "action": "file", "code": "A = 1" })),
        done(),
    ];
    let report = place.work(&replies, LARGE).unwrap();
    let results = place.results(&report.task);
    assert!(results.iter().all(|(_, refused, _)| !refused), "{results:?}");
    let changes = place.changes(&report);
    let text = |nth: usize| String::from_utf8(changes[nth].after.clone().unwrap().bytes).unwrap();
    let code = text(0);
    for part in ["def same(x):", "return 2 * x", "def triple(x):"] {
        assert!(code.contains(part), "{code}");
    }
    assert!(!code.contains("half") && !code.contains("print"), "{code}");
    assert_eq!(text(1), "A = 1\n");
}

#[test]
fn what_is_kept_back_or_outside_is_refused_and_nothing_is_written() {
    let place = Place::new();
    let before = place.tree();
    let open = |path: &str| call("open", json!({ "path": path }));
    let file = |path: &str| call("edit", json!({ "path": path, "action": "file", "code": "x" }));
    let replies = [
        open("../secret") + &open("/etc/passwd") + &open(".env") + &open(".git/config"),
        open("link.py") + &open("picture.bin") + &open("nothing.py") + &open("lib"),
        file(".env") + &file(".git/hooks/pre-commit") + &file("link.py") + &file("picture.bin"),
        file(".countersign/policy.cedar") + &file("calc.py/x") + &call("rm", json!({})),
        call("edit", json!({ "path": "calc.py", "action": "lines", "old": "x", "code": "def (" })),
        "nothing".into(),
        "nothing".into(),
        "nothing".into(),
    ];
    let report = place.work(&replies, LARGE).unwrap();
    assert!(matches!(report.ending, Ending::NoUsableReply(_)), "{:?}", report.ending);
    let results = place.results(&report.task);
    assert_eq!(results.len(), 16);
    for (tool, refused, result) in &results {
        assert!(refused, "{tool}: {result}");
        assert!(!result.contains("abc") && !result.chars().any(|c| c == '\u{1b}'), "{result}");
    }
    assert_eq!(place.tree(), before);
}

#[test]
fn what_a_person_edits_meanwhile_is_not_in_the_proposal() {
    let place = Place::new();
    let report = place.work_while(&[mend(), done()], LARGE, true).unwrap();
    let after = place.changes(&report)[0].after.clone().unwrap();
    assert_eq!(after.bytes, CODE.replace(" + 1", "").as_bytes());
    assert_eq!(std::fs::read(place.folder.path().join("calc.py")).unwrap()[..6], *b"# mine");
}

#[test]
fn an_edit_of_lines_that_are_not_there_is_told_what_is() {
    let place = Place::new();
    let guess = json!({ "path": "calc.py", "action": "lines", "old": "return x", "code": "x" });
    let report = place.work(&[call("edit", guess), mend(), done()], LARGE).unwrap();
    let (_, refused, told) = &place.results(&report.task)[0];
    assert!(*refused && told.starts_with("the old lines are not in `calc.py`"), "{told}");
    assert!(told.contains("\n2|    return x + x + 1\n"), "{told}");
}

#[test]
fn a_call_that_cannot_be_read_is_told_and_kept_whole() {
    let place = Place::new();
    let broken =
        "I look.\n<tool_call>\n{\"name\": \"open\", \"arguments\": {\"path\": calc}}\n</tool_call>";
    let report = place.work(&[broken.into(), mend(), done()], LARGE).unwrap();
    assert_eq!(report.ending, Ending::Proposed { verified: None });
    assert_eq!(report.cost.malformed, 1);
    let records = journal::read(&place.desk.repo().state_dir()).0;
    let asked: Vec<Value> = records
        .iter()
        .filter_map(|record| match &record.event {
            Event::Asked { prompt, .. } => Some(prompt["messages"].clone()),
            _ => None,
        })
        .collect();
    assert_eq!(asked[1][2]["text"], broken, "it sees all that it wrote");
    let told = asked[1][3]["text"].as_str().unwrap();
    assert!(told.contains("could not be read as a call: "), "{told}");
    let whole = records.iter().find_map(|record| match &record.event {
        Event::Answered { text, unread, .. } => Some((text.clone(), unread.len())),
        _ => None,
    });
    assert_eq!(whole, Some((broken.to_owned(), 1)));
}

#[test]
fn long_work_fits_into_a_small_window_and_forgets_no_note() {
    let place = Place::new();
    let open = |from: u32| call("open", json!({ "path": "lib/long.py", "from": from }));
    let mut replies = vec![call("note", json!({ "text": "double is in calc.py" })) + &open(1)];
    replies.extend((1..9).map(|nth| open(nth * 60)));
    replies.extend([mend(), done()]);
    let report = place.work(&replies, 4096).unwrap();
    assert_eq!(report.ending, Ending::Proposed { verified: None });
    let packed = |place: &Place| {
        let records = journal::read(&place.desk.repo().state_dir()).0;
        let packed = records.into_iter().filter_map(|record| match record.event {
            Event::Packed { left_out, used, budget, .. } => Some((left_out.len(), used <= budget)),
            _ => None,
        });
        packed.collect::<Vec<_>>()
    };
    assert!(packed(&place).iter().all(|(_, fits)| *fits));
    let left_out: Vec<usize> = packed(&place).iter().map(|(left_out, _)| *left_out).collect();
    assert!(left_out[0] == 0 && left_out.last() > Some(&3), "{left_out:?}");
    let records = journal::read(&place.desk.repo().state_dir()).0;
    let last = records.iter().rev().find_map(|record| match &record.event {
        Event::Asked { prompt, .. } => prompt["messages"][1]["text"].as_str().map(str::to_owned),
        _ => None,
    });
    let last = last.unwrap();
    assert!(last.contains("- double is in calc.py"), "{last}");
    assert!(last.contains("- open lib/long.py 60: lib/long.py, lines 60 to"), "{last}");
}

/// Calls as a hostile or a confused model may write them.
fn any_call() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec![
        "calc.py",
        "lib/long.py",
        ".env",
        "../x",
        "/etc/passwd",
        ".git/config",
        "link.py",
        "picture.bin",
        "new.py",
        "calc.py/x",
        "lib",
        "",
        "a\u{1b}[2J",
    ]);
    let symbol = prop::sample::select(vec!["double", "half", "double.x", "", "x1"]);
    let code = prop::sample::select(vec![
        "def double(x):\n    return 0\n",
        "    return x / 2",
        "x = (",
        "",
        "\u{0}",
        "x5 = 5",
        "A = 1\n",
    ]);
    let action = prop::sample::select(vec![
        "lines", "replace", "before", "after", "delete", "file", "erase", "",
    ]);
    let name = prop::sample::select(vec![
        "search", "outline", "open", "symbol", "refs", "edit", "edit", "edit", "run", "plan",
        "note", "done", "rm",
    ]);
    (name, path, symbol, code.clone(), code, action).prop_map(
        |(name, path, symbol, old, code, action)| {
            call(
                name,
                json!({
                    "path": path, "symbol": symbol, "name": symbol, "query": symbol, "old": old,
                    "code": code, "action": action, "text": code, "steps": [code], "summary": code,
                }),
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_called_the_work_tree_stays_and_it_ends(
        replies in prop::collection::vec(prop::collection::vec(any_call(), 0..4), 14),
        window in prop::sample::select(vec![3000, 8192, LARGE]),
        broken in prop::sample::select(vec!["", "<tool_call>{", "[]", "```json\n{\"name\": \"open\"}"]),
    ) {
        thread_local! {
            static PLACE: Place = Place::new();
        }
        PLACE.with(|place| {
            let before = place.tree();
            let replies: Vec<String> =
                replies.iter().map(|calls| format!("{}\n{broken}", calls.join("\n"))).collect();
            let report = place.work(&replies, window).map_err(|error| {
                TestCaseError::fail(format!("{error}"))
            })?;
            prop_assert!(report.cost.requests <= 12);
            prop_assert_eq!(place.tree(), before);
            if report.proposal.is_some() {
                for change in place.changes(&report) {
                    let path = change.path.to_string();
                    prop_assert!(["calc.py", "lib/long.py", "new.py"].contains(&path.as_str()), "{path}");
                }
            }
            Ok(())
        })?;
    }
}
