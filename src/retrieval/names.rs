//! Where is a name defined, and where is it used?
//!
//! Both go by the name: what type a value has is not known here, so another thing of the same name is
//! found too. The index says which files to look into, and their texts and trees decide.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::base::{Digest, RepoPath, Span, near};
use crate::index::{FileId, Index, IndexError, identifiers};
use crate::repo::{parent, read_regular};
use crate::retrieval::constraints::stands_back;
use crate::retrieval::filter::{Filter, lines};
use crate::retrieval::intent::Wanted;
use crate::retrieval::passing::{Gate, line_of};
use crate::syntax::{
    Context, Language, Symbol, UsedAs, contexts, dotted, parse, symbols, symbols_of, used_as,
};

/// How many near names are suggested.
const SUGGESTED: usize = 3;
/// How many files are read before it is looked whether there are enough uses.
const FILES_AT_ONCE: usize = 64;

/// A definition of a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    pub path: RepoPath,
    /// The line that has the name.
    pub line: u32,
    pub symbol: Symbol,
}

/// A line that uses a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    pub path: RepoPath,
    pub line: u32,
    /// Where the first use on the line begins, in characters from 1.
    pub column: u32,
    pub context: Context,
    /// What it is used as there, where the grammar tells.
    pub used_as: Option<UsedAs>,
    /// The innermost definition that it stands in, and its kind.
    pub within: Option<(String, crate::syntax::SymbolKind)>,
    /// The line without its end.
    pub text: String,
}

/// Which places count as uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Code, documents, and files that no grammar reads.
    Code,
    /// Comments and strings too.
    Everything,
}

/// The uses of a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Uses {
    pub uses: Vec<Use>,
    /// Lines of comments and strings, in the files that were looked into, that say it and are left out.
    pub unspoken: usize,
    /// There are more than were asked for.
    pub more: bool,
}

/// A name as it is typed: `connect`, `Client.connect`, `Client::connect` or `Net\Client`.
pub(super) struct Name {
    path: String,
    pub(super) last: String,
}

impl Name {
    pub(super) fn new(text: &str) -> Self {
        let path = dotted(text.trim().trim_end_matches("()"));
        let path = path.trim_matches('.').to_owned();
        let last = path.rsplit('.').next().unwrap_or_default().to_owned();
        Self { path, last }
    }

    /// Whether the definition is meant: by its name, its path, or the end of its path.
    fn means(&self, symbol: &Symbol) -> bool {
        symbol.is_called(&self.path)
    }
}

/// The definitions of `name` that pass, code before tests and documents, then by path and line.
pub fn definitions(
    index: &Index,
    name: &str,
    filter: &Filter,
) -> Result<Vec<Definition>, IndexError> {
    let name = Name::new(name);
    let gate = Gate::new(index, filter)?;
    let mut files: Vec<FileId> = Vec::new();
    for key in [&name.path, &name.last] {
        files.extend(index.defining(key)?.into_iter().filter_map(|it| index.file_of(it)));
    }
    files.sort();
    files.dedup();
    let mut found = Vec::new();
    for file in files.into_iter().filter(|file| gate.allows(*file)) {
        // What changed since the refresh is shown again by the next look.
        let text = match index.text(file) {
            Err(IndexError::Stale(_)) => continue,
            text => text?,
        };
        let symbols = index.language_of(file).map(|it| symbols(it, &text)).unwrap_or_default();
        let Some(path) = index.file(file).map(|it| it.path) else { continue };
        for symbol in symbols.into_iter().filter(|it| name.means(it) && filter.takes(it)) {
            let line = symbol.names_at.first().map_or(symbol.span.start, |at| line_of(&text, *at));
            found.push(Definition { path: path.clone(), line, symbol });
        }
    }
    found.sort_by_key(|it| (is_back(&it.path), it.path.clone(), it.symbol.bytes.start));
    Ok(found)
}

/// Names that are defined and look like `name`.
pub fn near_names(index: &Index, name: &str) -> Result<Vec<String>, IndexError> {
    let name = Name::new(name);
    let mut names: HashSet<String> = HashSet::new();
    index.each_name(|it| {
        // Whoever typed no path means none.
        if name.path.contains('.') || !it.contains('.') {
            names.insert(it.to_owned());
        }
    })?;
    let mut found = Vec::new();
    // Some may be of definitions that went.
    for it in near(names.iter().map(String::as_str), &name.path, 4 * SUGGESTED) {
        if found.len() < SUGGESTED && !index.defining(it)?.is_empty() {
            found.push(it.to_owned());
        }
    }
    Ok(found)
}

