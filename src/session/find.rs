//! Finds the places that matter for a task.

use crate::base::{RepoPath, Span};
use crate::project::examples;
use crate::retrieval::{self, Hit, Query, TaskState, Wanted};
use crate::session::driver::{Request, SessionError, Workshop};
use crate::session::read::read;
use crate::syntax::{self, Language};

/// Most places that a task's own words lead to: alone, and beside a definition that they name; and
/// that a failing command's output leads to.
const HITS: usize = 8;
const HITS_BESIDE_TARGETS: usize = 3;
const HITS_OF_FAILURE: usize = 3;
/// Most functions that are shown because a definition that the task names calls them.
const MOST_CALLED: usize = 4;
/// A place that scores less than this share of the best one is noise for a small model.
const WORTH_SHOWING: f32 = 0.3;
/// A file with more functions without a body is no task for one answer.
const MOST_STUBS: usize = 8;

/// Where the task's own words lead.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Definitions that the task names.
    pub(super) targets: Vec<Target>,
    /// What those call, in their files.
    pub(super) called: Vec<Target>,
    /// Functions without a body in the files that it names.
    pub(super) stubs: Vec<Target>,
    pub(super) hits: Vec<Hit>,
    /// Words of it that look like files, whether they are there or not.
    pub(super) named: Vec<RepoPath>,
    /// The steps of a planner, one a line.
    pub(super) plan: Vec<String>,
}

impl Found {
    /// The best `most` files to change and the names of what would change in them.
    pub(super) fn places(&self, most: usize) -> (Vec<RepoPath>, Vec<&str>) {
        let about = || self.stubs.iter().chain(&self.targets);
        let hits = self.hits.iter().map(|hit| &hit.path);
        let mut paths: Vec<RepoPath> = Vec::new();
        for path in about().map(|target| &target.path).chain(hits) {
            if paths.len() < most && !paths.contains(path) && !retrieval::is_test(path) {
                paths.push(path.clone());
            }
        }
        (paths, about().map(|target| target.symbol.as_str()).collect())
    }
}

/// A definition that a task is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) path: RepoPath,
    pub(super) symbol: String,
    pub(super) span: Span,
}

impl Target {
    fn of(path: &RepoPath, symbol: syntax::Symbol) -> Self {
        Self { path: path.clone(), symbol: symbol.path, span: symbol.span }
    }
}

/// Finds the places that the task's words lead to.
pub(super) fn find(workshop: &Workshop<'_>, request: &Request) -> Result<Found, SessionError> {
    let named = named_files(&request.text);
    let files = request.files.iter().chain(&named);
    let of = |path| stubs_of(workshop, &request.text, path);
    let mut stubs: Vec<Target> = files.flat_map(of).collect();
    stubs.dedup();
    if stubs.len() > MOST_STUBS {
        stubs.clear();
    }
    let mut targets = targets(workshop, &request.text)?;
    if targets.is_empty() {
        let files = request.files.iter().chain(&named);
        targets =
            files.flat_map(|path| called_in_examples(workshop, &request.text, path)).collect();
    }
    let most = if targets.is_empty() { HITS } else { HITS_BESIDE_TARGETS };
    let hits = hits(workshop, request, &request.text, most)?;
    let mut called: Vec<Target> =
        targets.iter().flat_map(|target| called_by(workshop, target)).collect();
    called.retain(|it| !targets.contains(it));
    called.truncate(MOST_CALLED);
    Ok(Found { targets, called, stubs, hits, named, plan: Vec::new() })
}

/// The functions of a file that the examples in a text call.
fn called_in_examples(workshop: &Workshop<'_>, text: &str, path: &RepoPath) -> Vec<Target> {
    let examples = examples::said(text).join("\n");
    let Some(state) = read(workshop.desk, path).filter(|_| !examples.is_empty()) else {
        return Vec::new();
    };
    let Some(language) = Language::of(path, &state.bytes) else { return Vec::new() };
    let symbols = syntax::symbols(language, &state.bytes).into_iter();
    let called = symbols.filter(|symbol| is_function(symbol) && calls(&examples, &symbol.name));
    called.map(|symbol| Target::of(path, symbol)).collect()
}

/// Whether `text` calls what has this name.
fn calls(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let is_start = before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        is_start && text[at + name.len()..].starts_with('(')
    })
}

/// The functions of a definition's own file that its text calls.
fn called_by(workshop: &Workshop<'_>, target: &Target) -> Vec<Target> {
    let Some(state) = read(workshop.desk, &target.path) else { return Vec::new() };
    let Some(language) = Language::of(&target.path, &state.bytes) else { return Vec::new() };
    let symbols = syntax::symbols(language, &state.bytes);
    let Some(own) = symbols.iter().find(|symbol| symbol.path == target.symbol) else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(state.bytes.get(own.bytes.clone()).unwrap_or_default());
    let is_other = |symbol: &&syntax::Symbol| symbol.path != own.path && is_function(symbol);
    let called = symbols.iter().filter(is_other).filter(|symbol| calls(&text, &symbol.name));
    called.map(|symbol| Target::of(&target.path, symbol.clone())).collect()
}

