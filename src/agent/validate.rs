//! What is wrong with a role's file, told so that it can be put right: the line, the field, the remedy.

use crate::agent::rights::more_than;
use crate::agent::{Contract, Role, Roles, TemplateNames, tool_names};
use crate::base::{Tokens, near};
use crate::context::Templates;

/// Something in a role's file that cannot work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1; none where the whole file is meant.
    pub line: Option<usize>,
    /// As the file writes it, with dots between the levels.
    pub field: String,
    pub what: String,
    pub remedy: String,
}

/// What a role has to fit to.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    pub templates: &'a Templates,
    /// Tokens that prompt and answer share.
    pub context: Tokens,
    /// The roles that it may not exceed, where a repository declares it.
    pub bounds: Option<&'a Roles>,
}

/// Reads the role that `text` declares, and says what is wrong with it, first to last.
pub fn mistakes(text: &str, around: Surroundings<'_>) -> Vec<Mistake> {
    let role: Role = match serde_yaml_ng::from_str(text) {
        Ok(role) => role,
        Err(error) => return vec![unreadable(&error, "role show explainer")],
    };
    let mut found = Found { text, mistakes: Vec::new() };
    found.words(&role);
    found.numbers(&role, around.context);
    found.prompts(&role, around.templates);
    found.contract(&role);
    if let Some(roles) = around.bounds {
        found.rights(&role, roles);
    }
    found.mistakes.sort_by_key(|it| it.line);
    found.mistakes
}

/// A file that is no role or team at all; `sound` is a command that shows one.
pub(super) fn unreadable(error: &serde_yaml_ng::Error, sound: &str) -> Mistake {
    let what = error.to_string();
    let mut quoted = what.split('`').skip(1).step_by(2);
    let field = quoted.next().unwrap_or_default().to_owned();
    let alike = near(quoted, &field, 1);
    let remedy = match alike.first() {
        Some(name) => format!("write `{name}`"),
        None => format!("compare it with `countersign {sound}`"),
    };
    Mistake { line: error.location().map(|it| it.line()), field, what: what.clone(), remedy }
}

/// What the template of a part is given.
const PART: [&str; 7] = ["after", "before", "comment", "language", "part", "path", "task"];

/// The values that a template is given; none where nothing asks in this way yet.
fn given(contract: Contract, slot: &str) -> Option<&'static [&'static str]> {
    match (contract, slot) {
        (Contract::Title, _) => None,
        (_, "system") => Some(&[]),
        (Contract::Calls, "task") => Some(&["failure", "places", "task"]),
        (Contract::Calls, "before") => Some(&["more", "notes", "plan", "steps"]),
        (Contract::Calls, "refused" | "flawed" | "stuck") => Some(&["reason"]),
        (Contract::Calls, "silent") => Some(&["cut"]),
        (Contract::Calls, "failed") => Some(&["failure"]),
        (Contract::Edits, "found") => Some(&["findings"]),
        (Contract::Findings, "task") => Some(&["diff", "task"]),
        (Contract::Docs, "task") => Some(&["language", "name", "text"]),
        (Contract::Part, "task") => Some(&PART),
        (Contract::Plan, "task") => Some(&["files", "task"]),
        (Contract::Files, "task") => Some(&["places", "task"]),
        (Contract::Edits, "arguments") => Some(&["calls", "task"]),
        (Contract::Edits, "examples") => Some(&["names", "tested"]),
        (Contract::Edits, "task") => Some(&["failure", "sources", "task"]),
        (Contract::Edits, "refused" | "flawed") => Some(&["reason"]),
        (Contract::Edits, "unlike") => Some(&["output"]),
        (Contract::Edits, "failed") => Some(&["failure"]),
        (Contract::Answer, "task") => Some(&["question", "sources"]),
        (Contract::Tests, "task") => Some(&["call", "name", "sources", "wish"]),
        (Contract::Tests, "survivors") => Some(&["name", "survivors"]),
        (Contract::Tests, "names") => Some(&["groups", "name"]),
        _ => None,
    }
}

/// What was found so far, and the text that it is in.
struct Found<'a> {
    text: &'a str,
    mistakes: Vec<Mistake>,
}

