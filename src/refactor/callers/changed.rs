//! Which functions take something else than before.

use crate::base::RepoPath;
use crate::refactor::callers::gain::{meant, name_of};
use crate::refactor::callers::parameters::{Signature, signatures};
use crate::refactor::callers::{Asked, Gain};
use crate::refactor::sources::Sources;

/// A function whose parameters changed.
#[derive(Clone, Debug)]
pub(super) struct Changed {
    pub(super) home: RepoPath,
    pub(super) old: Signature,
    pub(super) new: Signature,
    /// How far up it was handed through to it.
    pub(super) depth: usize,
}

/// Whether a function that is in both takes something else in `after`.
pub fn takes_otherwise(before: &Sources, after: &Sources) -> bool {
    !changed(before, after).is_empty()
}

/// The functions of files that differ whose parameters differ.
pub(super) fn changed(before: &Sources, after: &Sources) -> Vec<Changed> {
    let mut found = Vec::new();
    for path in after.paths().filter(|path| before.text(path) != after.text(path)) {
        let (Some(old), Some(new)) = (before.file(path), after.file(path)) else { continue };
        let news = signatures(&new);
        for old in signatures(&old) {
            let Some(new) = news.iter().find(|it| it.symbol == old.symbol) else { continue };
            let shape = |it: &Signature| -> Vec<(String, bool, String)> {
                let all = it.parameters.iter();
                all.map(|it| (it.name.clone(), it.optional, format!("{:?}", it.kind))).collect()
            };
            if shape(&old) != shape(new) {
                found.push(Changed { home: path.clone(), old, new: new.clone(), depth: 0 });
            }
        }
    }
    found
}

/// Whether parameters that stay change places among themselves.
pub(super) fn is_reordered(changed: &Changed) -> bool {
    let names = |one: &Signature, other: &Signature| -> Vec<String> {
        let both = one.given().filter(|it| other.parameter(&it.name).is_some());
        both.map(|it| it.name.clone()).collect()
    };
    names(&changed.old, &changed.new) != names(&changed.new, &changed.old)
}

/// Functions that take already what is to be handed on to them: as if they had just come to take it.
pub(super) fn takers(sources: &Sources, asked: &Asked) -> Vec<Changed> {
    let mut found = Vec::new();
    let gains = |it| asked.gains.iter().map(move |gain| (it, gain));
    for (function, gain) in asked.onto.iter().flat_map(gains) {
        let name = name_of(&gain.declaration);
        let named = Gain { function: function.clone(), ..Gain::default() };
        let Some((file, new)) = meant(sources, &named) else { continue };
        if new.parameter(name).is_some_and(|it| it.optional) {
            let mut old = new.clone();
            old.parameters.retain(|it| it.name != name);
            found.push(Changed { home: file.path.clone(), old, new, depth: 0 });
        }
    }
    found
}
