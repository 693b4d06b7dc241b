//! Opens the weights and the context they are read with.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_sys_2::{LLAMA_FLASH_ATTN_TYPE_AUTO, LLAMA_FLASH_ATTN_TYPE_DISABLED};
use serde::{Deserialize, Serialize};

use crate::base::Tokens;
use crate::model::machine;

/// Most tokens that go through the model at one go; also the size of its compute buffers.
pub(super) const MAX_BATCH: u32 = 128;

/// Most lines that a context holds side by side. Every one costs a recurrent model a whole state.
pub(super) const MAX_LINES: u32 = 16;
const MAX_STATES: u32 = 4;

/// How to load a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Tokens that prompt and answer share; a model trained on fewer gets what it was trained on.
    pub context: Tokens,
    /// Threads that compute; best is one for each physical core.
    pub threads: u32,
    /// Layers that go to the GPU. Without one, 0: llama.cpp then runs on the CPU alone.
    pub gpu_layers: u32,
    /// Folder in which what was read is kept for the next process; none keeps nothing.
    pub cache: Option<PathBuf>,
    /// Bytes that it may take.
    pub cache_limit: u64,
    /// Whether to guess what comes next, which is faster where much is repeated.
    pub guess: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let gpu = cfg!(any(feature = "cuda", feature = "metal", feature = "vulkan"));
        Self {
            context: Tokens(8192),
            threads: machine::physical_cores(),
            gpu_layers: if gpu { 999 } else { 0 },
            cache: None,
            cache_limit: 2 << 30,
            guess: true,
        }
    }
}

/// llama.cpp itself, started once in the life of the process and never stopped.
fn backend() -> Result<&'static LlamaBackend, String> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    let started = BACKEND.get_or_init(|| {
        #[cfg(feature = "portable")]
        load_variants();
        let mut backend = LlamaBackend::init().map_err(|error| error.to_string())?;
        // Its log goes to stderr, over whatever the terminal shows.
        backend.void_logs();
        Ok(backend)
    });
    started.as_ref().map_err(Clone::clone)
}

/// Has llama.cpp choose the library that suits this processor: of those that were installed with the
/// program, or where it was not installed, of those that were built with it.
#[cfg(feature = "portable")]
fn load_variants() {
    use llama_cpp_2::llama_backend::{load_backends, load_backends_from_path};
    let program = std::env::current_exe().ok();
    let prefix = program.as_deref().and_then(|program| program.parent()?.parent());
    let installed = prefix.map(|prefix| prefix.join("lib/countersign"));
    match installed.filter(|folder| folder.is_dir() && folder.to_str().is_some()) {
        Some(folder) => load_backends_from_path(&folder),
        None => load_backends(),
    }
}

/// Loads the weights at `path`, or says why not.
pub(super) fn weights(path: &Path, settings: &Settings) -> Result<LlamaModel, String> {
    let params = LlamaModelParams::default().with_n_gpu_layers(settings.gpu_layers);
    LlamaModel::load_from_file(backend()?, path, &params).map_err(|_| {
        "llama.cpp refuses it: the architecture is unknown to it, or memory is short".to_owned()
    })
}

/// How many tokens the context of `model` will hold.
pub(super) fn context_size(model: &LlamaModel, settings: &Settings) -> Tokens {
    let trained = model.n_ctx_train();
    let wanted = settings.context.0.max(1);
    Tokens(if trained == 0 { wanted } else { wanted.min(trained) })
}

/// Whether what the model has read can only be kept or dropped as a whole.
pub(super) fn is_recurrent(model: &LlamaModel) -> bool {
    model.is_recurrent() || model.is_hybrid()
}

/// How many lines a context of `model` holds.
pub(super) fn most_lines(model: &LlamaModel) -> u32 {
    if is_recurrent(model) { MAX_STATES } else { MAX_LINES }
}

/// What shapes keys and values besides the model and llama.cpp itself.
pub(super) fn shape(settings: &Settings) -> String {
    let flash = settings.gpu_layers != 0;
    format!("keys f16, values f16, rope of the model, no adapter, flash attention {flash}")
}

/// Makes the context that answers are computed in.
pub(super) fn context<'m>(
    model: &'m LlamaModel,
    settings: &Settings,
) -> Result<LlamaContext<'m>, String> {
    let threads = i32::try_from(settings.threads.max(1)).unwrap_or(i32::MAX);
    // On a CPU flash attention makes writing at depth up to twice as slow, and quantised keys and
    // values slow down reading; on a GPU llama.cpp knows better.
    let flash = if settings.gpu_layers == 0 {
        LLAMA_FLASH_ATTN_TYPE_DISABLED
    } else {
        LLAMA_FLASH_ATTN_TYPE_AUTO
    };
    let params = LlamaContextParams::default()
        .with_n_seq_max(most_lines(model))
        .with_kv_unified(true)
        .with_n_ctx(NonZeroU32::new(context_size(model, settings).0))
        .with_n_batch(MAX_BATCH)
        .with_n_ubatch(MAX_BATCH)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_flash_attention_policy(flash);
    model.new_context(backend()?, params).map_err(|error| error.to_string())
}