/// At most `limit` lines that use `name` and pass: files that define it first, then those that import
/// these or lie beside them; code before tests and documents. The kinds of the filter are those of the definitions that
/// the uses stand in.
pub fn uses(
    index: &Index,
    name: &str,
    filter: &Filter,
    reach: Reach,
    limit: usize,
) -> Result<Uses, IndexError> {
    let defined = definitions(index, name, &Filter::default())?;
    let name = Name::new(name);
    let files = files(index, &name, filter, &defined)?;
    let mut uses = Uses::default();
    for files in files.chunks(FILES_AT_ONCE) {
        for (found, unspoken) in looked_into(index, files, &name, filter, reach) {
            uses.unspoken += unspoken;
            uses.uses.extend(found);
        }
        if uses.uses.len() > limit {
            break;
        }
    }
    uses.more = uses.uses.len() > limit;
    uses.uses.truncate(limit);
    Ok(uses)
}

/// The files that can say the name, in the order in which they are told.
pub(super) fn files(
    index: &Index,
    name: &Name,
    filter: &Filter,
    defined: &[Definition],
) -> Result<Vec<FileId>, IndexError> {
    // The filter is about the definitions around, so the gate knows only paths and languages.
    let (paths, languages) = (filter.paths.clone(), filter.languages.clone());
    let whole = Filter { paths, languages, ..Filter::default() };
    let gate = Gate::new(index, &whole)?;
    let front = defined.iter().any(|it| !is_back(&it.path));
    let homes: Vec<&RepoPath> =
        defined.iter().map(|it| &it.path).filter(|path| !front || !is_back(path)).collect();
    let paths: HashSet<&RepoPath> = homes.iter().copied().collect();
    let folders: HashSet<&[u8]> = homes.iter().map(|path| parent(path.as_bytes())).collect();
    let mut importers: HashSet<FileId> = HashSet::new();
    for home in homes.iter().filter_map(|path| index.find(path)) {
        importers.extend(index.importers(home)?);
    }
    let distance = |path: &RepoPath, file: &FileId| {
        let is_near = || importers.contains(file) || folders.contains(parent(path.as_bytes()));
        if paths.contains(path) { 0 } else { 2 - u8::from(is_near()) }
    };
    let saying = index.files_saying(&name.last)?.into_iter();
    let mut files: Vec<FileId> = saying.filter(|file| gate.allows(*file)).collect();
    files.sort_by_cached_key(|file| {
        let path = index.file(*file).map(|it| it.path);
        path.map(|path| (distance(&path, file), is_back(&path), *file))
    });
    Ok(files)
}

fn is_back(path: &RepoPath) -> bool {
    stands_back(path.as_bytes(), Wanted::default())
}

/// The uses in each of `files`, with how many were left out, in the order of the files; on all
/// processors.
fn looked_into(
    index: &Index,
    files: &[FileId],
    name: &Name,
    filter: &Filter,
    reach: Reach,
) -> Vec<(Vec<Use>, usize)> {
    let sources: Vec<Source> = files.iter().filter_map(|file| Source::of(index, *file)).collect();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(sources.len());
    let work = || {
        let mut found = Vec::new();
        while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
            found.push((source.file, source.uses(name, filter, reach)));
        }
        found
    };
    let found: BTreeMap<FileId, (Vec<Use>, usize)> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|it| it.join().unwrap_or_default()).collect()
    });
    files.iter().filter_map(|file| found.get(file).cloned()).collect()
}

/// A file to look into.
struct Source {
    file: FileId,
    path: RepoPath,
    location: (PathBuf, u64),
    digest: Option<Digest>,
    language: Option<Language>,
}

impl Source {
    fn of(index: &Index, file: FileId) -> Option<Self> {
        let indexed = index.file(file)?;
        Some(Self {
            file,
            location: index.location(file),
            digest: indexed.digest,
            language: index.language_of(file),
            path: indexed.path,
        })
    }

