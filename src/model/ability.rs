//! Whether a model can work with tools, as it was measured here: kept for the same model only.
//!
//! Nobody's name says what a model can do, so there is no list of names.

use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::base::Digest;
use crate::model::{ModelError, ModelInfo, Store};

/// The folder beside those of the models; none of them can be called so.
const FOLDER: &str = ".tools";
/// Version of the exercises: another one tells something else.
const VERSION: u32 = 1;

/// How exercises with tools went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ability {
    v: u32,
    /// The model, as it is told from others.
    name: String,
    digest: Option<Digest>,
    /// Exercises that there are, that were tried, and whose task was done.
    pub all: u32,
    pub tried: u32,
    pub passed: u32,
    /// Replies that it took, and seconds.
    pub turns: u32,
    pub seconds: f64,
}

impl Ability {
    /// Nothing yet, of `all` exercises.
    pub fn new(info: &ModelInfo, all: u32) -> Self {
        let (name, digest) = (info.name.clone(), info.digest);
        Self { v: VERSION, name, digest, all, tried: 0, passed: 0, turns: 0, seconds: 0.0 }
    }

    /// What was measured of this model, if anything was.
    pub fn of(store: &Store, info: &ModelInfo) -> Option<Self> {
        let bytes = std::fs::read(path(store, info)).ok()?;
        let kept: Self = serde_json::from_slice(&bytes).ok()?;
        let same = kept.v == VERSION && kept.name == info.name && kept.digest == info.digest;
        same.then_some(kept)
    }

    /// Whether the model did every exercise: then it may work with tools.
    pub fn works(&self) -> bool {
        self.all > 0 && self.passed >= self.all
    }

    /// Keeps it in place of what was measured before.
    pub fn keep(&self, store: &Store, info: &ModelInfo) -> Result<(), ModelError> {
        let path = path(store, info);
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        let folder = store.folder().join(FOLDER);
        let written = std::fs::create_dir_all(&folder)
            .and_then(|()| tempfile::NamedTempFile::new_in(&folder))
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.persist(&path).map_err(|error| error.error)
            });
        written.map(drop).map_err(ModelError::io("write", path))
    }
}

fn path(store: &Store, info: &ModelInfo) -> PathBuf {
    let digest = info.digest.map(|digest| digest.to_string()).unwrap_or_default();
    let name = Digest::of(format!("{}\n{digest}", info.name).as_bytes());
    store.folder().join(FOLDER).join(format!("{}.json", name.short()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Tokens;

    #[test]
    fn it_holds_for_the_same_model_and_only_whole() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        let info = |name: &str, digest| ModelInfo { name: name.into(), digest, context: Tokens(9) };
        let model = info("http://127.0.0.1:1/v1#m", None);
        assert_eq!(Ability::of(&store, &model), None);
        let mut ability = Ability::new(&model, 3);
        assert!(!ability.works());
        (ability.tried, ability.passed) = (3, 2);
        assert!(!ability.works());
        ability.passed = 3;
        ability.keep(&store, &model).unwrap();
        assert_eq!(Ability::of(&store, &model), Some(ability.clone()));
        assert!(ability.works());
        assert_eq!(
            Ability::of(&store, &info("http://127.0.0.1:1/v1#m", Some(Digest::zero()))),
            None
        );
        assert_eq!(Ability::of(&store, &info("other", None)), None);
        assert_eq!(store.installed().unwrap(), []);
    }
}
