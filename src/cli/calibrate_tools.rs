//! The part of `countersign model calibrate` that tells whether a model can work with tools.

use crate::cli::{Context, ExitCode, Failure};
use crate::model::{Ability, Cancel, Engine, Store};
use crate::session;

/// Has `engine` do the exercises and keeps what came of them; nothing is kept of what was cut short.
pub(super) fn measured(
    context: &Context,
    store: &Store,
    engine: &dyn Engine,
    cancel: &Cancel,
) -> Result<Ability, Failure> {
    context.out.say("exercises with tools, until one fails");
    let ability = session::practise_tools(engine, cancel)?;
    if is_whole(&ability) {
        ability.keep(store, engine.info())?;
    }
    Ok(ability)
}

/// Does only this, and says what came of it.
pub(super) fn run(
    context: &Context,
    store: &Store,
    engine: &dyn Engine,
    cancel: &Cancel,
) -> Result<ExitCode, Failure> {
    let ability = measured(context, store, engine, cancel)?;
    match context.out.json {
        true => context.out.document(&ability)?,
        false => context.out.data(&text(&ability))?,
    }
    if cancel.by_person() {
        return Err(Failure::new("interrupted").code(ExitCode::Interrupted));
    }
    if !is_whole(&ability) {
        return Err(Failure::new("the time was up before this was known")
            .code(ExitCode::BudgetSpent)
            .hint("give more time with `--time SECONDS`"));
    }
    Ok(ExitCode::Done)
}

/// Whether it tells something: all were done, or one failed.
fn is_whole(ability: &Ability) -> bool {
    ability.works() || ability.passed < ability.tried
}

/// What came of them, in a line.
pub(super) fn text(ability: &Ability) -> String {
    let Ability { all, tried, passed, turns, seconds, .. } = ability;
    let so = match (ability.works(), is_whole(ability)) {
        (true, _) => "so `propose` lets it work with tools",
        (false, true) => "so `propose` leads it through the pipeline",
        (false, false) => "not all were tried, so nothing is kept of it",
    };
    format!(
        "  work with tools: {passed} of {tried} small tasks done, {all} in all, {turns} replies, {seconds:.0} s;\n     {so}\n"
    )
}
