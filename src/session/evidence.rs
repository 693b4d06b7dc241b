//! What the journal knows about how a proposal came to be: plan, places that were shown, runs, rulings.
//!
//! Gathered from records alone. What a record does not say is not said here; which of the places a hunk
//! rests on is for [`Evidence::rests`] to tell.

use serde::Deserialize;
use serde_json::Value;

use crate::agent::Preference;
use crate::base::{RepoPath, Span, TaskId};
use crate::journal::{self, Event};
use crate::proposal::{Proposal, TASK};
use crate::session::decide::Desk;
use crate::session::read::read_in;

/// Places that are kept; a task of many rounds shows the same ones again.
const MOST: usize = 200;

/// Bytes of a command's last line, of a note, of a step.
const LONGEST: usize = 300;

/// What is known about the making of a proposal. Texts are as they were recorded: untrusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The steps of a planner, in their order.
    pub plan: Vec<Step>,
    /// Places of the repository that the model was shown, in the order in which it was.
    pub shown: Vec<Shown>,
    /// Commands that ran, the last run of each.
    pub runs: Vec<Ran>,
    /// What the gate ruled about edits.
    pub rulings: Vec<Ruled>,
    /// What a reviewer found, as `path:line: severity: sentence`.
    pub findings: Vec<String>,
    /// What else was said.
    pub notes: Vec<String>,
}

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The file that it is about; none where the record does not name one.
    pub path: Option<RepoPath>,
    pub words: String,
}

/// A place that the model was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub path: RepoPath,
    pub span: Span,
    pub why: String,
    /// Its lines as the proposal was made on them; empty where they cannot be read any more.
    pub text: String,
    /// Why its text may speak to a model and not only to a compiler; none for source code.
    pub outside: Option<Outside>,
}

/// Text that others wrote, or that is written in sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// A document: what it says can be taken for an instruction.
    Prose,
    /// Code that was copied in from elsewhere.
    Vendored,
}

/// A command that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    pub line: String,
    pub exit: Option<i32>,
    pub timed_out: bool,
    /// In tenths of a second.
    pub tenths: u64,
    /// The last line that it said.
    pub last: String,
}

/// A ruling about an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruled {
    pub path: RepoPath,
    pub ruling: String,
    pub rule: String,
    pub why: String,
}

impl Evidence {
    /// Gathers what `events`, which are those of one task, say.
    pub fn of(events: &[Event]) -> Self {
        let mut evidence = Self::default();
        events.iter().for_each(|event| evidence.add(event));
        evidence
    }

    fn add(&mut self, event: &Event) {
        match event {
            // A task that is gone on with begins anew.
            Event::TaskStarted { .. } => *self = Self::default(),
            Event::Planned { steps, .. } => self.plan = steps.iter().map(|it| step(it)).collect(),
            Event::Packed { ledger, .. } => {
                for entry in ledger.as_array().into_iter().flatten() {
                    let why = entry["why"].as_str().unwrap_or_default();
                    if let Some((path, span)) = entry["source"].as_str().and_then(place) {
                        self.show(path, span, why);
                    }
                }
            }
            Event::ToolCalled { tool, arguments, refused: false, .. } if tool == "open" => {
                if let Some((path, span)) = opened(arguments) {
                    self.show(path, span, "the model opened it");
                }
            }
            Event::CommandRan { line, exit, seconds, output, timed_out, .. } => {
                let last = output.lines().rev().find(|line| !line.trim().is_empty());
                self.runs.retain(|ran| ran.line != *line);
                self.runs.push(Ran {
                    line: line.clone(),
                    exit: *exit,
                    timed_out: *timed_out,
                    tenths: (seconds.max(0.0) * 10.0).round() as u64,
                    last: cut(last.unwrap_or_default()),
                });
            }
            Event::Judged { action, ruling, rule, why, .. } => self.rule(action, ruling, rule, why),
            Event::Reviewed { findings, .. } => self.findings.clone_from(findings),
            Event::Noted { role, text } => self.notes.push(cut(&format!("{role}: {text}"))),
            Event::Proposed { verification, .. } => {
                let chosen = Preference::deserialize(&verification["chosen"]).ok();
                self.notes.extend(chosen.map(|it| cut(&it.words())));
            }
            Event::Repaired { tried, passing } if !passing.is_empty() => self.notes.push(format!(
                "{tried} small changes were tried without a model, {} passed the tests",
                passing.len()
            )),
            _ => {}
        }
    }

