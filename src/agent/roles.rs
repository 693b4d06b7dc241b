//! The roles that there are: those that ship, with a person's and a repository's own laid over them.
//!
//! A person may change everything and add roles. A repository may change what a shipped role is told
//! and make it do less; it gains it no right, and a file that tries is left out and named.

use crate::agent::Role;
use crate::agent::rights::more_than;
use crate::base::Digest;
use crate::config::{OwnedText, Owner};

/// A role's file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    #[error("the role file `{name}` is wrong")]
    Wrong {
        name: String,
        #[source]
        source: serde_yaml_ng::Error,
    },
    #[error("there is no role `{0}`")]
    None(String),
}

/// A role and where it comes from.
#[derive(Clone, Debug)]
pub struct Known {
    pub role: Role,
    /// `shipped`, or the file.
    pub origin: String,
    /// Names this version of its file.
    pub digest: Digest,
}

/// A file that is not heeded, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub place: String,
    pub why: String,
}

/// All roles, by name.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    known: Vec<Known>,
}

/// The files that the binary carries.
pub(super) const SHIPPED: &[(&str, &str)] = &[
    ("agent", include_str!("../../prompts/roles/agent.yaml")),
    ("coder", include_str!("../../prompts/roles/coder.yaml")),
    ("explainer", include_str!("../../prompts/roles/explainer.yaml")),
    ("tester", include_str!("../../prompts/roles/tester.yaml")),
    ("reviewer", include_str!("../../prompts/roles/reviewer.yaml")),
    ("fixer", include_str!("../../prompts/roles/fixer.yaml")),
    ("planner", include_str!("../../prompts/roles/planner.yaml")),
    ("documenter", include_str!("../../prompts/roles/documenter.yaml")),
    ("reviser", include_str!("../../prompts/roles/reviser.yaml")),
    ("locator", include_str!("../../prompts/roles/locator.yaml")),
];

impl Roles {
    /// The roles that the binary carries.
    pub fn shipped() -> Result<Self, RoleError> {
        let known = SHIPPED.iter().map(|(name, text)| {
            let role = serde_yaml_ng::from_str(text)
                .map_err(|source| RoleError::Wrong { name: (*name).to_owned(), source })?;
            Ok(Known { role, origin: "shipped".into(), digest: Digest::of(text.as_bytes()) })
        });
        Ok(Self { known: known.collect::<Result<_, RoleError>>()? })
    }

    /// The shipped roles with `texts` laid over them in their order; what is wrong with a text leaves
    /// it out.
    pub fn load(texts: &[OwnedText]) -> Result<(Self, Vec<LeftOut>), RoleError> {
        let mut roles = Self::shipped()?;
        let mut left_out = Vec::new();
        for text in texts {
            if let Err(why) = roles.lay(text) {
                left_out.push(LeftOut { place: text.place.display().to_string(), why });
            }
        }
        Ok((roles, left_out))
    }

    fn lay(&mut self, text: &OwnedText) -> Result<(), String> {
        let said = text.text.as_ref().map_err(Clone::clone)?;
        let role: Role = serde_yaml_ng::from_str(said).map_err(|error| error.to_string())?;
        let known = Known {
            origin: text.place.display().to_string(),
            digest: Digest::of(said.as_bytes()),
            role,
        };
        let there = self.known.iter_mut().find(|it| it.role.name == known.role.name);
        match (there, text.owner) {
            (Some(there), Owner::User) => *there = known,
            (None, Owner::User) => self.known.push(known),
            (Some(there), Owner::Repository) => match more_than(&known.role, &there.role) {
                Some(why) => return Err(why),
                None => *there = known,
            },
            (None, Owner::Repository) => {
                return Err(format!(
                    "there is no role `{}`, and a repository cannot add one",
                    known.role.name
                ));
            }
        }
        Ok(())
    }

    /// The role `name`.
    pub fn get(&self, name: &str) -> Result<&Known, RoleError> {
        let found = self.known.iter().find(|it| it.role.name == name);
        found.ok_or_else(|| RoleError::None(name.to_owned()))
    }

    /// All of them: the shipped ones first.
    pub fn all(&self) -> &[Known] {
        &self.known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Contract;

    fn text(owner: Owner, text: &str) -> OwnedText {
        OwnedText { owner, place: "x.yaml".into(), name: "x.yaml".into(), text: Ok(text.into()) }
    }

    /// The explainer's shipped file with `old` replaced by `new`.
    #[track_caller]
    fn changed(old: &str, new: &str) -> String {
        let shipped = SHIPPED.iter().find(|(name, _)| *name == "explainer").unwrap().1;
        assert!(shipped.contains(old), "{old}");
        shipped.replace(old, new)
    }

    #[test]
    fn the_shipped_roles_are_sound() {
        let roles = Roles::shipped().unwrap();
        let coder = &roles.get("coder").unwrap().role;
        assert!(coder.warmer > 0.0 && !coder.dialects.is_empty());
        assert_eq!(roles.get("explainer").unwrap().role.contract, Contract::Answer);
        assert!(roles.get("nobody").is_err());
        for (name, _) in SHIPPED {
            assert_eq!(roles.get(name).unwrap().role.name, *name);
        }
    }

    #[test]
    fn a_person_changes_and_adds_roles() {
        let mine = changed("name: explainer", "name: mine");
        let other = changed("purpose: ", "purpose: Mine. ");
        let texts = [text(Owner::User, &mine), text(Owner::User, &other)];
        let (roles, left_out) = Roles::load(&texts).unwrap();
        assert!(left_out.is_empty());
        assert!(roles.get("mine").is_ok());
        assert!(roles.get("explainer").unwrap().role.purpose.starts_with("Mine."));
    }

    #[test]
    fn a_repository_gains_a_role_no_right() {
        let check = |said: String, why: &str| {
            let (roles, left_out) = Roles::load(&[text(Owner::Repository, &said)]).unwrap();
            assert_eq!(roles.get("explainer").unwrap().origin, "shipped", "{said}");
            assert!(left_out[0].why.contains(why), "{}", left_out[0].why);
        };
        check(changed("reads: [", "reads: [failure, "), "`reads`");
        check(changed("reads: [", "tools: [search]\nreads: ["), "`tools`");
        check(changed("reads: [", "dialects: [file]\nreads: ["), "`dialects`");
        check(changed("reads: [", "model: http://x/v1#m\nreads: ["), "`model`");
        check(changed("contract: answer", "contract: edits"), "`contract`");
        check(changed("held: true", "held: false"), "`held`");
        check(changed("prompt_tokens: ", "prompt_tokens: 9"), "`budget.prompt_tokens`");
        check(changed("name: explainer", "name: mine"), "cannot add");
        check(changed("purpose: ", "purpose: ["), "");
    }

    #[test]
    fn a_repository_changes_what_a_role_is_told() {
        let said = changed("explainer/task.md", "explainer/ours.md");
        let (roles, left_out) = Roles::load(&[text(Owner::Repository, &said)]).unwrap();
        assert_eq!(left_out, []);
        assert_eq!(roles.get("explainer").unwrap().role.prompts.task, "explainer/ours.md");
        let less = changed("reads: [sources, ", "reads: [");
        assert_eq!(Roles::load(&[text(Owner::Repository, &less)]).unwrap().1, []);
    }
}
