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
use crate::model::local::{load, raw_params};
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

/// The weights of a model that stand in memory in two orders. There is one of these for a model, beside
/// the one context that computes with it.
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
        if is_worth_it { Self::found(model, facts) } else { Self::none() }
    }

    /// All weights that stand in both orders.
    fn found(model: &'m LlamaModel, facts: &Facts) -> Self {
        let weights = multiplied(model).and_then(|found| pairs(&found, facts));
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
    let params = raw_params::set(params, |raw| {
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

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::model::ModelFile;
    use crate::model::local::cache::{Cells, Feed, Limits};
    use crate::model::local::header::{self, Tensor};
    use crate::model::local::load::Settings;
    use crate::model::local::prepare::{Prepared, Weights};
    use crate::model::local::tests::apart;
    use crate::model::local::tiny;

    /// A tiny model that is loaded.
    struct Loaded {
        _folder: TempDir,
        prepared: Prepared,
        weights: Weights,
        facts: Facts,
    }

    impl Loaded {
        fn new(packed: bool) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = tiny::coarse(folder.path(), packed);
            let facts = header::check(&path).unwrap();
            let file = ModelFile { name: "tiny".into(), path, digest: None };
            let prepared = Prepared::new(&file, &Settings::default()).unwrap();
            let weights = prepared.weights(&file).unwrap();
            Self { _folder: folder, prepared, weights, facts }
        }

        fn layouts(&self) -> Layouts<'_> {
            Layouts::found(&self.weights.model, &self.facts)
        }

        fn cells(&self) -> Cells<'_> {
            let context = self.prepared.context(&self.weights.model, None).unwrap();
            Cells::new(context, None, &self.weights.model, Limits::default())
        }
    }

    /// The logits behind a prompt of so many tokens that is read at one go.
    fn read(cells: &mut Cells<'_>, tokens: usize) -> Vec<f32> {
        let prompt: Vec<LlamaToken> = (0..200).map(|at| LlamaToken(at * 79 % 256)).collect();
        cells.clear();
        let line = cells.begin(&prompt[..tokens], 8).unwrap().line;
        let feed = Feed { line, tokens: &prompt[..tokens], all_logits: false };
        let places = cells.decode(&[feed]).unwrap();
        cells.logits(places[0].start).to_vec()
    }

    #[test]
    fn either_order_says_the_same() {
        let (packed, exact) = (Loaded::new(true), Loaded::new(false));
        let layouts = packed.layouts();
        let copies = if unused_sets(&["avx2"]).is_empty() { 6 * tiny::LAYERS as usize } else { 0 };
        assert_eq!(layouts.weights.len(), copies);
        for weight in &layouts.weights {
            assert_ne!(weight.copy.data, weight.file.data);
        }
        let copy = |tokens| read(&mut packed.cells(), tokens);
        let exact = |tokens| read(&mut exact.cells(), tokens);
        let (of_many, of_few) = (copy(200), copy(MANY - 1));
        let mut cells = packed.cells().with(layouts);
        // To and fro: each batch finds the order that suits it.
        for _ in 0..2 {
            let (many, few) = (read(&mut cells, 200), read(&mut cells, MANY - 1));
            // Either is as far from the numbers written out as rounding to 8 bits takes it.
            assert!(apart(&many, &exact(200)) < 0.5 && apart(&of_many, &exact(200)) < 0.5);
            assert!(apart(&few, &of_few) < 1e-6);
        }
        assert!(apart(&of_many, &of_few) > 5.0, "other words say something else");
        drop(cells);
        assert!(apart(&copy(200), &of_many) < 1e-6, "all is as it was");
    }

    #[test]
    fn a_file_that_is_not_what_is_in_memory_is_not_pointed_at() {
        let mut loaded = Loaded::new(true);
        let all = loaded.layouts().weights.len();
        let facts = loaded.facts.clone();
        let mut change = |change: fn(&mut Tensor)| {
            loaded.facts = facts.clone();
            loaded.facts.tensors.iter_mut().for_each(change);
            loaded.layouts().weights.len()
        };
        assert_eq!(change(|_| ()), all);
        assert_eq!(change(|it| it.offset = None), 0, "a model in several files");
        assert_eq!(change(|it| it.bytes += 1), 0, "of another length");
        let moved = |it: &mut Tensor| {
            if it.name == "blk.3.attn_v.weight" {
                it.offset = it.offset.map(|offset| offset + 32);
            }
        };
        assert_eq!(change(moved), 0, "not at the place that others say");
    }
}
