//! The models on this machine: where they are, whether they are whole, which one is meant.
//!
//! `<models>/<name>/model.gguf` with its record `model.json`; `<models>/default` names the one that
//! the person chose.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use crate::base::Digest;
use crate::model::{ModelError, ModelFile, catalogue, weights};

const WEIGHTS: &str = "model.gguf";
/// What the names of the files begin with where there are several.
pub(in crate::model) const PART: &str = "model";
const RECORD: &str = "model.json";
const DEFAULT: &str = "default";

/// The folder of models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
}

/// What is known of an installed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Version of this record.
    pub v: u32,
    /// SHA-256 of the weights.
    pub sha256: Digest,
    /// Their size.
    pub bytes: u64,
    /// Licence of the weights, where it is known.
    pub licence: Option<String>,
    /// Where they came from.
    pub source: String,
    /// When the file was last changed, in nanoseconds since 1970: with the size it tells whether the
    /// digest still holds, so that gigabytes are not digested at each start.
    pub modified_ns: u128,
}

/// An installed model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    pub name: String,
    pub path: PathBuf,
    pub bytes: u64,
    /// `None` for a file that was put there by hand.
    pub record: Option<Record>,
}

impl Store {
    /// The store in `folder`.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The store of this person: `COUNTERSIGN_MODELS`, else below the data folder.
    pub fn open() -> Result<Self, ModelError> {
        if let Some(folder) = std::env::var_os("COUNTERSIGN_MODELS").filter(|set| !set.is_empty()) {
            return Ok(Self::at(folder));
        }
        let base = etcetera::choose_base_strategy().map_err(|_| ModelError::NoHome)?;
        Ok(Self::at(base.data_dir().join("countersign/models")))
    }

