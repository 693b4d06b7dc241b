//! Streams in the shapes of the servers that are known, cut anywhere, give one answer.

use std::time::Instant;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::base::Tokens;
use crate::model::remote::assembly::Assembly;
use crate::model::remote::event::{self, Read};
use crate::model::remote::sse::Events;
use crate::model::remote::{Kind, Server, request};
use crate::model::{
    Answers, Completion, Delta, Form, Message, Prompt, Sampling, Speaker, StopReason, Tool,
    ToolCall,
};

const LLAMA_SERVER: &str = include_str!("../../../fixtures/streams/llama-server.sse");
const LLAMA_CPP_PYTHON: &str = include_str!("../../../fixtures/streams/llama-cpp-python.sse");
const VLLM: &str = include_str!("../../../fixtures/streams/vllm.sse");
const OPENAI: &str = include_str!("../../../fixtures/streams/openai-tools.sse");
const OLLAMA: &str = include_str!("../../../fixtures/streams/ollama.sse");
const DEEPSEEK: &str = include_str!("../../../fixtures/streams/deepseek.sse");

const ALL: [(&str, Kind); 6] = [
    (LLAMA_SERVER, Kind::LlamaServer),
    (LLAMA_CPP_PYTHON, Kind::LlamaCppPython),
    (VLLM, Kind::Vllm),
    (OPENAI, Kind::OpenAi),
    (OLLAMA, Kind::Ollama),
    (DEEPSEEK, Kind::Other),
];

/// What comes of a stream whose bytes arrive in `pieces`. Times are left out: no clock is tested.
fn play(
    pieces: &[&[u8]],
    kind: Kind,
    prompt: &Prompt,
    sampling: &Sampling,
) -> (Vec<Delta>, Completion) {
    let mut answer = Assembly::new(kind, prompt, sampling, Instant::now());
    let mut deltas = Vec::new();
    let mut events = Events::default();
    for piece in pieces {
        for data in events.push(piece).unwrap() {
            match event::read(&data) {
                Read::Event(event) => answer.push(*event, &mut |it| deltas.push(it)).unwrap(),
                Read::Done => {}
                other => panic!("{other:?}"),
            }
        }
    }
    let mut whole = answer.into_completion(false, Tokens(0), &mut |it| deltas.push(it));
    whole.usage.first_token_s = 0.0;
    if kind != Kind::LlamaServer {
        (whole.usage.prompt_s, whole.usage.completion_s) = (0.0, 0.0);
    }
    (deltas, whole)
}

fn plain(text: &str, kind: Kind) -> (Vec<Delta>, Completion) {
    play(&[text.as_bytes()], kind, &Prompt::default(), &Sampling::default())
}

/// What a person saw of an answer: text and thoughts.
fn seen(deltas: &[Delta]) -> (String, String) {
    let (mut text, mut thought) = (String::new(), String::new());
    for delta in deltas {
        match delta {
            Delta::Text(more) => text += more,
            Delta::Thought(more) => thought += more,
            _ => {}
        }
    }
    (text, thought)
}

#[test]
fn llama_server_tells_how_far_it_has_read_and_how_likely_its_words_are() {
    let (deltas, answer) = plain(LLAMA_SERVER, Kind::LlamaServer);
    assert_eq!(deltas[1], Delta::Reading { done: Tokens(40), total: Tokens(40) });
    assert_eq!((answer.text.as_str(), answer.stop), ("fn é()", StopReason::Finished));
    assert_eq!((answer.logprob, answer.usage.cached), (-1.0, Tokens(10)));
    assert_eq!((answer.usage.prompt, answer.usage.completion), (Tokens(40), Tokens(4)));
    assert_eq!((answer.usage.prompt_s, answer.usage.completion_s), (0.3, 0.2));
}

