//! Which marks the replies of a model are written with, by its chat template.
//!
//! A template shows how earlier replies were written, and a model writes as it was shown.

use crate::model::chat::in_words::CALL;

/// What stands between two markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Reasoning,
    Calls,
}

/// A stretch of a reply that begins and ends with a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) open: &'static str,
    /// Without one it ends where the next block begins, or the reply ends.
    pub(super) close: Option<&'static str>,
    pub(super) what: What,
}

const fn reasoning(open: &'static str, close: &'static str) -> Block {
    Block { open, close: Some(close), what: What::Reasoning }
}

const fn calls(open: &'static str, close: Option<&'static str>) -> Block {
    Block { open, close, what: What::Calls }
}

/// Every block that is known, each with who writes it.
const KNOWN: [Block; 17] = [
    // Qwen, DeepSeek, GLM, SmolLM, MiniMax, Granite, Kimi.
    reasoning("<think>", "</think>"),
    reasoning("<seed:think>", "</seed:think>"),
    // Magistral and Ministral.
    reasoning("[THINK]", "[/THINK]"),
    // Command-R.
    reasoning("<|START_THINKING|>", "<|END_THINKING|>"),
    // Apertus.
    reasoning("<|inner_prefix|>", "<|inner_suffix|>"),
    // Qwen, Hermes, GLM, Granite from 4.0 on.
    calls("<tool_call>", Some("</tool_call>")),
    calls("<seed:tool_call>", Some("</seed:tool_call>")),
    calls("<minimax:tool_call>", Some("</minimax:tool_call>")),
    // Nemotron.
    calls("<TOOLCALL>", Some("</TOOLCALL>")),
    calls("<｜tool▁calls▁begin｜>", Some("<｜tool▁calls▁end｜>")),
    // Kimi.
    calls("<|tool_calls_section_begin|>", Some("<|tool_calls_section_end|>")),
    // Command-R.
    calls("<|START_ACTION|>", Some("<|END_ACTION|>")),
    // Granite before 4.0, Phi.
    calls("<|tool_call|>", None),
    // Mistral.
    calls("[TOOL_CALLS]", None),
    // Llama.
    calls("<|python_tag|>", None),
    // Qwen3-Coder leaves `<tool_call>` out at times; Functionary has nothing else.
    calls("<function=", Some("</function>")),
    // MiniMax does the same.
    calls("<invoke name=", Some("</invoke>")),
];

/// How the replies of a model are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    pub(super) blocks: Vec<Block>,
    reasons: bool,
    /// Whether a reply that is only JSON may be a call: some models leave the markers out.
    pub(super) bare_calls: bool,
    /// Whether the model has no markers for calls, as Llama has none.
    pub(super) only_bare_calls: bool,
    /// Whether replies are written in channels, as gpt-oss writes them.
    harmony: bool,
}

impl Format {
    /// The format of the model with this chat template. Calls are looked for only where tools were
    /// offered: without any, a reply that quotes `<tool_call>` is text.
    pub fn of(template: &str, tools_offered: bool) -> Self {
        let wanted = |block: &&Block| tools_offered || block.what == What::Reasoning;
        // Some templates only take thoughts out of what was said before.
        let ends = |block: &Block| block.close.is_some_and(|close| template.contains(close));
        let known = |block: &&Block| {
            template.contains(block.open) || block.what == What::Reasoning && ends(block)
        };
        let blocks = KNOWN.iter().filter(wanted).filter(known);
        let llama =
            template.contains("<|start_header_id|>") && template.contains("\"parameters\":");
        Self {
            reasons: KNOWN
                .iter()
                .any(|block| block.what == What::Reasoning && template.contains(block.open)),
            blocks: blocks.copied().collect(),
            bare_calls: tools_offered,
            only_bare_calls: tools_offered && llama,
            harmony: template.contains("<|channel|>") && template.contains("<|message|>"),
        }
    }

    /// The same for a model that was told of tools in words.
    pub(in crate::model::chat) fn with_calls_in_words(mut self) -> Self {
        let (open, close) = CALL;
        if !self.blocks.iter().any(|block| block.open == open) {
            self.blocks.push(calls(open, Some(close)));
        }
        self
    }

    /// Whether the template has the model think.
    pub fn has_reasoning(&self) -> bool {
        self.harmony || self.reasons
    }

    /// Whether replies are written in channels.
    pub(in crate::model::chat) fn is_in_channels(&self) -> bool {
        self.harmony
    }

    /// The markers around thoughts, if they have such.
    pub(in crate::model::chat) fn reasoning(&self) -> Option<(&'static str, &'static str)> {
        let block = self.blocks.iter().find(|block| block.what == What::Reasoning)?;
        Some((block.open, block.close?))
    }

    /// Whether a reply to `prompt`, as it was laid out, begins amid thoughts: some templates open
    /// them themselves.
    pub fn begins_in_reasoning(&self, prompt: &str) -> bool {
        self.reasoning().is_some_and(|(open, _)| prompt.trim_end().ends_with(open))
    }

    /// Whether special tokens of the reply have to be kept in its text, because they are markers.
    pub fn needs_special_tokens(&self) -> bool {
        self.harmony || !self.blocks.is_empty()
    }
}
