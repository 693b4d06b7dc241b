//! Holds an answer to a form while it is written.
//!
//! The form is compiled by llguidance for the tokens of the model. JSON is held to one way of spacing,
//! since small models otherwise go on writing white space without end.

use std::sync::Arc;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::{
    InferenceCapabilities, SimpleVob, TokEnv, TokRxInfo, TokTrie, TokenId, TokenizerEnv,
};
use llguidance::{Matcher, ParserFactory};
use serde_json::{Value, json};

use crate::model::Form;
use crate::model::local::sampler::Allowed;

/// Compiles forms for one model.
pub(super) struct Grammars {
    factory: ParserFactory,
}

/// An answer that is being held to a form.
pub(super) struct Grammar {
    matcher: Matcher,
}

/// The tokens of a model as llguidance wants them.
struct Vocabulary {
    trie: TokTrie,
    model: Arc<LlamaModel>,
}

impl TokenizerEnv for Vocabulary {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<TokenId> {
        let tokens = self.model.vocab().tokenize(bytes, false, false);
        tokens.into_iter().map(|token| token.0.cast_unsigned()).collect()
    }
}

impl Grammars {
    /// Reads all tokens of the model, which takes up to a second for a large vocabulary.
    pub(super) fn new(model: Arc<LlamaModel>) -> Result<Self, String> {
        let trie = trie(&model);
        let environment: TokEnv = Arc::new(Vocabulary { trie, model });
        let mut factory = ParserFactory::new(
            &environment,
            InferenceCapabilities { ff_tokens: true, ..InferenceCapabilities::default() },
            &llguidance::earley::SlicedBiasComputer::general_slices(),
        )
        .map_err(said)?;
        factory.quiet();
        Ok(Self { factory })
    }

    pub(super) fn compile(&self, form: &Form) -> Result<Grammar, String> {
        let grammar = match form {
            Form::JsonSchema(schema) => TopLevelGrammar::from_json_schema(strict(schema)),
            Form::Lark(grammar) => TopLevelGrammar::from_lark(grammar.clone()),
            Form::Regex(pattern) => TopLevelGrammar::from_regex(pattern),
        };
        let parser = self.factory.create_parser(grammar).map_err(said)?;
        Ok(Grammar { matcher: Matcher::new(Ok(parser)) })
    }
}

impl Grammar {
    /// Tokens of which it is certain that they come next; at most `most`.
    pub(super) fn certain(&mut self, most: usize) -> Vec<LlamaToken> {
        let tokens = self.matcher.compute_ff_tokens();
        tokens.into_iter().take(most).map(|token| LlamaToken(token.cast_signed())).collect()
    }

    /// Goes on behind `token`; false where it was not allowed.
    pub(super) fn push(&mut self, token: LlamaToken) -> bool {
        self.matcher.is_stopped() || self.matcher.consume_token(token.0.cast_unsigned()).is_ok()
    }

    /// Whether nothing can follow.
    pub(super) fn is_complete(&self) -> bool {
        self.matcher.is_stopped()
    }
}

impl Allowed for Grammar {
    fn allows(&mut self, token: LlamaToken) -> bool {
        let token = token.0.cast_unsigned();
        self.matcher.validate_tokens(&[token]).is_ok_and(|count| count == 1)
    }

    fn mask(&mut self) -> Option<SimpleVob> {
        self.matcher.compute_mask_or_eos().ok()
    }
}

/// The schema with one way of spacing.
fn strict(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(object) = schema.as_object_mut() {
        let spacing = json!({
            "whitespace_flexible": false, "item_separator": ", ", "key_separator": ": ",
        });
        object.entry("x-guidance").or_insert(spacing);
    }
    schema
}

/// All tokens by their bytes; those with a meaning of their own are marked so that no text makes them.
fn trie(model: &LlamaModel) -> TokTrie {
    let vocabulary = model.vocab();
    let mut words = Vec::new();
    let mut ends = Vec::new();
    for token in (0..vocabulary.n_tokens()).map(LlamaToken) {
        if vocabulary.is_eog(token) {
            ends.push(token.0.cast_unsigned());
        }
        let mut bytes = vocabulary.token_to_piece(token, false, None);
        if bytes.is_empty() {
            bytes = vocabulary.token_to_piece(token, true, None);
            if !bytes.is_empty() {
                bytes.insert(0, TokTrie::SPECIAL_TOKEN_MARKER);
            }
        }
        words.push(bytes);
    }
    let turn = vocabulary.eot();
    let end = if turn.0 >= 0 { turn } else { vocabulary.eos() }.0.cast_unsigned();
    ends.retain(|token| *token != end);
    ends.insert(0, end);
    let size = vocabulary.n_tokens().cast_unsigned();
    TokTrie::from(&TokRxInfo::new(size, end), &words).with_eos_tokens(&ends)
}

fn said(error: impl std::fmt::Display) -> String {
    format!("the form of the answer: {error}")
}
