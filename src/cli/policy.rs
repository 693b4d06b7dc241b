//! `countersign policy`

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use crate::base::RepoPath;
use crate::cli::{Context, ExitCode, Failure, printable};
use crate::config::Mode;
use crate::policy::{
    Act, Actor, EditPath, ReachNetwork, ReadPath, Rule, Rules, Ruling, RunCommand, judge,
};
use crate::repo::Repo;

/// Show what agents may do, and explain rulings
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the mode, the guards and every rule with its source
    Show,
    /// Say how an action would be ruled on, by which rule, and why
    ///
    /// Exits with 0 where the action is allowed or a person would be asked, with 11 where it is
    /// denied. Nothing is done.
    Explain(ExplainArgs),
}

#[derive(Debug, clap::Args)]
struct ExplainArgs {
    /// The kind of action
    action: Kind,
    /// The path, the command line or the host
    #[arg(value_name = "ARG")]
    what: String,
    /// Who would do it
    #[arg(long, value_enum, default_value_t = Who::Agent)]
    actor: Who,
    /// A command: as one of the project's own test commands
    #[arg(long)]
    found: bool,
    /// A command: as it would be in the sandbox
    #[arg(long)]
    confined: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Read,
    Edit,
    Run,
    Reach,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Who {
    Agent,
    Person,
    Hook,
}

impl From<Who> for Actor {
    fn from(who: Who) -> Self {
        match who {
            Who::Agent => Self::Agent,
            Who::Person => Self::Person,
            Who::Hook => Self::Hook,
        }
    }
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let rules = context.rules(&Repo::discover(&context.dir)?)?;
    match args.command {
        Command::Show => show(context, &rules),
        Command::Explain(args) => explain(context, &rules, args),
    }
}

fn show(context: &Context, rules: &Rules) -> Result<ExitCode, Failure> {
    let origin = context.config()?.origin("policy.mode").map(ToString::to_string);
    if context.out.json {
        let guard = |(id, why)| json!({ "id": id, "why": why });
        context.out.document(&json!({
            "mode": rules.mode(),
            "mode_origin": origin,
            "modes": Mode::ALL,
            "guards": Rules::guards().map(guard).collect::<Vec<_>>(),
            "rules": rules.all(),
        }))?;
        return Ok(ExitCode::Done);
    }
    let mut text = format!("mode: {} ({})\n", rules.mode(), origin.unwrap_or_default());
    text.push_str(&format!("modes, strictest first: {}\n", Mode::ALL.map(Mode::as_str).join(", ")));
    text.push_str("\nguards, which no rule opens:\n");
    for (id, why) in Rules::guards() {
        text.push_str(&format!("  {id:<24}  deny\n    {why}\n"));
    }
    text.push_str(
        "\nrules; a plain forbid wins, then asking, and what nothing permits is denied:\n",
    );
    text.extend(rules.all().into_iter().map(rule_line));
    context.out.data(&text)?;
    Ok(ExitCode::Done)
}

fn rule_line(rule: &Rule) -> String {
    let effect = if rule.permits { "permit" } else { "forbid" };
    let words = match (&rule.ask, &rule.why) {
        (Some(ask), _) => format!("asks: {ask}"),
        (None, Some(why)) => why.clone(),
        (None, None) => String::new(),
    };
    let (id, words) = (printable(&rule.id), printable(&words));
    let words = if words.is_empty() { words } else { format!("    {words}\n") };
    format!("  {id:<24}  {effect}  {}, line {}\n{words}", rule.layer, rule.line)
}

fn explain(context: &Context, rules: &Rules, args: ExplainArgs) -> Result<ExitCode, Failure> {
    let actor = args.actor.into();
    let ExplainArgs { action, what, found, confined, .. } = args;
    match action {
        Kind::Read => tell(context, rules, actor, ReadPath { path: path(&what)? }),
        Kind::Edit => tell(context, rules, actor, EditPath { path: path(&what)? }),
        Kind::Run => tell(context, rules, actor, RunCommand { line: what, found, confined }),
        Kind::Reach => {
            tell(context, rules, actor, ReachNetwork { host: what, purpose: String::new() })
        }
    }
}

fn path(text: &str) -> Result<RepoPath, Failure> {
    RepoPath::from_os(std::path::Path::new(text))
        .map_err(|error| Failure::new(error.to_string()).code(ExitCode::Usage))
}

fn tell<A: Act>(
    context: &Context,
    rules: &Rules,
    actor: Actor,
    act: A,
) -> Result<ExitCode, Failure> {
    let ruling = judge(rules, actor, act);
    let action = ruling.act().action();
    let source = rules.all().into_iter().find(|rule| rule.id == ruling.rule());
    if context.out.json {
        context.out.document(&json!({
            "ruling": ruling.name(),
            "actor": actor,
            "action": action,
            "mode": rules.mode(),
            "rule": ruling.rule(),
            "why": ruling.why(),
            "source": source.map(|rule| format!("{}:{}", rule.file, rule.line)),
        }))?;
    } else {
        let place = source.map_or(String::new(), |rule| format!(" ({}:{})", rule.file, rule.line));
        context.out.data(&format!(
            "{}: {} {action}, in mode `{}`\nrule: {}{}\nwhy: {}\n",
            ruling.name(),
            actor.name(),
            rules.mode(),
            printable(ruling.rule()),
            printable(&place),
            printable(ruling.why()),
        ))?;
    }
    Ok(match ruling {
        Ruling::Deny { .. } => ExitCode::Denied,
        Ruling::Allow(_) | Ruling::Ask { .. } => ExitCode::Done,
    })
}
