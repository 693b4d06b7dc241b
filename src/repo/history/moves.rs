//! Which file that came is one that went?

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use git2::Oid;

use crate::base::RepoPath;
use crate::repo::history::lines::likeness;
use crate::repo::history::objects::Objects;
use crate::repo::history::trees::Change;

/// So much of a moved file's lines stayed.
const MIN_LIKENESS: f32 = 0.5;

/// A file before and after.
pub(super) type Move = (RepoPath, RepoPath);

/// The moves among many changes, without a look into the files: the same content, or else the only
/// file of its name that went and came.
pub(super) fn among_many(changes: &[Change]) -> Vec<Move> {
    let mut ends = Ends::of(changes);
    let mut moves = ends.take(|(_, id)| *id);
    moves.extend(ends.take(|(path, _)| path.file_name().to_vec()));
    moves
}

/// The moves among few changes: the same content, or else the most similar one. Files that are
/// larger than `most` bytes are not compared.
pub(super) fn among_few(objects: &mut Objects<'_>, changes: &[Change], most: usize) -> Vec<Move> {
    let mut ends = Ends::of(changes);
    let mut moves = ends.take(|(_, id)| *id);
    let mut alike = Vec::new();
    for (old, before) in &ends.gone {
        for (new, after) in ends.come.iter().filter(|(new, _)| new.extension() == old.extension()) {
            let Some((before, after)) = objects.get(*before, most).zip(objects.get(*after, most))
            else {
                continue;
            };
            let likeness = likeness(&before, &after);
            if likeness >= MIN_LIKENESS {
                alike.push((likeness, old.clone(), new.clone()));
            }
        }
    }
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (&a.1, &a.2).cmp(&(&b.1, &b.2))));
    let (mut olds, mut news) = (HashSet::new(), HashSet::new());
    for (_, old, new) in alike {
        if !olds.contains(&old) && !news.contains(&new) {
            olds.insert(old.clone());
            news.insert(new.clone());
            moves.push((old, new));
        }
    }
    moves
}

type Entry = (RepoPath, Oid);

/// Files that went and files that came.
struct Ends {
    gone: Vec<Entry>,
    come: Vec<Entry>,
}

impl Ends {
    fn of(changes: &[Change]) -> Self {
        let mut ends = Self { gone: Vec::new(), come: Vec::new() };
        for Change { path, before, after } in changes {
            match (before, after) {
                (Some(id), None) => ends.gone.push((path.clone(), *id)),
                (None, Some(id)) => ends.come.push((path.clone(), *id)),
                _ => {}
            }
        }
        ends
    }

    /// Takes out those pairs that alone have the same key, in the order of paths.
    fn take<K: Eq + Hash>(&mut self, key: impl Fn(&Entry) -> K) -> Vec<Move> {
        let only = |list: &[Entry]| {
            let mut places: HashMap<K, Option<usize>> = HashMap::new();
            for (place, entry) in list.iter().enumerate() {
                places.entry(key(entry)).and_modify(|it| *it = None).or_insert(Some(place));
            }
            places
        };
        let (before, after) = (only(&self.gone), only(&self.come));
        let pair = |(key, old): (&K, &Option<usize>)| {
            let (old, new) = ((*old)?, (*after.get(key)?)?);
            Some((self.gone[old].0.clone(), self.come[new].0.clone()))
        };
        let mut moves: Vec<Move> = before.iter().filter_map(pair).collect();
        moves.sort();
        let (olds, news): (HashSet<&RepoPath>, HashSet<&RepoPath>) =
            moves.iter().map(|(old, new)| (old, new)).unzip();
        self.gone.retain(|(path, _)| !olds.contains(path));
        self.come.retain(|(path, _)| !news.contains(path));
        moves
    }
}
