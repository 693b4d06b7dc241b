//! `done`: the end, if the tests agree.

use serde_json::json;

use crate::agent::tools::{Act, Tool};

/// Longest summary, in bytes.
const SUMMARY: usize = 2000;

pub(super) const TOOL: Tool = Tool {
    name: "done",
    purpose: "Say that your edits do what the task asks; the tests are run, and what fails is told.",
    arguments: || json!({ "summary": { "type": "string" } }),
    required: &["summary"],
    read: |arguments| {
        let summary = arguments.text_if_any("summary", SUMMARY)?.unwrap_or_default();
        Ok(Act::Done { summary: super::arguments::one_line(&summary) })
    },
};
