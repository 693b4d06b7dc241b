//! From a file and settings to weights and a context, each step refused in words where it would fail.

use llama_cpp_2::model::{LlamaLoraAdapter, LlamaModel};

use crate::model::local::adapter::Fitted;
use crate::model::local::header::{self, Facts};
use crate::model::local::interrupt::Interruptible;
use crate::model::local::layouts::Layouts;
use crate::model::local::load::{self, Settings};
use crate::model::local::plan::{self, Plan};
use crate::model::local::refusal::Refusal;
use crate::model::local::sound;
use crate::model::{EngineError, ModelFile};

/// What is decided before anything is loaded.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub(super) plan: Plan,
    facts: Facts,
    adapter: Option<Fitted>,
    threads: u32,
}

/// Weights, and what is laid over them.
#[derive(Debug)]
pub(super) struct Weights {
    pub(super) model: LlamaModel,
    pub(super) adapter: Option<LlamaLoraAdapter>,
}

impl Prepared {
    /// Decides how the model in `file` is loaded, or says why it cannot be.
    pub(super) fn new(file: &ModelFile, settings: &Settings) -> Result<Self, EngineError> {
        let failed = |why: String| EngineError::Load { name: file.name.clone(), why };
        let facts = header::check(&file.path).map_err(|error| failed(error.to_string()))?;
        sound::check(&facts).and_then(|()| plan::check_writer(&facts)).map_err(failed)?;
        let free = load::free();
        let refused = |refusal: Refusal| refusal.of(&file.name);
        let plan = Plan::of(&facts, settings, &free).map_err(refused)?;
        let adapter = settings.adapter.as_ref().map(|adapter| Fitted::new(adapter, &facts));
        let adapter = adapter.transpose().map_err(refused)?;
        if let (Some((needed, available)), Some(estimate)) = (plan.short(&free), plan.estimate) {
            return Err(estimate.too_large(&file.name, plan.context, needed, available));
        }
        Ok(Self { plan, facts, adapter, threads: settings.threads })
    }

    /// Loads the weights, and the adapter if there is one.
    pub(super) fn weights(&self, file: &ModelFile) -> Result<Weights, String> {
        let mut model = load::weights(&file.path, &self.plan)?;
        if self.plan.yarn.is_some() && model.rope_type().is_none() {
            return Err("its positions are no rotations, which `model.rope=yarn` needs".into());
        }
        let adapter = self.adapter.as_ref().map(|adapter| adapter.load(&mut model)).transpose()?;
        Ok(Weights { model, adapter })
    }

    /// Makes the context that answers are computed in.
    pub(super) fn context<'m>(
        &self,
        model: &'m LlamaModel,
        adapter: Option<&mut LlamaLoraAdapter>,
    ) -> Result<Interruptible<'m>, String> {
        let mut context = load::context(model, &self.plan, self.threads)?;
        if let (Some(fitted), Some(adapter)) = (&self.adapter, adapter) {
            fitted.lay(adapter, &mut context)?;
        }
        Ok(context)
    }

    /// The orders in which the weights stand in memory.
    pub(super) fn layouts<'m>(&self, model: &'m LlamaModel) -> Layouts<'m> {
        if self.plan.copies { Layouts::of(model, &self.facts) } else { Layouts::none() }
    }

    /// What shapes keys and values besides the model and llama.cpp itself.
    pub(super) fn shape(&self) -> String {
        let none = || "none".to_owned();
        self.plan.shape(&self.adapter.as_ref().map_or_else(none, Fitted::shape))
    }
}
