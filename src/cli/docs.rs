//! `countersign docs`

use serde_json::{Value, json};

use crate::base::Hint;
use crate::cli::propose_tests::named;
use crate::cli::report::{add_cost, figures};
use crate::cli::workshop::terms;
use crate::cli::{Context, ExitCode, Failure, desk, interrupt, printable, progress, roles};
use crate::model::Cancel;
use crate::session::{self, DocsError, DocsReport, Documented, Documenter, Undocumented};

/// Who documents.
const ROLE: &str = "documenter";

/// Document what lacks documentation: a proposal with comments and nothing else
///
/// A model says what a definition does, and the program makes a comment of that in the way of the
/// language. The code is parsed before and after: where it is not the same, token by token, nothing is
/// proposed. Without a name all public definitions of a file are meant. What is said may be wrong: read it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Python, Rust, Go, Java, JavaScript or TypeScript
    #[arg(required = true, value_name = "FILE[::NAME]")]
    files: Vec<String>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let (report, cancel) = match work(context, &args) {
        Ok(done) => done,
        Err(failure) => {
            if context.out.json {
                context.out.line(&failure.event())?;
                let line = json!({ "outcome": "failed", "proposal": null, "documented": [] });
                context.out.line(&last_line(line, failure.code))?;
            }
            return Err(failure);
        }
    };
    let interrupted = !report.whole && cancel.by_person();
    let failure = failure(&report).filter(|_| !interrupted);
    let code = match &failure {
        _ if interrupted => ExitCode::Interrupted,
        Some(failure) => failure.code,
        None => ExitCode::Done,
    };
    if context.out.json {
        if let Some(failure) = &failure {
            context.out.line(&failure.event())?;
        }
        context.out.line(&last_line(document(&report, code), code))?;
    } else {
        context.out.data(&words(&report))?;
    }
    failure.map_or(Ok(code), Err)
}

/// What came of it, and the flag that says whether a person stopped it.
fn work(context: &Context, args: &Args) -> Result<(DocsReport, Cancel), Failure> {
    let cancel = interrupt::watch()?;
    let place = desk::open(context)?;
    let index = &context.config()?.index;
    let named = named(context, &place, &args.files, index.max_file_bytes)?;
    let mut files: Vec<Undocumented> = Vec::new();
    for (path, name) in &named {
        let found = session::undocumented(&place, path, name.as_deref()).map_err(refused)?;
        match files.iter_mut().find(|file| file.path == *path) {
            Some(file) => {
                let new = found.places.into_iter().filter(|it| !file.places.contains(it));
                let new: Vec<_> = new.collect();
                file.places.extend(new);
            }
            None => files.push(found),
        }
    }
    let (roles, templates) = roles::load(context, Some(place.repo().root()))?;
    let role = roles.get(ROLE).map_err(|error| Failure::new(error.to_string()))?;
    let mut observer = progress::observer(context);
    observer.begins("load the model");
    let engine = desk::engine(context, &place, role.role.model.as_deref(), &cancel)?;
    let request = terms(context, context.started)?;
    let documenter =
        Documenter { desk: &place, engine: engine.as_ref(), role, templates: &templates };
    let report = session::write_docs(documenter, &request, &files, &cancel, observer.as_mut())?;
    Ok((report, cancel))
}

fn refused(error: DocsError) -> Failure {
    let hint = error.hint().unwrap_or_default();
    Failure::new(error.to_string()).code(ExitCode::Usage).hint(hint)
}

/// What is said where there is nothing to propose.
fn failure(report: &DocsReport) -> Option<Failure> {
    match (&report.proposal, report.whole) {
        (Some(_), _) => None,
        (None, true) => Some(
            Failure::new("nothing was said that could be proposed")
                .hint("use a larger model, or write it yourself"),
        ),
        (None, false) => Some(
            Failure::new("it was broken off before there was something to propose")
                .code(ExitCode::BudgetSpent)
                .hint("give more time with `--time-limit`"),
        ),
    }
}

fn document(report: &DocsReport, code: ExitCode) -> Value {
    let outcome = match &report.proposal {
        _ if code == ExitCode::Interrupted => "interrupted",
        Some(_) => "proposed",
        None => "nothing_to_write",
    };
    let mut document = json!({
        "task": report.task,
        "proposal": report.proposal,
        "outcome": outcome,
        "documented": report.documented,
        "whole": report.whole,
        "requests": report.cost.requests,
        "seconds": report.seconds,
    });
    add_cost(&mut document, &report.cost);
    document
}

fn last_line(mut line: Value, code: ExitCode) -> Value {
    line["v"] = json!(1);
    line["type"] = json!("task.completed");
    line["exit_code"] = json!(code as u8);
    line
}

/// The summary for people.
fn words(report: &DocsReport) -> String {
    let line = |it: &Documented| {
        let said = match (&it.text, &it.why) {
            (Some(text), _) => text.clone(),
            (None, Some(why)) => format!("left out: {why}"),
            (None, None) => String::new(),
        };
        format!("{} {}: {}\n", it.path, printable(&it.symbol), printable(&said))
    };
    let mut text: String = report.documented.iter().map(line).collect();
    if let Some(id) = &report.proposal {
        text += &format!(
            "proposal {id}   only comments change\n\
             the work tree is untouched; decide with `countersign review {id}`\n"
        );
    }
    text + &figures(&report.cost, report.seconds)
}
