//! What is wrong with a team's file, told so that it can be put right: the line, the field, the remedy.

use crate::agent::crew::{Crew, Duty};
use crate::agent::teams::more_than;
use crate::agent::validate::{Mistake, line_of, unreadable};
use crate::agent::{CrewError, Given, Roles, Team, Teams, Verifies};
use crate::base::{Digest, near};

/// Most mendings: a task has to end.
const MOST_ROUNDS: u32 = 10;

/// Reads the team that `text` declares, and says what is wrong with it, first to last. `bounds` are the
/// teams that it may not exceed, where a repository declares it.
pub fn team_mistakes(text: &str, roles: &Roles, bounds: Option<&Teams>) -> Vec<Mistake> {
    let team: Team = match serde_yaml_ng::from_str(text) {
        Ok(team) => team,
        Err(error) => return vec![unreadable(&error, "team show pair")],
    };
    let mut found = Found { text, mistakes: Vec::new() };
    found.words(&team);
    match Crew::of(&team, Digest::zero(), roles) {
        Ok(crew) => found.hands(&crew),
        Err(error) => found.crew(&error, &team, roles),
    }
    if let Some(teams) = bounds {
        found.rights(&team, teams);
    }
    found.mistakes.sort_by_key(|it| it.line);
    found.mistakes
}

struct Found<'a> {
    text: &'a str,
    mistakes: Vec<Mistake>,
}

impl Found<'_> {
    fn add(&mut self, line: Option<usize>, field: &str, what: String, remedy: &str) {
        let (field, remedy) = (field.to_owned(), remedy.to_owned());
        self.mistakes.push(Mistake { line, field, what, remedy });
    }

    fn field(&mut self, field: &str, what: &str, remedy: &str) {
        self.add(line_of(self.text, field), field, what.to_owned(), remedy);
    }

    /// The line where a member stands.
    fn member(&self, role: &str) -> Option<usize> {
        let is = |line: &str| {
            let rest = line.trim_start().trim_start_matches("- ").trim_start();
            let name = rest.strip_prefix("role").and_then(|it| it.trim_start().strip_prefix(':'));
            let quotes = |c: char| c == '"' || c == '\'';
            name.is_some_and(|name| name.trim().trim_matches(quotes) == role)
        };
        self.text.lines().position(is).map(|at| at + 1)
    }

    fn words(&mut self, team: &Team) {
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if team.name.is_empty() || !team.name.chars().all(is_word) {
            self.field("name", "it is no name", "use letters from a to z, digits and `-`");
        }
        if team.purpose.trim().is_empty() {
            self.field("purpose", "it is empty", "say in one sentence what the team is for");
        }
        if !team.verifies.contains(&Verifies::Syntax) {
            let what = "it leaves out `syntax`, which is looked at in any case";
            self.field("verifies", what, "write `verifies: [syntax, tests]`, or `[syntax]`");
        }
        if !(0.0..=1.0).contains(&team.time_share) {
            self.field("time_share", "it is no share", "choose from 0 to 1");
        }
        if team.rounds > MOST_ROUNDS {
            self.field("rounds", "it is out of range", "choose from 0 to 10");
        }
    }

    /// Who is handed too little to work, or what there is nobody to give.
    fn hands(&mut self, crew: &Crew) {
        use Given::{Draft, Findings, Places, Plan, Task, Tests};
        for seat in &crew.seats {
            let (needs, takes): (&[Given], &[Given]) = match seat.duty {
                Duty::Locate | Duty::Plan => (&[Task, Places], &[]),
                Duty::Write => (&[Task, Places], &[Tests, Plan]),
                Duty::Review => (&[Draft], &[Task]),
                Duty::Fix => (&[Draft], &[Tests, Findings]),
                Duty::Watch => (&[], &[]),
            };
            let (role, given) = (&seat.member.role, &seat.member.given);
            let line = self.member(role);
            for what in needs.iter().filter(|what| !given.contains(what)) {
                let what = format!("`{role}` cannot work without `{}`", word(*what));
                self.add(line, "given", what, &format!("write `given: {}`", list(needs)));
            }
            for what in given.iter().filter(|it| !needs.contains(it) && !takes.contains(it)) {
                let what = format!("`{role}` has no use for `{}`", word(*what));
                self.add(line, "given", what, "leave it out");
            }
            let giver = |what, duty| given.contains(&what) && crew.seat(duty).is_none();
            let nobody = match () {
                () if giver(Findings, Duty::Review) => Some("findings"),
                () if giver(Plan, Duty::Plan) => Some("plan"),
                () => None,
            };
            if let Some(nobody) = nobody {
                let what = format!("nobody in the team gives `{nobody}` to `{role}`");
                self.add(line, "given", what, "leave it out, or add who gives it");
            }
        }
    }

    fn crew(&mut self, error: &CrewError, team: &Team, roles: &Roles) {
        let known = |role: &String| role == super::MONITOR || roles.get(role).is_ok();
        let unknown = team.members.iter().map(|member| &member.role).find(|role| !known(role));
        let (line, remedy) = match (error, unknown) {
            (CrewError::Role(_), Some(role)) => {
                let names = roles.all().iter().map(|it| it.role.name.as_str());
                let remedy = match near(names, role, 1).first() {
                    Some(name) => format!("write `{name}`"),
                    None => "`countersign role list` shows those that there are".to_owned(),
                };
                (self.member(role), remedy)
            }
            (CrewError::Twice { second, .. }, _) => {
                (self.member(second), "leave one of them out".to_owned())
            }
            (CrewError::Order { role, after, .. }, _) => {
                (self.member(role), format!("put it behind `{after}`"))
            }
            (CrewError::Useless { role }, _) => (self.member(role), "leave it out".to_owned()),
            _ => (line_of(self.text, "members"), "add `- role: coder`".to_owned()),
        };
        self.add(line, "members", error.to_string(), &remedy);
    }

    fn rights(&mut self, team: &Team, teams: &Teams) {
        let remedy = "move the file to `teams/` in your own configuration";
        match teams.get(&team.name) {
            None => {
                let what =
                    format!("there is no team `{}`, and a repository cannot add one", team.name);
                self.add(line_of(self.text, "name"), "name", what, remedy);
            }
            Some(base) => {
                if let Some(what) = more_than(team, &base.team) {
                    let field = what.split('`').nth(1).unwrap_or_default().to_owned();
                    let line = line_of(self.text, &field);
                    self.add(line, &field, what, remedy);
                }
            }
        }
    }
}

