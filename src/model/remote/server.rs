//! What kind of server answers, and what it can do beyond the common interface.

use serde::Serialize;

use crate::base::Tokens;

/// A server program that is known, by the owner that it gives its models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    LlamaServer,
    LlamaCppPython,
    Vllm,
    Sglang,
    Ollama,
    LmStudio,
    OpenAi,
    Other,
}

/// A model that a server offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offered {
    pub id: String,
    /// Tokens that prompt and answer share, where the server says.
    pub context: Option<Tokens>,
}

/// The way to have a text counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tokenizer {
    /// `/tokenize` of llama-server, which gives the tokens.
    LlamaServer,
    /// `/tokenize` of vLLM and SGLang, which gives their count.
    Vllm,
    /// `/extras/tokenize/count` of llama-cpp-python.
    LlamaCppPython,
}

/// What is known of a server once it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Server {
    pub kind: Kind,
    /// Everything that it offers, in its order.
    pub models: Vec<Offered>,
    /// The model that answers.
    pub model: String,
    /// Tokens that prompt and answer share, where the server says.
    pub context: Option<Tokens>,
    /// Without one, tokens are estimated.
    pub tokenizer: Option<Tokenizer>,
    /// Forms are asked for as vLLM took them before 0.12.
    pub old_forms: bool,
}

impl Kind {
    /// The kind whose models belong to `owner`.
    pub(super) fn of(owner: &str, host: &str) -> Self {
        match owner {
            "llamacpp" => Self::LlamaServer,
            "me" => Self::LlamaCppPython,
            "vllm" => Self::Vllm,
            "sglang" => Self::Sglang,
            "library" => Self::Ollama,
            "organization_owner" => Self::LmStudio,
            _ if host == "api.openai.com" => Self::OpenAi,
            _ => Self::Other,
        }
    }

    /// The program as people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::LlamaServer => "llama-server",
            Self::LlamaCppPython => "llama-cpp-python",
            Self::Vllm => "vLLM",
            Self::Sglang => "SGLang",
            Self::Ollama => "Ollama",
            Self::LmStudio => "LM Studio",
            Self::OpenAi => "OpenAI",
            Self::Other => "unknown",
        }
    }

    /// Whether it goes on from an assistant's message at the end, instead of beginning another.
    /// Ollama does so with some templates, the others never.
    pub(super) fn continues(self) -> bool {
        matches!(self, Self::LlamaServer | Self::Vllm | Self::Sglang)
    }

    /// Whether such a continuation may begin with the message that it continues: versions of
    /// llama-server differ in that.
    pub(super) fn may_repeat(self) -> bool {
        self == Self::LlamaServer
    }

    /// Whether templates take arguments, among them whether the model shall think.
    pub(super) fn takes_template_arguments(self) -> bool {
        self.continues()
    }

    /// Whether it takes what an assistant thought in earlier turns. DeepSeek refuses it.
    pub(super) fn takes_reasoning(self) -> bool {
        self.continues()
    }

    /// Whether log-probabilities can be asked for without being refused: llama-cpp-python and many
    /// hosted models fail at it.
    pub(super) fn tells_logprobs(self, with_tools: bool) -> bool {
        match self {
            Self::LlamaServer => !with_tools,
            Self::Vllm | Self::Sglang => true,
            _ => false,
        }
    }

    /// Whether it answers with no other model than those that it lists.
    pub(super) fn lists_all(self) -> bool {
        !matches!(self, Self::OpenAi | Self::Other)
    }

    /// Whether a prompt that does not fit is cut there, and nobody told.
    pub(super) fn cuts_prompts(self) -> bool {
        matches!(self, Self::Ollama | Self::LmStudio)
    }

    pub(super) fn tokenizer(self) -> Option<Tokenizer> {
        match self {
            Self::LlamaServer => Some(Tokenizer::LlamaServer),
            Self::Vllm | Self::Sglang => Some(Tokenizer::Vllm),
            Self::LlamaCppPython => Some(Tokenizer::LlamaCppPython),
            _ => None,
        }
    }
}

impl Server {
    /// The ids of its models, those that look like `wanted` first.
    pub(super) fn closest_first(&self, wanted: &str) -> Vec<String> {
        closest_first(&self.models, wanted)
    }
}

pub(super) fn closest_first(models: &[Offered], wanted: &str) -> Vec<String> {
    let likeness = |id: &str| strsim::jaro_winkler(&id.to_lowercase(), &wanted.to_lowercase());
    let mut ids: Vec<String> = models.iter().map(|model| model.id.clone()).collect();
    ids.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
    ids
}