#[test]
fn answers_are_read_as_each_server_writes_them() {
    let (deltas, answer) = plain(VLLM, Kind::Vllm);
    assert_eq!((answer.text.as_str(), answer.stop), ("one two", StopReason::Length));
    assert_eq!((answer.logprob, answer.usage.prompt), (-1.5, Tokens(12)));
    assert_eq!(seen(&deltas).0, "one two");
    let (deltas, answer) = plain(OLLAMA, Kind::Ollama);
    assert_eq!((answer.text.as_str(), answer.reasoning.as_str()), ("It is so.", "Hm, yes."));
    assert_eq!(seen(&deltas), ("It is so.".into(), "Hm, yes.".into()));
    assert_eq!(answer.raw.as_deref(), Some("Hm, yes.\nIt is so."));
    let (_, answer) = plain(DEEPSEEK, Kind::Other);
    assert_eq!((answer.text.as_str(), answer.reasoning.as_str()), ("42", "First think."));
    assert_eq!((answer.usage.cached, answer.usage.completion), (Tokens(4), Tokens(5)));
    // This one counts nothing: its tokens are those that came.
    let (_, answer) = plain(LLAMA_CPP_PYTHON, Kind::LlamaCppPython);
    assert_eq!(answer.text, "Hello! How can I assist you today?");
    assert_eq!((answer.usage.completion, answer.raw), (Tokens(9), None));
}

#[test]
fn calls_come_in_parts_and_are_whole_in_the_end() {
    let (deltas, answer) = plain(OPENAI, Kind::OpenAi);
    assert_eq!((answer.text.as_str(), answer.stop), ("", StopReason::Finished));
    let call = |id: &str, name: &str, arguments: Value| ToolCall {
        id: id.into(),
        name: name.into(),
        arguments,
    };
    let expected = [
        call("call_a1", "read_file", json!({ "path": "src/é.rs" })),
        call("call_b2", "list", json!({})),
    ];
    assert_eq!(answer.calls, expected);
    assert_eq!(answer.raw.as_deref(), Some("read_file({\"path\":\"src/é.rs\"})\nlist({})"));
    assert_eq!((answer.unread.len(), answer.usage.cached), (0, Tokens(64)));
    assert_eq!(seen(&deltas), (String::new(), String::new()));
}

#[test]
fn a_call_in_the_text_is_read_where_tools_were_offered() {
    let text = "<tool_call>{\"name\": \"list\", \"arguments\": {}}</tool_call>";
    let stream = format!(
        "data: {}\n\n",
        json!({ "choices": [{ "delta": { "content": text }, "finish_reason": "stop" }] })
    );
    let tool = Tool { name: "list".into(), description: String::new(), parameters: json!({}) };
    let prompt = Prompt { tools: vec![tool], ..Prompt::default() };
    let answer = play(&[stream.as_bytes()], Kind::Other, &prompt, &Sampling::default()).1;
    assert_eq!((answer.calls.len(), answer.text.as_str()), (1, ""));
    assert_eq!(plain(&stream, Kind::Other).1.text, text);
}

#[test]
fn the_prefill_is_in_an_answer_once_whoever_writes_it() {
    let prompt = Prompt { prefill: "one".into(), ..Prompt::default() };
    let answer = |kind| play(&[VLLM.as_bytes()], kind, &prompt, &Sampling::default());
    // vLLM goes on from it; the others are told in words, and llama-server may repeat it.
    assert_eq!(answer(Kind::Vllm).1.text, "oneone two");
    for kind in [Kind::Ollama, Kind::Other, Kind::LlamaServer, Kind::LlamaCppPython] {
        let (deltas, answer) = answer(kind);
        assert_eq!((answer.text.as_str(), seen(&deltas).0.as_str()), ("one two", "one two"));
    }
}

#[test]
fn stop_strings_end_an_answer_also_where_the_server_overlooks_them() {
    let sampling = Sampling { stop: vec!["e t".into()], ..Sampling::default() };
    let (deltas, answer) = play(&[VLLM.as_bytes()], Kind::Vllm, &Prompt::default(), &sampling);
    assert_eq!((answer.text.as_str(), answer.stop), ("on", StopReason::Finished));
    assert_eq!(seen(&deltas).0, "on");
}