/// How a team's file writes it.
fn word(given: Given) -> String {
    let value = serde_json::to_value(given).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn list(given: &[Given]) -> String {
    format!("[{}]", given.iter().map(|it| word(*it)).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::agent::teams::SHIPPED;

    fn told(text: &str, bounds: Option<&Teams>) -> Vec<String> {
        let roles = Roles::shipped().unwrap();
        let line = |line: Option<usize>| line.map(|it| it.to_string()).unwrap_or_default();
        team_mistakes(text, &roles, bounds)
            .into_iter()
            .map(|it| format!("{} {}: {}; {}", line(it.line), it.field, it.what, it.remedy))
            .collect()
    }

    #[track_caller]
    fn check(old: &str, new: &str, expected: &str) {
        let pair = SHIPPED.iter().find(|(name, _)| *name == "pair").unwrap().1;
        assert!(pair.contains(old), "{old}");
        let told = told(&pair.replacen(old, new, 1), None);
        assert!(told.iter().any(|it| it.contains(expected)), "{expected}: {told:?}");
    }

    #[test]
    fn shipped_teams_have_no_mistakes() {
        for (name, text) in SHIPPED {
            assert_eq!(told(text, None), [""; 0], "{name}");
        }
    }

    #[test]
    fn each_mistake_is_told_with_its_line_and_its_remedy() {
        check("name: pair", "name: My pair", "2 name: it is no name");
        check("purpose: One", "purpos: One", "unknown field `purpos`");
        check("purpose: One", "purpos: One", "write `purpose`");
        check("when: no test fails", "when: now", "12 now: members[1].when: unknown variant");
        check("role: reviewer", "role: reviwer", "10 members: there is no role `reviwer`");
        check("role: reviewer", "role: reviwer", "write `reviewer`");
        check("[task, draft]", "[task]", "10 given: `reviewer` cannot work without `draft`");
        check("[task, draft]", "[draft, findings]", "`reviewer` has no use for `findings`");
        check("[task, places, tests]", "[task, places, plan]", "nobody in the team gives `plan`");
        check("role: fixer", "role: reviewer", "`reviewer` and `reviewer` of the team `pair`");
        check("[syntax, tests]", "[tests]", "verifies: it leaves out `syntax`");
        check("time_share: 0.7", "time_share: 7", "time_share: it is no share");
        check("rounds: 1", "rounds: 99", "rounds: it is out of range");
    }

    #[test]
    fn a_repository_is_told_what_it_cannot_set() {
        let teams = Teams::shipped().unwrap();
        let pair = SHIPPED.iter().find(|(name, _)| *name == "pair").unwrap().1;
        let told = |old: &str, new: &str| told(&pair.replace(old, new), Some(&teams));
        assert!(told("rounds: 1", "rounds: 2").iter().any(|it| it.contains("`rounds` is larger")));
        assert!(told("name: pair", "name: ours").iter().any(|it| it.contains("cannot add one")));
    }

    proptest! {
        #[test]
        fn no_team_file_panics(text in "(name|members|role|given|when|: |- |\\[|\\]|\n|  |[ -~]){0,60}") {
            let _ = told(&text, None);
            let _ = told(&format!("{}{text}", SHIPPED[1].1), None);
        }
    }
}
