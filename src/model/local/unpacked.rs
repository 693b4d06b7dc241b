//! The weights of a quantized model as 32-bit numbers. Over quantized weights, what is multiplied is
//! rounded to a byte, and two orders of adding up can end a quarter of all probability apart. Over
//! these it is a hundredth of that, so that a wrong token stands out.

use std::ffi::CString;
use std::path::{Path, PathBuf};

use llama_cpp_sys_2 as sys;

use crate::model::local::load;

/// Writes the model at `path` into `folder` anew, with all of its weights as 32-bit numbers.
pub(super) fn unpacked(path: &Path, folder: &Path) -> PathBuf {
    // It also keeps llama.cpp silent.
    load::backend().unwrap();
    let made = folder.join("unpacked.gguf");
    let name = |path: &Path| CString::new(path.to_str().unwrap()).unwrap();
    // SAFETY: there are no preconditions; all pointers of the defaults are null.
    let mut params = unsafe { sys::llama_model_quantize_default_params() };
    params.ftype = sys::LLAMA_FTYPE_ALL_F32;
    params.allow_requantize = true;
    let (from, to) = (name(path), name(&made));
    // SAFETY: both names and the parameters live until it is done.
    let result =
        unsafe { sys::llama_model_quantize(from.as_ptr(), to.as_ptr(), &raw const params) };
    assert_eq!(result, 0, "cannot be unpacked");
    made
}