impl Found<'_> {
    fn add(&mut self, field: &str, what: impl Into<String>, remedy: impl Into<String>) {
        let line = line_of(self.text, field);
        let (what, remedy) = (what.into(), remedy.into());
        self.mistakes.push(Mistake { line, field: field.to_owned(), what, remedy });
    }

    fn words(&mut self, role: &Role) {
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if role.name.is_empty() || !role.name.chars().all(is_word) {
            self.add("name", "it is no name", "use letters from a to z, digits and `-`");
        }
        if role.purpose.trim().is_empty() {
            self.add("purpose", "it is empty", "say in one sentence what the role is for");
        }
        let is_known = |tool: &&String| tool_names().any(|name| name == tool.as_str());
        for tool in role.tools.iter().filter(|tool| !is_known(tool)) {
            let remedy = match near(tool_names(), tool, 1).first() {
                Some(name) => format!("write `{name}`"),
                None => format!("there are: {}", tool_names().collect::<Vec<_>>().join(", ")),
            };
            self.add("tools", format!("there is no tool `{tool}`"), remedy);
        }
    }

    fn numbers(&mut self, role: &Role, context: Tokens) {
        for (field, value, most) in [
            ("temperature", role.temperature, 2.0),
            ("warmer", Some(role.warmer), 2.0),
            ("top_p", role.top_p, 1.0),
        ] {
            if value.is_some_and(|value| !(0.0..=most).contains(&value)) {
                self.add(field, "it is out of range", format!("choose from 0 to {most}"));
            }
        }
        let budget = role.budget;
        for (field, value) in [
            ("budget.prompt_tokens", budget.prompt_tokens),
            ("budget.answer_tokens", budget.answer_tokens),
        ] {
            if value == Some(Tokens(0)) {
                self.add(field, "it leaves room for nothing", "give it more, or leave it out");
            }
        }
        let prompt = budget.prompt_tokens.unwrap_or_default();
        let all = prompt.0.saturating_add(budget.answer_tokens.unwrap_or_default().0);
        if all > context.0 {
            let field =
                if prompt > context { "budget.prompt_tokens" } else { "budget.answer_tokens" };
            let what = format!("prompt and answer have {all} tokens, the context {}", context.0);
            self.add(field, what, "make it smaller, or set `model.context` higher");
        }
    }

    fn prompts(&mut self, role: &Role, templates: &Templates) {
        for (slot, name) in role.prompts.all() {
            let field = format!("prompts.{slot}");
            let Some(asked) = templates.values(name) else {
                let remedy = match near(templates.names(), name, 1).first() {
                    Some(name) => format!("write `{name}`"),
                    None => format!("write it as `.countersign/prompts/{name}`"),
                };
                self.add(&field, format!("there is no template `{name}`"), remedy);
                continue;
            };
            let Some(given) = given(role.contract, slot) else { continue };
            let missing: Vec<&str> =
                asked.iter().map(String::as_str).filter(|it| !given.contains(it)).collect();
            if !missing.is_empty() {
                let missing = missing.join("`, `");
                let what = format!("`{name}` asks for `{missing}`, which nobody gives");
                let remedy = match given {
                    [] => "it is given no values".to_owned(),
                    given => format!("it is given `{}`", given.join("`, `")),
                };
                self.add(&field, what, remedy);
            }
        }
    }

    fn contract(&mut self, role: &Role) {
        let calls = role.contract == Contract::Calls;
        if calls && role.tools.is_empty() {
            self.add("tools", "it has none to call", "write `tools: [search, open, edit, run]`");
        } else if !calls && role.tools.iter().any(|tool| tool_names().any(|name| name == tool)) {
            self.add("tools", "its contract calls none", "leave it out");
        }
        let edits = role.contract == Contract::Edits;
        if edits && role.dialects.is_empty() {
            self.add("dialects", "it writes edits in no form", "write `dialects: [symbol, file]`");
        } else if !edits && !role.dialects.is_empty() {
            self.add("dialects", "its contract has no edits", "leave it out");
        }
        if role.reads.is_empty() {
            self.add("reads", "it is shown nothing", "write `reads: [sources]`, or more");
        }
        let (folder, more): (_, &[&str]) = match role.contract {
            Contract::Edits => ("coder", &[]),
            Contract::Calls => ("agent", &["before", "silent", "stuck"]),
            _ => return,
        };
        let TemplateNames { refused, flawed, failed, others, .. } = &role.prompts;
        let other = |slot: &&'static str| (*slot, others.get(*slot).cloned().unwrap_or_default());
        let named = [("refused", refused), ("flawed", flawed), ("failed", failed)];
        let named = named.into_iter().map(|(slot, name)| (slot, name.clone()));
        for (slot, _) in named.chain(more.iter().map(other)).filter(|(_, name)| name.is_empty()) {
            let field = format!("prompts.{slot}");
            self.add(&field, "it is missing", format!("write `{slot}: {folder}/{slot}.md`"));
        }
    }

    fn rights(&mut self, role: &Role, roles: &Roles) {
        let Ok(base) = roles.get(&role.name) else {
            let what = format!("there is no role `{}`, and a repository cannot add one", role.name);
            let remedy = "move the file to `roles/` in your own configuration";
            return self.add("name", what, remedy);
        };
        if let Some(what) = more_than(role, &base.role) {
            let field = what.split('`').nth(1).unwrap_or_default().to_owned();
            self.add(&field, what, "move the file to `roles/` in your own configuration");
        }
    }
}

