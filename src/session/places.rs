//! The places of the repository that a question is about, best first.

use crate::agent::{Reads, Role};
use crate::base::{RepoPath, Span};
use crate::context::{Purpose, Spot};
use crate::index::{History, Index};
use crate::retrieval::{self, Filter, Hit, PathPattern, Query, TaskState};
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::read::read;
use crate::syntax::{self, Language};

/// Most places that the words of a question, and a named file on its own, lead to.
const HITS: usize = 12;
const HITS_IN_A_FILE: usize = 4;
/// A place that scores less than this share of the best one is noise for a small model.
const WORTH_READING: f32 = 0.3;
/// Most definitions that a question may name.
const NAMED: usize = 4;

/// What a question is looked up in.
#[derive(Clone, Copy)]
pub struct Library<'a> {
    pub desk: &'a Desk,
    pub index: &'a Index,
    pub history: &'a History,
}

/// What was found for a question.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// What ranking found, for the record.
    pub(super) hits: Vec<Hit>,
    /// All that is worth reading, best first: what is named, then what was found.
    pub spots: Vec<Spot>,
}

/// Finds the places that `text` is about, `files` first, and keeps those that `role` may read.
pub fn places(
    library: Library<'_>,
    text: &str,
    files: &[RepoPath],
    role: &Role,
) -> Result<Places, SessionError> {
    let mut spots: Vec<Spot> = Vec::new();
    for path in files {
        spots.push(spot(path, None, "named by a person"));
        let filter = Filter {
            paths: PathPattern::whole(&path.to_string()).into_iter().collect(),
            ..Filter::default()
        };
        let query = Query { filter, ..Query::new(text) };
        let within = retrieval::search(library.index, library.history, &query, HITS_IN_A_FILE)?;
        spots.extend(within.iter().map(|hit| spot(path, Some(hit.span), &hit.why)));
    }
    spots.extend(named(library, text)?);
    let state = TaskState { open: files.to_vec(), ..TaskState::default() };
    let query = Query { state, ..Query::new(text) };
    let mut hits = retrieval::search(library.index, library.history, &query, HITS)?;
    let best = hits.iter().map(|hit| hit.score).fold(0.0, f32::max);
    hits.retain(|hit| hit.score >= best * WORTH_READING && may_read(role, &hit.path));
    spots.extend(hits.iter().map(|hit| spot(&hit.path, Some(hit.span), &hit.why)));
    spots.retain(|spot| files.contains(&spot.path) || may_read(role, &spot.path));
    Ok(Places { hits, spots })
}

fn spot(path: &RepoPath, span: Option<Span>, why: &str) -> Spot {
    Spot { path: path.clone(), span, purpose: Purpose::Source, why: why.to_owned() }
}

/// Whether the role is shown files of this kind.
fn may_read(role: &Role, path: &RepoPath) -> bool {
    let kind = match path {
        path if retrieval::is_test(path) => Reads::Tests,
        path if retrieval::is_document(path) => Reads::Docs,
        _ => Reads::Sources,
    };
    role.may_read(kind)
}

/// The definitions that the text names.
fn named(library: Library<'_>, text: &str) -> Result<Vec<Spot>, SessionError> {
    let mut spots = Vec::new();
    for named in retrieval::named(library.index, text)? {
        let Some(state) = read(library.desk, &named.path) else { continue };
        let Some(language) = Language::of(&named.path, &state.bytes) else { continue };
        let symbols = syntax::symbols(language, &state.bytes).into_iter();
        let meant = symbols.filter(|symbol| {
            symbol.kind.is_definition() && (symbol.name == named.name || symbol.path == named.name)
        });
        spots.extend(meant.map(|symbol| spot(&named.path, Some(symbol.span), "named")));
    }
    spots.sort_by_key(|spot| retrieval::is_test(&spot.path));
    spots.truncate(NAMED);
    Ok(spots)
}
