//! Why a server said no: a status and a body become an error with a hint.

use serde_json::Value;

use crate::base::Tokens;
use crate::model::EngineError;
use crate::model::remote::http::{Head, Http};
use crate::model::remote::{Endpoint, RemoteError, Server};

/// What was asked for, as far as a refusal may be about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) server: &'a Server,
    /// Tokens of the prompt, counted or estimated.
    pub(super) prompt: Tokens,
    pub(super) answer: Tokens,
    pub(super) context: Tokens,
}

/// The error for a status that is none of success, whatever was asked.
pub(super) fn of(http: &Http, endpoint: &Endpoint, head: &Head, body: &[u8]) -> RemoteError {
    let server = http.server();
    let status = head.status;
    match status {
        300..=399 => {
            let to = head.location.as_deref().unwrap_or("an address that it does not name");
            RemoteError::Redirected { server, to: http.shown(to) }
        }
        // What it says may repeat a part of the key.
        401 | 403 => {
            RemoteError::NoKey { server, key_env: endpoint.key_env.clone(), sent: http.has_key() }
        }
        429 | 503 => RemoteError::Busy { server, status },
        _ if is_page(head, body) || status == 404 => RemoteError::NoApi {
            server,
            what: format!("HTTP {status} and {}", what(http, head, body)),
        },
        _ => RemoteError::Said { server, status, why: words(http, body) },
    }
}

/// The error for a refused conversation.
pub(super) fn of_conversation(
    http: &Http,
    endpoint: &Endpoint,
    asked: &Asked<'_>,
    head: &Head,
    body: &[u8],
) -> EngineError {
    let said: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    if (400..=413).contains(&head.status) && is_about_context(&said) {
        return exceeded(asked, &said);
    }
    if matches!(head.status, 400 | 404) && is_about_model(&said) {
        let model = asked.server.model.clone();
        let has = asked.server.closest_first(&model);
        return RemoteError::NoModel { server: http.server(), model, has }.into();
    }
    of(http, endpoint, head, body).into()
}

/// The error for a conversation that a server refused in the middle of its stream.
pub(super) fn of_stream(http: &Http, asked: &Asked<'_>, said: &Value) -> EngineError {
    if is_about_context(said) {
        return exceeded(asked, said);
    }
    let why = http.shown(&message(said).unwrap_or_else(|| said.to_string()));
    RemoteError::BrokeOff { server: http.server(), why }.into()
}

/// Whether this is a page for people.
pub(super) fn is_page(head: &Head, body: &[u8]) -> bool {
    head.kind.contains("html") || body.trim_ascii_start().starts_with(b"<")
}

/// What a body is, in words.
pub(super) fn what(http: &Http, head: &Head, body: &[u8]) -> String {
    let begins = || http.shown(&String::from_utf8_lossy(&body[..body.len().min(80)]));
    match (body.is_empty(), is_page(head, body)) {
        (true, _) => "nothing".into(),
        (_, true) => "a web page".into(),
        (_, false) => format!("`{}`", begins()),
    }
}

fn words(http: &Http, body: &[u8]) -> String {
    let said: Option<Value> = serde_json::from_slice(body).ok();
    let words = said.as_ref().and_then(message);
    let words = words.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    match http.shown(&words) {
        words if words.is_empty() => "it does not say why".into(),
        words => words,
    }
}

/// The message in what a server says of an error: each has its own place for it.
fn message(said: &Value) -> Option<String> {
    let places = ["/error/message", "/message", "/detail", "/error", "/error_msg"];
    let text = places.iter().find_map(|place| said.pointer(place)?.as_str());
    text.map(str::to_owned).or_else(|| Some(said.get("detail")?.to_string()))
}

fn code(said: &Value) -> String {
    let places = ["/error/code", "/error/type", "/code", "/type"];
    let codes = places.iter().filter_map(|place| said.pointer(place)?.as_str());
    codes.collect::<Vec<_>>().join(" ")
}

fn is_about_context(said: &Value) -> bool {
    let (code, words) = (code(said), message(said).unwrap_or_default().to_lowercase());
    let signs =
        ["context length", "context window", "context size", "maximum context", "max_model_len"];
    code.contains("context_length_exceeded")
        || code.contains("exceed_context_size")
        || signs.iter().any(|sign| words.contains(sign))
}

fn is_about_model(said: &Value) -> bool {
    let words = message(said).unwrap_or_default().to_lowercase();
    let missing = ["not found", "does not exist", "not exist", "no such", "unknown", "not loaded"];
    code(said).contains("model_not_found")
        || (words.contains("model") && missing.iter().any(|sign| words.contains(sign)))
}

fn exceeded(asked: &Asked<'_>, said: &Value) -> EngineError {
    let number = |place: &str| {
        let number = said.pointer(place)?.as_u64()?;
        Some(Tokens(u32::try_from(number).unwrap_or(u32::MAX)))
    };
    EngineError::ContextExceeded {
        model: asked.server.model.clone(),
        prompt: number("/error/n_prompt_tokens").unwrap_or(asked.prompt),
        answer: asked.answer,
        context: number("/error/n_ctx").unwrap_or(asked.context),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn refusals_are_recognised_by_what_servers_write() {
        let context = [
            json!({"error": {"code": "context_length_exceeded", "message": "too long"}}),
            json!({"error": {"type": "exceed_context_size_error", "message": "x", "n_ctx": 512}}),
            json!({"object": "error", "message": "This model's maximum context length is 2048 tokens."}),
            json!({"error": "prompt exceeds the context window"}),
        ];
        assert!(context.iter().all(is_about_context));
        let model = [
            json!({"error": {"message": "model \"x\" not found, try pulling it first"}}),
            json!({"message": "The model `x` does not exist.", "code": 404}),
            json!({"error": {"code": "model_not_found", "message": "sorry"}}),
        ];
        assert!(model.iter().all(is_about_model) && !model.iter().any(is_about_context));
        let other = json!({"detail": [{"msg": "field required"}]});
        assert!(!is_about_context(&other) && !is_about_model(&other));
        assert_eq!(message(&other).unwrap(), "[{\"msg\":\"field required\"}]");
    }
}
