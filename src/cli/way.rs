//! In which way a task is worked on: as was said, or as was measured of the model.

use crate::cli::workshop::AGENT;
use crate::cli::{Context, Failure, roles};
use crate::model::{Ability, ModelInfo, Store};
use crate::session::{Desk, Way};

/// The way that `wanted` means for this model. `auto` lets it work with tools only where that was
/// measured to work.
pub(super) fn of(context: &Context, wanted: &str, team: Option<&str>, info: &ModelInfo) -> Way {
    match wanted {
        // A team has its turns in the pipeline.
        "auto" if team.is_some() => Way::Pipeline,
        "pipeline" => Way::Pipeline,
        "loop" => Way::Loop,
        _ => {
            let ability = Store::open().ok().and_then(|store| Ability::of(&store, info));
            let Some(ability) = ability.filter(Ability::works) else { return Way::Pipeline };
            let Ability { passed, all, .. } = ability;
            context.out.say(&format!(
                "it works with tools: it did {passed} of {all} exercises; `--way pipeline` lets it not"
            ));
            Way::Loop
        }
    }
}

/// The model that the role which works with tools names for itself, where it is to work in any case.
pub(super) fn model_of_role(place: &Desk, wanted: &str) -> Result<Option<String>, Failure> {
    if wanted != "loop" {
        return Ok(None);
    }
    // Only a person may name one, so the repository's own roles say nothing here.
    let (roles, _) = roles::load_silently(Some(place.repo().root()))?;
    let known = roles.get(AGENT).map_err(|error| Failure::new(error.to_string()))?;
    Ok(known.role.model.clone())
}
