//! What a task came to: a summary for people, a last JSON line for programs, an exit code.

use serde_json::{Value, json};

use crate::agent::Ending;
use crate::base::ProposalId;
use crate::cli::{Context, ExitCode, Failure, desk, printable, verification};
use crate::proposal::{self, Status, Verdicts};
use crate::session::{Cost, Desk, Repaired, Replayed, Report};

/// How a task ended, with or without a report.
pub(super) struct End {
    report: Option<Report>,
    applied: bool,
    /// What became of the proposal since, where it was made before.
    since: Option<Status>,
    pub(super) code: ExitCode,
    /// What went wrong, if something did.
    pub(super) failure: Option<Failure>,
}

impl End {
    /// It ran to an end, which may be a bad one.
    pub(super) fn of(report: Report) -> Self {
        let (code, failure) = (exit_code(&report.ending), failure(&report.ending));
        Self { report: Some(report), applied: false, since: None, code, failure }
    }

    /// It had come to its end before; a proposal that is gone is named nevertheless.
    pub(super) fn before(report: Report, place: &Desk) -> Result<Self, Failure> {
        let receipts = proposal::receipts(place.repo())?;
        let made = report.proposal.as_ref().map(|id| proposal::load(place.repo(), id));
        let status = made.and_then(Result::ok).map(|made| proposal::status(&made, &receipts));
        let applied = status == Some(Status::Applied);
        Ok(Self { applied, since: status, ..Self::of(report) })
    }

    /// It was a replay: what counts is whether it came to the recorded end.
    pub(super) fn replayed(Replayed { report, same }: Replayed) -> Self {
        let ended = report.ending.name();
        let end = Self::of(report);
        if same {
            return Self { code: ExitCode::Done, failure: None, ..end };
        }
        let what = format!("the replay departs from its record: it ended with \"{ended}\"");
        let failure = Failure::new(what)
            .hint("compare the proposal with what was recorded: `countersign diff`");
        Self { code: failure.code, failure: Some(failure), ..end }
    }

    /// It broke off.
    pub(super) fn without_report(failure: Failure) -> Self {
        let code = failure.code;
        Self { report: None, applied: false, since: None, code, failure: Some(failure) }
    }

    /// Applies what was proposed, if that is wanted and nobody broke it off. The proposal outlives a
    /// refusal.
    pub(super) fn applied_if(mut self, wanted: bool, place: &Desk) -> Self {
        let wanted = wanted && self.code != ExitCode::Interrupted;
        let proposal = self.report.as_ref().and_then(|report| report.proposal.as_ref());
        if let Some(id) = proposal.filter(|_| wanted) {
            match apply(place, id) {
                Ok(()) => self.applied = true,
                Err(failure) => (self.code, self.failure) = (failure.code, Some(failure)),
            }
        }
        self
    }

    /// Says it on stdout; a program gets a last line in any case.
    pub(super) fn tell(&self, context: &Context) -> Result<(), Failure> {
        if !context.out.json {
            let words = self.report.as_ref().map(|report| self.words(report));
            return words.map_or(Ok(()), |words| context.out.data(&words));
        }
        if let Some(failure) = &self.failure {
            context.out.line(&failure.event())?;
        }
        context.out.line(&self.last_line(context))
    }

    /// The summary for people.
    fn words(&self, report: &Report) -> String {
        match self.since {
            Some(status @ (Status::Rejected | Status::Partly)) => {
                format!("{}it is {status}\n", headline(report))
            }
            Some(_) => headline(report) + &to_do(report, self.applied),
            None => {
                let asked = match report.cost.requests {
                    0 if report.proposal.is_some() => "no model was asked · ",
                    _ => "",
                };
                let figures = format!("{asked}{}", figures(&report.cost, report.seconds));
                headline(report) + &to_do(report, self.applied) + &figures
            }
        }
    }

    /// What came of it and what it cost. A task that broke off has an outcome and no figures.
    fn last_line(&self, context: &Context) -> Value {
        let mut line = match &self.report {
            Some(report) => figures_of(report),
            None => json!({
                "outcome": "failed",
                "proposal": null,
                "seconds": context.started.elapsed().as_secs_f64(),
            }),
        };
        line["v"] = json!(1);
        line["type"] = json!("task.completed");
        line["applied"] = json!(self.applied);
        line["exit_code"] = json!(self.code as u8);
        line
    }
}

pub(super) fn apply(place: &Desk, id: &ProposalId) -> Result<(), Failure> {
    let proposal = proposal::load(place.repo(), id)?;
    let hunks = u32::try_from(proposal.hunks().len()).unwrap_or(u32::MAX);
    place.apply(&proposal, &Verdicts::accept_all(hunks)).map_err(desk::failed)?;
    Ok(())
}

fn exit_code(ending: &Ending) -> ExitCode {
    match ending {
        Ending::Proposed { verified: Some(false) } => ExitCode::Unverified,
        Ending::Proposed { .. } => ExitCode::Done,
        Ending::NoUsableReply(_) => ExitCode::Failed,
        Ending::TimeUp => ExitCode::BudgetSpent,
        Ending::Cancelled => ExitCode::Interrupted,
    }
}

