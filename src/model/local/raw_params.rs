//! The parameters of a context below the surface of the safe crate, which has no words for callbacks.

use std::mem::{align_of, size_of};

use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_sys_2::llama_context_params;

// The safe parameters are the raw ones and nothing else: the field cannot stand anywhere but at the
// start. Both crates are pinned.
const _: () = assert!(
    size_of::<LlamaContextParams>() == size_of::<llama_context_params>()
        && align_of::<LlamaContextParams>() == align_of::<llama_context_params>()
);

/// Sets what the safe parameters have no words for.
pub(super) fn set(
    mut params: LlamaContextParams,
    change: impl FnOnce(&mut llama_context_params),
) -> LlamaContextParams {
    // SAFETY: the size shows that the raw parameters are all that there is, so they begin where the
    // safe ones do.
    change(unsafe { &mut *(&raw mut params).cast::<llama_context_params>() });
    params
}
