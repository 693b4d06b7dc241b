//! In which way a task is worked on: as was said, or as was measured of the model.

use crate::cli::Context;
use crate::model::{Ability, ModelInfo, Store};
use crate::session::Way;

/// The way that `wanted` means for this model. `auto` lets it work with tools only where that was
/// measured to work.
pub(super) fn of(context: &Context, wanted: &str, info: &ModelInfo) -> Way {
    match wanted {
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
