//! Weights in two orders: what is quicker for a few tokens at once is slower for many.
//!
//! llama.cpp copies weights of some types into another order when it loads them, in which it writes
//! faster. Its kernels for tiles read a prompt up to 1.7 times as fast, and only know the order of the
//! file, which is mapped into memory all the same. So before a big batch each such weight is pointed
//! at the file, and before a small one at its copy. Where anything is not as expected, all stays as
//! llama.cpp made it.

use std::ffi::{CStr, c_void};
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::ptr;

use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_sys_2 as sys;

use crate::model::local::built::unused_sets;
use crate::model::local::header::Facts;
use crate::model::local::{interrupt, load};
use crate::model::{graphics_are_used, machine};

/// From so many tokens on, the order of the file is the faster one.
const MANY: usize = 48;
/// The instructions that the kernels for tiles need to be the faster ones.
const NEEDED: &str = "avx512vnni";
/// The type that is copied and has such kernels.
const Q4_K: sys::ggml_type = sys::GGML_TYPE_Q4_K;
/// How llama.cpp calls the memory of its copies, and that of the mapped file.
const COPIED: &CStr = c"CPU_REPACK";
const MAPPED: &CStr = c"CPU_Mapped";

/// The weights of a model that stand in memory in two orders.
pub(super) struct Layouts<'m> {
    weights: Vec<Weight>,
    at_file: bool,
    model: PhantomData<&'m LlamaModel>,
}

/// A weight, and where it stands in either order.
struct Weight {
    tensor: *mut sys::ggml_tensor,
    copy: Place,
    file: Place,
}

/// Where the numbers of a tensor are, and what says in which order.
#[derive(Clone, Copy)]
struct Place {
    buffer: *mut sys::ggml_backend_buffer,
    data: *mut c_void,
    extra: *mut c_void,
}

impl<'m> Layouts<'m> {
    /// One order only.
    pub(super) fn none() -> Self {
        Self { weights: Vec::new(), at_file: false, model: PhantomData }
    }

    /// Finds the weights of `model`, whose file says `facts`, that are worth it here.
    pub(super) fn of(model: &'m LlamaModel, facts: &Facts) -> Self {
        let is_worth_it = !graphics_are_used()
            && machine::instruction_sets().contains(&NEEDED)
            && unused_sets(&[NEEDED]).is_empty();
        let weights = is_worth_it.then(|| pairs(&multiplied(model)?, facts)).flatten();
        Self { weights: weights.unwrap_or_default(), ..Self::none() }
    }

    /// Points the weights at the order that suits a batch of so many tokens. No batch may be running.
    pub(super) fn choose(&mut self, tokens: usize) {
        self.point(tokens >= MANY);
    }

    fn point(&mut self, at_file: bool) {
        if self.at_file == at_file {
            return;
        }
        for weight in &self.weights {
            let place = if at_file { weight.file } else { weight.copy };
            // SAFETY: the tensor is one of the model, which outlives this, and nobody computes with it
            // now. Either place holds the same weight in the order that its buffer stands for.
            unsafe { place.put(weight.tensor) };
        }
        self.at_file = at_file;
    }
}

impl Drop for Layouts<'_> {
    fn drop(&mut self) {
        self.point(false);
    }
}

impl Place {
    /// # Safety
    /// `tensor` is one of a model that lives.
    unsafe fn of(tensor: *const sys::ggml_tensor) -> Self {
        // SAFETY: as above.
        let tensor = unsafe { &*tensor };
        Self { buffer: tensor.buffer, data: tensor.data, extra: tensor.extra }
    }

    /// # Safety
    /// `tensor` is one of a model that lives, and not computed with by anybody now; `self` holds its
    /// numbers.
    unsafe fn put(self, tensor: *mut sys::ggml_tensor) {
        // SAFETY: as above.
        let tensor = unsafe { &mut *tensor };
        (tensor.buffer, tensor.data, tensor.extra) = (self.buffer, self.data, self.extra);
    }
}

/// A weight as llama.cpp computes with it.
struct Found {
    tensor: *mut sys::ggml_tensor,
    name: String,
    kind: sys::ggml_type,
    bytes: u64,
    place: Place,
    memory: &'static CStr,
}

