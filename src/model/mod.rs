//! Who answers?
//!
//! One interface to every model: a [`Prompt`] in, [`Delta`]s and a [`Completion`] out. No type of
//! llama.cpp leaves `model/local`.

mod completion;
mod engine;
mod file;
mod local;
pub mod machine;
mod prompt;
mod scripted;
mod stream;

pub use completion::{Completion, Delta, StopReason, Usage};
pub use engine::{Cancel, Engine, EngineError, ModelInfo, Sampling};
pub use file::ModelFile;
pub use local::{LocalEngine, Settings};
pub use prompt::{Message, Prompt, Speaker};
pub use scripted::{Reply, ScriptedEngine};
