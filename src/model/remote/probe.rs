//! Asks a server once what it is: its models, its context, its tokenizer.

use std::time::Duration;

use serde_json::{Value, json};

use crate::base::Tokens;
use crate::model::remote::count;
use crate::model::remote::http::{Head, Http, Next};
use crate::model::remote::refusal;
use crate::model::remote::server::closest_first;
use crate::model::remote::{Endpoint, Kind, Offered, RemoteError, Server};

/// Bytes of a list of models, past which it is none. Brokers list hundreds.
const LARGEST: usize = 16 << 20;
/// Models that are kept of such a list.
const MOST_MODELS: usize = 5000;
/// Without a byte for so long, a server that is only asked what it is counts as dead.
pub(super) const QUICK: Duration = Duration::from_secs(20);

/// Asks the server at `endpoint` what it is.
pub(super) fn probe(
    http: &Http,
    endpoint: &Endpoint,
    stop: &dyn Fn() -> bool,
) -> Result<Server, RemoteError> {
    let (head, body) = get(http, &endpoint.api("models"), stop)?;
    let listed = match head.status {
        200..=299 => read(http, &head, &body)?,
        // Some hosts have no list, and a model can still be named.
        404 | 405 | 501 if endpoint.model.is_some() && !refusal::is_page(&head, &body) => {
            Value::Null
        }
        _ => return Err(refusal::of(http, endpoint, &head, &body)),
    };
    let models = models(&listed);
    let owner = first(&listed).and_then(|it| it.get("owned_by")?.as_str()).unwrap_or_default();
    let kind = Kind::of(owner, endpoint.host());
    let model = choose(http, endpoint, kind, &models)?;
    let said = models.iter().find(|it| it.id == model).and_then(|it| it.context);
    let mut server =
        Server { kind, models, model, context: said, tokenizer: None, old_forms: false };
    match kind {
        Kind::LlamaServer => {
            // What it was started with counts, not what the model was trained for.
            let props = optional(http, &endpoint.beside("props"), stop)?;
            let context = props.pointer("/default_generation_settings/n_ctx").and_then(tokens);
            server.context = context.or(server.context);
        }
        Kind::Vllm => {
            let version = optional(http, &endpoint.beside("version"), stop)?;
            server.old_forms = version.get("version").and_then(Value::as_str).is_some_and(is_old);
        }
        _ => {}
    }
    if let Some(tokenizer) = kind.tokenizer() {
        let counted = count::ask(http, endpoint, &server.model, tokenizer, "a b", stop);
        server.tokenizer = counted.is_some().then_some(tokenizer);
    }
    Ok(server)
}

/// Gets what is at `url`.
fn get(http: &Http, url: &str, stop: &dyn Fn() -> bool) -> Result<(Head, Vec<u8>), RemoteError> {
    let stopped = || RemoteError::Stopped { server: http.server() };
    let mut exchange = http.send(url, None);
    let Next::Came(head) = exchange.head(stop)? else { return Err(stopped()) };
    let Next::Came(body) = exchange.rest(LARGEST, stop)? else { return Err(stopped()) };
    Ok((head, body))
}

/// What is at `url` as JSON, where there is any.
fn optional(http: &Http, url: &str, stop: &dyn Fn() -> bool) -> Result<Value, RemoteError> {
    match get(http, url, stop) {
        Ok((head, body)) if head.status == 200 => {
            Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
        }
        Err(RemoteError::Stopped { server }) => Err(RemoteError::Stopped { server }),
        Ok(_) | Err(_) => Ok(Value::Null),
    }
}

fn read(http: &Http, head: &Head, body: &[u8]) -> Result<Value, RemoteError> {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let is_list = |value: &Value| list(value).is_some();
    value.filter(is_list).ok_or_else(|| RemoteError::NoApi {
        server: http.server(),
        what: refusal::what(http, head, body),
    })
}

/// The list in what a server lists: most wrap it, some do not.
fn list(listed: &Value) -> Option<&Vec<Value>> {
    listed.get("data").unwrap_or(listed).as_array()
}

fn first(listed: &Value) -> Option<&Value> {
    list(listed)?.first()
}

fn models(listed: &Value) -> Vec<Offered> {
    let models = list(listed).into_iter().flatten().take(MOST_MODELS);
    let offered = models.filter_map(|model| {
        let id = model.get("id")?.as_str()?.to_owned();
        // vLLM, brokers, hosts, llama-server: whoever says it has a word of its own for it.
        let places = [
            "/max_model_len",
            "/context_length",
            "/context_window",
            "/max_context_length",
            "/meta/n_ctx",
            "/meta/n_ctx_train",
        ];
        let context = places.iter().find_map(|place| model.pointer(place).and_then(tokens));
        Some(Offered { id, context })
    });
    offered.collect()
}

fn tokens(value: &Value) -> Option<Tokens> {
    let tokens = u32::try_from(value.as_u64()?).ok()?;
    (tokens > 0).then_some(Tokens(tokens))
}

/// The model that is meant.
fn choose(
    http: &Http,
    endpoint: &Endpoint,
    kind: Kind,
    models: &[Offered],
) -> Result<String, RemoteError> {
    let server = http.server();
    let Some(wanted) = &endpoint.model else {
        return match models {
            [only] => Ok(only.id.clone()),
            _ => {
                let has = models.iter().map(|model| model.id.clone()).collect();
                Err(RemoteError::WhichModel { server, has })
            }
        };
    };
    // Ollama leaves `:latest` out.
    let is_it = |model: &&Offered| {
        model.id == *wanted || model.id.strip_suffix(":latest") == Some(wanted.as_str())
    };
    match models.iter().find(is_it) {
        Some(model) => Ok(model.id.clone()),
        None if !kind.lists_all() => Ok(wanted.clone()),
        None => {
            let has = closest_first(models, wanted);
            Err(RemoteError::NoModel { server, model: wanted.clone(), has })
        }
    }
}

/// Whether a vLLM of this version knows `guided_…` and not yet `structured_outputs`: they came with
/// 0.11, and those went with 0.12.
fn is_old(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|it| it.parse().ok());
    let version: (u32, u32) = (numbers.next().unwrap_or(1), numbers.next().unwrap_or(0));
    version < (0, 11)
}

/// What is sent to count `text`, for tests and for [`count`].
pub(super) fn without_specials(model: &str, text: &str) -> Value {
    json!({ "model": model, "prompt": text, "add_special_tokens": false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_apart() {
        assert!(is_old("0.8.5.post1") && is_old("0.10.2") && is_old("v0.9"));
        assert!(!is_old("0.11.0") && !is_old("0.14.0rc1") && !is_old("1.0") && !is_old("dev"));
    }

    #[test]
    fn lists_are_read_as_servers_write_them() {
        let vllm = json!({ "data": [{ "id": "a", "owned_by": "vllm", "max_model_len": 4096 }] });
        let bare = json!([{ "id": "b", "context_length": 131_072 }, { "name": "no id" }]);
        let llama = json!({ "models": [], "data": [{ "id": "c", "meta": { "n_ctx_train": 9 } }] });
        let read = |listed: &Value| models(listed).remove(0);
        assert_eq!(read(&vllm), Offered { id: "a".into(), context: Some(Tokens(4096)) });
        assert_eq!(read(&bare), Offered { id: "b".into(), context: Some(Tokens(131_072)) });
        assert_eq!(read(&llama), Offered { id: "c".into(), context: Some(Tokens(9)) });
        assert_eq!(models(&json!({ "error": 1 })), []);
    }
}
