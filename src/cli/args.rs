//! The command line as clap sees it.

use std::path::PathBuf;

use clap::{ColorChoice, Parser, Subcommand};

use crate::cli;
use crate::config::{Argument, ConfigError};

const FIRST_STEPS: &str = "\
First steps, in a git repository:
  countersign model pull qwen2.5-coder-1.5b   Fetch a model, once
  countersign                                 Work on the screen; or by these commands:
  countersign propose \"TASK\" --test \"CMD\"     Have a change made and tested
  countersign review                          Decide hunk by hunk, and apply
  countersign undo                            Take back what was applied";

const EXIT_CODES: &str = "\
Exit codes:
    0  Done
    1  Failed
    2  The command line is wrong
   10  `check`, `role validate` or `team validate` has findings
   11  Denied by the policy
   12  The time limit was reached before there was a change
   13  No model can be used
   14  A proposal was made, and its test failed
   70  A bug of ours
  130  Interrupted";

/// Let agents propose changes; countersign every hunk yourself
///
/// A model that runs on this machine proposes changes to several files. They wait beside your work,
/// in no branch and no file, until you have looked at every hunk; only what you accept is written.
#[derive(Debug, Parser)]
#[command(
    name = "countersign",
    version,
    max_term_width = 100,
    after_help = FIRST_STEPS,
    after_long_help = format!("{FIRST_STEPS}\n\n{EXIT_CODES}")
)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags that every command takes.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Work as if started in DIR
    #[arg(
        short = 'C',
        value_name = "DIR",
        global = true,
        env = "COUNTERSIGN_DIR",
        hide_env_values = true,
        hide_short_help = true
    )]
    pub dir: Option<PathBuf>,
    /// Model to use: a name, a .gguf file, or a server (http://HOST:PORT/v1#MODEL); by default the
    /// best installed one
    #[arg(
        short,
        long,
        value_name = "MODEL",
        global = true,
        env = "COUNTERSIGN_MODEL",
        hide_env_values = true
    )]
    pub model: Option<String>,
    /// Set a value of the configuration, for example `-c model.context=16384`
    ///
    /// May be given several times. `countersign config show` lists the keys; each is a variable
    /// too, for example COUNTERSIGN_MODEL_CONTEXT.
    #[arg(short = 'c', value_name = "KEY=VALUE", global = true, hide_short_help = true)]
    pub set: Vec<String>,
    /// How much agents may do unasked: plan, ask, auto-edit or auto
    #[arg(
        long,
        value_name = "MODE",
        global = true,
        env = "COUNTERSIGN_POLICY",
        hide_env_values = true,
        hide_short_help = true
    )]
    pub policy: Option<String>,
    /// Seed of the sampler: the same seed gives the same answer
    #[arg(
        long,
        value_name = "N",
        global = true,
        env = "COUNTERSIGN_SEED",
        hide_env_values = true,
        hide_short_help = true
    )]
    pub seed: Option<String>,
    /// Stop after SECONDS and propose what there is
    #[arg(
        long,
        value_name = "SECONDS",
        global = true,
        env = "COUNTERSIGN_TIME_LIMIT",
        hide_env_values = true,
        hide_short_help = true
    )]
    pub time_limit: Option<String>,
    /// Print JSON instead of text
    #[arg(long, global = true, env = "COUNTERSIGN_JSON", hide_env_values = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub json: bool,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, env = "COUNTERSIGN_QUIET", hide_env_values = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub quiet: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value_t = ColorChoice::Auto, global = true, env = "COUNTERSIGN_COLOR", hide_env_values = true, hide_short_help = true)]
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
    Defs(cli::defs::Args),
    Refs(cli::refs::Args),
    Rename(cli::rename::Args),
    Move(cli::move_to::Args),
    Map(cli::map::Args),
    Ask(cli::ask::Args),
    Explain(cli::explain::Args),
    Docs(cli::docs::Args),
    Propose(cli::propose::Args),
    Resume(cli::resume::Args),
    Replay(cli::replay::Args),
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
    Role(cli::role::Args),
    Team(cli::team::Args),
    Policy(cli::policy::Args),
    Journal(cli::journal::Args),
    Config(cli::config::Args),
    Doctor(cli::doctor::Args),
    Completions(cli::completions::Args),
    Man(cli::man::Args),
}