/// What is said where there is nothing to propose.
fn failure(ending: &Ending) -> Option<Failure> {
    let failure = match ending {
        Ending::Proposed { .. } | Ending::Cancelled => return None,
        Ending::NoUsableReply(reason) => Failure::new("no reply of the model could be applied")
            .because(reason.clone())
            .hint("say the task more exactly, name the file with `--file`, or use a larger model"),
        Ending::TimeUp => {
            Failure::new("the time limit was reached before there was a change to propose")
                .hint("give more time with `--time-limit`")
        }
    };
    Some(failure.code(exit_code(ending)))
}

fn figures_of(report: &Report) -> Value {
    let cost = &report.cost;
    let mut figures = json!({
        "task": report.task,
        "proposal": report.proposal,
        "outcome": outcome(&report.ending),
        "before": report.before,
        "after": report.after,
        "others": report.others,
        "requests": cost.requests,
        "recorded": cost.recorded,
        "well_formed": cost.malformed == 0,
        "refused": cost.refused,
        "repaired": report.repaired,
        "loop": report.looped,
        "seconds": report.seconds,
    });
    add_cost(&mut figures, cost);
    figures
}

/// Adds what the model read and wrote, and how fast.
pub(super) fn add_cost(figures: &mut Value, cost: &Cost) {
    figures["prompt_tokens"] = json!(cost.prompt_tokens.saturating_sub(cost.cached_tokens));
    figures["prompt_tokens_sent"] = json!(cost.prompt_tokens);
    figures["completion_tokens"] = json!(cost.completion_tokens);
    figures["first_token_s"] = json!(cost.first_token_s);
    figures["prompt_tokens_per_s"] = json!(cost.prompt_rate());
    figures["completion_tokens_per_s"] = json!(cost.completion_rate());
}

fn outcome(ending: &Ending) -> &'static str {
    match ending {
        Ending::Proposed { verified: Some(true) } => "verified",
        Ending::Proposed { verified: Some(false) } => "verification_failed",
        Ending::Proposed { verified: None } => "proposed",
        Ending::NoUsableReply(_) => "no_usable_reply",
        Ending::TimeUp => "time_up",
        Ending::Cancelled => "interrupted",
    }
}

/// The proposal and how it was tested, if there is one.
fn headline(report: &Report) -> String {
    let Some(id) = &report.proposal else { return String::new() };
    let mut text = format!("proposal {id}");
    for (when, run) in [("before", &report.before), ("after", &report.after)] {
        if let Some(run) = run {
            let word = match (run.passed, run.exit) {
                (true, Some(0)) => "passed",
                (true, _) => "passed, but for tests that failed before and are not about this",
                (false, _) => "failed",
            };
            text.push_str(&format!("   test {when}: {word}"));
        }
    }
    if let Some(others) = &report.others {
        text.push_str(&format!("\nother tests: {others}"));
    }
    let worked = report.looped.as_ref().map(|it| verification::worked(it) + "\n");
    text + "\n" + &worked.unwrap_or_default() + &without_a_model(report)
}

/// What a person can do with it.
fn to_do(report: &Report, applied: bool) -> String {
    match &report.proposal {
        None => String::new(),
        Some(_) if applied => {
            "applied to the work tree; take it back with `countersign undo`\n".to_owned()
        }
        Some(id) => {
            format!("the work tree is untouched; decide with `countersign review {id}`\n")
        }
    }
}

/// Where a change comes from that no model made, and what else would do.
fn without_a_model(report: &Report) -> String {
    let Some(Repaired { tried, passing }) =
        report.repaired.as_ref().filter(|_| report.cost.requests + report.cost.recorded == 0)
    else {
        return String::new();
    };
    let mut text = format!("found among {tried} small changes, without the model\n");
    for other in passing.iter().skip(1) {
        text.push_str(&format!("  the tests pass too with {}\n", printable(other)));
    }
    text
}

/// One line of figures: time to the first token, rates, tokens, total.
pub(super) fn figures(cost: &Cost, seconds: f64) -> String {
    let mut parts = Vec::new();
    if let Some(seconds) = cost.first_token_s {
        parts.push(format!("first token after {seconds:.1} s"));
    }
    let rate =
        |rate: Option<f64>| rate.map(|rate| format!(" at {rate:.0} tok/s")).unwrap_or_default();
    parts.push(format!(
        "read {}{}",
        cost.prompt_tokens.saturating_sub(cost.cached_tokens),
        rate(cost.prompt_rate())
    ));
    if cost.cached_tokens.0 > 0 {
        parts.push(format!("{} cached", cost.cached_tokens));
    }
    parts.push(format!("wrote {}{}", cost.completion_tokens, rate(cost.completion_rate())));
    parts.push(format!("{} request{}", cost.requests, if cost.requests == 1 { "" } else { "s" }));
    if cost.recorded > 0 {
        let plural = if cost.recorded == 1 { "" } else { "s" };
        parts.push(format!("{} recorded answer{plural}", cost.recorded));
    }
    parts.push(format!("{seconds:.1} s in all"));
    format!("{}\n", parts.join(" · "))
}