    fn show(&mut self, path: RepoPath, span: Span, why: &str) {
        let is_there = |it: &Shown| it.path == path && it.span == span;
        if self.shown.len() < MOST && !self.shown.iter().any(is_there) {
            let outside = outside(&path);
            let why = cut(why);
            self.shown.push(Shown { path, span, why, text: String::new(), outside });
        }
    }

    fn rule(&mut self, action: &Value, ruling: &str, rule: &str, why: &str) {
        let path = action["path"].as_str().and_then(|path| RepoPath::new(path).ok());
        let (Some(path), Some("edit_path")) = (path, action["action"].as_str()) else { return };
        let [ruling, rule, why] = [ruling, rule, why].map(cut);
        let ruled = Ruled { path, ruling, rule, why };
        if !self.rulings.contains(&ruled) {
            self.rulings.push(ruled);
        }
    }
}

/// What the journal and the repository of `desk` know about `proposal`; nothing where no record says
/// for which task it was made.
pub fn evidence(desk: &Desk, proposal: &Proposal) -> Evidence {
    let trailer = proposal.trailers.iter().find(|(key, _)| key == TASK);
    let Some(task) = trailer.and_then(|(_, value)| value.parse::<TaskId>().ok()) else {
        return Evidence::default();
    };
    let records = journal::of_task(&desk.repo.state_dir(), &task);
    let events: Vec<Event> = records.into_iter().map(|record| record.event).collect();
    let mut evidence = Evidence::of(&events);
    for shown in &mut evidence.shown {
        let state = read_in(desk, proposal.base, &shown.path);
        let bytes = state.map(|state| state.bytes).unwrap_or_default();
        let first = (shown.span.start as usize).saturating_sub(1);
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').skip(first);
        let lines: Vec<&[u8]> = lines.take(shown.span.lines() as usize).collect();
        shown.text = String::from_utf8_lossy(&lines.concat()).into_owned();
    }
    evidence
}

/// `path: what changes there`.
fn step(text: &str) -> Step {
    let parts = text.split_once(": ").and_then(|(path, words)| Some((path.parse().ok()?, words)));
    match parts {
        Some((path, words)) => Step { path: Some(path), words: cut(words) },
        None => Step { path: None, words: cut(text) },
    }
}

/// `path:12-40` or `path:12`, as a ledger names a source; other entries have no such end.
fn place(text: &str) -> Option<(RepoPath, Span)> {
    let (path, lines) = text.rsplit_once(':')?;
    let (start, end) = lines.split_once('-').unwrap_or((lines, lines));
    let (start, end) = (start.parse().ok()?, end.parse().ok()?);
    (1 <= start && start <= end).then_some(())?;
    Some((RepoPath::new(path).ok()?, Span::new(start, end)))
}

fn opened(arguments: &Value) -> Option<(RepoPath, Span)> {
    /// Lines that `open` shows where no end is asked for.
    const SHOWN: u64 = 200;
    let path = RepoPath::new(arguments["path"].as_str()?).ok()?;
    let from = arguments["from"].as_u64().unwrap_or(1).max(1);
    let to = arguments["to"].as_u64().unwrap_or(from.saturating_add(SHOWN)).max(from);
    Some((path, Span::new(u32::try_from(from).ok()?, u32::try_from(to).ok()?)))
}

/// What is known of a place by its path.
fn outside(path: &RepoPath) -> Option<Outside> {
    const PROSE: [&str; 8] = ["md", "markdown", "rst", "txt", "adoc", "html", "org", "tex"];
    const VENDORED: [&str; 5] = ["vendor", "vendored", "third_party", "node_modules", "external"];
    let text = path.to_string().to_lowercase();
    if text.split('/').any(|part| VENDORED.contains(&part)) {
        return Some(Outside::Vendored);
    }
    let (_, end) = text.rsplit_once('.')?;
    PROSE.contains(&end).then_some(Outside::Prose)
}

