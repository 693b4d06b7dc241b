//! A team with its roles: who does which of the things that a team can do.

use crate::agent::team::MONITOR;
use crate::agent::{Contract, Given, Known, Member, RoleError, Roles, SOLO, Team, Teams, When};
use crate::base::{Digest, Hint};

/// What a member does. It follows from what its role has to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// Chooses among the places that were found.
    Locate,
    /// Says what to do in which file.
    Plan,
    /// Writes the change.
    Write,
    /// Reads it.
    Review,
    /// Mends it.
    Fix,
    /// Ends what comes no nearer.
    Watch,
}

/// A member, its role and what it does.
#[derive(Clone, Debug)]
pub struct Seat {
    pub duty: Duty,
    pub member: Member,
    /// None for the one that is no role.
    pub role: Option<Known>,
}

/// A team that can work.
#[derive(Clone, Debug)]
pub struct Crew {
    pub team: Team,
    /// Names this version of its file.
    pub digest: Digest,
    /// In their order; no duty twice, and always one that writes.
    pub seats: Vec<Seat>,
    writer: Known,
}

/// Why a team cannot work.
#[derive(Debug, thiserror::Error)]
pub enum CrewError {
    #[error(transparent)]
    Role(#[from] RoleError),
    #[error("`{role}` cannot be in a team: what it gives is of no use there")]
    Useless { role: String },
    #[error("`{first}` and `{second}` of the team `{team}` do the same")]
    Twice { team: String, first: String, second: String },
    #[error("nobody in the team `{0}` writes the change")]
    NoWriter(String),
    #[error("`{role}` of the team `{team}` comes before `{after}`, whose work it needs")]
    Order { team: String, role: String, after: String },
}

impl Hint for CrewError {
    fn hint(&self) -> Option<String> {
        Some("`countersign team validate` says what to change in its file".into())
    }
}

/// What the controller has to know of a team: who has a turn, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    pub locator: Option<When>,
    pub planner: Option<When>,
    pub reviewer: Option<When>,
    pub fixer: Option<When>,
    pub monitor: bool,
    /// How often what a reviewer finds is mended at most.
    pub mendings: u32,
}

impl Crew {
    /// One who writes, and nobody beside.
    pub fn alone(roles: &Roles) -> Result<Self, CrewError> {
        let teams = Teams::shipped()?;
        teams.get(SOLO).ok_or_else(|| CrewError::NoWriter(SOLO.to_owned()))?.crew(roles)
    }

    /// `team` with its members' roles among `roles`.
    pub fn of(team: &Team, digest: Digest, roles: &Roles) -> Result<Self, CrewError> {
        let mut seats: Vec<Seat> = Vec::new();
        for member in &team.members {
            let seat = seat(member, roles, seats.iter().any(|it| it.duty == Duty::Write))?;
            let names = |other: &Seat| (other.member.role.clone(), member.role.clone());
            if let Some(other) = seats.iter().find(|other| other.duty == seat.duty) {
                let (first, second) = names(other);
                return Err(CrewError::Twice { team: team.name.clone(), first, second });
            }
            if let Some(later) = seats.iter().find(|other| other.duty > seat.duty) {
                let (role, after) = names(later);
                return Err(CrewError::Order { team: team.name.clone(), role, after });
            }
            seats.push(seat);
        }
        let writer = seats.iter().find(|seat| seat.duty == Duty::Write);
        let writer = writer.and_then(|seat| seat.role.clone());
        let writer = writer.ok_or_else(|| CrewError::NoWriter(team.name.clone()))?;
        Ok(Self { team: team.clone(), digest, seats, writer })
    }

    /// Who writes the change.
    pub fn writer(&self) -> &Known {
        &self.writer
    }

    /// Who does this, if somebody does.
    pub fn seat(&self, duty: Duty) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.duty == duty)
    }

    /// Whether who does this is handed that.
    pub fn hands(&self, duty: Duty, what: Given) -> bool {
        self.seat(duty).is_some_and(|seat| seat.member.given.contains(&what))
    }

    /// Whether there is nobody but the writer.
    pub fn is_alone(&self) -> bool {
        self.seats.len() == 1
    }

    /// What the controller has to know of it.
    pub fn turns(&self) -> Turns {
        let when = |duty| self.seat(duty).map(|seat| seat.member.when);
        Turns {
            locator: when(Duty::Locate),
            planner: when(Duty::Plan),
            reviewer: when(Duty::Review),
            fixer: when(Duty::Fix),
            monitor: self.seat(Duty::Watch).is_some(),
            mendings: self.team.rounds,
        }
    }
}

fn seat(member: &Member, roles: &Roles, is_written: bool) -> Result<Seat, CrewError> {
    if member.role == MONITOR {
        return Ok(Seat { duty: Duty::Watch, member: member.clone(), role: None });
    }
    let known = roles.get(&member.role)?;
    let duty = match known.role.contract {
        Contract::Files => Duty::Locate,
        Contract::Plan => Duty::Plan,
        Contract::Edits if !is_written => Duty::Write,
        Contract::Edits => Duty::Fix,
        Contract::Findings => Duty::Review,
        _ => return Err(CrewError::Useless { role: member.role.clone() }),
    };
    Ok(Seat { duty, member: member.clone(), role: Some(known.clone()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A team of these roles, and what is wrong with it.
    fn check(members: &[&str]) -> Result<Vec<Duty>, String> {
        let member = |role: &&str| Member {
            role: (*role).to_owned(),
            given: Vec::new(),
            when: When::Always,
        };
        let team = Team {
            name: "t".into(),
            version: 1,
            purpose: "Works.".into(),
            members: members.iter().map(member).collect(),
            verifies: Vec::new(),
            rounds: 1,
            time_share: 1.0,
        };
        let crew = Crew::of(&team, Digest::zero(), &Roles::shipped().unwrap());
        crew.map(|crew| crew.seats.iter().map(|seat| seat.duty).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_role_gives_says_what_it_does() {
        use Duty::{Fix, Locate, Plan, Review, Watch, Write};
        let all = ["locator", "planner", "coder", "reviewer", "fixer", "monitor"];
        assert_eq!(check(&all).unwrap(), [Locate, Plan, Write, Review, Fix, Watch]);
        assert_eq!(check(&["fixer"]).unwrap(), [Write], "whoever writes edits first writes");
    }

    #[test]
    fn a_team_that_cannot_work_is_none() {
        let wrong = |members: &[&str], why: &str| {
            let said = check(members).unwrap_err();
            assert!(said.contains(why), "{said}");
        };
        wrong(&[], "nobody in the team `t` writes");
        wrong(&["reviewer"], "nobody in the team `t` writes");
        wrong(&["reviewer", "coder"], "`reviewer` of the team `t` comes before `coder`");
        wrong(&["coder", "planner"], "`coder` of the team `t` comes before `planner`");
        wrong(&["coder", "fixer", "coder"], "do the same");
        wrong(&["coder", "explainer"], "`explainer` cannot be in a team");
        wrong(&["coder", "nobody"], "no role `nobody`");
    }
}