    /// One use a line, and how many lines were left out. A file that changed since it was indexed
    /// has none: it is looked into by the next run.
    fn uses(&self, name: &Name, filter: &Filter, reach: Reach) -> (Vec<Use>, usize) {
        let (path, size) = &self.location;
        // One more would show that it has grown.
        let bytes = read_regular(path, size + 1).unwrap_or_default();
        let at = occurrences(&bytes, &name.last);
        if at.is_empty() || self.digest != Some(Digest::of(&bytes)) {
            return (Vec::new(), 0);
        }
        let tree = self.language.and_then(|it| parse(it, &bytes).map(|tree| (it, tree)));
        let symbols = tree.as_ref().map(|(it, tree)| symbols_of(*it, tree, &bytes));
        let symbols = symbols.unwrap_or_default();
        let named: HashSet<usize> =
            symbols.iter().flat_map(|it| it.names_at.iter().copied()).collect();
        let at: Vec<usize> = at.into_iter().filter(|at| !named.contains(at)).collect();
        let contexts = match &tree {
            Some((language, tree)) if !is_prose(*language) => contexts(tree, &at),
            _ => vec![Context::Text; at.len()],
        };
        let used_as = match &tree {
            Some((language, tree)) => used_as(*language, tree, &bytes, &at),
            None => vec![None; at.len()],
        };
        let (mut uses, mut left_out): (Vec<Use>, usize) = (Vec::new(), 0);
        let mut last_left_out = 0;
        let all: Vec<&[u8]> = lines(&bytes).collect();
        for ((at, context), used_as) in at.into_iter().zip(contexts).zip(used_as) {
            let line = line_of(&bytes, at);
            let spoken = matches!(context, Context::Code | Context::Text);
            if uses.last().is_some_and(|it| it.line == line) {
                continue;
            }
            let within = symbols.iter().rev().find(|it| it.bytes.contains(&at));
            let kinds = &filter.kinds;
            if !kinds.is_empty() && within.is_none_or(|it| !kinds.contains(&it.kind)) {
                continue;
            }
            if !spoken && reach == Reach::Code {
                left_out += usize::from(last_left_out != line);
                last_left_out = line;
                continue;
            }
            uses.push(Use {
                path: self.path.clone(),
                line,
                column: column(&bytes, at),
                context,
                used_as,
                within: within.map(|it| (it.path.clone(), it.kind)),
                text: all
                    .get(line as usize - 1)
                    .map(|line| String::from_utf8_lossy(line).into_owned())
                    .unwrap_or_default(),
            });
        }
        (uses, left_out)
    }
}

/// Whether a language is for people alone: all of it counts, and none of it is code.
pub(super) fn is_prose(language: Language) -> bool {
    language.name() == "markdown"
}

/// Where `name` stands in `text`, not as a part of a longer identifier.
pub(super) fn occurrences(text: &[u8], name: &str) -> Vec<usize> {
    if identifiers(name).next().is_none() {
        return Vec::new();
    }
    let inner = |c: char| c.is_alphanumeric() || c == '_';
    let starts = name.chars().next().is_some_and(inner);
    let ends = name.chars().next_back().is_some_and(inner);
    let joined_before = |at: usize| {
        let before = String::from_utf8_lossy(&text[at.saturating_sub(4)..at]).into_owned();
        before.chars().next_back().is_some_and(inner)
    };
    let joined_after = |end: usize| {
        let after = String::from_utf8_lossy(&text[end..text.len().min(end + 4)]).into_owned();
        after.chars().next().is_some_and(inner)
    };
    let found = bstr::ByteSlice::find_iter(text, name.as_bytes());
    found
        .filter(|at| !(starts && joined_before(*at) || ends && joined_after(at + name.len())))
        .collect()
}

/// The place of the byte `at` on its line, in characters from 1.
fn column(text: &[u8], at: usize) -> u32 {
    let start = text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let before = String::from_utf8_lossy(&text[start..at]).chars().count();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

impl Definition {
    /// Its lines, with doc comments.
    pub fn span(&self) -> Span {
        self.symbol.span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_identifiers_only() {
        let at = |text: &str, name: &str| occurrences(text.as_bytes(), name);
        assert_eq!(at("connect reconnect connect_to é.connect()", "connect"), [0, 32]);
        assert_eq!(at("éconnect connecté connect", "connect"), [20]);
        assert_eq!(at("a valid? b valid?x", "valid?"), [2, 11]);
        assert_eq!(at("a == b", "=="), [0usize; 0]);
    }

    #[test]
    fn names_as_they_are_typed() {
        for (text, path, last) in [
            ("Client::connect", "Client.connect", "connect"),
            ("\\App\\Client", "App.Client", "Client"),
            ("connect()", "connect", "connect"),
            (".a", "a", "a"),
        ] {
            let name = Name::new(text);
            assert_eq!((name.path.as_str(), name.last.as_str()), (path, last));
        }
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(column("a\né b".as_bytes(), 5), 3);
    }
}