fn cut(text: &str) -> String {
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::Tokens;
    use crate::config::Mode;
    use crate::policy::Rules;
    use crate::proposal::{self, NewProposal};
    use crate::repo::FileChange;
    use crate::repo::testing::{path, put, scratch, state};

    fn packed(sources: &[&str]) -> Event {
        let entry = |source: &&str| json!({"source": source, "tokens": 1, "why": "says timeout"});
        Event::Packed {
            budget: Tokens(100),
            used: Tokens(10),
            ledger: sources.iter().map(entry).collect(),
            left_out: Vec::new(),
            counts: None,
        }
    }

    #[test]
    fn places_of_all_prompts_are_there_once() {
        let evidence = Evidence::of(&[
            packed(&["instructions", "task", "docs/api.md:120-126", "a.py:1-9", "a.py:31-58"]),
            packed(&["turn 3", "a.py:31-58", "bad:0-2", "../x:1-2"]),
        ]);
        let said: Vec<_> =
            evidence.shown.iter().map(|it| format!("{}:{}", it.path, it.span)).collect();
        assert_eq!(said, ["docs/api.md:120-126", "a.py:1-9", "a.py:31-58"]);
        let outside = evidence.shown.iter().map(|it| it.outside);
        assert_eq!(outside.collect::<Vec<_>>(), [Some(Outside::Prose), None, None]);
    }

    #[test]
    fn a_plan_names_files_and_the_last_run_of_a_command_counts() {
        let ran = |exit, output: &str| Event::CommandRan {
            line: "make test".to_owned(),
            exit: Some(exit),
            seconds: 1.26,
            output: output.to_owned(),
            on: None,
            timed_out: false,
            recorded: false,
        };
        let evidence = Evidence::of(&[
            Event::Planned {
                role: "planner".to_owned(),
                steps: vec!["a.py: raise on zero".to_owned(), "no path at all".to_owned()],
                dropped: Vec::new(),
            },
            ran(1, "1 failed\n"),
            ran(0, "warning\n14 passed\n\n"),
        ]);
        assert_eq!(evidence.plan[0].path, Some("a.py".parse().unwrap()));
        assert_eq!(evidence.plan[1], Step { path: None, words: "no path at all".to_owned() });
        let [ran] = evidence.runs.as_slice() else { panic!("{:?}", evidence.runs) };
        assert_eq!((ran.exit, ran.tenths, ran.last.as_str()), (Some(0), 13, "14 passed"));
    }

    #[test]
    fn the_task_of_a_proposal_is_found_in_the_journal_and_its_places_are_read() {
        let (_dir, repo) = scratch(&[("a.py", "1\n2\n3\n4\n"), ("docs/api.md", "say yes\n")]);
        let before = repo.read(&path("a.py")).unwrap();
        let task: TaskId = "t-1a2b".parse().unwrap();
        let new = NewProposal {
            snapshot: repo.snapshot().unwrap(),
            changes: vec![FileChange { path: path("a.py"), before, after: Some(state("2\n")) }],
            title: "Two".into(),
            task: String::new(),
            model: None,
            verification: Value::Null,
            trailers: vec![(TASK.to_owned(), task.to_string())],
        };
        let proposal = proposal::store(&repo, &new).unwrap();
        let desk = Desk::open(repo, Rules::built_in(Mode::Ask).unwrap()).unwrap();
        let other: TaskId = "t-1a2bffff".parse().unwrap();
        desk.log.append(Some(&task), &packed(&["a.py:2-3", "docs/api.md:1", "gone.py:1"])).unwrap();
        desk.log.append(Some(&other), &packed(&["a.py:4"])).unwrap();
        // What the person edits meanwhile is not what the model was shown.
        put(desk.repo.root(), "a.py", "edited\n");
        let shown = evidence(&desk, &proposal).shown;
        let said: Vec<_> = shown.iter().map(|it| (it.path.to_string(), it.text.as_str())).collect();
        let expected = [("a.py", "2\n3\n"), ("docs/api.md", "say yes\n"), ("gone.py", "")];
        assert_eq!(said, expected.map(|(path, text)| (path.to_owned(), text)));
    }

    #[test]
    fn only_rulings_about_edits_are_kept_each_once() {
        let judged = |action: &str, path: &str| Event::Judged {
            actor: "agent".to_owned(),
            action: json!({"action": action, "path": path}),
            ruling: "allow".to_owned(),
            rule: "agent-proposes".to_owned(),
            why: "it is a proposal".to_owned(),
        };
        let events = [judged("edit_path", "a"), judged("read_path", "a"), judged("edit_path", "a")];
        assert_eq!(Evidence::of(&events).rulings.len(), 1);
    }
}
