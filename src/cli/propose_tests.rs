//! `countersign propose --tests`

use std::time::Duration;

use serde_json::{Value, json};

use crate::base::RepoPath;
use crate::cli::file_argument::shown_file;
use crate::cli::propose::MOST_CANDIDATES;
use crate::cli::report::{add_cost, apply, figures};
use crate::cli::{
    Context, ExitCode, Failure, desk, interrupt, printable, progress, roles, variables,
};
use crate::config::Config;
use crate::session::{
    self, Desk, TargetError, Tested, TestsOutcome, TestsReport, TestsRequest, Writer,
};

/// Who writes tests.
const ROLE: &str = "tester";

/// Calls that a search finds cost less than another answer: there is one for so many candidates.
const CANDIDATES_AN_ANSWER: u32 = 4;

/// What was asked for on the command line.
pub(super) struct Wanted {
    pub(super) wish: String,
    /// `FILE` or `FILE::NAME`, each.
    pub(super) named: Vec<String>,
    pub(super) test: Option<String>,
    pub(super) candidates: Option<u32>,
    pub(super) apply: bool,
}

pub(super) fn run(context: &Context, wanted: &Wanted) -> Result<ExitCode, Failure> {
    let (report, applied) = match work(context, wanted) {
        Ok((place, report)) => {
            let id = report.proposal.as_ref().filter(|_| wanted.apply);
            (report.clone(), id.map(|id| apply(&place, id)))
        }
        Err(failure) => {
            if context.out.json {
                context.out.line(&failure.event())?;
                let line = json!({ "outcome": "failed", "proposal": null, "functions": [] });
                context.out.line(&last_line(line, false, failure.code))?;
            }
            return Err(failure);
        }
    };
    let is_applied = matches!(applied, Some(Ok(())));
    let failure = applied.and_then(Result::err).or_else(|| failure(report.outcome));
    let code = failure.as_ref().map_or(exit_code(report.outcome), |failure| failure.code);
    if context.out.json {
        if let Some(failure) = &failure {
            context.out.line(&failure.event())?;
        }
        context.out.line(&last_line(document(&report), is_applied, code))?;
    } else {
        context.out.data(&words(&report, is_applied))?;
    }
    failure.map_or(Ok(code), Err)
}

fn work(context: &Context, wanted: &Wanted) -> Result<(Desk, TestsReport), Failure> {
    let cancel = interrupt::watch()?;
    let place = desk::open(context)?;
    let Config { model, propose, index, .. } = context.config()?;
    let test = variables::test(wanted.test.as_deref(), propose.test.as_deref())?;
    let named = named(context, &place, &wanted.named, index.max_file_bytes)?;
    let snapshot = place.repo().snapshot()?;
    let targets = session::targets(&place, &snapshot, &named).map_err(refused)?;
    let (roles, templates) = roles::load(context, Some(place.repo().root()))?;
    let role = roles.get(ROLE).map_err(|error| Failure::new(error.to_string()))?;
    let mut observer = progress::observer(context);
    observer.begins("load the model");
    let engine = desk::engine(context, &place, role.role.model.as_deref(), &cancel)?;
    let limit = Some(propose.time_limit_s).filter(|seconds| *seconds > 0);
    let budget = role.role.budget;
    let candidates = wanted.candidates.unwrap_or(propose.candidates).clamp(1, MOST_CANDIDATES);
    let request = TestsRequest {
        wish: wanted.wish.clone(),
        test,
        temperature: role.role.temperature.unwrap_or(model.temperature),
        top_p: role.role.top_p.unwrap_or(model.top_p),
        seed: model.seed,
        answers: candidates.div_ceil(CANDIDATES_AN_ANSWER),
        prompt_tokens: budget.prompt_tokens.unwrap_or(propose.context_tokens),
        answer_tokens: budget.answer_tokens.unwrap_or(model.max_tokens).min(model.max_tokens),
        deadline: limit.map(|seconds| context.started + Duration::from_secs(seconds)),
        started: context.started,
    };
    let writer = Writer { desk: &place, engine: engine.as_ref(), role, templates: &templates };
    let report =
        session::propose_tests(writer, &request, &snapshot, &targets, &cancel, observer.as_mut())?;
    Ok((place, report))
}

/// Each file, checked, and the name behind `::`.
pub(super) fn named(
    context: &Context,
    place: &Desk,
    texts: &[String],
    most_bytes: u64,
) -> Result<Vec<(RepoPath, Option<String>)>, Failure> {
    let one = |text: &String| {
        let (file, name) = match text.split_once("::") {
            Some((file, name)) => (file, Some(name.replace("::", "."))),
            None => (text.as_str(), None),
        };
        Ok((shown_file(place, &context.dir, file.as_ref(), most_bytes)?, name))
    };
    texts.iter().map(one).collect()
}

fn refused(error: TargetError) -> Failure {
    let hint = crate::base::Hint::hint(&error).unwrap_or_default();
    Failure::new(error.to_string()).code(ExitCode::Usage).hint(hint)
}

fn exit_code(outcome: TestsOutcome) -> ExitCode {
    match outcome {
        TestsOutcome::Verified | TestsOutcome::Proposed => ExitCode::Done,
        TestsOutcome::VerificationFailed => ExitCode::Unverified,
        TestsOutcome::NothingToWrite => ExitCode::Failed,
        TestsOutcome::TimeUp => ExitCode::BudgetSpent,
        TestsOutcome::Interrupted => ExitCode::Interrupted,
    }
}

/// What is said where there is nothing to propose.
fn failure(outcome: TestsOutcome) -> Option<Failure> {
    let failure = match outcome {
        TestsOutcome::NothingToWrite => Failure::new("no test was found that is worth writing")
            .hint("say what it should show, as a task before `--tests`, or use a larger model"),
        TestsOutcome::TimeUp => {
            Failure::new("the time limit was reached before there was a test to propose")
                .hint("give more time with `--time-limit`")
        }
        _ => return None,
    };
    Some(failure.code(exit_code(outcome)))
}

fn document(report: &TestsReport) -> Value {
    let mut document = json!({
        "task": report.task,
        "proposal": report.proposal,
        "outcome": report.outcome,
        "functions": report.functions,
        "command": report.command,
        "after": report.after,
        "requests": report.cost.requests,
        "seconds": report.seconds,
    });
    add_cost(&mut document, &report.cost);
    document
}

fn last_line(mut line: Value, applied: bool, code: ExitCode) -> Value {
    line["v"] = json!(1);
    line["type"] = json!("task.completed");
    line["applied"] = json!(applied);
    line["exit_code"] = json!(code as u8);
    line
}

/// The summary for people.
fn words(report: &TestsReport, applied: bool) -> String {
    let mut text = String::new();
    for line in report.functions.iter().flat_map(Tested::lines) {
        text += &format!("{}\n", printable(&line));
    }
    if let Some(id) = &report.proposal {
        let ran = report.after.as_ref().map(|run| if run.passed { "passed" } else { "failed" });
        let ran = ran.map(|word| format!("   test after: {word}")).unwrap_or_default();
        text += &format!("proposal {id}{ran}\n");
        text += &match applied {
            true => "applied to the work tree; take it back with `countersign undo`\n".to_owned(),
            false => format!("the work tree is untouched; decide with `countersign review {id}`\n"),
        };
    }
    text + &figures(&report.cost, report.seconds)
}
