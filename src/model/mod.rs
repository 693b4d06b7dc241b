//! Who answers?
//!
//! One interface to every model: a [`Prompt`] in, [`Delta`]s and a [`Completion`] out. No type of
//! llama.cpp leaves `model/local`.

pub mod catalogue;
pub mod chat;
mod completion;
mod engine;
mod error;
mod file;
mod local;
pub mod machine;
mod open;
mod process;
mod prompt;
pub mod pull;
mod scripted;
mod speed;
mod store;
mod stream;

pub use completion::{Completion, Delta, Step, StopReason, Usage};
pub use engine::{Cancel, Engine, EngineError, Form, ModelInfo, Sampling};
pub use error::{ModelError, RECOMMENDED};
pub use file::ModelFile;
pub use local::{
    Adapter, CellType, Estimate, Experts, Flash, LocalEmbedder, LocalEngine, NoChoice, Outlook,
    Placement, Rope, Settings, cache_folder, estimate, outlook,
};
pub use open::open;
pub use process::{WORKER, WorkerEngine, serve};
pub use prompt::{Answers, Message, Prompt, Speaker, Tool, ToolCall};
pub use scripted::{Reply, ScriptedEngine};
pub use speed::{Clock, Load, Speed};
pub use store::{Installed, Record, Store};
