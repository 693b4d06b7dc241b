//! From what the person named to an engine that answers.

use std::path::{Path, PathBuf};

use crate::model::{Engine, ModelError, ScriptedEngine, Settings, Store, WorkerEngine};

/// The prefix of a name that means a file of replies and not a model.
const SCRIPTED: &str = "scripted:";

/// Opens the model `choice`: a name, the path of a `.gguf` file or `scripted:FILE`. Without one,
/// `COUNTERSIGN_SCRIPTED`, then the default, then the best that is installed.
pub fn open(choice: Option<&str>, settings: Settings) -> Result<Box<dyn Engine>, ModelError> {
    let script = match choice {
        Some(choice) => choice.strip_prefix(SCRIPTED).map(Into::into),
        None => std::env::var_os("COUNTERSIGN_SCRIPTED").filter(|file| !file.is_empty()),
    };
    if let Some(script) = script {
        return Ok(Box::new(ScriptedEngine::open(Path::new(&script))?));
    }
    let file = Store::open()?.resolve(choice)?;
    Ok(Box::new(WorkerEngine::start(&this_program(), &file, settings)?))
}

/// This program, also where its file was replaced since it started.
pub fn this_program() -> PathBuf {
    let running = Path::new("/proc/self/exe");
    if running.exists() { Ok(running.to_owned()) } else { std::env::current_exe() }
        .unwrap_or_else(|_| "countersign".into())
}
