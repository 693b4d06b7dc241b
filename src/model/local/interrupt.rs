//! A way to end llama.cpp's work in the middle of a batch.
//!
//! llama.cpp asks a callback before each operation whether to go on. The safe crate has no way to set
//! it, so it is put into the raw parameters.

use std::ffi::c_void;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::speculative::{MtpSpeculative, MtpSpeculativeParams};

use crate::model::Cancel;
use crate::model::local::ahead::BACK;
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
    back: u32,
}

/// A context, alone or with the heads that guess what it says next.
enum Context<'m> {
    Alone(LlamaContext<'m>),
    WithHeads(MtpSpeculative<'m>),
}

impl<'m> Interruptible<'m> {
    /// Has `make` make a context of `params`.
    pub(super) fn new(
        params: LlamaContextParams,
        make: impl FnOnce(LlamaContextParams) -> Result<LlamaContext<'m>, String>,
    ) -> Result<Self, String> {
        let interrupt = Arc::new(Interrupt::default());
        let back = params.n_rs_seq();
        let params = raw_params::set(params, |raw| {
            raw.abort_callback = Some(is_raised);
            raw.abort_callback_data = Arc::as_ptr(&interrupt).cast_mut().cast();
        });
        Ok(Self { context: Context::Alone(make(params)?), interrupt, back })
    }

    /// The same with heads, for which `make` makes a context of their own.
    pub(super) fn with_heads(
        self,
        make: impl FnOnce(&LlamaContext<'m>) -> Result<LlamaContext<'m>, String>,
    ) -> Result<Self, String> {
        let Self { context: Context::Alone(context), interrupt, back } = self else {
            return Ok(self);
        };
        let of_heads = make(&context)?;
        let params = MtpSpeculativeParams { n_max: BACK.cast_signed(), n_min: 0, p_min: 0.0 };
        let both = MtpSpeculative::new(context, of_heads, params);
        let context = Context::WithHeads(both.map_err(|error| error.to_string())?);
        Ok(Self { context, interrupt, back })
    }

    /// How many of the last tokens a recurrent state can lose.
    pub(super) fn goes_back(&self) -> u32 {
        self.back
    }

    /// The heads, if it has any.
    pub(super) fn heads(&mut self) -> Option<&mut MtpSpeculative<'m>> {
        match &mut self.context {
            Context::Alone(_) => None,
            Context::WithHeads(heads) => Some(heads),
        }
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
    type Target = LlamaContext<'m>;

    fn deref(&self) -> &Self::Target {
        match &self.context {
            Context::Alone(context) => context,
            Context::WithHeads(heads) => heads.target_context(),
        }
    }
}

impl DerefMut for Interruptible<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match &mut self.context {
            Context::Alone(context) => context,
            Context::WithHeads(heads) => heads.target_context_mut(),
        }
    }
}
