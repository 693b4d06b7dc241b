//! Small exercises in editing, through the prompt and the parser of a real task, that tell in which
//! form a model can write edits at all. They say little about how well it programs.

use serde_json::json;

use crate::agent::Role;
use crate::base::RepoPath;
use crate::context::{Templates, View};
use crate::model::{
    Cancel, Engine, Form, Message, Practised, Prompt, Sampling, Speaker, StopReason,
};
use crate::proposal::{self, Dialect, Editable, Files, Limits, Refusal, Scope, Window};
use crate::repo::{FileState, Mode};
use crate::session::SessionError;

/// Room for an answer.
const MOST_TOKENS: crate::base::Tokens = crate::base::Tokens(200);
/// All exercises are answered with the likeliest tokens; the seed is written down nevertheless.
const SEED: u32 = 7;

/// A file, what to do with it, and what it has to hold afterwards, white space aside.
struct Exercise {
    path: &'static str,
    symbol: &'static str,
    language: &'static str,
    text: &'static str,
    task: &'static str,
    wanted: &'static [&'static str],
    unwanted: &'static [&'static str],
}

const EXERCISES: [Exercise; 6] = [
    Exercise {
        path: "prices.py",
        symbol: "total",
        language: "python",
        text: "def total(prices):\n    result = 0\n    for price in prices:\n        result -= price\n    return result\n\n\ndef highest(prices):\n    return max(prices)\n",
        task: "`total` has to add the prices, not subtract them.",
        wanted: &["result += price", "def highest(prices):"],
        unwanted: &["result -= price"],
    },
    Exercise {
        path: "greeting.py",
        symbol: "greet",
        language: "python",
        text: "def greet(name):\n    return \"Hello \" + name\n",
        task: "`greet` should say \"Goodbye \" in place of \"Hello \".",
        wanted: &["\"Goodbye \"", "def greet(name):"],
        unwanted: &["Hello"],
    },
    Exercise {
        path: "range.js",
        symbol: "inRange",
        language: "javascript",
        text: "function inRange(x, low, high) {\n  return x > low && x < high;\n}\n",
        task: "`inRange` should include both ends: use >= and <=.",
        wanted: &["x >= low", "x <= high"],
        unwanted: &["x > low", "x < high"],
    },
    Exercise {
        path: "area.rs",
        symbol: "area",
        language: "rust",
        text: "fn area(width: u32, height: u32) -> u32 {\n    width + height\n}\n\nfn double(x: u32) -> u32 {\n    x * 2\n}\n",
        task: "`area` must multiply width and height.",
        wanted: &["width * height", "fn double(x: u32) -> u32"],
        unwanted: &["width + height"],
    },
    Exercise {
        path: "stack.py",
        symbol: "Stack.pop",
        language: "python",
        text: "class Stack:\n    def __init__(self):\n        self.items = []\n\n    def push(self, item):\n        self.items.append(item)\n\n    def pop(self):\n        return self.items.pop(0)\n",
        task: "`Stack.pop` takes the oldest item; it should take the newest: call pop without an argument.",
        wanted: &["self.items.pop()", "def push(self, item):", "self.items.append(item)"],
        unwanted: &["pop(0)"],
    },
    Exercise {
        path: "limit.go",
        symbol: "Limit",
        language: "go",
        text: "package limit\n\nfunc Limit() int {\n\treturn 10\n}\n",
        task: "`Limit` should return 20.",
        wanted: &["package limit", "return 20"],
        unwanted: &["return 10"],
    },
];

/// How many exercises there are in each form.
pub fn exercises() -> usize {
    EXERCISES.len()
}

/// Has `engine` do the exercises in every form that the role knows, the forms in turn, until all are
/// done or somebody cancels. `on_result` hears how far it is.
pub fn practise(
    engine: &dyn Engine,
    cancel: &Cancel,
    on_result: &mut dyn FnMut(&[Practised]),
) -> Result<Vec<Practised>, SessionError> {
    let (role, templates) = (Role::coder()?, Templates::shipped()?);
    let new = |dialect: &Dialect| {
        let dialect = dialect.name().to_owned();
        Practised { dialect, passed: 0, applied: 0, tried: 0 }
    };
    let mut results: Vec<Practised> = role.dialects.iter().map(new).collect();
    for exercise in &EXERCISES {
        for (result, dialect) in results.iter_mut().zip(&role.dialects) {
            if cancel.is_cancelled() {
                return Ok(results);
            }
            let Some(file) = exercise.file() else { continue };
            let prompt = exercise.prompt(&role, &templates, *dialect, &file)?;
            let form = exercise.form(&role, *dialect, &file);
            let sampling =
                Sampling { max_tokens: MOST_TOKENS, seed: SEED, form, ..Sampling::default() };
            let answer = engine.complete(&prompt, &sampling, cancel, &mut |_| {})?;
            if answer.stop == StopReason::Cancelled {
                return Ok(results);
            }
            result.tried += 1;
            if let Some(after) = exercise.apply(&role, &answer.text) {
                result.applied += 1;
                result.passed += u32::from(exercise.is_done(&after));
            }
        }
        on_result(&results);
    }
    Ok(results)
}

impl Exercise {
    fn file(&self) -> Option<Editable> {
        Some(Editable { path: self.path.parse().ok()?, text: self.text.into() })
    }

