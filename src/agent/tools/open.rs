//! `open`: lines of a file, with their numbers.

use serde_json::json;

use crate::agent::tools::{Act, Tool};

pub(super) const TOOL: Tool = Tool {
    name: "open",
    purpose: "Show a file, or its lines `from` to `to`, as `number|text`.",
    arguments: || {
        json!({
            "path": { "type": "string" },
            "from": { "type": "integer" },
            "to": { "type": "integer" },
        })
    },
    required: &["path"],
    read: |arguments| {
        let from = arguments.number("from")?.unwrap_or(1);
        let to = arguments.number("to")?;
        if to.is_some_and(|to| to < from) {
            return Err(format!("`to` stands before `from`, which is {from}"));
        }
        Ok(Act::Open { path: arguments.path("path")?, from, to })
    },
};
