//! Turns texts into vectors, and says how well documents answer a query.
//!
//! For models whose file says how the states of their tokens become one (`pooling_type`). Whoever asks
//! waits; there is no thread and no cache, for each text is read once.

use std::num::NonZeroU32;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use crate::base::Tokens;
use crate::model::local::header::{self, Facts};
use crate::model::local::load::{self, Settings};
use crate::model::local::plan::{self, Plan};
use crate::model::local::sound;
use crate::model::{EngineError, ModelFile};

/// What a model makes of the states of all tokens, by its number in a GGUF file: 1 mean, 2 the first,
/// 3 the last. 4 is a score.
const VECTORS: std::ops::RangeInclusive<u64> = 1..=3;
const SCORE: u64 = 4;

/// A model that reads and does not write.
#[derive(Debug)]
pub struct LocalEmbedder {
    name: String,
    model: LlamaModel,
    /// Tokens of the longest text.
    context: Tokens,
    threads: u32,
    /// Whether it gives scores and not vectors.
    scores: bool,
}

impl LocalEmbedder {
    /// Loads the weights of `file`.
    pub fn start(file: &ModelFile, settings: &Settings) -> Result<Self, EngineError> {
        let failed = |why: String| EngineError::Load { name: file.name.clone(), why };
        let facts = header::check(&file.path).map_err(|error| failed(error.to_string()))?;
        sound::check(&facts).and_then(|()| plan::check_words(&facts)).map_err(failed)?;
        let scores = pools_to_score(&facts).map_err(failed)?;
        let free = load::free();
        let plan = Plan::of(&facts, settings, &free).map_err(|it| it.of(&file.name))?;
        if let (Some((needed, available)), Some(estimate)) = (plan.short(&free), plan.estimate) {
            return Err(estimate.too_large(&file.name, plan.context, needed, available));
        }
        let model = load::weights(&file.path, &plan).map_err(failed)?;
        let (name, context, threads) = (file.name.clone(), plan.context, settings.threads);
        Ok(Self { name, model, context, threads, scores })
    }

    /// The vector of each text, of length 1. A text that is longer than the context is refused.
    pub fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EngineError> {
        if self.scores {
            return Err(self.failed("it gives scores for pairs of texts and no vectors".into()));
        }
        let tokens = texts.iter().map(|text| self.tokens(text, true)).collect();
        let mut vectors = self.read(tokens)?;
        vectors.iter_mut().for_each(|vector| normalise(vector));
        Ok(vectors)
    }

    /// How well each document answers `query`: the higher the better, on a scale of the model's own.
    pub fn rerank(&self, query: &str, documents: &[&str]) -> Result<Vec<f32>, EngineError> {
        if !self.scores {
            return Err(self.failed("it gives vectors and no scores for pairs of texts".into()));
        }
        let pairs = documents.iter().map(|document| self.pair(query, document)).collect();
        let scores = self.read(pairs)?.into_iter().map(|score| score.first().copied());
        let missing = || self.failed("it gave no score".into());
        scores.map(|score| score.ok_or_else(missing)).collect()
    }

    fn tokens(&self, text: &str, special: bool) -> Vec<LlamaToken> {
        self.model.vocab().tokenize(text.as_bytes(), special, false)
    }

    /// Query and document as such models were trained on them: begin, query, end, separator, document,
    /// end; of these only those that the vocabulary wants.
    fn pair(&self, query: &str, document: &str) -> Vec<LlamaToken> {
        let vocabulary = self.model.vocab();
        let eos = Some(vocabulary.eos()).filter(|it| it.0 >= 0).unwrap_or(vocabulary.sep());
        let wanted = |wanted: bool, token: LlamaToken| (wanted && token.0 >= 0).then_some(token);
        let begin = wanted(vocabulary.should_add_bos(), vocabulary.bos());
        let end = wanted(vocabulary.should_add_eos(), eos);
        let separator = wanted(vocabulary.should_add_sep(), vocabulary.sep());
        let query = self.tokens(query, false);
        let document = self.tokens(document, false);
        let between = end.into_iter().chain(separator);
        begin
            .into_iter()
            .chain(query)
            .chain(between)
            .chain(document)
            .chain(end.or(separator))
            .collect()
    }

    /// What the model makes of each list of tokens.
    fn read(&self, texts: Vec<Vec<LlamaToken>>) -> Result<Vec<Vec<f32>>, EngineError> {
        let known = 0..self.model.vocab().n_tokens();
        let longest = texts.iter().map(Vec::len).max().unwrap_or(0);
        if longest > self.context.0 as usize {
            return Err(EngineError::ContextExceeded {
                model: self.name.clone(),
                prompt: Tokens::count(longest),
                answer: Tokens(0),
                context: self.context,
            });
        }
        if texts.iter().flatten().any(|token| !known.contains(&token.0)) {
            return Err(
                self.failed("its vocabulary lacks the tokens that it puts around texts".into())
            );
        }
        // A text is read at one go, for its tokens see those behind them, too.
        let Some(size) = NonZeroU32::new(longest as u32) else {
            return if texts.is_empty() { Ok(Vec::new()) } else { Err(self.failed(nothing())) };
        };
        let context = load::reading_context(&self.model, self.threads, size);
        let mut context = context.map_err(|why| self.failed(why))?;
        let mut batch = LlamaBatch::new(longest, 1);
        let one = |tokens: &Vec<LlamaToken>| read_one(&mut context, &mut batch, tokens);
        texts.iter().map(one).collect::<Result<_, _>>().map_err(|why| self.failed(why))
    }

    fn failed(&self, why: String) -> EngineError {
        EngineError::Failed { name: self.name.clone(), why }
    }
}

fn nothing() -> String {
    "a text has no tokens".to_owned()
}

/// The numbers that `context` pools from one text.
fn read_one(
    context: &mut LlamaContext<'_>,
    batch: &mut LlamaBatch<'_>,
    tokens: &[LlamaToken],
) -> Result<Vec<f32>, String> {
    if tokens.is_empty() {
        return Err(nothing());
    }
    batch.clear();
    for (at, token) in (0..).zip(tokens) {
        batch.add(*token, at, &[0], true).map_err(|error| error.to_string())?;
    }
    context.clear_kv_cache();
    context.decode(batch).map_err(|error| error.to_string())?;
    let pooled = context.embeddings_seq_ith(0).map_err(|error| error.to_string())?;
    if pooled.iter().all(|it| it.is_finite()) {
        Ok(pooled.to_vec())
    } else {
        Err("the numbers that came out are none".to_owned())
    }
}

/// Whether the model gives scores and not vectors; an error where it gives neither.
fn pools_to_score(facts: &Facts) -> Result<bool, String> {
    match facts.number("pooling_type") {
        Some(kind) if VECTORS.contains(&kind) => Ok(false),
        // Models that write score by the word that they would write, which takes a prompt of its own.
        Some(SCORE) if facts.number("attention.causal") == Some(0) => Ok(true),
        Some(SCORE) => Err("it scores in words, which is not done here".into()),
        _ => Err("its file does not say how it makes one vector of many tokens".into()),
    }
}

/// Makes the length of `vector` 1, unless it has none.
fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|it| f64::from(*it).powi(2)).sum::<f64>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|it| *it = (f64::from(*it) / length) as f32);
    }
}