    /// The prompt of a task, with the answer begun in the form `dialect`.
    fn prompt(
        &self,
        role: &Role,
        templates: &Templates,
        dialect: Dialect,
        file: &Editable,
    ) -> Result<Prompt, SessionError> {
        let source = View {
            heading: format!("The file {}:", self.path),
            language: self.language.to_owned(),
            text: self.text.trim_end().to_owned(),
        };
        let values = json!({ "sources": [source], "failure": null, "task": self.task });
        let system = templates.render(&role.prompts.system, json!({}))?;
        let task = templates.render(&role.prompts.task, values)?;
        let prefill = match dialect {
            Dialect::Symbol => proposal::opening(file, Some(self.symbol)),
            Dialect::File => proposal::opening(file, None),
            Dialect::Lines => String::new(),
        };
        let messages =
            vec![Message::new(Speaker::System, system), Message::new(Speaker::User, task)];
        Ok(Prompt { messages, prefill, ..Prompt::default() })
    }

    /// The form that the rest of the answer is held to, as in a real task.
    fn form(&self, role: &Role, dialect: Dialect, file: &Editable) -> Option<Form> {
        if dialect == Dialect::Lines {
            let (path, text) = (file.path.clone(), self.text.to_owned());
            let window = Window { path, symbol: None, text };
            let form = proposal::line_form(&proposal::old_lines(&window), false);
            return form.filter(|_| role.held).map(Form::Lark);
        }
        let scope = Scope {
            files: std::slice::from_ref(file),
            named: &[],
            places: &[],
            dialects: &role.dialects,
            whole_file_lines: role.whole_file_lines,
        };
        proposal::envelope(scope, Some(file)).filter(|_| role.held).map(Form::Lark)
    }

    /// The file as `reply` makes it, if the reply can be applied.
    fn apply(&self, role: &Role, reply: &str) -> Option<String> {
        let file = Only { path: vec![self.file()?.path], text: self.text };
        let limits = Limits { whole_file_lines: role.whole_file_lines, may_lose: false };
        let edits = proposal::parse(reply).map_err(Refusal::from);
        let changes = edits.and_then(|edits| proposal::resolve(&edits, &file, limits)).ok()?;
        let [change] = &changes[..] else { return None };
        let after = change.after.as_ref()?;
        (change.path == file.path[0]).then(|| String::from_utf8_lossy(&after.bytes).into_owned())
    }

    fn is_done(&self, after: &str) -> bool {
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        let after = plain(after);
        self.wanted.iter().all(|part| after.contains(&plain(part)))
            && !self.unwanted.iter().any(|part| after.contains(&plain(part)))
    }
}

/// A repository of one file.
struct Only {
    path: Vec<RepoPath>,
    text: &'static str,
}

impl Files for Only {
    fn read(&self, path: &RepoPath) -> Option<FileState> {
        let bytes = self.text.as_bytes().to_vec();
        self.path.contains(path).then_some(FileState { bytes, mode: Mode::Regular })
    }

    fn shown(&self) -> &[RepoPath] {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ScriptedEngine;

    /// The definitions that are asked for, as a good model writes them.
    const RIGHT: [&str; 6] = [
        "def total(prices):\n    result = 0\n    for price in prices:\n        result += price\n    return result\n",
        "def greet(name):\n    return \"Goodbye \" + name\n",
        "function inRange(x, low, high) {\n  return x >= low && x <= high;\n}\n",
        "fn area(width: u32, height: u32) -> u32 {\n    width * height\n}\n",
        "class Stack:\n    def pop(self):\n        return self.items.pop()\n",
        "func Limit() int {\n\treturn 20\n}\n",
    ];

    fn check(replies: &[String]) -> Vec<(u32, u32, u32)> {
        let engine = ScriptedEngine::new(replies.iter().map(String::as_str));
        let mut told = 0;
        let done = practise(&engine, &Cancel::default(), &mut |_| told += 1).unwrap();
        assert_eq!(told, exercises());
        done.into_iter().map(|it| (it.passed, it.applied, it.tried)).collect()
    }

    #[test]
    fn right_edits_pass_in_every_form() {
        let replies = EXERCISES.iter().zip(RIGHT).flat_map(|(exercise, right)| {
            let symbol = match exercise.symbol.split_once('.') {
                Some(_) => "    def pop(self):\n        return self.items.pop()\n",
                None => right,
            };
            let whole = exercise.text.replace("-= price", "+= price").replace("Hello ", "Goodbye ");
            let whole = whole.replace("x > low", "x >= low").replace("x < high", "x <= high");
            let whole =
                whole.replace("width + height", "width * height").replace("pop(0)", "pop()");
            let whole = whole.replace("return 10", "return 20");
            let old = exercise.text.lines().zip(whole.lines()).find(|(old, new)| old != new);
            let (old, new) = old.unwrap();
            let change =
                format!("CHANGE {}\n<<<<<<<\n{old}\n=======\n{new}\n>>>>>>>\n", exercise.path);
            [format!("{symbol}```\n"), format!("{whole}```\n"), change]
        });
        assert_eq!(check(&replies.collect::<Vec<_>>()), [(6, 6, 6), (6, 6, 6), (6, 6, 6)]);
    }

    #[test]
    fn what_changes_nothing_or_the_wrong_thing_does_not_pass() {
        let same = EXERCISES.iter().flat_map(|it| [it.text; 3].map(|text| format!("{text}```\n")));
        assert_eq!(check(&same.collect::<Vec<_>>())[1], (0, 0, 6));
        let wrong = vec!["def total(prices):\n    return 0\n```\n".to_owned(); 18];
        assert_eq!(
            check(&wrong)[0],
            (0, 1, 6),
            "it can be applied once, and is not what was asked"
        );
    }
}
