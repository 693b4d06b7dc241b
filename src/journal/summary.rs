//! An event in a few words, for a list.

use serde_json::Value;

use crate::journal::{Change, DecidedPart, Event};

impl Event {
    /// One line, most telling part first. Text in it comes from models and repositories and is
    /// not escaped; line feeds are spaces.
    pub fn summary(&self) -> String {
        self.words().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn words(&self) -> String {
        match self {
            Self::TaskStarted { text, .. } => format!("task: {text}"),
            Self::TaskResumed { answers, runs, .. } => {
                let answers = count(*answers as usize, "answer");
                format!("task goes on with {answers} and {} known", count(*runs as usize, "run"))
            }
            Self::Retrieved { query, sources } => {
                let first = query.lines().next().unwrap_or_default();
                format!("retrieved {} for: {first}", count(sources.len(), "source"))
            }
            Self::Packed { budget, used, left_out, .. } => {
                format!("packed {} of {budget}{}", used.0, without(left_out))
            }
            Self::Asked { role, .. } => format!("asked the model as {role}"),
            Self::Answered { role, text, stop, .. } => {
                format!("answered as {role}: {} ({stop})", count(text.len(), "byte"))
            }
            Self::ToolCalled { tool, arguments, refused, result } => {
                let about = about(arguments);
                match refused {
                    true => {
                        let why = result.lines().next().unwrap_or_default();
                        format!("refused `{tool}`{about}: {why}")
                    }
                    false => format!("called `{tool}`{about}: {}", count(result.len(), "byte")),
                }
            }
            Self::Cited { lines, dropped } => {
                let cited = if lines.is_empty() { "nothing".into() } else { lines.join(", ") };
                match dropped.len() {
                    0 => format!("cites {cited}"),
                    n => format!("cites {cited}; {} leads nowhere", count(n, "citation")),
                }
            }
            Self::EngineRestarted { why } => {
                format!("the model's process died ({why}), and was replaced")
            }
            Self::Repaired { tried, passing } => {
                format!(
                    "tried {}, of which pass {}",
                    count(*tried as usize, "small change"),
                    passing.len()
                )
            }
            Self::Chosen { role, places, of } => {
                format!("{role} chose {} of {of} places: {}", places.len(), places.join(", "))
            }
            Self::Planned { role, steps, .. } => {
                format!("{role} planned {}: {}", count(steps.len(), "step"), steps.join("; "))
            }
            Self::Reviewed { role, skipped: Some(why), .. } => {
                format!("{role} read nothing: {why}")
            }
            Self::Reviewed { role, findings, dropped, .. } => {
                let dropped = match dropped.len() {
                    0 => String::new(),
                    n => format!(", {n} more at no line of the change"),
                };
                let first = findings.first().map(|it| format!(": {it}")).unwrap_or_default();
                format!("{role} found {}{dropped}{first}", count(findings.len(), "problem"))
            }
            Self::Noted { role, text } => format!("{role}: {text}"),
            Self::ReplyRefused { reason } => format!("refused the reply: {reason}"),
            Self::Drafted { draft, files, added, removed, passed, said, .. } => {
                let files = count(*files as usize, "file");
                let said = if said.is_empty() { String::new() } else { format!(": {said}") };
                let tested = match passed {
                    Some(true) => format!("; passes its test{said}"),
                    Some(false) => format!("; fails its test{said}"),
                    None => String::new(),
                };
                format!("drafted change {draft}: {files} +{added} -{removed}{tested}")
            }
            Self::Judged { actor, action, ruling, rule, .. } => {
                format!("{ruling}: {actor} {} (rule `{rule}`)", act(action))
            }
            Self::Approved { action, answer, .. } => match answer["reason"].as_str() {
                Some(reason) => format!("a person said no to {}: {reason}", act(action)),
                None => format!("a person said yes to {}", act(action)),
            },
            Self::Selected { selection, .. } => {
                let number = |key: &str| selection[key].as_array().map_or(0, Vec::len);
                format!("in view: {} pinned, {} dropped", number("pinned"), number("dropped"))
            }
            Self::CommandRan { line, exit, seconds, .. } => match exit {
                Some(exit) => format!("ran `{line}`: exit {exit} after {seconds:.1} s"),
                None => format!("ran `{line}`: stopped after {seconds:.1} s"),
            },
            Self::Proposed { proposal, files, hunks, .. } => {
                let hunks = count(*hunks as usize, "hunk");
                format!("proposed {proposal}: {hunks} in {}", count(files.len(), "file"))
            }
            Self::Decided { proposal, accepted, rejected, parts } => {
                let words = format!("{} accepted, {} rejected", accepted.len(), rejected.len());
                format!("{proposal}: {words}{}", special(parts))
            }
            Self::Applied { proposal, receipt, changes } => {
                format!("applied {proposal} as {receipt}: {}", paths(changes))
            }
            Self::ApplyRefused { proposal, why } => format!("did not apply {proposal}: {why}"),
            Self::Undone { receipt, changes } => format!("undid {receipt}: {}", paths(changes)),
            Self::Redone { receipt, changes } => format!("redid {receipt}: {}", paths(changes)),
            Self::Rejected { proposal } => format!("rejected {proposal}"),
            Self::Checked { what, files, .. } => {
                format!("checked {what}: {}", count(*files as usize, "file"))
            }
            Self::TaskEnded { outcome, seconds, .. } => {
                format!("task ended after {seconds:.1} s: {outcome}")
            }
            Self::Recovered { what } => format!("recovered: {what}"),
        }
    }
}

/// What a call is about, in a few words.
fn about(arguments: &Value) -> String {
    let text = |key: &str| arguments.get(key).and_then(Value::as_str);
    let said = ["query", "path", "name"].into_iter().find_map(text);
    let short: String = said.unwrap_or_default().chars().take(60).collect();
    if short.is_empty() { short } else { format!(" {short}") }
}

/// The first that did not fit by name, the others by number.
fn without(left_out: &[String]) -> String {
    match left_out {
        [] => String::new(),
        [only] => format!(", without {only}"),
        [first, rest @ ..] => format!(", without {first} and {} more", rest.len()),
    }
}

/// The action in words: its kind, and what it is about.
fn act(action: &Value) -> String {
    let text = |key: &str| action.get(key).and_then(Value::as_str);
    let about = ["path", "line", "host"].into_iter().find_map(text);
    match (text("action"), about) {
        (Some(kind), Some(about)) => {
            let verb = kind.split('_').next().unwrap_or(kind);
            format!("{verb} `{about}`")
        }
        _ => action.to_string(),
    }
}

fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

fn paths(changes: &[Change]) -> String {
    let names: Vec<String> = changes.iter().take(3).map(|change| change.path.to_string()).collect();
    match changes.len() - names.len() {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// What was done beside deciding on whole hunks: `, 2 parts, 1 edited by hand`.
fn special(parts: &[DecidedPart]) -> String {
    let number = |is: fn(&&DecidedPart) -> bool| parts.iter().filter(is).count();
    let (split, edited) = (number(|it| it.part > 0), number(|it| it.by == "person"));
    let (revised, said) = (number(|it| it.by == "revision"), number(|it| !it.comments.is_empty()));
    let found = [
        (split, count(split, "part")),
        (edited, format!("{edited} edited by hand")),
        (revised, format!("{revised} revised")),
        (said, format!("{said} commented")),
    ];
    found.into_iter().filter(|(n, _)| *n > 0).map(|(_, words)| format!(", {words}")).collect()
}
