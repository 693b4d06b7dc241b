//! `refs`: where a name is used.

use serde_json::json;

use crate::agent::tools::{Act, Tool};

pub(super) const TOOL: Tool = Tool {
    name: "refs",
    purpose: "List the lines that use a name.",
    arguments: || json!({ "name": { "type": "string" } }),
    required: &["name"],
    read: |arguments| Ok(Act::Refs { name: arguments.line("name")? }),
};
