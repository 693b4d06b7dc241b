//! What imports tie to the best files: the files that they import, and those that import them.
//!
//! Less is told by a file that everything imports, by one of many of a folder, such as a whole
//! package, and by one of many that import the same.

use std::collections::{BTreeMap, HashMap};

use crate::index::{FileId, Index, IndexError};
use crate::repo::parent;
use crate::retrieval::rerank::Ranked;

/// What imports tie to files, and how strongly.
#[derive(Default)]
pub(super) struct Imports {
    /// Files that the centres import.
    pub(super) imported: BTreeMap<FileId, f32>,
    /// Files that import the centres.
    pub(super) importing: BTreeMap<FileId, f32>,
}

impl Imports {
    /// The imports of `centres`, each centre weighing as much as its score.
    pub(super) fn around(index: &Index, centres: &[Ranked]) -> Result<Self, IndexError> {
        let all = index.file_count() as f32;
        let mut imports = Self::default();
        for centre in centres {
            let files = index.imports(centre.file)?;
            let folder = |file: FileId| parent(index.path_of(file));
            let mut beside: HashMap<&[u8], u32> = HashMap::new();
            files.iter().for_each(|file| *beside.entry(folder(*file)).or_default() += 1);
            let mut weighed = Vec::with_capacity(files.len());
            for file in files {
                let importers = index.importer_count(file)?.max(1) as f32;
                let share = beside.get(folder(file)).map_or(1.0, |count| *count as f32);
                weighed.push((file, (1.0 + all / importers).ln() / share));
            }
            let sum: f32 = weighed.iter().map(|it| it.1).sum();
            for (file, weight) in weighed {
                *imports.imported.entry(file).or_default() += centre.score * weight / sum;
            }
            let files = index.importers(centre.file)?;
            let share = centre.score / files.len().max(1) as f32;
            for file in files {
                *imports.importing.entry(file).or_default() += share;
            }
        }
        Ok(imports)
    }
}
