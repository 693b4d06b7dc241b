//! Turns text into the tokens of a model.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use crate::model::local::template::{Piece, Template};

/// The tokens of a whole prompt, with exactly one beginning-of-text token where the model wants it.
pub(super) fn of_pieces(model: &LlamaModel, pieces: &[Piece<'_>]) -> Vec<LlamaToken> {
    let vocabulary = model.vocab();
    let mut tokens = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Layout(text) => {
                tokens.extend(vocabulary.tokenize(text.as_bytes(), false, true));
            }
            Piece::Content(text) => tokens.extend(of_text(model, text)),
        }
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

/// The chat template of `model`, or the common one.
pub(super) fn template(model: &LlamaModel) -> Template {
    let source = model.chat_template(None).ok().and_then(|found| found.to_string().ok());
    let vocabulary = model.vocab();
    let text = |token: LlamaToken| {
        let known = (0..vocabulary.n_tokens()).contains(&token.0);
        let text = if known { vocabulary.text(token) } else { None };
        text.map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
    };
    Template::new(source, text(vocabulary.bos()), text(vocabulary.eos()))
}
