//! `plan`: the steps that are left.

use serde_json::json;

use crate::agent::tools::{Act, Tool};

/// Most steps of a plan.
const STEPS: usize = 12;

pub(super) const TOOL: Tool = Tool {
    name: "plan",
    purpose: "Set the steps that are left; they replace those before.",
    arguments: || json!({ "steps": { "type": "array", "items": { "type": "string" } } }),
    required: &["steps"],
    read: |arguments| Ok(Act::Plan { steps: arguments.lines("steps", STEPS)? }),
};
