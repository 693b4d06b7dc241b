//! The configuration as the program uses it: one struct a section. `defaults.toml` says what each
//! value means.

use serde::{Deserialize, Deserializer};

use crate::base::Tokens;
use crate::config::Mode;

/// Which model answers, and how.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Model {
    #[serde(deserialize_with = "text_unless_empty")]
    pub name: Option<String>,
    pub context: Tokens,
    /// 0 is one for every core that nobody else is using.
    pub threads: u32,
    /// 0 keeps nothing.
    pub cache_mb: u32,
    pub gpu_layers: u32,
    pub kv: String,
    pub flash: String,
    pub rope: String,
    /// 0 is as much as the context needs.
    pub rope_factor: f32,
    /// 0 is what the model says.
    pub rope_original: u32,
    pub experts: String,
    #[serde(deserialize_with = "text_unless_empty")]
    pub adapter: Option<String>,
    pub thinking: String,
    pub temperature: f32,
    pub top_p: f32,
    pub seed: u32,
    pub max_tokens: Tokens,
}

/// What is indexed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Index {
    pub max_file_bytes: u64,
}

/// How a proposal is made.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Propose {
    pub way: String,
    pub attempts: u32,
    pub candidates: u32,
    pub team: String,
    pub repair: bool,
    pub other_tests: bool,
    pub examples: bool,
    pub context_tokens: Tokens,
    /// 0 is no limit.
    pub time_limit_s: u64,
    #[serde(deserialize_with = "text_unless_empty")]
    pub test: Option<String>,
}

/// How much agents may do.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Policy {
    pub mode: Mode,
}

pub(super) fn text_unless_empty<'de, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<String>, D::Error> {
    Ok(Some(String::deserialize(value)?).filter(|text| !text.is_empty()))
}
