//! What passes the filter, where there are no words to rank by.
//!
//! Names that match better come first, code before tests and documents, then the order of paths.

use crate::base::RepoPath;
use crate::index::{FileId, IndexError};
use crate::retrieval::constraints::stands_back;
use crate::retrieval::intent::Wanted;
use crate::retrieval::passing::Gate;
use crate::retrieval::{Hit, Place};

/// How many files are read before it is looked whether there are enough hits.
const FILES_AT_ONCE: usize = 256;

/// At most `limit` places that pass.
pub(super) fn list(gate: &Gate<'_>, limit: usize) -> Result<Vec<Hit>, IndexError> {
    let mut found: Vec<(u8, bool, Hit)> = Vec::new();
    'files: for files in files(gate).chunks(FILES_AT_ONCE) {
        for file in gate.saying(files) {
            // What changed since the refresh is shown again by the next search.
            match hits(gate, file) {
                Err(IndexError::Stale(_)) => {}
                hits => found.extend(hits?),
            }
            // Files with better names came before, so of these none is still to come.
            let so_far = gate.class(file);
            if found.iter().filter(|(class, ..)| *class <= so_far).count() >= limit {
                break 'files;
            }
        }
    }
    let place = |hit: &Hit| -> (RepoPath, u32) { (hit.path.clone(), hit.span.start) };
    found.sort_by_cached_key(|(class, back, hit)| (*class, *back, place(hit)));
    found.truncate(limit);
    Ok(found.into_iter().map(|it| it.2).collect())
}

/// The places of a file that pass, each with what it is sorted by.
fn hits(gate: &Gate<'_>, file: FileId) -> Result<Vec<(u8, bool, Hit)>, IndexError> {
    let places = gate.places(file)?;
    let back = is_back(gate, file);
    // A file that passes as a whole is shown by how it begins.
    let most = if gate.filter.is_about_places() { places.len() } else { 1 };
    let places = gate.not_shown(file, places.into_iter().take(most).collect())?;
    let hit = |place: Place| Ok((class(gate, &place), back, listed(gate, file, &place)?));
    places.into_iter().map(hit).collect()
}

/// All files that can have a place that passes, in the order in which they are to be looked at.
fn files(gate: &Gate<'_>) -> Vec<FileId> {
    let all = (0u32..).map(FileId).take(gate.index.file_count());
    let mut files: Vec<FileId> = all.filter(|file| gate.allows(*file)).collect();
    files.sort_by_key(|file| (gate.class(*file), is_back(gate, *file), *file));
    files
}

fn is_back(gate: &Gate<'_>, file: FileId) -> bool {
    stands_back(gate.index.path_of(file), Wanted::default())
}

/// How well the place is called what was asked for.
fn class(gate: &Gate<'_>, place: &Place) -> u8 {
    match place {
        Place::Definition(symbol) => {
            gate.filter.names.iter().filter_map(|name| name.class_of(symbol)).max().unwrap_or(0)
        }
        Place::Chunk(_) => 0,
    }
}

fn listed(gate: &Gate<'_>, file: FileId, place: &Place) -> Result<Hit, IndexError> {
    let hit = gate.hit(file, place)?;
    let why = match (class(gate, place), gate.filter.wants_text()) {
        _ if gate.filter.names.is_empty() && !gate.filter.wants_text() => "passes the filters",
        (_, true) if gate.filter.names.is_empty() => "says what was asked for",
        (0, _) => "has the name",
        (1, _) => "has the name, in other case",
        (2, _) => "its name begins so",
        (_, _) => "has it in its name",
    };
    let score = 1.0 / (1.0 + f32::from(class(gate, place)));
    Ok(Hit { score, why: why.to_owned(), ..hit })
}

#[cfg(test)]
mod tests {
    use crate::base::Digest;
    use crate::index::{History, Index, Settings, refresh};
    use crate::repo::testing::put;
    use crate::repo::{self, Limits};
    use crate::retrieval::{Query, search};

    #[test]
    fn a_file_that_changed_since_the_refresh_stops_no_search() {
        let (root, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for name in ["src/a.rs", "src/b.rs", "src/c.rs"] {
            put(root.path(), name, "fn one() {}\n");
        }
        let limits = Limits { file_bytes: 1 << 20 };
        let settings = Settings {
            dir: cache.path().to_owned(),
            list: &|old| repo::list(root.path(), None, &limits, old),
            may_read: &|_| true,
            rulings: Digest::of(b""),
            progress: &|_, _| {},
            stop: &|| false,
        };
        refresh(root.path(), &settings).unwrap();
        let index = Index::open(cache.path(), root.path()).unwrap();
        put(root.path(), "src/b.rs", "fn two() {}\nfn three() {}\n");
        for query in ["file:src/**", "kind:function"] {
            let query = Query::parse(query).unwrap();
            let hits = search(&index, &History::default(), &query, 20).unwrap();
            let paths: Vec<String> = hits.iter().map(|hit| hit.path.to_string()).collect();
            assert_eq!(paths, ["src/a.rs", "src/c.rs"]);
        }
    }
}