/// The weights that `model` multiplies with, told by a batch that ends before anything is computed.
fn multiplied(model: &LlamaModel) -> Option<Vec<Found>> {
    let mut seen: Vec<*mut sys::ggml_tensor> = Vec::new();
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(256))
        .with_n_batch(1)
        .with_n_ubatch(1)
        .with_n_seq_max(1);
    let params = interrupt::raw(params, |raw| {
        raw.cb_eval = Some(see);
        raw.cb_eval_user_data = (&raw mut seen).cast();
        raw.abort_callback = Some(at_once);
    });
    let mut context = model.new_context(load::backend().ok()?, params).ok()?;
    let mut batch = LlamaBatch::new(1, 1);
    batch.add(LlamaToken(0), 0, &[0], true).ok()?;
    // It is meant to be interrupted.
    let _ = context.decode(&mut batch);
    drop(context);
    seen.sort_unstable();
    seen.dedup();
    // SAFETY: they belong to the model.
    Some(seen.into_iter().filter_map(|tensor| unsafe { found(tensor) }).collect())
}

/// Asked by llama.cpp about each operation before it computes any: nobody wants to see what comes of it.
///
/// # Safety
/// `seen` points at a list of tensors, and `node` at an operation.
unsafe extern "C" fn see(node: *mut sys::ggml_tensor, _ask: bool, seen: *mut c_void) -> bool {
    // SAFETY: as above, and nobody else looks at the list meanwhile.
    let (node, seen) = unsafe { (&*node, &mut *seen.cast::<Vec<*mut sys::ggml_tensor>>()) };
    if matches!(node.op, sys::GGML_OP_MUL_MAT | sys::GGML_OP_MUL_MAT_ID) {
        seen.push(node.src[0]);
    }
    false
}

/// Ends a batch before its first operation.
unsafe extern "C" fn at_once(_: *mut c_void) -> bool {
    true
}

/// What is known of a weight, if it is in memory of one of the two kinds.
///
/// # Safety
/// `tensor` is null, or an operand of an operation of a model that lives.
unsafe fn found(tensor: *mut sys::ggml_tensor) -> Option<Found> {
    // SAFETY: as above; views and intermediate results are told by their memory, which is of another
    // kind, before anything else of them is looked at.
    unsafe {
        let buffer = tensor.as_ref()?.buffer;
        if buffer.is_null() {
            return None;
        }
        let memory = CStr::from_ptr(sys::ggml_backend_buffer_name(buffer));
        let memory = [COPIED, MAPPED].into_iter().find(|it| *it == memory)?;
        let name = CStr::from_ptr(sys::ggml_get_name(tensor)).to_str().ok()?.to_owned();
        let (kind, bytes) = ((*tensor).type_, sys::ggml_nbytes(tensor) as u64);
        Some(Found { tensor, name, kind, bytes, place: Place::of(tensor), memory })
    }
}

/// The copied weights with their places in the mapped file.
fn pairs(found: &[Found], facts: &Facts) -> Option<Vec<Weight>> {
    let in_file = |it: &Found| {
        let tensor = facts.tensors.iter().find(|tensor| tensor.name == it.name)?;
        (tensor.bytes == it.bytes).then_some(usize::try_from(tensor.offset?).ok()?)
    };
    // Where the file begins in memory, as all weights that are computed with in its order say alike.
    let mut mapped = found.iter().filter(|it| it.memory == MAPPED);
    let first = mapped.next()?;
    let begin = |it: &Found| (it.place.data as usize).checked_sub(in_file(it)?);
    let start = begin(first)?;
    let buffer = first.place.buffer;
    if !mapped.all(|it| it.place.buffer == buffer && begin(it) == Some(start)) {
        return None;
    }
    // SAFETY: the buffer is one of the model.
    let (base, size) = unsafe {
        (sys::ggml_backend_buffer_get_base(buffer), sys::ggml_backend_buffer_get_size(buffer))
    };
    let base = base as usize;
    let copied = found.iter().filter(|it| it.memory == COPIED && it.kind == Q4_K);
    let pair = |it: &Found| {
        let at = start.checked_add(in_file(it)?)?;
        let end = at.checked_add(usize::try_from(it.bytes).ok()?)?;
        let data = first.place.data.with_addr(at);
        let file = Place { buffer, data, extra: ptr::null_mut() };
        let is_mapped = base <= at && end <= base.checked_add(size)?;
        is_mapped.then_some(Weight { tensor: it.tensor, copy: it.place, file })
    };
    copied.map(pair).collect()
}
