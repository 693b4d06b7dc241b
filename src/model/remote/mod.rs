//! How does a model on another machine answer?
//!
//! Any server that speaks the chat completions of OpenAI: llama-server, vLLM, SGLang, LM Studio,
//! Ollama, llama-cpp-python, hosted ones. What each of them can do beyond that is found out once, at
//! the start, and written down in [`server`]. Everything that a server says is untrusted: sizes are
//! bounded, and its words are cleaned before a person sees them.

mod assembly;
mod calls;
mod conversation;
mod count;
mod endpoint;
mod engine;
mod error;
mod event;
mod form;
mod http;
mod key;
mod opening;
mod probe;
mod refusal;
mod request;
mod server;
mod sse;
mod words;

#[cfg(test)]
mod tests;

pub use endpoint::{Endpoint, NoEndpoint};
pub use engine::RemoteEngine;
pub use error::RemoteError;
pub use server::{Kind, Offered, Server, Tokenizer};
