//! How does a model run without taking us with it?
//!
//! A worker is this program once more, started for one model and ended with us. It says what
//! happens on its standard output, a JSON value a line. When llama.cpp aborts, or the system is
//! short of memory and kills the largest process, that is the worker: it is replaced, what was asked
//! is asked again, and terminal and session stay as they are.

mod engine;
mod link;
mod message;
mod serve;

pub use engine::WorkerEngine;
pub use link::WORKER;
pub use serve::serve;