/// The line where `field` stands, or the nearest of those that it is in.
pub(super) fn line_of(text: &str, field: &str) -> Option<usize> {
    let (mut line, mut from) = (None, 0);
    for key in field.split('.') {
        let says = |text: &str| {
            let rest = text.trim_start().strip_prefix(key);
            rest.is_some_and(|rest| rest.trim_start().starts_with(':'))
        };
        let Some(at) = text.lines().skip(from).position(says) else { break };
        from += at;
        line = Some(from + 1);
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SOUND: &str = "name: mine\nversion: 1\npurpose: Answers.\ncontract: answer\nprompts:\n  system: explainer/system.md\n  task: explainer/task.md\nreads: [sources]\nbudget:\n  prompt_tokens: 1000\n";

    fn told(text: &str, bounds: Option<&Roles>) -> Vec<String> {
        let templates = Templates::shipped().unwrap();
        let around = Surroundings { templates: &templates, context: Tokens(4096), bounds };
        let line = |line: Option<usize>| line.map(|it| it.to_string()).unwrap_or_default();
        mistakes(text, around)
            .into_iter()
            .map(|it| format!("{} {}: {}; {}", line(it.line), it.field, it.what, it.remedy))
            .collect()
    }

    #[track_caller]
    fn check(old: &str, new: &str, expected: &str) {
        assert!(SOUND.contains(old), "{old}");
        let told = told(&SOUND.replace(old, new), None);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains(expected), "{told:?}");
    }

    #[test]
    fn shipped_roles_have_no_mistakes() {
        let templates = Templates::shipped().unwrap();
        let around = Surroundings { templates: &templates, context: Tokens(8192), bounds: None };
        for (name, text) in crate::agent::roles::SHIPPED {
            assert_eq!(mistakes(text, around), [], "{name}");
        }
        assert_eq!(told(SOUND, None), [""; 0]);
    }

    #[test]
    fn each_mistake_is_told_with_its_line_and_its_remedy() {
        check("name: mine", "name: My role", "1 name: it is no name");
        check("contract:", "contrct:", "4 contrct: unknown field `contrct`");
        check("contract:", "contrct:", "write `contract`");
        check("answer", "anser", "write `answer`");
        check("task: explainer/task.md", "task: explainer/tsk.md", "7 prompts.task: there is no");
        check("explainer/task.md", "explainer/tsk.md", "write `explainer/task.md`");
        check(
            "explainer/task.md",
            "coder/task.md",
            "asks for `failure`, `task`, which nobody gives",
        );
        check(
            "reads: [sources]",
            "reads: [sources]\ntools: [grep]",
            "9 tools: there is no tool `grep`",
        );
        check("reads: [sources]", "reads: []", "8 reads: it is shown nothing");
        check("reads:", "temperature: 3\nreads:", "8 temperature: it is out of range");
        check("reads:", "dialects: [file]\nreads:", "8 dialects: its contract has no edits");
        check("1000", "5000", "10 budget.prompt_tokens: prompt and answer have 5000 tokens");
        check("1000", "0", "10 budget.prompt_tokens: it leaves room for nothing");
        check("purpose: Answers.", "purpose: ''", "3 purpose: it is empty");
    }

    #[test]
    fn a_repository_is_told_what_it_cannot_set() {
        let roles = Roles::shipped().unwrap();
        let told =
            told(&SOUND.replace("mine", "explainer").replace("[sources]", "[diff]"), Some(&roles));
        assert!(told.iter().any(|it| it.contains("8 reads: `reads` adds `diff`")), "{told:?}");
    }

    proptest! {
        #[test]
        fn no_role_file_panics(text in "(name|prompts|budget|: |\\[|\\]|\n|  |[ -~]){0,60}") {
            let _ = told(&text, None);
            let _ = told(&format!("{SOUND}{text}"), None);
        }
    }
}
