//! Small exercises with tools: real tasks in a made-up repository, through the real loop, that tell
//! whether a model can work so at all.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::agent::{Crew, Known, Roles};
use crate::base::{Digest, Tokens};
use crate::config::Mode;
use crate::context::Templates;
use crate::index::{self, History, Index};
use crate::journal::Event;
use crate::model::{Ability, Cancel, Delta, Engine};
use crate::policy::{self, Actor, Rules};
use crate::proposal;
use crate::repo::{self, Limits, Repo, RepoError};
use crate::session::decide::Desk;
use crate::session::driver::{Request, SessionError, Way, Workshop, propose};
use crate::session::record::Observer;

/// Replies that an exercise may take.
const TURNS: u32 = 8;
/// Tokens of one reply.
const ANSWER: Tokens = Tokens(512);
const SEED: u32 = 7;

/// Files, what to do, and what has to be in one of them afterwards, white space aside.
struct Exercise {
    files: &'static [(&'static str, &'static str)],
    task: &'static str,
    path: &'static str,
    wanted: &'static [&'static str],
    unwanted: &'static [&'static str],
}

const EXERCISES: [Exercise; 3] = [
    Exercise {
        files: &[
            (
                "shop/prices.py",
                "def total(prices):\n    result = 0\n    for price in prices:\n        result -= price\n    return result\n\n\ndef highest(prices):\n    return max(prices)\n",
            ),
            ("README.md", "A shop.\n"),
        ],
        task: "`total` has to add the prices, not subtract them.",
        path: "shop/prices.py",
        wanted: &["result += price", "def highest(prices):"],
        unwanted: &["result -= price"],
    },
    Exercise {
        files: &[
            ("hello/words.py", "GREETING = \"Hello\"\nFAREWELL = \"See you\"\n"),
            (
                "hello/door.py",
                "from hello.words import FAREWELL, GREETING\n\n\ndef enter(name):\n    return f\"{GREETING}, {name}!\"\n\n\ndef leave(name):\n    return f\"{FAREWELL}, {name}!\"\n",
            ),
        ],
        task: "Whoever leaves should be told \"Goodbye\" in place of \"See you\".",
        path: "hello/words.py",
        wanted: &["GREETING = \"Hello\"", "FAREWELL = \"Goodbye\""],
        unwanted: &["See you"],
    },
    Exercise {
        files: &[(
            "shapes.py",
            "def area(width, height):\n    return width + height\n\n\ndef around(width, height):\n    return width * height\n",
        )],
        task: "`area` must give width times height, and `around` twice the sum of both.",
        path: "shapes.py",
        wanted: &[
            "def area(width, height):\n    return width * height",
            "def around(width, height):",
        ],
        unwanted: &["return width + height"],
    },
];

/// How many exercises there are.
pub fn tool_exercises() -> u32 {
    EXERCISES.len() as u32
}

/// Has `engine` do the exercises, until it fails in one, all are done or somebody cancels: only a model
/// that does all of them works with tools.
pub fn practise_tools(engine: &dyn Engine, cancel: &Cancel) -> Result<Ability, SessionError> {
    let began = Instant::now();
    let mut ability = Ability::new(engine.info(), tool_exercises());
    for exercise in &EXERCISES {
        if cancel.is_cancelled() {
            break;
        }
        let (done, turns) = exercise.try_with(engine, cancel)?;
        if cancel.is_cancelled() && !done {
            break;
        }
        ability.tried += 1;
        ability.passed += u32::from(done);
        ability.turns += turns;
        ability.seconds = began.elapsed().as_secs_f64();
        if !done {
            break;
        }
    }
    Ok(ability)
}

impl Exercise {
    /// Whether the model did it, and how many replies that took.
    fn try_with(&self, engine: &dyn Engine, cancel: &Cancel) -> Result<(bool, u32), SessionError> {
        let failed = |source| RepoError::Io { doing: "make", path: "exercise".into(), source };
        let folder = tempfile::Builder::new().prefix("cs-").tempdir().map_err(failed)?;
        let root = folder.path().join("repository");
        self.write(&root)?;
        let repo = Repo::discover(&root)?;
        let rules = Rules::built_in(Mode::Ask).map_err(|error| made(&error.to_string()))?;
        let index = indexed(&repo, &rules, &folder.path().join("index"))?;
        let desk = Desk::open(repo, rules).map_err(|error| made(&error.to_string()))?;
        let roles = Roles::shipped()?;
        let mut agent: Known = roles.get("agent")?.clone();
        agent.role.budget.turns = Some(TURNS);
        let workshop = Workshop {
            desk: &desk,
            index: &index,
            history: &History::default(),
            engine,
            coder: roles.get("coder")?,
            agent: &agent,
            crew: &Crew::alone(&roles).map_err(|error| made(&error.to_string()))?,
            templates: &Templates::shipped()?,
        };
        let report = match propose(&workshop, &self.request(engine), cancel, &mut Nobody) {
            Ok(report) => report,
            // A prompt for which there is no room, and the like, is no ability either.
            Err(SessionError::NoRoom { .. }) => return Ok((false, 0)),
            Err(error) => return Err(error),
        };
        let turns = report.cost.requests;
        let Some(id) = report.proposal else { return Ok((false, turns)) };
        let changes = proposal::load(&desk.repo, &id)?.changes;
        let [change] = &changes[..] else { return Ok((false, turns)) };
        let after = change.after.as_ref().map(|state| String::from_utf8_lossy(&state.bytes));
        let done =
            change.path.to_string() == self.path && after.is_some_and(|after| self.is_done(&after));
        Ok((done, turns))
    }