    /// Where the models are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the model `name`, whether it is installed or not.
    pub fn folder_of(&self, name: &str) -> Result<PathBuf, ModelError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain) {
            Ok(self.folder.join(name))
        } else {
            Err(ModelError::BadName(name.to_owned()))
        }
    }

    /// The file of the weights of `name`.
    pub fn weights_of(&self, name: &str) -> Result<PathBuf, ModelError> {
        Ok(self.folder_of(name)?.join(WEIGHTS))
    }

    /// All installed models, by name.
    pub fn installed(&self) -> Result<Vec<Installed>, ModelError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(ModelError::io("read", &self.folder)(error)),
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut installed = Vec::new();
        for name in names {
            // A folder that somebody else put there is none of ours.
            if self.folder_of(&name).is_ok() {
                match self.find(&name) {
                    Ok(found) => installed.extend(found),
                    Err(error) => tracing::warn!(%error, name, "a model is left out"),
                }
            }
        }
        installed.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(installed)
    }

    /// The installed model `name`.
    pub fn find(&self, name: &str) -> Result<Option<Installed>, ModelError> {
        let Some(path) = self.first_of(name)? else { return Ok(None) };
        let Ok((bytes, _)) = stamp(&path) else { return Ok(None) };
        let record = self.record(name)?;
        Ok(Some(Installed { name: name.to_owned(), path, bytes, record }))
    }

    /// The file of the weights, or the first one where there are several.
    fn first_of(&self, name: &str) -> Result<Option<PathBuf>, ModelError> {
        let one = self.weights_of(name)?;
        if one.exists() {
            return Ok(Some(one));
        }
        let entries = self.folder_of(name)?.read_dir().ok();
        let names = entries.into_iter().flatten().flatten().map(|entry| entry.path());
        let mut firsts = names.filter(|path| {
            let split = path.file_name().and_then(|name| weights::split(name.to_str()?));
            matches!(split, Some((PART, 1, _)))
        });
        Ok(firsts.next())
    }

    fn record(&self, name: &str) -> Result<Option<Record>, ModelError> {
        let path = self.folder_of(name)?.join(RECORD);
        match fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(record) => Ok(Some(record)),
                Err(source) => Err(ModelError::Record { path, source }),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ModelError::io("read", path)(error)),
        }
    }

    /// Writes the record of `name`, whose weights are in place and have this digest.
    pub fn write_record(
        &self,
        name: &str,
        sha256: Digest,
        licence: Option<String>,
        source: String,
    ) -> Result<Record, ModelError> {
        let missing = || ModelError::NotInstalled(name.to_owned());
        let (bytes, modified_ns) = stamp(&self.first_of(name)?.ok_or_else(missing)?)?;
        let record = Record { v: 1, sha256, bytes, licence, source, modified_ns };
        let text = serde_json::to_string_pretty(&record).unwrap_or_default() + "\n";
        self.replace(&self.folder_of(name)?.join(RECORD), &text)?;
        Ok(record)
    }

    /// The model that the person chose to be the default.
    pub fn default_name(&self) -> Option<String> {
        let text = fs::read_to_string(self.folder.join(DEFAULT)).ok()?;
        Some(text.trim().to_owned()).filter(|name| !name.is_empty())
    }

    /// Makes `name`, which must be installed, the default.
    pub fn set_default(&self, name: &str) -> Result<(), ModelError> {
        if self.find(name)?.is_none() {
            return Err(self.missing(name));
        }
        self.replace(&self.folder.join(DEFAULT), &format!("{name}\n"))
    }

    /// Removes the model `name` and what is left of fetching it.
    pub fn remove(&self, name: &str) -> Result<(), ModelError> {
        let folder = self.folder_of(name)?;
        if !folder.exists() {
            return Err(self.missing(name));
        }
        fs::remove_dir_all(&folder).map_err(ModelError::io("remove", &folder))?;
        if self.default_name().as_deref() == Some(name) {
            let path = self.folder.join(DEFAULT);
            fs::remove_file(&path).map_err(ModelError::io("remove", &path))?;
        }
        Ok(())
    }

    /// The model that is meant: by name or path; else the default; else the best for edits.
    pub fn resolve(&self, choice: Option<&str>) -> Result<ModelFile, ModelError> {
        match choice {
            Some(choice) if is_path(choice) => by_path(Path::new(choice)),
            Some(name) => self.by_name(name),
            None => match self.default_name() {
                Some(name) => self.by_name(&name),
                None => self.best(),
            },
        }
    }

    fn by_name(&self, name: &str) -> Result<ModelFile, ModelError> {
        match self.find(name)? {
            Some(installed) => self.checked(installed),
            None => Err(self.missing(name)),
        }
    }

    fn best(&self) -> Result<ModelFile, ModelError> {
        let rank = |name: &str| catalogue::find(name).map_or(1, |entry| entry.edits);
        let able = self.installed()?.into_iter().filter(|installed| rank(&installed.name) > 0);
        match able.max_by_key(|installed| rank(&installed.name)) {
            Some(best) => self.checked(best),
            None => Err(ModelError::NoModel),
        }
    }

    /// The file, if it still is what was recorded. A changed time alone costs one digest.
    fn checked(&self, installed: Installed) -> Result<ModelFile, ModelError> {
        let Installed { name, path, record, .. } = installed;
        let Some(record) = record else {
            return Ok(ModelFile { name, path, digest: None });
        };
        let (bytes, modified_ns) = stamp(&path)?;
        if bytes != record.bytes {
            return Err(ModelError::Changed { name, path });
        }
        if modified_ns != record.modified_ns {
            let digest = weights::digest(&path).map_err(ModelError::io("read", &path))?;
            if digest != record.sha256 {
                return Err(ModelError::Changed { name, path });
            }
            // The folder may not be ours to write in; then it is looked at again the next time.
            if let Err(error) = self.write_record(&name, digest, record.licence, record.source) {
                tracing::warn!(%error, name, "the time of its weights is not kept");
            }
        }
        Ok(ModelFile { name, path, digest: Some(record.sha256) })
    }

    /// Why `name` is not here.
    fn missing(&self, name: &str) -> ModelError {
        if catalogue::find(name).is_some() {
            return ModelError::NotInstalled(name.to_owned());
        }
        let installed = self.installed().unwrap_or_default().into_iter().map(|model| model.name);
        let known = catalogue::catalogue().into_iter().map(|entry| entry.name);
        ModelError::Unknown {
            name: name.to_owned(),
            closest: closest(name, installed.chain(known)),
        }
    }

    /// Writes a small file so that it is there whole or not at all.
    fn replace(&self, path: &Path, text: &str) -> Result<(), ModelError> {
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(ModelError::io("create", folder))?;
        let written = || {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(text.as_bytes())?;
            file.persist(path).map_err(|error| error.error)
        };
        written().map(drop).map_err(ModelError::io("write", path))
    }
}

/// Size and time of last change of the weights whose first file is `path`.
fn stamp(path: &Path) -> Result<(u64, u128), ModelError> {
    let (mut bytes, mut newest) = (0, 0);
    for path in weights::files(path) {
        let metadata = path.metadata().map_err(ModelError::io("read", &path))?;
        let modified = metadata.modified().map_err(ModelError::io("read", &path))?;
        let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        (bytes, newest) = (bytes + metadata.len(), since.as_nanos().max(newest));
    }
    Ok((bytes, newest))
}

