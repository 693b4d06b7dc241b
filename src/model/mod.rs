//! Who answers?
//!
//! One interface to every model: a [`Prompt`] in, [`Delta`]s and a [`Completion`] out. No type of
//! llama.cpp leaves `model/local`.

mod ability;
mod absent;
pub mod calibrate;
pub mod catalogue;
pub mod chat;
mod completion;
mod confined;
mod engine;
mod error;
mod file;
pub mod fit;
mod graphics;
mod local;
pub mod machine;
mod measured;
mod open;
mod process;
mod probe;
mod prompt;
pub mod pull;
pub mod remote;
mod scripted;
mod speed;
mod store;
mod stream;
mod weights;

pub use ability::Ability;
pub use absent::Absent;
pub use completion::{Completion, Delta, Step, StopReason, Usage};
pub use engine::{Cancel, Engine, EngineError, Form, ModelInfo, Sampling};
pub use error::{ModelError, RECOMMENDED};
pub use file::ModelFile;
pub use graphics::{Graphics, graphics, is_used as graphics_are_used};
pub use local::{
    Adapter, CellType, Demand, ENGINE, Estimate, Experts, Flash, LocalEmbedder, LocalEngine,
    NoChoice, Outlook, Placement, Rope, Settings, Thoughts, cache_folder, demand, estimate,
    outlook, unused_sets,
};
pub use measured::{Cost, Measured, Practised, Rate, Readable, median};
pub use open::{open, this_program};
pub use probe::{Probe, probe};
pub use process::{WORKER, WorkerEngine, serve};
pub use prompt::{Answers, Message, Prompt, Speaker, Tool, ToolCall};
pub use scripted::{Reply, ScriptedEngine};
pub use speed::{Clock, Load, Speed};
pub use store::{Installed, Record, Store};
