//! Counts the tokens of texts: by the server's tokenizer where it has one, else by an estimate.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::base::{Digest, Tokens};
use crate::model::remote::http::{Http, Next};
use crate::model::remote::probe::without_specials;
use crate::model::remote::{Endpoint, Tokenizer};

/// Texts whose counts are kept.
const KEPT: usize = 4096;
/// Longest that one count may take before tokens are estimated from then on.
const LONGEST: Duration = Duration::from_secs(5);
/// Bytes of the answer to one count: llama-server lists every token.
const LARGEST: usize = 64 << 20;

/// What was counted, so that it is not asked again.
#[derive(Debug, Default)]
pub(super) struct Counts {
    known: Mutex<HashMap<Digest, Tokens>>,
    /// The tokenizer did not answer once.
    gone: AtomicBool,
}

impl Counts {
    /// The tokens of `text`. A tokenizer that fails or takes too long is not asked again.
    pub(super) fn count(
        &self,
        http: &Http,
        endpoint: &Endpoint,
        model: &str,
        tokenizer: Option<Tokenizer>,
        text: &str,
    ) -> Tokens {
        let Some(tokenizer) = tokenizer.filter(|_| !self.gone.load(Ordering::Relaxed)) else {
            return estimate(text);
        };
        if text.is_empty() {
            return Tokens(0);
        }
        let digest = Digest::of(text.as_bytes());
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tokens) = known().get(&digest) {
            return *tokens;
        }
        let late = Instant::now() + LONGEST;
        let stop = || Instant::now() >= late;
        let Some(tokens) = ask(http, endpoint, model, tokenizer, text, &stop) else {
            self.gone.store(true, Ordering::Relaxed);
            tracing::warn!(server = %endpoint, "its tokenizer is gone: tokens are estimated from now on");
            return estimate(text);
        };
        let mut known = known();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(digest, tokens);
        tokens
    }
}

/// An estimate: a token for every three and a half bytes, rounded up. Code and English have more
/// bytes in a token with most models, other scripts fewer.
pub(super) fn estimate(text: &str) -> Tokens {
    Tokens::count((text.len() * 2).div_ceil(7))
}

/// The tokens of `text` as the server counts them, if it does.
pub(super) fn ask(
    http: &Http,
    endpoint: &Endpoint,
    model: &str,
    tokenizer: Tokenizer,
    text: &str,
    stop: &dyn Fn() -> bool,
) -> Option<Tokens> {
    let (url, question) = match tokenizer {
        Tokenizer::LlamaServer => {
            let question = json!({ "model": model, "content": text, "add_special": false, "parse_special": false });
            (endpoint.beside("tokenize"), question)
        }
        Tokenizer::Vllm => (endpoint.beside("tokenize"), without_specials(model, text)),
        Tokenizer::LlamaCppPython => {
            (endpoint.beside("extras/tokenize/count"), json!({ "model": model, "input": text }))
        }
    };
    let mut exchange = http.send(&url, Some(question.to_string().into_bytes()));
    let Ok(Next::Came(head)) = exchange.head(stop) else { return None };
    let Ok(Next::Came(body)) = exchange.rest(LARGEST, stop) else { return None };
    let answer: Value = serde_json::from_slice(&body).ok().filter(|_| head.status == 200)?;
    let count = match tokenizer {
        Tokenizer::LlamaServer => answer.get("tokens")?.as_array()?.len(),
        Tokenizer::Vllm | Tokenizer::LlamaCppPython => {
            usize::try_from(answer.get("count")?.as_u64()?).ok()?
        }
    };
    // The tokenizer of llama-cpp-python always begins with the token that begins texts, if there is one.
    Some(Tokens::count(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_is_rounded_up() {
        assert_eq!(["", "a", "abc", "abcd", "1234567"].map(|it| estimate(it).0), [0, 1, 1, 2, 2]);
        assert_eq!(estimate("12345678"), Tokens(3));
    }
}
