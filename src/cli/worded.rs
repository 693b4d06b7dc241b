//! Tasks of `propose` that a tool carries out: no model is loaded, and none is asked.

use crate::agent::{Ending, Step, step};
use crate::cli::index::looked_up;
use crate::cli::refactored;
use crate::cli::{Context, ExitCode, Failure, printable};
use crate::model::Cancel;
use crate::retrieval::{self, Definition, Filter, Reach};
use crate::session::{self, Cost, Desk, Refactored, Report, Testing};
use crate::syntax::{Symbol, SymbolKind};

/// What came of a task whose words leave nothing to a model; `None` for every other.
pub(super) fn carried_out(
    context: &Context,
    place: &Desk,
    text: &str,
    test: Option<&str>,
    cancel: &Cancel,
) -> Result<Option<Report>, Failure> {
    let testing = test.map_or(Testing::Found, |line| Testing::Given(line.to_owned()));
    let Some(step) = step(text) else {
        return threaded(context, place, text, &testing, cancel);
    };
    let done = match &step {
        Step::Rename { old, new, from } => {
            let index = looked_up(context, place.repo())?;
            let defined = retrieval::definitions(&index, old, &Filter::default())?;
            // What is made of the thing itself, `f = wrapped(module.f)`, has its name for its sake.
            let derived = |it: &&Definition| is_made_of_itself(&it.symbol);
            let all = retrieval::things(&defined);
            let own: Vec<&Definition> = all.iter().filter(|it| !derived(it)).copied().collect();
            let [only] = own.as_slice() else {
                return Ok(left(context, &format!("{} things are named `{old}`", own.len())));
            };
            let all = all.len() > 1;
            if from.as_deref().is_some_and(|from| !session::is_meant(&only.path, from)) {
                return Ok(left(context, &format!("`{old}` is defined in {}", only.path)));
            }
            match retrieval::rename(&index, [old, new], all, Reach::Code)? {
                Err(why) => return Ok(left(context, &why.to_string())),
                Ok(renaming) => {
                    session::propose_renaming(place, &renaming, new, Some(text), &testing, cancel)?
                }
            }
        }
        Step::Move { .. } => match session::worded_move(place, &step)? {
            Err(why) => return Ok(left(context, &why)),
            Ok(moved) => {
                let done = session::propose_move(place, &moved, Some(text), &testing, cancel)?;
                for doubt in &moved.doubts {
                    context.out.say(&format!("look at {}", printable(&doubt.to_string())));
                }
                done
            }
        },
    };
    for name in &done.broken {
        context.out.say(&format!("fails with it: {}", printable(name)));
    }
    Ok(Some(report(context, done)))
}

/// Parameters that words ask for, where what they stand for says what they do.
fn threaded(
    context: &Context,
    place: &Desk,
    text: &str,
    testing: &Testing,
    cancel: &Cancel,
) -> Result<Option<Report>, Failure> {
    let followed = match session::worded_threading(place, text)? {
        None => return Ok(None),
        Some(Err(why)) => return Ok(left(context, &why)),
        Some(Ok(followed)) => followed,
    };
    let Some(done) = session::propose_threading(place, &followed, text, testing, cancel)? else {
        return Ok(left(context, "a test fails where only what was said is done"));
    };
    for line in &followed.done {
        context.out.say(&printable(line));
    }
    for doubt in &followed.doubts {
        context.out.say(&format!("look at {}", printable(&doubt.to_string())));
    }
    Ok(Some(report(context, done)))
}

/// Whether a constant or variable is worth something that has its name.
fn is_made_of_itself(symbol: &Symbol) -> bool {
    let value = matches!(symbol.kind, SymbolKind::Constant | SymbolKind::Variable);
    let inner = |c: char| c.is_alphanumeric() || c == '_';
    let words = symbol.signature.split(|c: char| !inner(c));
    value && words.filter(|word| *word == symbol.name).count() > 1
}

/// Says why a tool did not do it; the model is asked then.
fn left(context: &Context, why: &str) -> Option<Report> {
    context.out.say(&format!("a model is asked, since this is not plain: {}", printable(why)));
    None
}

fn report(context: &Context, done: Refactored) -> Report {
    let ending = match refactored::code(&done) {
        ExitCode::Interrupted => Ending::Cancelled,
        ExitCode::Unverified => Ending::Proposed { verified: Some(false) },
        _ => Ending::Proposed { verified: done.verified().filter(|passed| *passed) },
    };
    Report {
        task: done.task,
        ending,
        proposal: Some(done.proposal),
        before: done.before,
        after: done.after,
        others: None,
        repaired: None,
        looped: None,
        cost: Cost::default(),
        seconds: context.started.elapsed().as_secs_f64(),
    }
}