    fn write(&self, root: &Path) -> Result<(), SessionError> {
        let mut options = git2::RepositoryInitOptions::new();
        options.initial_head("main").external_template(false);
        git2::Repository::init_opts(root, &options)
            .map_err(RepoError::git("make a repository for an exercise"))?;
        for (path, text) in self.files {
            let place = root.join(path);
            let folder = place.parent().unwrap_or(root);
            #[allow(clippy::disallowed_methods, reason = "the files of a made-up repository")]
            std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(&place, text))
                .map_err(RepoError::io("write", &place))?;
        }
        Ok(())
    }

    fn request(&self, engine: &dyn Engine) -> Request {
        let context = engine.info().context;
        Request {
            text: self.task.to_owned(),
            files: Vec::new(),
            test: None,
            model: None,
            temperature: 0.0,
            top_p: 1.0,
            seed: SEED,
            rounds: 1,
            candidates: 1,
            repair: false,
            other_tests: false,
            examples: false,
            way: Way::Loop,
            team: None,
            selection: Default::default(),
            window: Some(context),
            prompt_tokens: context.saturating_sub(ANSWER),
            answer_tokens: ANSWER,
            time_limit: None,
            deadline: None,
            test_limit: Duration::ZERO,
            started: Instant::now(),
        }
    }

    fn is_done(&self, after: &str) -> bool {
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        let after = plain(after);
        self.wanted.iter().all(|part| after.contains(&plain(part)))
            && !self.unwanted.iter().any(|part| after.contains(&plain(part)))
    }
}

fn indexed(repo: &Repo, rules: &Rules, folder: &Path) -> Result<Index, SessionError> {
    let limits = Limits { file_bytes: 1 << 20 };
    let settings = index::Settings {
        dir: folder.to_owned(),
        list: &|old| repo::list(repo.root(), Some(repo.git()), &limits, old),
        may_read: &policy::may_read(rules, Actor::Agent),
        rulings: Digest::zero(),
        progress: &|_, _| {},
        stop: &|| false,
    };
    index::refresh(repo.root(), &settings)?;
    Ok(Index::open(folder, repo.root())?)
}

fn made(why: &str) -> RepoError {
    let source = std::io::Error::other(why.to_owned());
    RepoError::Io { doing: "open the exercise in", path: std::env::temp_dir(), source }
}

/// Nobody watches an exercise.
struct Nobody;

impl Observer for Nobody {
    fn event(&mut self, _: &Event) {}

    fn delta(&mut self, _: &Delta) {}

    fn begins(&mut self, _: &str) {}
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::ScriptedEngine;

    fn call(name: &str, arguments: Value) -> String {
        let call = json!({ "name": name, "arguments": arguments });
        format!("<tool_call>\n{call}\n</tool_call>")
    }

    fn lines(path: &str, old: &str, code: &str) -> String {
        call("edit", json!({ "path": path, "action": "lines", "old": old, "code": code }))
    }

    fn check(replies: &[String]) -> (u32, u32, bool) {
        let engine = ScriptedEngine::new(replies.iter().map(String::as_str));
        let ability = practise_tools(&engine, &Cancel::default()).unwrap();
        (ability.passed, ability.tried, ability.works())
    }

    #[test]
    fn whoever_does_all_of_them_works_with_tools() {
        let done = || call("done", json!({ "summary": "mended" }));
        let area = "    return width + height";
        let around = "def around(width, height):\n    return width * height";
        let replies = [
            call("open", json!({ "path": "shop/prices.py" })),
            lines("shop/prices.py", "        result -= price", "        result += price"),
            done(),
            call("search", json!({ "query": "See you" })),
            lines("hello/words.py", "FAREWELL = \"See you\"", "FAREWELL = \"Goodbye\"") + &done(),
            lines("shapes.py", area, "    return width * height"),
            lines(
                "shapes.py",
                around,
                "def around(width, height):\n    return 2 * (width + height)",
            ),
            done(),
        ];
        assert_eq!(check(&replies), (3, 3, true));
    }

    #[test]
    fn whoever_fails_in_one_does_not() {
        let wrong = lines("shop/prices.py", "        result -= price", "        result = price");
        let done = call("done", json!({ "summary": "mended" }));
        assert_eq!(check(&[wrong, done]), (0, 1, false));
        let talk = vec!["I would change the sign.".to_owned(); 3];
        assert_eq!(check(&talk), (0, 1, false));
    }
}
