//! `countersign check --review`: what a model finds in the change, beside what the rules find.

use std::time::Duration;

use crate::cli::progress::Progress;
use crate::cli::report::figures;
use crate::cli::{Context, ExitCode, Failure, desk, interrupt, printable, roles};
use crate::config::Config;
use crate::hooks::{Report, Rule};
use crate::repo::FileChange;
use crate::repo::changes::Changes;
use crate::session::{self, Observer, Respondent, ReviewRequest};

/// Who reads.
const ROLE: &str = "reviewer";

/// Has the change read, and adds what was found to `report`. A file in which there may be a secret is
/// shown to no model.
pub(super) fn review(
    context: &Context,
    what: &str,
    changes: &Changes,
    report: &mut Report,
) -> Result<(), Failure> {
    let cancel = interrupt::watch()?;
    let place = desk::open(context)?;
    let (roles, templates) = roles::load(context, Some(place.repo().root()))?;
    let role = roles.get(ROLE).map_err(|error| Failure::new(error.to_string()))?;
    let has_secret = |change: &&FileChange| {
        let is = |rule| rule == Rule::Secret;
        report.findings.iter().any(|it| is(it.rule) && it.path == change.path)
    };
    let (secret, shown): (Vec<&FileChange>, Vec<&FileChange>) =
        changes.files.iter().partition(has_secret);
    let shown: Vec<FileChange> = shown.into_iter().cloned().collect();
    let secret: Vec<String> =
        secret.iter().map(|it| format!("{} (it may hold a secret)", it.path)).collect();
    let mut observer = Progress::new(context.out);
    observer.begins("load the model");
    let engine = desk::engine(context, &place, role.role.model.as_deref(), &cancel)?;
    let Config { model, propose, .. } = context.config()?;
    let limit = Some(propose.time_limit_s).filter(|seconds| *seconds > 0);
    let request = ReviewRequest {
        what,
        changes: &shown,
        temperature: model.temperature,
        top_p: model.top_p,
        seed: model.seed,
        prompt_tokens: propose.context_tokens,
        answer_tokens: model.max_tokens,
        deadline: limit.map(|seconds| context.started + Duration::from_secs(seconds)),
        started: context.started,
    };
    let respondent = Respondent { engine: engine.as_ref(), role, templates: &templates };
    let mut reviewed = session::review(&place, respondent, &request, &cancel, &mut observer)?;
    drop(observer);
    reviewed.unread.extend(secret);
    for it in &reviewed.unread {
        context.out.warn(&format!("{} was read by no model", printable(it)));
    }
    for it in &reviewed.dropped {
        let (said, why) = (printable(&it.said), printable(&it.why));
        context.out.warn(&format!("dropped what the model said: `{said}`: {why}"));
    }
    context.out.say(figures(&reviewed.cost, reviewed.seconds).trim_end());
    let whole = reviewed.whole;
    report.add(reviewed);
    match whole {
        true => Ok(()),
        false if cancel.by_person() => {
            Err(Failure::new("interrupted before all of it was read").code(ExitCode::Interrupted))
        }
        false => Err(Failure::new("the time limit was reached before all of it was read")
            .code(ExitCode::BudgetSpent)
            .hint("give more time with `--time-limit`")),
    }
}
