//! What most commands open first: the repository, its rules and its journal.

use crate::cli::{Context, Failure};
use crate::journal::Log;
use crate::model::{self, Engine, machine};
use crate::policy::Rules;
use crate::repo::Repo;
use crate::session;

/// An open repository with its rules and its journal.
pub(super) struct Place {
    pub(super) repo: Repo,
    rules: Rules,
    log: Log,
}

impl Place {
    /// Opens what lies at the command's directory, and puts right what an interrupted run left.
    pub(super) fn open(context: &Context) -> Result<Self, Failure> {
        let repo = Repo::discover(&context.dir)?;
        for undone in session::recover(&repo)? {
            context.out.warn(&undone.to_string());
        }
        let rules = context.rules(&repo)?;
        let log = Log::open(&repo.state_dir())?;
        Ok(Self { repo, rules, log })
    }

    pub(super) fn desk(&self) -> session::Desk<'_> {
        session::Desk { repo: &self.repo, rules: &self.rules, log: &self.log }
    }
}

/// The model that the flags or the configuration name, loaded.
pub(super) fn engine(context: &Context) -> Result<Box<dyn Engine>, Failure> {
    let config = &context.config()?.model;
    let mut settings = model::Settings { context: config.context, ..model::Settings::default() };
    settings.threads = if config.threads == 0 { machine::physical_cores() } else { config.threads };
    if config.gpu_layers > 0 {
        settings.gpu_layers = config.gpu_layers;
    }
    Ok(model::open(config.name.as_deref(), settings)?)
}
