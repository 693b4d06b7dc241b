//! Turns text into the tokens of a model.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token_type::LlamaTokenAttr;

use crate::model::chat::{Rendered, Template};

/// The tokens of a whole prompt, with exactly one beginning-of-text token where the model wants it.
pub(super) fn of_prompt(model: &LlamaModel, prompt: &Rendered) -> Vec<LlamaToken> {
    let vocabulary = model.vocab();
    let mut tokens = Vec::new();
    // No piece holds a special token that the template did not write.
    for piece in prompt.pieces() {
        tokens.extend(vocabulary.tokenize(piece.as_bytes(), false, true));
    }
    let bos = vocabulary.bos();
    if vocabulary.should_add_bos() && bos.0 >= 0 && tokens.first() != Some(&bos) {
        tokens.insert(0, bos);
    }
    tokens
}

/// The tokens of plain text: special tokens in it are read letter by letter.
pub(super) fn of_text(model: &LlamaModel, text: &str) -> Vec<LlamaToken> {
    model.vocab().tokenize(text.as_bytes(), false, false)
}

/// The chat template of `model`, or the common one. The error says why it cannot be used.
pub(super) fn template(model: &LlamaModel) -> Result<Template, String> {
    let source = model.chat_template(None).ok().and_then(|found| found.to_string().ok());
    let vocabulary = model.vocab();
    let known = |token: LlamaToken| (0..vocabulary.n_tokens()).contains(&token.0);
    let text = |token: LlamaToken| {
        let text = if known(token) { vocabulary.text(token) } else { None };
        text.map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let specials = vocabulary.tokens().filter(|token| {
        let attributes = vocabulary.attr(*token);
        let control = attributes.contains(LlamaTokenAttr::Control)
            || attributes.contains(LlamaTokenAttr::Unknown);
        // llama.cpp finds these in plain text, too. Most are words or white space that the model
        // was taught to read; those that its template writes are part of the layout.
        let layout = |text: &str| source.as_ref().is_some_and(|source| source.contains(text));
        let defined = attributes.contains(LlamaTokenAttr::UserDefined);
        control || (defined && !text(*token).trim().is_empty() && layout(&text(*token)))
    });
    let specials = specials.map(text).collect();
    let (bos, eos) = (text(vocabulary.bos()), text(vocabulary.eos()));
    Template::new(source.as_deref(), bos, eos, specials)
}
