//! `countersign config`

use clap::Subcommand;
use serde_json::{Map, json};

use crate::cli::{Context, ExitCode, Failure};
use crate::config::Config;

/// Show the configuration and where each value comes from
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show every value, as TOML
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// Say beside each value where it comes from
    #[arg(long)]
    origin: bool,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let Command::Show(args) = args.command;
    let config = context.config()?;
    if context.out.json {
        context.out.document(&document(config))?;
    } else {
        context.out.data(&text(config, args.origin))?;
    }
    Ok(ExitCode::Done)
}

fn document(config: &Config) -> Map<String, serde_json::Value> {
    let entry = |setting: &crate::config::Setting| {
        let value = json!({ "value": setting.value, "origin": setting.origin.to_string() });
        (setting.key.clone(), value)
    };
    config.settings().iter().map(entry).collect()
}

/// The values by section; what it prints can be a `config.toml`.
fn text(config: &Config, origin: bool) -> String {
    let mut text = String::new();
    let mut current = "";
    for setting in config.settings() {
        let (section, name) = setting.key.split_once('.').unwrap_or(("", &setting.key));
        if section != current {
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}[{section}]\n"));
            current = section;
        }
        let assignment = format!("{name} = {}", setting.value);
        match origin {
            true => text.push_str(&format!("{assignment:<28}  # {}\n", setting.origin)),
            false => text.push_str(&format!("{assignment}\n")),
        }
    }
    text
}
