//! What does the model see?
//!
//! Sources compete for a budget of tokens; what is kept and what is not is written down, and
//! nothing is ever cut silently. Prompts are templates in `prompts/`.

mod offer;
mod pack;
mod render;
mod turns;

pub use offer::{Offer, Purpose, Spot, offers};
pub use pack::{ContextPack, Entry, LeftOut, pack};
pub use render::{Failing, RenderError, Templates, View};
pub use turns::{beginning, kept_from};
