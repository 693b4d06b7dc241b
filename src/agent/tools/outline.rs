//! `outline`: what a file defines, or what is in a folder.

use serde_json::json;

use crate::agent::tools::{Act, Tool};

pub(super) const TOOL: Tool = Tool {
    name: "outline",
    purpose: "List the definitions of a file, or the files of a folder; without a path those of the repository.",
    arguments: || json!({ "path": { "type": "string" } }),
    required: &[],
    read: |arguments| Ok(Act::Outline { path: arguments.path_if_any("path")? }),
};
