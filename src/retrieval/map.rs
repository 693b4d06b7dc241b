//! The repository in as many lines as fit.
//!
//! A definition counts by how often its name is said elsewhere: what everyone uses comes first.

use std::collections::{BTreeMap, HashMap};

use crate::base::{RepoPath, Tokens};
use crate::index::{FileId, Index, IndexError, words};
use crate::retrieval::constraints::{STANDS_BACK, stands_back};
use crate::retrieval::intent::Wanted;
use crate::syntax::{Language, Symbol, SymbolKind, outline, symbols};

/// A token is about four bytes of code.
const BYTES_A_TOKEN: usize = 4;
/// What a name counts that is a plain word, which comments and strings say too.
const PLAIN_WORD: f32 = 0.1;
/// What an implementation counts beside the type, which has the same name.
const IMPLEMENTATION: f32 = 0.3;
/// How many files are looked into.
const MAX_FILES: usize = 400;
/// A name that more files define is a common word.
const MAX_DEFINING_FILES: usize = 8;
/// Shorter names are said by chance.
const MIN_NAME: usize = 3;

/// Outlines the files below `within`, the most used definitions of all; at most `budget`.
///
/// `read` gives the text of a file, or `None` where it is gone.
pub fn map(
    index: &Index,
    within: Option<&RepoPath>,
    budget: Tokens,
    read: impl Fn(&RepoPath) -> Option<Vec<u8>>,
) -> Result<String, IndexError> {
    let counts = counts(index)?;
    let files = ranked(index, &counts, within);
    let mut outlined: Vec<(RepoPath, Vec<Symbol>)> = Vec::new();
    for file in files.into_iter().take(MAX_FILES) {
        let Some(path) = index.file(file).map(|it| it.path) else { continue };
        let Some(text) = read(&path) else { continue };
        let Some(language) = Language::of(&path, &text) else { continue };
        outlined.push((path, symbols(language, &text)));
    }
    Ok(fit(&outlined, &counts, budget.0 as usize * BYTES_A_TOKEN))
}

/// By name: how often it is said, shared among the files that define it.
type Counts = HashMap<String, (f32, Vec<FileId>)>;

fn counts(index: &Index) -> Result<Counts, IndexError> {
    let mut counts = Counts::new();
    for (name, files) in index.definitions()? {
        if name.len() >= MIN_NAME && !name.contains('.') && files.len() <= MAX_DEFINING_FILES {
            let said = index.chunks_with(&name)?.saturating_sub(files.len());
            let said = (said as f32).sqrt() / files.len() as f32;
            let said = if words(&name).len() > 1 { said } else { said * PLAIN_WORD };
            counts.insert(name, (said, files));
        }
    }
    Ok(counts)
}

/// The files by what they define, best first.
fn ranked(index: &Index, counts: &Counts, within: Option<&RepoPath>) -> Vec<FileId> {
    let mut names: Vec<_> = counts.iter().collect();
    names.sort_by(|a, b| a.0.cmp(b.0));
    let mut scores: BTreeMap<FileId, f32> = BTreeMap::new();
    for (_, (count, files)) in names {
        for file in files {
            *scores.entry(*file).or_default() += count;
        }
    }
    let mut files: Vec<(FileId, f32)> = scores
        .into_iter()
        .filter_map(|(file, score)| {
            let path = index.file(file)?.path;
            let score = if stands_back(path.as_bytes(), Wanted::default()) {
                score * STANDS_BACK
            } else {
                score
            };
            within.is_none_or(|it| is_below(&path, it)).then_some((file, score))
        })
        .collect();
    files.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    files.into_iter().map(|it| it.0).collect()
}

fn is_below(path: &RepoPath, folder: &RepoPath) -> bool {
    let rest = path.as_bytes().strip_prefix(folder.as_bytes());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// Adds the most used definitions until the next does not fit; files stay in their order.
fn fit(files: &[(RepoPath, Vec<Symbol>)], counts: &Counts, budget: usize) -> String {
    let mut wanted: Vec<(usize, usize, f32)> = Vec::new();
    for (place, (_, symbols)) in files.iter().enumerate() {
        let count = |at: &usize| {
            let symbol = &symbols[*at];
            let is_type = symbol.kind != SymbolKind::Implementation;
            let share = if is_type { 1.0 } else { IMPLEMENTATION };
            counts.get(symbol.last_name()).map_or(0.0, |it| it.0 * share)
        };
        let mut order: Vec<usize> = (0..symbols.len()).collect();
        order.sort_by(|a, b| count(b).total_cmp(&count(a)).then(a.cmp(b)));
        for (nth, at) in order.into_iter().enumerate() {
            // No file takes all the room, and files far down give less.
            let share = ((1 + nth) as f32 * (1 + place) as f32).sqrt();
            wanted.push((place, at, count(&at) / share));
        }
    }
    wanted.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
    let mut chosen: Vec<Vec<usize>> = vec![Vec::new(); files.len()];
    let mut used = 0;
    for (place, at, _) in wanted {
        let (path, symbols) = &files[place];
        // The widest that the line can become: indented below everything that encloses it.
        let line = outline(&symbols[at..=at]).len() + 2 * symbols[at].path.matches('.').count();
        let head = if chosen[place].is_empty() { head(path).len() } else { 0 };
        if used + line + head <= budget {
            used += line + head;
            chosen[place].push(at);
        }
    }
    let mut text = String::new();
    for ((path, symbols), mut chosen) in files.iter().zip(chosen) {
        if !chosen.is_empty() {
            chosen.sort_unstable();
            let shown: Vec<Symbol> = chosen.iter().map(|at| symbols[*at].clone()).collect();
            text.push_str(&head(path));
            text.push_str(&outline(&shown));
        }
    }
    text
}

fn head(path: &RepoPath) -> String {
    format!("{path}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_over_the_budget() {
        let text =
            "class Client:\n    def connect(self):\n        pass\n    def close(self): pass\n";
        let found = symbols(Language::named("python").unwrap(), text.as_bytes());
        let files: Vec<_> =
            ["a.py", "b/c.py"].map(|path| (RepoPath::new(path).unwrap(), found.clone())).into();
        let counts = Counts::from([("connect".into(), (3.0, vec![]))]);
        for budget in 0..300 {
            assert!(fit(&files, &counts, budget).len() <= budget);
        }
        assert_eq!(fit(&files, &counts, 42), "a.py\n    2: def connect(self)\n");
        assert_eq!(fit(&files, &counts, 300).lines().count(), 8);
    }
}
