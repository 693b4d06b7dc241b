//! What has to be the same for a saved line to mean the same.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::base::Digest;
use crate::model::ModelFile;

/// The llama.cpp that computes here and writes the states; see the test below.
pub const ENGINE: &str = "llama-cpp-sys-2 0.1.161";
/// So much of the beginning and of the end of a file tells it from others, with its length: the
/// beginning has all metadata, the end the last tensors.
const EDGE: u64 = 1 << 20;

/// Names the folder of the lines of one model with one way of holding them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::model::local) struct Key {
    /// The weights.
    pub(in crate::model::local) model: Digest,
    /// Whatever else shapes keys and values.
    pub(in crate::model::local) shape: Digest,
}

impl Key {
    /// The key of the lines that `file` makes with settings of this kind: types of keys and values,
    /// rope, adapter, flash attention.
    pub(in crate::model::local) fn of(file: &ModelFile, settings: &str) -> io::Result<Self> {
        let model = match file.digest {
            Some(digest) => digest,
            None => edges(&file.path)?,
        };
        Ok(Self { model, shape: Digest::of(format!("{ENGINE}\n{settings}").as_bytes()) })
    }
}

/// Tells a file from others without reading all of it.
fn edges(path: &Path) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut bytes = length.to_le_bytes().to_vec();
    file.by_ref().take(EDGE).read_to_end(&mut bytes)?;
    file.seek(SeekFrom::Start(length.saturating_sub(EDGE)))?;
    file.take(EDGE).read_to_end(&mut bytes)?;
    Ok(Digest::of(&bytes))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn another_llama_is_another_key() {
        let lock = include_str!("../../../../Cargo.lock");
        let (name, version) = ENGINE.split_once(' ').unwrap();
        assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")));
    }

    #[test]
    fn a_file_is_known_by_its_edges_and_length() {
        let dir = tempfile::tempdir().unwrap();
        let key = |bytes: &[u8], settings: &str| {
            let path = dir.path().join("m.gguf");
            File::create(&path).and_then(|mut file| file.write_all(bytes)).unwrap();
            Key::of(&ModelFile { name: "m".into(), path, digest: None }, settings).unwrap()
        };
        let one = key(b"abc", "f16");
        assert_eq!(one, key(b"abc", "f16"));
        assert_ne!(one, key(b"abd", "f16"));
        assert_ne!(one, key(b"abca", "f16"));
        assert_ne!(one, key(b"abc", "q8_0"));
    }
}
