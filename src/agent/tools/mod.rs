//! What may a model call?
//!
//! One file a tool: its name, its purpose in a line, the schema of its arguments, and how an untrusted
//! call becomes an [`Act`], or a sentence that says what was wrong with it. Nothing here acts.

mod arguments;
mod done;
mod edit;
mod note;
mod open;
mod outline;
mod plan;
mod refs;
mod run;
mod search;
mod symbol;

use serde_json::{Value, json};

use crate::agent::tools::arguments::Arguments;
use crate::base::{RepoPath, near};
use crate::model;

pub use edit::{Change, Part};

/// What a call asks for, read and bounded. Whether it may be done is the gate's question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Find places by words.
    Search { query: String },
    /// The definitions of a file, or what is in a folder; without a path in the whole repository.
    Outline { path: Option<RepoPath> },
    /// Lines of a file, counted from 1, both ends included.
    Open { path: RepoPath, from: u32, to: Option<u32> },
    /// Where a name is defined.
    Symbol { name: String },
    /// Where a name is used.
    Refs { name: String },
    /// Change the draft.
    Edit(Change),
    /// Run the tests on the draft.
    Run,
    /// The steps that are left, in place of those before.
    Plan { steps: Vec<String> },
    /// Something to be remembered.
    Note { text: String },
    /// The draft does what the task asks.
    Done { summary: String },
}

/// A tool as its file describes it.
struct Tool {
    name: &'static str,
    purpose: &'static str,
    /// The arguments as properties of a JSON schema, and which of them have to be there.
    arguments: fn() -> Value,
    required: &'static [&'static str],
    read: fn(&Arguments<'_>) -> Result<Act, String>,
}

const TOOLS: [Tool; 10] = [
    search::TOOL,
    outline::TOOL,
    open::TOOL,
    symbol::TOOL,
    refs::TOOL,
    edit::TOOL,
    run::TOOL,
    plan::TOOL,
    note::TOOL,
    done::TOOL,
];

/// The names of all tools, in the order in which they are offered.
pub fn tool_names() -> impl Iterator<Item = &'static str> {
    TOOLS.iter().map(|tool| tool.name)
}

/// The tools with these names as a model is told of them; `done` is among them in any case.
pub fn offered(names: &[String]) -> Vec<model::Tool> {
    let offered = TOOLS.iter().filter(|tool| is_offered(tool, names));
    let told = offered.map(|tool| model::Tool {
        name: tool.name.to_owned(),
        description: tool.purpose.to_owned(),
        parameters: json!({
            "type": "object",
            "properties": (tool.arguments)(),
            "required": tool.required,
        }),
    });
    told.collect()
}

fn is_offered(tool: &Tool, names: &[String]) -> bool {
    tool.name == done::TOOL.name || names.iter().any(|name| name == tool.name)
}

/// Reads a call of one of the tools with these names.
///
/// # Errors
///
/// A sentence for the model that says what is wrong with it.
pub fn read_call(call: &model::ToolCall, names: &[String]) -> Result<Act, String> {
    let offered: Vec<&Tool> = TOOLS.iter().filter(|tool| is_offered(tool, names)).collect();
    let Some(tool) = offered.iter().find(|tool| tool.name == call.name.trim()) else {
        let alike = near(offered.iter().map(|tool| tool.name), &call.name, 1);
        let name = arguments::quoted(&call.name);
        return Err(match alike.first() {
            Some(alike) => format!("there is no tool `{name}`; did you mean `{alike}`?"),
            None => {
                let names: Vec<&str> = offered.iter().map(|tool| tool.name).collect();
                format!("there is no tool `{name}`; there are: {}", names.join(", "))
            }
        });
    };
    let arguments =
        Arguments::of(&call.arguments).map_err(|why| format!("{}: {why}", tool.name))?;
    (tool.read)(&arguments).map_err(|why| format!("{}: {why}", tool.name))
}

/// The name of the tool that a call is of, short and on one line, whatever the model wrote.
pub fn tool_name(call: &model::ToolCall) -> String {
    arguments::quoted(&call.name)
}

/// A call in a few words, to remember it by: the tool, and what it was about.
pub fn gist(call: &model::ToolCall) -> String {
    let name = tool_name(call);
    let short = |value: &Value| match value {
        Value::String(text) => Some(arguments::quoted(text)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let about = ["query", "path", "symbol", "name", "from", "to", "action", "text", "summary"];
    let said = about.iter().filter_map(|key| short(call.arguments.get(*key)?));
    let all: Vec<String> = std::iter::once(name).chain(said).collect();
    all.join(" ")
}

#[cfg(test)]
mod tests;
