//! Weights on disk that an engine can load.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::base::Digest;

/// A model that is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFile {
    /// The name that people type.
    pub name: String,
    /// The `.gguf` file.
    pub path: PathBuf,
    /// SHA-256 of it, where it is known.
    pub digest: Option<Digest>,
}