#[test]
fn an_answer_without_its_form_is_never_called_finished() {
    let ask = |form: &str| {
        let sampling = Sampling { form: Some(Form::Regex(form.into())), ..Sampling::default() };
        play(&[OLLAMA.as_bytes()], Kind::Ollama, &Prompt::default(), &sampling).1
    };
    let answer = ask("It is (not )?so\\.");
    assert_eq!((answer.stop, answer.unread.len()), (StopReason::Finished, 0));
    let answer = ask("yes|no");
    assert_eq!((answer.stop, answer.text.as_str()), (StopReason::DeadEnd, "It is so."));
    assert_eq!(answer.unread, ["the answer has not its form from byte 0 on"]);
}

fn server(kind: Kind) -> Server {
    let model = "m".to_owned();
    Server { kind, models: Vec::new(), model, context: None, tokenizer: None, old_forms: false }
}

fn body(server: &Server, prompt: &Prompt, sampling: &Sampling) -> Value {
    Value::Object(request::body(server, prompt, sampling))
}

#[test]
fn a_conversation_with_calls_is_sent_as_the_interface_has_it() {
    let mut asks = Message::new(Speaker::Assistant, "");
    asks.reasoning = "hm".into();
    let call = ToolCall { id: String::new(), name: "list".into(), arguments: json!({ "a": 1 }) };
    asks.calls = vec![call];
    let mut told = Message::new(Speaker::Tool, "x y");
    told.answers = Some(Answers { id: String::new(), name: "list".into() });
    let tool = Tool { name: "list".into(), description: "d".into(), parameters: json!({}) };
    let messages = vec![
        Message::new(Speaker::System, "be brief"),
        Message::new(Speaker::User, "what is here?"),
        asks,
        told,
    ];
    let prompt = Prompt { messages, tools: vec![tool], ..Prompt::default() };
    let sent =
        body(&server(Kind::Other), &prompt, &Sampling { temperature: 0.2, ..Sampling::default() });
    let expected = json!({
        "model": "m",
        "messages": [
            { "role": "system", "content": "be brief" },
            { "role": "user", "content": "what is here?" },
            { "role": "assistant", "content": "", "tool_calls": [{ "id": "call00001", "type": "function",
                "function": { "name": "list", "arguments": "{\"a\":1}" } }] },
            { "role": "tool", "tool_call_id": "call00001", "name": "list", "content": "x y" },
        ],
        "stream": true, "stream_options": { "include_usage": true },
        "temperature": 0.2, "seed": 0, "max_tokens": 256,
        "tools": [{ "type": "function",
            "function": { "name": "list", "description": "d", "parameters": {} } }],
    });
    assert_eq!(sent, expected);
    // Only who can read thoughts gets them; log-probabilities and tools do not go together everywhere.
    let sent = body(&server(Kind::Vllm), &prompt, &Sampling::default());
    assert_eq!(sent.pointer("/messages/2/reasoning_content"), Some(&json!("hm")));
    assert_eq!(sent["logprobs"], json!(true));
    assert!(
        body(&server(Kind::LlamaServer), &prompt, &Sampling::default()).get("logprobs").is_none()
    );
}

#[test]
fn a_prefill_is_continued_where_that_goes_and_told_in_words_elsewhere() {
    let messages = vec![Message::new(Speaker::User, "edit")];
    let prompt = Prompt { messages, prefill: "EDIT a".into(), ..Prompt::default() };
    for kind in [Kind::Vllm, Kind::Sglang, Kind::LlamaServer] {
        let sent = body(&server(kind), &prompt, &Sampling::default());
        assert_eq!(sent["messages"][1], json!({ "role": "assistant", "content": "EDIT a" }));
        assert_eq!(sent["continue_final_message"], json!(true));
        assert_eq!(sent["add_generation_prompt"], json!(false));
        assert_eq!(sent["chat_template_kwargs"], json!({ "enable_thinking": false }));
    }
    let sent = body(&server(Kind::OpenAi), &prompt, &Sampling::default());
    let words =
        "edit\n\nBegin your answer with exactly this text, and go on from where it ends:\nEDIT a";
    assert_eq!(sent["messages"], json!([{ "role": "user", "content": words }]));
    assert!(sent.get("continue_final_message").is_none());
    assert_eq!(sent["max_completion_tokens"], json!(256));
}

