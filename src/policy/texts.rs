//! The texts of the rules in force, before they are read as rules.
//!
//! To read them takes longer than to search a small repository, and whoever has asked them before
//! needs no answer again.

use std::io;
use std::path::{Path, PathBuf};

use crate::base::Digest;
use crate::config::{self, Mode};
use crate::policy::{Layer, PolicyError, PolicyFile, Rules};

/// The built-in rules, the user's, the repository's, and the mode.
#[derive(Debug)]
pub struct RuleTexts {
    mode: Mode,
    /// Without the built-in ones.
    files: Vec<PolicyFile>,
}

impl RuleTexts {
    /// Those that hold in the repository whose work tree is `root`.
    pub fn open(root: &Path, mode: Mode) -> Result<Self, PolicyError> {
        let user = config::user_dir().map(|dir| (Layer::User, dir));
        let repo = (Layer::Repository, PathBuf::from(config::REPO_DIR));
        let mut files = Vec::new();
        for (layer, dir) in user.into_iter().chain([repo]) {
            let path = dir.join("policy.cedar");
            // A repository's file is named from its root; joining leaves absolute paths alone.
            match config::read_settings(&root.join(&path)) {
                Ok(text) => {
                    files.push(PolicyFile { layer, name: path.display().to_string(), text });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(PolicyError::Read { path, source }),
            }
        }
        Ok(Self { mode, files })
    }

    /// Names these texts, this mode and this program: where it is the same, so are all rulings.
    pub fn digest(&self) -> Digest {
        let mut text =
            format!("{}\n{:?}\n{}\n", env!("CARGO_PKG_VERSION"), self.mode, Rules::BUILT_IN);
        for file in &self.files {
            let length = file.text.len();
            text.push_str(&format!("{:?} {} {length}\n{}\n", file.layer, file.name, file.text));
        }
        for (rule, why) in Rules::guards() {
            text.push_str(&format!("{rule} {why}\n"));
        }
        Digest::of(text.as_bytes())
    }

    /// Reads them.
    pub fn rules(&self) -> Result<Rules, PolicyError> {
        Rules::load(&self.files, self.mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_decides_changes_the_digest() {
        let file = |layer, text: &str| PolicyFile { layer, name: "a".into(), text: text.into() };
        let all = [
            RuleTexts { mode: Mode::Ask, files: vec![] },
            RuleTexts { mode: Mode::Auto, files: vec![] },
            RuleTexts { mode: Mode::Ask, files: vec![file(Layer::User, "a")] },
            RuleTexts { mode: Mode::Ask, files: vec![file(Layer::User, "b")] },
            RuleTexts { mode: Mode::Ask, files: vec![file(Layer::Repository, "a")] },
        ];
        let digests: std::collections::BTreeSet<Digest> =
            all.iter().map(RuleTexts::digest).collect();
        assert_eq!(digests.len(), all.len());
    }
}