/// The functions of a file that the task wants written: those without a body, where nothing else is
/// in it, and otherwise those that it names, unless one of the same name has a body.
fn stubs_of(workshop: &Workshop<'_>, text: &str, path: &RepoPath) -> Vec<Target> {
    let Some(state) = read(workshop.desk, path) else { return Vec::new() };
    let Some(language) = Language::of(path, &state.bytes) else { return Vec::new() };
    let mut stubs = syntax::stubs(language, &state.bytes);
    let symbols = syntax::symbols(language, &state.bytes);
    let functions = symbols.iter().filter(|symbol| is_function(symbol)).count();
    if stubs.len() < functions {
        let words = |c: char| !c.is_alphanumeric() && c != '_';
        let empty: Vec<String> = stubs.iter().map(|stub| stub.path.clone()).collect();
        let is_written = |name: &str| {
            let mut others = symbols.iter().filter(|it| is_function(it) && it.name == name);
            others.any(|it| !empty.contains(&it.path))
        };
        let says = |name: &str| text.split(words).any(|word| word == name);
        stubs.retain(|stub| says(&stub.name) && !is_written(&stub.name));
    }
    stubs.into_iter().map(|symbol| Target::of(path, symbol)).collect()
}

pub(super) fn is_function(symbol: &syntax::Symbol) -> bool {
    matches!(symbol.kind, syntax::SymbolKind::Function | syntax::SymbolKind::Method)
}

/// The definitions that the text names, tests left out unless it is about tests.
fn targets(workshop: &Workshop<'_>, text: &str) -> Result<Vec<Target>, SessionError> {
    let about_tests = Wanted::of(text).tests;
    let mut targets = Vec::new();
    for named in retrieval::named(workshop.index, text)? {
        if !about_tests && retrieval::is_test(&named.path) {
            continue;
        }
        let Some(state) = read(workshop.desk, &named.path) else { continue };
        let Some(language) = Language::of(&named.path, &state.bytes) else { continue };
        let symbols = syntax::symbols(language, &state.bytes).into_iter();
        let meant = symbols.filter(|symbol| {
            symbol.kind.is_definition() && (symbol.name == named.name || symbol.path == named.name)
        });
        targets.extend(meant.map(|symbol| Target::of(&named.path, symbol)));
    }
    Ok(targets)
}

/// Hits for `text`; the files that the person named speak for what stands around them.
fn hits(
    workshop: &Workshop<'_>,
    request: &Request,
    text: &str,
    most: usize,
) -> Result<Vec<Hit>, SessionError> {
    let state = TaskState { open: request.files.clone(), ..TaskState::default() };
    let query = Query { state, ..Query::new(text) };
    let mut hits = retrieval::search(workshop.index, workshop.history, &query, most)?;
    let best = hits.iter().map(|hit| hit.score).fold(0.0, f32::max);
    hits.retain(|hit| hit.score >= best * WORTH_SHOWING);
    Ok(hits)
}

/// Where a failing command's output leads: lines of rules and dots say nothing.
pub(super) fn hits_of_failure(
    workshop: &Workshop<'_>,
    request: &Request,
    output: &str,
) -> Result<Vec<Hit>, SessionError> {
    let says = |line: &&str| line.chars().filter(|c| c.is_alphanumeric()).count() > 2;
    let lines: Vec<&str> = output.lines().filter(says).collect();
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    hits(workshop, request, &lines.join("\n"), HITS_OF_FAILURE)
}

/// A path without the line and the column that a compiler puts behind it.
fn without_place(word: &str) -> &str {
    match word.rsplit_once(':') {
        Some((path, place)) if place.bytes().all(|byte| byte.is_ascii_digit()) => {
            without_place(path)
        }
        _ => word,
    }
}

/// Words of the task that look like files.
fn named_files(text: &str) -> Vec<RepoPath> {
    let words = text.split_whitespace().map(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && !"._-/".contains(c));
        without_place(word).trim_end_matches('.')
    });
    let paths = words.filter(|word| word.contains('.')).filter_map(|word| RepoPath::new(word).ok());
    paths
        .filter(|path| path.to_string().contains('/') || Language::of(path, b"").is_some())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_in_a_text_with_and_without_a_place() {
        let named = |text: &str| -> Vec<String> {
            named_files(text).iter().map(ToString::to_string).collect()
        };
        assert_eq!(named("see src/a.rs:12:5, `b.py` and c.py."), ["src/a.rs", "b.py", "c.py"]);
        assert_eq!(named("error at lib/x.ts:3: at 12:30 it's 1.5"), ["lib/x.ts"]);
    }
}
