//! What loading a model would come to, without loading it.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

use serde::Serialize;

use crate::base::Tokens;
use crate::model::local::header;
use crate::model::local::load::{self, Settings};
use crate::model::local::memory::Estimate;
use crate::model::local::options::CellType;
use crate::model::local::placement::Placement;
use crate::model::local::plan::Plan;

/// How a model would be loaded here and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Outlook {
    /// Tokens that prompt and answer share.
    pub context: Tokens,
    pub cells: CellType,
    /// Whether weights stand in memory a second time, in the order that is best to write with.
    pub copies: bool,
    pub placement: Placement,
    pub estimate: Estimate,
}

/// How the model at `path` would be loaded; none where its head does not say enough, or the settings
/// do not go with it.
pub fn outlook(path: &Path, settings: &Settings) -> Option<Outlook> {
    let plan = Plan::of(&header::check(path).ok()?, settings, &load::free()).ok()?;
    let Plan { context, cells, copies, placement, estimate, .. } = plan;
    Some(Outlook { context, cells, copies, placement, estimate: estimate? })
}

impl Display for Outlook {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let megabytes = self.estimate.total().div_ceil(1_000_000);
        let (context, cells) = (self.context, self.cells);
        write!(f, "{}; {megabytes} MB with {context} of context in {cells}", self.placement)?;
        if self.copies { Ok(()) } else { f.write_str(", writing more slowly for want of memory") }
    }
}
