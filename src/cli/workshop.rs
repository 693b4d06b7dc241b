//! What every task of a model needs: roles and prompts, an engine, an index that is up to date.

use std::time::{Duration, Instant};

use crate::cli::{Context, Failure, index, roles};
use crate::config::Config;
use crate::model::{Cancel, Engine};
use crate::session::{Desk, Observer, SessionError, Terms, Workshop};

/// Who works with tools.
pub(super) const AGENT: &str = "agent";

/// Opens an engine; it is given the model of the role, if that has one.
pub(super) type OpenEngine<'a> = &'a dyn Fn(Option<&str>) -> Result<Box<dyn Engine>, Failure>;

/// What is done in a workshop.
pub(super) type Work<'a, T> =
    &'a mut dyn FnMut(&Workshop<'_>, &mut dyn Observer) -> Result<T, SessionError>;

/// Loads all of it and has `work` done with it by `team`, or by the one that works by default.
pub(super) fn open<T>(
    context: &Context,
    place: &Desk,
    (engine, team): (OpenEngine<'_>, Option<&str>),
    cancel: &Cancel,
    observer: &mut dyn Observer,
    work: Work<'_, T>,
) -> Result<T, Failure> {
    let (roles, templates) = roles::load(context, Some(place.repo().root()))?;
    let agent = roles.get(AGENT).map_err(|error| Failure::new(error.to_string()))?;
    let crew = roles::crew(context, Some(place.repo().root()), team, &roles)?;
    let coder = crew.writer();
    observer.begins("load the model");
    let engine = engine(coder.role.model.as_deref())?;
    observer.begins("index");
    let fresh = index::fresh(context, place.repo(), &|| cancel.is_cancelled())?;
    index::say_unfinished(context, &fresh.report);
    let workshop = Workshop {
        desk: place,
        index: &fresh.index,
        history: &fresh.history,
        engine: engine.as_ref(),
        coder,
        agent,
        crew: &crew,
        templates: &templates,
    };
    Ok(work(&workshop, observer)?)
}

/// How a model is asked for something small that was wanted at `started`, by the configuration.
pub(super) fn terms(context: &Context, started: Instant) -> Result<Terms, Failure> {
    let Config { model, propose, .. } = context.config()?;
    let limit = Some(propose.time_limit_s).filter(|seconds| *seconds > 0);
    Ok(Terms {
        temperature: model.temperature,
        top_p: model.top_p,
        seed: model.seed,
        answer_tokens: model.max_tokens,
        deadline: limit.and_then(|seconds| started.checked_add(Duration::from_secs(seconds))),
        started,
    })
}
