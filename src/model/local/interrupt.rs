//! A way to end llama.cpp's work in the middle of a batch.
//!
//! llama.cpp asks a callback before each operation whether to go on. The safe crate has no way to set
//! it, so it is put into the raw parameters.

use std::ffi::c_void;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;

use crate::model::Cancel;
use crate::model::local::context::Context;
use crate::model::local::raw_params;

/// What ends the batch that is computed now, if anything may.
#[derive(Debug, Default)]
pub(super) struct Interrupt(Mutex<Option<Cancel>>);

impl Interrupt {
    /// From now on `cancel` ends a batch, or nothing does.
    fn set(&self, cancel: Option<Cancel>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = cancel;
    }

    /// Nobody waits here: whoever computes is asked thousands of times a batch.
    fn is_raised(&self) -> bool {
        self.0.try_lock().is_ok_and(|it| it.as_ref().is_some_and(Cancel::is_cancelled))
    }
}

/// Asked by llama.cpp, on the thread that computes.
///
/// # Safety
/// `interrupt` points at an [`Interrupt`] that lives.
unsafe extern "C" fn is_raised(interrupt: *mut c_void) -> bool {
    // SAFETY: as above; it is only read.
    unsafe { interrupt.cast::<Interrupt>().as_ref() }.is_some_and(Interrupt::is_raised)
}

/// A context whose work can be ended.
pub(super) struct Interruptible<'m> {
    // Goes first: it asks `interrupt` for as long as it lives.
    context: Context<'m>,
    interrupt: Arc<Interrupt>,
}

impl<'m> Interruptible<'m> {
    /// Has `make` make a context of `params`.
    pub(super) fn new(
        params: LlamaContextParams,
        make: impl FnOnce(LlamaContextParams) -> Result<Context<'m>, String>,
    ) -> Result<Self, String> {
        let interrupt = Arc::new(Interrupt::default());
        let params = raw_params::set(params, |raw| {
            raw.abort_callback = Some(is_raised);
            raw.abort_callback_data = Arc::as_ptr(&interrupt).cast_mut().cast();
        });
        Ok(Self { context: make(params)?, interrupt })
    }

    /// Does `work`, which `cancel` ends before its time.
    pub(super) fn until<T>(
        &mut self,
        cancel: &Cancel,
        work: impl FnOnce(&mut LlamaContext<'m>) -> T,
    ) -> T {
        self.interrupt.set(Some(cancel.clone()));
        let done = work(self);
        self.interrupt.set(None);
        done
    }
}

impl<'m> Deref for Interruptible<'m> {
    type Target = Context<'m>;

    fn deref(&self) -> &Self::Target {
        &self.context
    }
}

impl DerefMut for Interruptible<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.context
    }
}
