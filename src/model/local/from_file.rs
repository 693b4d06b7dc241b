//! Has llama.cpp load weights, with what the safe crate has no words for: whether it may copy them into
//! another order.

use std::ffi::{CStr, CString};
use std::mem::{align_of, size_of, transmute};
use std::path::Path;
use std::ptr::{self, NonNull};

use llama_cpp_2::model::LlamaModel;
use llama_cpp_sys_2 as sys;

// The safe model is the pointer and nothing else. Both crates are pinned.
const _: () = assert!(
    size_of::<LlamaModel>() == size_of::<NonNull<sys::llama_model>>()
        && align_of::<LlamaModel>() == align_of::<NonNull<sys::llama_model>>()
);

/// What is decided about the weights before they are loaded.
pub(super) struct Loading<'a> {
    /// Layers that go to the graphics card.
    pub(super) gpu_layers: u32,
    /// Patterns of tensors that stay with the processor all the same.
    pub(super) kept: &'a [CString],
    /// Whether weights are copied into the order that is best to write with.
    pub(super) copies: bool,
    /// Whether heads for multi-token prediction are loaded, too.
    pub(super) heads: bool,
}

/// Loads the model at `path`; none where llama.cpp refuses it. It has been started before.
pub(super) fn load(path: &Path, loading: &Loading<'_>) -> Option<LlamaModel> {
    let path = CString::new(path.to_str()?).ok()?;
    // SAFETY: it takes nothing and gives plain values.
    let processor = unsafe { sys::ggml_backend_cpu_buffer_type() };
    let at_processor = |pattern: &CStr| sys::llama_model_tensor_buft_override {
        pattern: pattern.as_ptr(),
        buft: processor,
    };
    let end = sys::llama_model_tensor_buft_override { pattern: ptr::null(), buft: ptr::null_mut() };
    let overrides: Vec<_> = loading.kept.iter().map(|it| at_processor(it)).chain([end]).collect();
    // SAFETY: as above.
    let mut params = unsafe { sys::llama_model_default_params() };
    params.n_gpu_layers = i32::try_from(loading.gpu_layers).unwrap_or(i32::MAX);
    params.use_extra_bufts = loading.copies;
    params.load_mtp = loading.heads;
    if !loading.kept.is_empty() {
        params.tensor_buft_overrides = overrides.as_ptr();
    }
    // SAFETY: path and patterns live until it returns, and the list of these ends with null.
    let model = NonNull::new(unsafe { sys::llama_model_load_from_file(path.as_ptr(), params) })?;
    // SAFETY: the model was loaded just now and belongs to nobody else; the sizes show that the safe one
    // is this pointer, which it frees.
    Some(unsafe { transmute::<NonNull<sys::llama_model>, LlamaModel>(model) })
}
