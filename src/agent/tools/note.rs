//! `note`: what is not to be forgotten when older messages are left out.

use serde_json::json;

use crate::agent::tools::{Act, Tool};

pub(super) const TOOL: Tool = Tool {
    name: "note",
    purpose: "Keep a fact that you will need later; older messages are left out in time, notes are not.",
    arguments: || json!({ "text": { "type": "string" } }),
    required: &["text"],
    read: |arguments| {
        let text = arguments.text("text", super::arguments::WORDS)?;
        Ok(Act::Note { text: super::arguments::one_line(&text) })
    },
};
