//! `symbol`: where a name is defined, and the code there.

use serde_json::json;

use crate::agent::tools::{Act, Tool};

pub(super) const TOOL: Tool = Tool {
    name: "symbol",
    purpose: "Show the definition of a function, method or class, such as `Client.connect`.",
    arguments: || json!({ "name": { "type": "string" } }),
    required: &["name"],
    read: |arguments| Ok(Act::Symbol { name: arguments.line("name")? }),
};
