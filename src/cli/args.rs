//! The command line as clap sees it.

use std::path::PathBuf;

use clap::{ColorChoice, Parser, Subcommand};

use crate::cli;
use crate::config::{Argument, ConfigError};

/// Let agents propose changes; countersign every hunk yourself
///
/// Exit codes: 0 done, 1 failed, 2 usage, 10 findings, 11 denied by policy, 12 time or token budget
/// spent, 13 no usable model, 14 proposal made but verification failed, 70 a bug of ours, 130 interrupted.
#[derive(Debug, Parser)]
#[command(
    name = "countersign",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Work as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true, env = "COUNTERSIGN_DIR")]
    pub dir: Option<PathBuf>,
    /// Model to use: a name, or the path of a .gguf file
    #[arg(short, long, value_name = "MODEL", global = true, env = "COUNTERSIGN_MODEL")]
    pub model: Option<String>,
    /// Set a configuration value, for example `-c model.context=8192`
    #[arg(short = 'c', value_name = "KEY=VALUE", global = true)]
    pub set: Vec<String>,
    /// How much agents may do without being asked: plan, ask, auto-edit or auto
    #[arg(long, value_name = "MODE", global = true, env = "COUNTERSIGN_POLICY")]
    pub policy: Option<String>,
    /// Seed of the sampler
    #[arg(long, value_name = "N", global = true, env = "COUNTERSIGN_SEED")]
    pub seed: Option<String>,
    /// Stop after SECONDS with what there is
    #[arg(long, value_name = "SECONDS", global = true, env = "COUNTERSIGN_TIME_LIMIT")]
    pub time_limit: Option<String>,
    /// Print JSON
    #[arg(long, global = true, env = "COUNTERSIGN_JSON", value_parser = clap::builder::FalseyValueParser::new())]
    pub json: bool,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, env = "COUNTERSIGN_QUIET", value_parser = clap::builder::FalseyValueParser::new())]
    pub quiet: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value_t = ColorChoice::Auto, global = true, env = "COUNTERSIGN_COLOR")]
    pub color: ColorChoice,
}

impl Global {
    /// The configuration values among the flags, in the order in which they win: `-c` first, a
    /// flag of its own over it.
    pub(crate) fn settings(&self) -> Result<Vec<Argument>, ConfigError> {
        let mut settings: Vec<Argument> =
            self.set.iter().map(|text| Argument::parse(text)).collect::<Result<_, _>>()?;
        for (flag, key, value) in [
            ("--model", "model.name", &self.model),
            ("--policy", "policy.mode", &self.policy),
            ("--seed", "model.seed", &self.seed),
            ("--time-limit", "propose.time_limit_s", &self.time_limit),
        ] {
            settings.extend(value.as_ref().map(|value| Argument {
                flag: flag.to_owned(),
                key: key.to_owned(),
                value: value.clone(),
            }));
        }
        Ok(settings)
    }
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    Init(cli::init::Args),
    Index(cli::index::Args),
    Search(cli::search::Args),
    Map(cli::map::Args),
    Propose(cli::propose::Args),
    Review(cli::review::Args),
    Proposals(cli::proposals::Args),
    Show(cli::show::Args),
    Diff(cli::diff::Args),
    Apply(cli::apply::Args),
    Reject(cli::reject::Args),
    Undo(cli::undo::Args),
    Redo(cli::redo::Args),
    Check(cli::check::Args),
    Hook(cli::hook::Args),
    Model(cli::model::Args),
    Policy(cli::policy::Args),
    Journal(cli::journal::Args),
    Config(cli::config::Args),
    Doctor(cli::doctor::Args),
    Completions(cli::completions::Args),
    Man(cli::man::Args),
}
