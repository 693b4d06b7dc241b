//! What is the next step?
//!
//! Roles say who does what; a pure machine says what comes next: an [`Input`] in, [`Effect`]s out. There
//! are two: [`Machine`] leads a small model through a pipeline, [`Looping`] lets one work with tools.
//! Nothing here reads, asks, runs or writes anything.

mod answer;
mod answer_form;
mod choice;
mod crew;
mod diff;
mod looping;
mod machine;
mod numbered;
mod places;
mod plan;
mod preference;
mod remarks;
mod reviews;
mod rights;
mod role;
mod roles;
mod steps;
mod team;
mod team_mistakes;
mod teams;
mod threading;
mod tools;
mod turns;
mod validate;

pub use answer::{Answer, Dropped, Quote};
pub use answer_form::answer_form;
pub use choice::{Attempt, Behaviour, Drafted};
pub use crew::{Crew, CrewError, Duty, Seat, Turns};
pub use diff::{DiffLine, NumberedDiff};
pub use looping::{Bounds, Heard, Looping, Said, Seen, Telling, Wish};
pub use machine::{Approach, Effect, Ending, Feedback, Input, Machine, Plan, TestResult, Turn};
pub use numbered::{Numbered, numbered};
pub use places::{chosen, places_form};
pub use plan::{Planned, plan_form, planned};
pub use preference::Preference;
pub use remarks::{Remark, Remarks, Severity, remarks_form};
pub use role::{Budget, Contract, Reads, Role, TemplateNames};
pub use roles::{Known, LeftOut, RoleError, Roles};
pub use steps::{Step, step};
pub use team::{Given, MONITOR, Member, Situation, Team, Verifies, When};
pub use team_mistakes::team_mistakes;
pub use teams::{KnownTeam, SOLO, Teams};
pub use threading::{threading, whole_threading};
pub use tools::{Act, Change, Part, gist, offered, read_call, tool_name, tool_names};
pub use validate::{Mistake, Surroundings, mistakes};
