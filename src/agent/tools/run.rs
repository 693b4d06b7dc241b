//! `run`: the tests, on the draft.

use serde_json::json;

use crate::agent::tools::{Act, Tool};

pub(super) const TOOL: Tool = Tool {
    name: "run",
    purpose: "Run the tests on your edits.",
    arguments: || json!({}),
    required: &[],
    read: |_| Ok(Act::Run),
};
