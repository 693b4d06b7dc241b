//! What does a person see while it works?
//!
//! The interactive program: a prompt and the timeline of a session (the desk), what the model sees (the
//! context), and the proposals that wait. `update` changes the state and names effects, `view` draws it,
//! and neither does I/O; `run` reads keys and news and has effects carried out by a [`Backstage`]. What is
//! decided about a proposal is decided in `review`, on the same terminal.

mod candidates;
mod card;
mod desk;
mod dialogs;
mod finder;
mod job;
mod keys;
mod lists;
mod live;
mod msg;
mod news;
mod palette;
mod proposals;
mod quiet;
mod run;
mod sources;
mod state;
#[cfg(test)]
mod testing;
mod timeline;
mod update;
mod view;

pub use job::{End, Job, ModelLine, News, ProposalRow, Target};
pub use run::{Backstage, ConsoleError, Start, run};
