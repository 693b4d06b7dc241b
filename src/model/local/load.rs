//! Opens the weights and the context they are read with.

use std::ffi::CString;
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{
    KvCacheType, LlamaContextParams, LlamaContextType, RopeScalingType,
};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::{LlamaBackendDeviceType, LlamaContextLoadError, list_llama_ggml_backend_devices};
use llama_cpp_sys_2::{
    LLAMA_FLASH_ATTN_TYPE_AUTO, LLAMA_FLASH_ATTN_TYPE_DISABLED, LLAMA_FLASH_ATTN_TYPE_ENABLED,
};
use serde::{Deserialize, Serialize};

use crate::base::Tokens;
use crate::model::local::context::Context;
use crate::model::local::from_file::{self, Loading};
use crate::model::local::heads::Heads;
use crate::model::local::interrupt::Interruptible;
use crate::model::local::options::{Adapter, CellType, Experts, Flash, Rope, Thoughts};
use crate::model::local::placement;
use crate::model::local::plan::{Free, Plan};
use crate::model::machine;

/// Most tokens that go through the model at one go; also the size of its compute buffers.
pub(super) const MAX_BATCH: u32 = 512;

/// Most lines that a context holds side by side. Every one costs a recurrent model a whole state.
pub(super) const MAX_LINES: u32 = 16;
pub(super) const MAX_STATES: u32 = 4;

/// How to load a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Tokens that prompt and answer share; a model trained on fewer gets what it was trained on.
    pub context: Tokens,
    /// Threads that compute; best is one for each physical core.
    pub threads: u32,
    /// Most layers that go to the graphics card; fewer do where its memory is short.
    pub gpu_layers: u32,
    /// Where the experts of a mixture go.
    pub experts: Experts,
    /// How exactly keys and values are kept.
    pub cells: CellType,
    /// Whether attention is computed piece by piece.
    pub flash: Flash,
    /// How positions are told.
    pub rope: Rope,
    /// What is laid over the weights.
    pub adapter: Option<Adapter>,
    /// Folder in which what was read is kept for the next process; none keeps nothing.
    pub cache: Option<PathBuf>,
    /// Bytes that it may take.
    pub cache_limit: u64,
    /// How long it thinks.
    pub thoughts: Thoughts,
    /// Whether to guess what comes next, which is faster where much is repeated.
    pub guess: bool,
    /// What batches that write were measured to cost, by their tokens, in microseconds.
    pub costs: Vec<(usize, u64)>,
}

impl Default for Settings {
    fn default() -> Self {
        let gpu = cfg!(any(feature = "cuda", feature = "metal", feature = "vulkan"));
        Self {
            context: Tokens(8192),
            threads: machine::physical_cores(),
            gpu_layers: if gpu { 999 } else { 0 },
            experts: Experts::Auto,
            cells: CellType::F16,
            flash: Flash::Auto,
            rope: Rope::Model,
            adapter: None,
            cache: None,
            cache_limit: 2 << 30,
            thoughts: Thoughts::Auto,
            guess: true,
            costs: Vec::new(),
        }
    }
}

/// llama.cpp itself, started once in the life of the process and never stopped.
pub(super) fn backend() -> Result<&'static LlamaBackend, String> {
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

/// Memory that is free here.
pub(super) fn free() -> Free {
    let ram = machine::memory().map(|memory| memory.available);
    if backend().is_err() {
        return Free { ram, gpu: None };
    }
    let cards = list_llama_ggml_backend_devices().into_iter().filter(|device| {
        matches!(
            device.device_type,
            LlamaBackendDeviceType::Gpu | LlamaBackendDeviceType::IntegratedGpu
        )
    });
    let gpu = cards.map(|device| device.memory_free as u64).reduce(u64::saturating_add);
    Free { ram, gpu }
}

/// Has llama.cpp choose the library that suits this processor: of those that were installed with the
/// program, or where it was not installed, of those that were built with it.
#[cfg(feature = "portable")]
fn load_variants() {
    use llama_cpp_2::llama_backend::{load_backends, load_backends_from_path};
    use llama_cpp_2::{LogOptions, send_logs_to_tracing};
    // It would say on stderr which one it takes.
    send_logs_to_tracing(LogOptions::default().with_logs_enabled(false));
    let program = std::env::current_exe().ok();
    let prefix = program.as_deref().and_then(|program| program.parent()?.parent());
    let installed = prefix.map(|prefix| prefix.join("lib/countersign"));
    match installed.filter(|folder| folder.is_dir() && folder.to_str().is_some()) {
        Some(folder) => load_backends_from_path(&folder),
        None => load_backends(),
    }
}

