//! The teams that there are: those that ship, with a person's and a repository's own laid over them.
//!
//! A person may change everything and add teams. A repository may word a team anew and let it do less;
//! it gains it nothing, and a file that tries is left out and named.

use crate::agent::{Crew, CrewError, LeftOut, RoleError, Roles, Team, Verifies, When};
use crate::base::Digest;
use crate::config::{OwnedText, Owner};

/// The team that works where no other is asked for.
pub const SOLO: &str = "solo";

/// A team and where it comes from.
#[derive(Clone, Debug)]
pub struct KnownTeam {
    pub team: Team,
    /// `shipped`, or the file.
    pub origin: String,
    /// Names this version of its file.
    pub digest: Digest,
}

/// All teams.
#[derive(Clone, Debug, Default)]
pub struct Teams {
    known: Vec<KnownTeam>,
}

/// The files that the binary carries.
pub(super) const SHIPPED: &[(&str, &str)] = &[
    ("solo", include_str!("../../prompts/teams/solo.yaml")),
    ("pair", include_str!("../../prompts/teams/pair.yaml")),
    ("full", include_str!("../../prompts/teams/full.yaml")),
];

impl Teams {
    /// The teams that the binary carries.
    pub fn shipped() -> Result<Self, RoleError> {
        let known = SHIPPED.iter().map(|(name, text)| {
            let team = serde_yaml_ng::from_str(text)
                .map_err(|source| RoleError::Wrong { name: (*name).to_owned(), source })?;
            Ok(KnownTeam { team, origin: "shipped".into(), digest: Digest::of(text.as_bytes()) })
        });
        Ok(Self { known: known.collect::<Result<_, RoleError>>()? })
    }

    /// The shipped teams with `texts` laid over them in their order; what is wrong with a text leaves
    /// it out.
    pub fn load(texts: &[OwnedText]) -> Result<(Self, Vec<LeftOut>), RoleError> {
        let mut teams = Self::shipped()?;
        let mut left_out = Vec::new();
        for text in texts {
            if let Err(why) = teams.lay(text) {
                left_out.push(LeftOut { place: text.place.display().to_string(), why });
            }
        }
        Ok((teams, left_out))
    }

    fn lay(&mut self, text: &OwnedText) -> Result<(), String> {
        let said = text.text.as_ref().map_err(Clone::clone)?;
        let team: Team = serde_yaml_ng::from_str(said).map_err(|error| error.to_string())?;
        let there = self.known.iter_mut().find(|it| it.team.name == team.name);
        if text.owner == Owner::Repository {
            let Some(there) = &there else {
                let name = &team.name;
                return Err(format!("there is no team `{name}`, and a repository cannot add one"));
            };
            if let Some(why) = more_than(&team, &there.team) {
                return Err(why);
            }
        }
        let (origin, digest) = (text.place.display().to_string(), Digest::of(said.as_bytes()));
        let known = KnownTeam { team, origin, digest };
        match there {
            Some(there) => *there = known,
            None => self.known.push(known),
        }
        Ok(())
    }

    /// The team `name`.
    pub fn get(&self, name: &str) -> Option<&KnownTeam> {
        self.known.iter().find(|it| it.team.name == name)
    }

    /// All of them: the shipped ones first.
    pub fn all(&self) -> &[KnownTeam] {
        &self.known
    }
}

impl KnownTeam {
    /// The team with its roles.
    pub fn crew(&self, roles: &Roles) -> Result<Crew, CrewError> {
        Crew::of(&self.team, self.digest, roles)
    }
}

/// What `team` does that `base` does not, in words; none where it does as much or less.
pub(super) fn more_than(team: &Team, base: &Team) -> Option<String> {
    let is = |field: &str, why: &str| Some(format!("`{field}` {why}; a repository cannot set it"));
    for member in &team.members {
        let Some(known) = base.members.iter().find(|known| known.role == member.role) else {
            return is("members", &format!("adds `{}`", member.role));
        };
        if member.given.iter().any(|it| !known.given.contains(it)) {
            return is("given", &format!("hands `{}` more", member.role));
        }
        if known.when != When::Always && known.when != member.when {
            return is("when", &format!("gives `{}` other turns", member.role));
        }
    }
    if base.verifies.iter().any(|it: &Verifies| !team.verifies.contains(it)) {
        return is("verifies", "asks for less");
    }
    if team.rounds > base.rounds {
        return is("rounds", "is larger");
    }
    if team.time_share > base.time_share {
        return is("time_share", "is larger");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid(owner: Owner, old: &str, new: &str) -> (Teams, Vec<LeftOut>) {
        let shipped = SHIPPED.iter().find(|(name, _)| *name == "pair").unwrap().1;
        assert!(shipped.contains(old), "{old}");
        let text = Ok(shipped.replace(old, new));
        let text = OwnedText { owner, place: "x.yaml".into(), name: "x.yaml".into(), text };
        Teams::load(&[text]).unwrap()
    }

    #[test]
    fn the_shipped_teams_can_work() {
        let (teams, roles) = (Teams::shipped().unwrap(), Roles::shipped().unwrap());
        for (name, _) in SHIPPED {
            let known = teams.get(name).unwrap();
            assert_eq!(known.team.name, *name);
            assert_eq!(known.crew(&roles).unwrap().is_alone(), *name == SOLO);
        }
        let turns = teams.get(SOLO).unwrap().crew(&roles).unwrap().turns();
        assert_eq!(turns, crate::agent::Turns::default());
    }

    #[test]
    fn a_person_changes_and_adds_teams() {
        let (teams, left_out) = laid(Owner::User, "name: pair", "name: mine");
        assert!(left_out.is_empty() && teams.get("mine").is_some());
        let (teams, _) = laid(Owner::User, "rounds: 1", "rounds: 9");
        assert_eq!(teams.get("pair").unwrap().team.rounds, 9);
    }

    #[test]
    fn a_repository_gains_a_team_nothing() {
        let refused = |old: &str, new: &str, why: &str| {
            let (teams, left_out) = laid(Owner::Repository, old, new);
            assert_eq!(teams.get("pair").unwrap().origin, "shipped", "{new}");
            assert!(left_out[0].why.contains(why), "{}", left_out[0].why);
        };
        refused("name: pair", "name: mine", "cannot add");
        refused("name: pair", "name: solo", "`members` adds `reviewer`");
        refused("given: [task, draft]", "given: [task, draft, plan]", "`given`");
        refused("when: no test fails", "when: always", "`when`");
        refused("verifies: [syntax, tests]", "verifies: [syntax]", "`verifies`");
        refused("rounds: 1", "rounds: 2", "`rounds`");
        refused("time_share: 0.7", "time_share: 1.0", "`time_share`");
        let (teams, left_out) = laid(Owner::Repository, "rounds: 1", "rounds: 0");
        assert!(left_out.is_empty(), "{left_out:?}");
        assert_eq!(teams.get("pair").unwrap().team.rounds, 0);
    }
}