#[test]
fn forms_are_asked_for_where_the_server_has_a_field_for_them() {
    let sent = |server: &Server, form: Form| {
        let sampling = Sampling { form: Some(form), ..Sampling::default() };
        body(server, &Prompt::default(), &sampling)
    };
    let lark = || Form::Lark("start: \"a\"".into());
    let schema = || Form::JsonSchema(json!({ "type": "object" }));
    let vllm = sent(&server(Kind::Vllm), lark());
    assert_eq!(vllm["structured_outputs"], json!({ "grammar": "start: \"a\"" }));
    let old = Server { old_forms: true, ..server(Kind::Vllm) };
    assert_eq!(sent(&old, lark())["guided_grammar"], json!("start: \"a\""));
    assert_eq!(sent(&server(Kind::Sglang), Form::Regex("a".into()))["regex"], json!("a"));
    let expected = json!({ "type": "json_schema",
        "json_schema": { "name": "answer", "schema": { "type": "object" }, "strict": true } });
    assert_eq!(sent(&server(Kind::LlamaServer), schema())["response_format"], expected);
    let expected = json!({ "type": "json_object", "schema": { "type": "object" } });
    assert_eq!(sent(&server(Kind::LlamaCppPython), schema())["response_format"], expected);
    let free = sent(&server(Kind::LlamaServer), lark());
    assert!(free.get("grammar").is_none() && free.get("response_format").is_none());
}

#[test]
fn what_a_model_does_not_support_is_left_out_when_its_server_says_so() {
    let mut sent = request::body(&server(Kind::Other), &Prompt::default(), &Sampling::default());
    let refused = |field: &str| json!({ "error": { "code": "unsupported_value", "param": field } });
    assert!(request::leave_out(&mut sent, &refused("temperature")));
    assert!(request::leave_out(&mut sent, &refused("max_tokens")));
    assert!(!request::leave_out(&mut sent, &refused("temperature")));
    assert!(!request::leave_out(&mut sent, &refused("messages")));
    assert!(sent.get("temperature").is_none() && sent.get("max_tokens").is_none());
    assert_eq!(sent["max_completion_tokens"], json!(256));
}

proptest! {
    #[test]
    fn any_cut_of_the_bytes_gives_the_same_answer(
        at in 0..ALL.len(),
        cuts in prop::collection::vec(1_usize..400, 1..40),
    ) {
        let (text, kind) = ALL[at];
        let mut bytes = text.as_bytes();
        let mut pieces = Vec::new();
        for cut in cuts.iter().cycle() {
            let (head, tail) = bytes.split_at((*cut).min(bytes.len()));
            pieces.push(head);
            bytes = tail;
            if bytes.is_empty() {
                break;
            }
        }
        let cut = play(&pieces, kind, &Prompt::default(), &Sampling::default());
        prop_assert_eq!(cut, plain(text, kind));
    }

    #[test]
    fn no_bytes_of_a_server_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), json in "[\\[\\]{}:,\"a-z0-9]{0,60}") {
        let (prompt, sampling) = (Prompt::default(), Sampling::default());
        let mut answer = Assembly::new(Kind::Other, &prompt, &sampling, Instant::now());
        let mut events = Events::default();
        let line = format!("data: {{\"choices\":[{{\"delta\":{json}}}]}}\n\n");
        for data in [bytes.as_slice(), line.as_bytes()] {
            for data in events.push(data).unwrap_or_default() {
                if let Read::Event(event) = event::read(&data) {
                    let _ = answer.push(*event, &mut |_| {});
                }
            }
        }
        answer.into_completion(true, Tokens(0), &mut |_| {});
    }
}

#[test]
fn every_byte_may_be_the_last_of_a_piece() {
    for (text, kind) in ALL {
        let whole = plain(text, kind);
        for at in 0..=text.len() {
            let (head, tail) = text.as_bytes().split_at(at);
            assert_eq!(play(&[head, tail], kind, &Prompt::default(), &Sampling::default()), whole);
        }
    }
}