/// Loads the weights at `path`, or says why not.
pub(super) fn weights(path: &Path, plan: &Plan) -> Result<LlamaModel, String> {
    weights_with(path, plan, plan.placement.overridden())
}

/// The same, but the experts of the layers `kept` stay with the processor.
pub(super) fn weights_with(
    path: &Path,
    plan: &Plan,
    kept: Range<u32>,
) -> Result<LlamaModel, String> {
    let patterns = kept.map(|layer| CString::new(placement::pattern(layer)));
    let kept: Vec<CString> = patterns.collect::<Result<_, _>>().map_err(|it| it.to_string())?;
    backend()?;
    let gpu_layers = plan.placement.gpu_layers;
    let loading = Loading { gpu_layers, kept: &kept, copies: plan.copies, heads: plan.ahead.heads };
    from_file::load(path, &loading).ok_or_else(|| {
        "llama.cpp refuses it: the architecture is unknown to it, or memory is short".to_owned()
    })
}

/// Whether what the model has read can only be kept or dropped as a whole.
pub(super) fn is_recurrent(model: &LlamaModel) -> bool {
    model.is_recurrent() || model.is_hybrid()
}

/// How many lines a context of `model` holds.
pub(super) fn most_lines(model: &LlamaModel) -> u32 {
    if is_recurrent(model) { MAX_STATES } else { MAX_LINES }
}

/// Makes the context that answers are computed in.
pub(super) fn context<'m>(
    model: &'m LlamaModel,
    plan: &Plan,
    threads: u32,
) -> Result<Interruptible<'m>, String> {
    let threads = i32::try_from(threads.max(1)).unwrap_or(i32::MAX);
    let flash = match plan.flash {
        Flash::Auto => LLAMA_FLASH_ATTN_TYPE_AUTO,
        Flash::On => LLAMA_FLASH_ATTN_TYPE_ENABLED,
        Flash::Off => LLAMA_FLASH_ATTN_TYPE_DISABLED,
    };
    let cells = match plan.cells {
        CellType::F16 | CellType::Auto => KvCacheType::F16,
        CellType::Q8_0 => KvCacheType::Q8_0,
        CellType::Q4_0 => KvCacheType::Q4_0,
    };
    let mut params = LlamaContextParams::default()
        .with_n_seq_max(most_lines(model))
        .with_n_rs_seq(plan.ahead.back)
        .with_kv_unified(true)
        // Layers that look back only a little keep all cells: lines can lose their ends then.
        .with_swa_full(true)
        .with_n_ctx(NonZeroU32::new(plan.context.0))
        .with_n_batch(MAX_BATCH)
        .with_n_ubatch(MAX_BATCH)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_flash_attention_policy(flash)
        .with_type_k(cells)
        .with_type_v(cells);
    if let Some(yarn) = &plan.yarn {
        params = params
            .with_rope_scaling_type(RopeScalingType::Yarn)
            .with_rope_freq_scale(1.0 / yarn.factor)
            .with_yarn_orig_ctx(yarn.original);
    }
    let backend = backend()?;
    let made = |made: Result<_, LlamaContextLoadError>| made.map_err(|error| error.to_string());
    let of_heads =
        params.clone().with_n_seq_max(1).with_n_rs_seq(0).with_context_type(LlamaContextType::Mtp);
    Interruptible::new(params, |params| {
        let context = made(model.new_context(backend, params))?;
        if !plan.ahead.heads {
            return Ok(Context::new(context, plan.ahead.back));
        }
        let of_heads = made(model.new_context_with_ctx_other(backend, of_heads, &context))?;
        Ok(Context::with_heads(Heads::new(context, of_heads)?, plan.ahead.back))
    })
}

/// Makes a context that reads texts of at most `size` tokens, one at a time, and pools what it reads.
pub(super) fn reading_context<'m>(
    model: &'m LlamaModel,
    threads: u32,
    size: NonZeroU32,
) -> Result<LlamaContext<'m>, String> {
    let threads = i32::try_from(threads.max(1)).unwrap_or(i32::MAX);
    let params = LlamaContextParams::default()
        .with_n_seq_max(1)
        .with_n_ctx(Some(size))
        .with_n_batch(size.get())
        .with_n_ubatch(size.get())
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        // All tokens of a text see all others: a table of their scores would be large.
        .with_flash_attention_policy(LLAMA_FLASH_ATTN_TYPE_AUTO)
        .with_embeddings(true);
    model.new_context(backend()?, params).map_err(|error| error.to_string())
}
