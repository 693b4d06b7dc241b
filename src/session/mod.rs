//! Who does it?
//!
//! The loop that turns a task into a proposal: the machine of `agent` says what comes next, `run`
//! does it (`find` locates, `open` packs, `round` asks, `draft` applies, `trial` tests), `record`
//! writes it down and shows it. Where the model works
//! with tools, `looping` does what its controller wishes. `resume` goes on with what a journal holds of a task (`past`), its
//! answers and outputs in the place of new ones (`recall`). `checks` runs the project's own tests on a
//! change, `ask` answers a question. The only room that writes the journal.

mod alike;
mod approval;
mod arguments;
mod ask;
mod asking;
mod begun;
mod broken;
mod callers;
mod checks;
mod claim;
mod command;
mod decide;
mod departure;
mod docs;
mod draft;
mod driver;
mod editor;
mod evidence;
mod examples;
mod explained;
mod find;
mod kept;
mod looping;
mod members;
mod natural;
mod open;
mod part;
mod past;
#[cfg(test)]
mod people;
mod places;
mod practice;
mod practice_tools;
mod read;
mod reading;
mod recall;
mod record;
mod refactor;
mod rename;
mod repair;
mod report;
mod rests;
mod resume;
mod review;
mod revise;
mod round;
mod run;
mod scratch;
mod selection;
mod suspects;
mod sent;
mod single;
mod tester;
#[cfg(test)]
mod testing;
mod told;
mod trial;
mod terms;
mod test_commands;
mod trouble;
mod verify;
mod wider;
mod worded;

pub use approval::{Approval, Question as Approvable, Witness};
pub use ask::{Answered, Cited, Outcome, Question, Respondent, ask};
pub use callers::Callers;
pub use checks::{Checked, Checks, Record};
pub use claim::Claim;
pub use decide::{DecideError, Desk, recover};
pub use docs::{
    DocsError, DocsReport, Documented, Documenter, Undocumented, undocumented, write_docs,
};
pub use driver::{Request, SessionError, Way, Workshop, propose};
pub use editor::{EditorError, edit};
pub use evidence::{Evidence, Outside, Ran, Ruled, Shown, Step, evidence};
pub use explained::{Explained, explained};
pub use past::{Past, PastError, Standing};
pub use places::{Library, Places, places};
pub use practice::{exercises, practise};
pub use practice_tools::{practise_tools, tool_exercises};
pub use record::Observer;
pub use refactor::{
    Refactored, Testing, plan_move, propose_move, propose_renaming, propose_threading,
};
pub use repair::tells_of_a_mistake;
pub use report::{Cost, Looped, Repaired, Report, TestRun};
pub use rests::Rest;
pub use resume::{Replayed, absent, replay, resume, settled};
pub use review::{ReviewRequest, Reviewed, review};
pub use revise::{Revised, Revision, revise};
pub use selection::{Dropped as DroppedSource, Pin, Selection};
pub use sent::{keep_sent, sent};
pub use terms::Terms;
pub use test_commands::test_commands;
pub use tester::Outcome as TestsOutcome;
pub use tester::{
    Doubt, Survivor, Target, TargetError, Tested, TestsReport, TestsRequest, Writer, propose_tests,
    targets,
};
pub use told::told;
pub use worded::{is_meant, worded_move, worded_threading};
