//! How is it said in a terminal?
//!
//! Typed arguments in, text and an exit code out. Nothing below this room knows clap.

mod answer;
mod apply;
mod args;
mod ask;
mod bench;
mod calibrate;
mod calibrate_tools;
mod check;
mod check_review;
mod completions;
mod config;
mod console;
mod defs;
mod desk;
mod docs;
mod diff;
mod doctor;
mod explain;
mod failure;
mod fetch;
mod file_argument;
mod hook;
mod hunk;
mod index;
mod init;
mod interrupt;
mod journal;
mod listing;
mod log;
mod man;
mod map;
mod model;
mod model_doctor;
mod move_to;
mod narrow;
mod output;
mod policy;
mod progress;
mod proposals;
mod propose;
mod propose_tests;
mod receipt;
mod redo;
mod refactored;
mod refs;
mod rename;
mod reject;
mod remote;
mod replay;
mod report;
mod resume;
mod review;
mod review_actions;
mod review_subject;
mod reviser;
mod role;
mod roles;
mod search;
mod show;
mod task_state;
mod team;
mod transfer;
mod undo;
mod variables;
mod verification;
mod watch;
mod way;
mod workshop;
mod worded;

pub use args::{Args, Command};
pub use failure::{ExitCode, Failure};
pub(crate) use output::printable;
pub use output::{Context, Output};

use clap::Parser;

use crate::policy::sandbox;

/// Runs the command line and gives back the exit code.
pub fn main() -> std::process::ExitCode {
    // Nobody types this: it is how the program starts itself once more.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == crate::model::WORKER) {
        // Whoever started it has been told what is wrong with the wish.
        let _ = log::begin(false);
        crate::model::serve();
        return std::process::ExitCode::SUCCESS;
    }
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|argument| argument == sandbox::CONFINED) {
        return sandbox::enter(arguments).into();
    }
    let args = Args::parse();
    let context = Context::new(&args.global);
    let has_screen = matches!(args.command, None | Some(Command::Review(_)));
    let result = log::begin(has_screen).and_then(|()| match args.command {
        Some(command) => run(&context, command),
        None => console::run(&context),
    });
    context.out.finish(result).into()
}

/// Runs one command.
fn run(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Init(args) => init::run(context, args),
        Command::Index(args) => index::run(context, args),
        Command::Search(args) => search::run(context, args),
        Command::Defs(args) => defs::run(context, args),
        Command::Refs(args) => refs::run(context, args),
        Command::Rename(args) => rename::run(context, args),
        Command::Move(args) => move_to::run(context, args),
        Command::Map(args) => map::run(context, args),
        Command::Ask(args) => ask::run(context, args),
        Command::Explain(args) => explain::run(context, args),
        Command::Docs(args) => docs::run(context, args),
        Command::Propose(args) => propose::run(context, args),
        Command::Resume(args) => resume::run(context, args),
        Command::Replay(args) => replay::run(context, args),
        Command::Review(args) => review::run(context, args),
        Command::Proposals(args) => proposals::run(context, args),
        Command::Show(args) => show::run(context, args),
        Command::Diff(args) => diff::run(context, args),
        Command::Apply(args) => apply::run(context, args),
        Command::Reject(args) => reject::run(context, args),
        Command::Undo(args) => undo::run(context, args),
        Command::Redo(args) => redo::run(context, args),
        Command::Check(args) => check::run(context, args),
        Command::Hook(args) => hook::run(context, args),
        Command::Model(args) => model::run(context, args),
        Command::Role(args) => role::run(context, args),
        Command::Team(args) => team::run(context, args),
        Command::Policy(args) => policy::run(context, args),
        Command::Journal(args) => journal::run(context, args),
        Command::Config(args) => config::run(context, args),
        Command::Doctor(args) => doctor::run(context, args),
        Command::Completions(args) => completions::run(context, args),
        Command::Man(args) => man::run(context, args),
    }
}
