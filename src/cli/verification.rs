//! How a proposal was tested, in words.

use serde::Deserialize;
use serde_json::Value;

use crate::agent::{Preference, Remark};
use crate::cli::printable;
use crate::session::{Callers, Looped, TestRun};

/// What the session stored with a proposal; of what it did not store itself, whatever fits.
#[derive(Debug, Default, Deserialize)]
struct Verification {
    command: Option<String>,
    before: Option<TestRun>,
    after: Option<TestRun>,
    /// What the project's other tests said, in words.
    others: Option<String>,
    /// Of tests that were written: small mistakes in the code that they fail with.
    mutants: Option<Mutants>,
    /// How many answers were compared, and why this one.
    chosen: Option<Preference>,
    /// What became of callers.
    callers: Option<Callers>,
    /// How a model with tools came to its end.
    #[serde(rename = "loop")]
    looped: Option<Looped>,
    /// What a team left beside the change.
    team: Option<Team>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Team {
    name: String,
    plan: Vec<String>,
    read: bool,
    findings: Option<Vec<Remark>>,
    unread: Vec<String>,
    mendings: u32,
    notes: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Mutants {
    killed: usize,
    all: usize,
}

impl Verification {
    fn read(stored: &Value) -> Self {
        Self::deserialize(stored).unwrap_or_default()
    }
}

/// One word for a list: `passed`, `failed` or `untested`.
pub(super) fn word(stored: &Value) -> &'static str {
    match Verification::read(stored).after {
        Some(run) if run.passed => "passed",
        Some(_) => "failed",
        None => "untested",
    }
}

/// The test command and what came of it before and with the proposal, each with its label.
pub(super) fn rows(stored: &Value) -> Vec<(&'static str, String)> {
    let Verification { command, before, after, others, mutants, chosen, callers, looped, team } =
        Verification::read(stored);
    let run = |run: Option<TestRun>| run.map_or("not run".to_owned(), |run| result(&run));
    let mut rows = match command {
        None => vec![("test", "none was run on this change".to_owned())],
        Some(command) => {
            vec![("test", printable(&command)), ("before", run(before)), ("with it", run(after))]
        }
    };
    rows.extend(others.map(|words| ("other tests", printable(&words))));
    rows.extend(mutants.map(|it| ("mutants", format!("{} of {} killed", it.killed, it.all))));
    rows.extend(chosen.map(|it| ("chosen", printable(&it.words()))));
    let callers = callers.unwrap_or_default();
    rows.extend(callers.done.iter().map(|it| ("callers", printable(it))));
    rows.extend(callers.unfit.iter().map(|it| ("unfit", printable(it))));
    rows.extend(callers.doubts.iter().map(|it| ("look at", printable(it))));
    rows.extend(looped.map(|it| ("work", worked(&it))));
    rows.extend(team.iter().flat_map(Team::rows));
    rows
}

/// How a model worked with tools: what it says of it, and why it was stopped.
pub(super) fn worked(looped: &Looped) -> String {
    let Looped { turns, stopped, summary } = looped;
    let plural = if *turns == 1 { "reply" } else { "replies" };
    let said = match (stopped, summary.trim()) {
        (Some(why), _) => format!("; stopped: {why}"),
        (None, "") => String::new(),
        (None, summary) => format!(": {summary}"),
    };
    printable(&format!("with tools, {turns} {plural}{said}"))
}

impl Team {
    fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![("team", printable(&self.name))];
        rows.extend(self.plan.iter().map(|step| ("step", printable(step))));
        let mended = match self.mendings {
            0 => "",
            1 => ", after what was found had been mended once",
            _ => ", after what was found had been mended several times",
        };
        let findings = self.findings.iter().flatten();
        match (self.read, findings.clone().count()) {
            (false, _) => rows.push(("read", "by nobody".to_owned())),
            (true, 0) => rows.push(("read", format!("nothing was found{mended}"))),
            (true, n) => rows.push(("read", format!("{n} found{mended}; see for yourself"))),
        }
        rows.extend(findings.map(|it| {
            let text = format!("{}:{}: {}", it.path, it.line, it.text);
            ("finding", printable(&text))
        }));
        rows.extend(self.unread.iter().map(|it| ("unread", printable(it))));
        rows.extend(self.notes.iter().map(|it| ("note", printable(it))));
        rows
    }
}

fn result(run: &TestRun) -> String {
    let word = if run.passed { "passed" } else { "failed" };
    let summary = printable(&run.summary);
    let colon = if summary.is_empty() { "" } else { ": " };
    format!("{word} after {:.1} s{colon}{summary}", run.seconds)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(stored: Value, expected_word: &str, expected: &[(&str, &str)]) {
        assert_eq!(word(&stored), expected_word);
        let rows = rows(&stored);
        let rows: Vec<_> = rows.iter().map(|(label, text)| (*label, text.as_str())).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn what_was_stored_is_told_and_what_was_not_is_not_guessed() {
        let run = |passed, summary| json!({"passed": passed, "exit": 1, "seconds": 0.25, "summary": summary});
        check(
            json!({"command": "make\tcheck", "before": run(false, "1 failed"), "after": run(true, "")}),
            "passed",
            &[
                ("test", "make\\tcheck"),
                ("before", "failed after 0.2 s: 1 failed"),
                ("with it", "passed after 0.2 s"),
            ],
        );
        check(
            json!({"command": "make", "before": null, "after": null}),
            "untested",
            &[("test", "make"), ("before", "not run"), ("with it", "not run")],
        );
        for other in [Value::Null, json!({"command": null, "passed": true}), json!([1])] {
            check(other, "untested", &[("test", "none was run on this change")]);
        }
    }
}
