//! What every task of a model needs: roles and prompts, an engine, an index that is up to date.

use crate::cli::{Context, Failure, index, roles};
use crate::model::{Cancel, Engine};
use crate::session::{Desk, Observer, SessionError, Workshop};

/// Who writes code, and who works with tools.
const ROLE: &str = "coder";
pub(super) const AGENT: &str = "agent";

/// Opens an engine; it is given the model of the role, if that has one.
pub(super) type OpenEngine<'a> = &'a dyn Fn(Option<&str>) -> Result<Box<dyn Engine>, Failure>;

/// What is done in a workshop.
pub(super) type Work<'a, T> =
    &'a mut dyn FnMut(&Workshop<'_>, &mut dyn Observer) -> Result<T, SessionError>;

/// Loads all of it and has `work` done with it.
pub(super) fn open<T>(
    context: &Context,
    place: &Desk,
    engine: OpenEngine<'_>,
    cancel: &Cancel,
    observer: &mut dyn Observer,
    work: Work<'_, T>,
) -> Result<T, Failure> {
    let (roles, templates) = roles::load(context, Some(place.repo().root()))?;
    let coder = roles.get(ROLE).map_err(|error| Failure::new(error.to_string()))?;
    let agent = roles.get(AGENT).map_err(|error| Failure::new(error.to_string()))?;
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
        templates: &templates,
    };
    Ok(work(&workshop, observer)?)
}