/// Whether `choice` is a path and not a name.
pub(in crate::model) fn is_path(choice: &str) -> bool {
    choice.contains('/') || Path::new(choice).extension() == Some(OsStr::new("gguf"))
}

fn by_path(path: &Path) -> Result<ModelFile, ModelError> {
    if !path.is_file() {
        return Err(ModelError::NoFile(path.to_owned()));
    }
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(ModelFile { name, path: path.to_owned(), digest: None })
}

/// The name most like `name`, if any is much like it.
pub(in crate::model) fn closest(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let likeness = |other: &str| similar::TextDiff::from_chars(name, other).ratio();
    known
        .map(|other| (likeness(&other), other))
        .filter(|(ratio, _)| *ratio >= 0.6)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    /// A store in which the named models are installed, each with its name as contents.
    fn store(names: &[&str]) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        for name in names {
            store.replace(&store.weights_of(name).unwrap(), name).unwrap();
            let digest = Digest::of(name.as_bytes());
            store.write_record(name, digest, None, "test".into()).unwrap();
        }
        (folder, store)
    }

    #[track_caller]
    fn check(store: &Store, choice: Option<&str>, expected: &str) {
        let found = match store.resolve(choice) {
            Ok(file) => file.name,
            Err(error) => {
                let hint = crate::base::Hint::hint(&error).unwrap_or_default();
                format!("{error} ({hint})")
            }
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn best_default_and_named() {
        let (_folder, store) =
            store(&["smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b", "mine"]);
        check(&store, None, "qwen2.5-coder-1.5b");
        check(&store, Some("smollm2-135m"), "smollm2-135m");
        store.set_default("mine").unwrap();
        check(&store, None, "mine");
        store.remove("mine").unwrap();
        check(&store, None, "qwen2.5-coder-1.5b");
    }

    #[test]
    fn what_is_missing_is_named_with_a_way_out() {
        let (folder, store) = store(&["smollm2-135m"]);
        check(
            &store,
            None,
            "there is no model on this machine (run `countersign model pull qwen2.5-coder-1.5b`)",
        );
        check(
            &store,
            Some("gpt-oss-20b"),
            "the model `gpt-oss-20b` is not installed (run `countersign model pull gpt-oss-20b`)",
        );
        check(
            &store,
            Some("smolm2-135"),
            "no model is called `smolm2-135` (did you mean `smollm2-135m`? `countersign model list` shows all of them)",
        );
        let path = folder.path().join("none.gguf").display().to_string();
        check(
            &store,
            Some(&path),
            &format!(
                "there is no file `{path}` (give the path of a `.gguf` file, or the name of a model)"
            ),
        );
        assert!(matches!(store.find("../x"), Err(ModelError::BadName(_))));
        assert!(matches!(store.remove(".."), Err(ModelError::BadName(_))));
    }

    #[test]
    fn weights_in_several_files_are_one_model() {
        let (folder, store) = store(&[]);
        let path = |n: usize| folder.path().join("big").join(weights::part(PART, n, 2));
        store.replace(&path(1), "first").unwrap();
        assert!(store.find("big").unwrap().is_none(), "a part is missing");
        store.replace(&path(2), "second").unwrap();
        let digest = weights::digest(&path(1)).unwrap();
        store.write_record("big", digest, None, "test".into()).unwrap();
        let found = store.find("big").unwrap().unwrap();
        assert_eq!((found.bytes, found.path), (11, path(1)));
        check(&store, Some("big"), "big");
        store.replace(&path(2), "secund").unwrap();
        assert!(matches!(store.resolve(Some("big")), Err(ModelError::Changed { .. })));
    }

    #[test]
    fn a_changed_file_is_noticed_and_a_touched_one_is_not_refused() {
        let (_folder, store) = store(&["mine"]);
        let path = store.weights_of("mine").unwrap();
        File::open(&path).unwrap().set_modified(UNIX_EPOCH).unwrap();
        check(&store, Some("mine"), "mine");
        assert_eq!(store.find("mine").unwrap().unwrap().record.unwrap().modified_ns, 0);
        store.replace(&path, "mime").unwrap();
        assert!(matches!(store.resolve(Some("mine")), Err(ModelError::Changed { .. })));
        store.replace(&path, "longer").unwrap();
        assert!(matches!(store.resolve(Some("mine")), Err(ModelError::Changed { .. })));
    }
}
