//! `search`: places by words.

use serde_json::json;

use crate::agent::tools::{Act, Tool};

pub(super) const TOOL: Tool = Tool {
    name: "search",
    purpose: "Find places in the repository by words, names or an error message.",
    arguments: || json!({ "query": { "type": "string" } }),
    required: &["query"],
    read: |arguments| {
        let query = arguments.text("query", super::arguments::WORDS)?;
        Ok(Act::Search { query: super::arguments::one_line(&query) })
    },
};
