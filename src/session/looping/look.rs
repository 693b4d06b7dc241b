//! Looks around for a model: what is found is shown as the draft has it, and never what is kept from
//! agents. All that is shown is bounded, and says how the rest can be seen.

use crate::base::{RepoPath, Span, Tokens};
use crate::context::beginning;
use crate::repo::{FileState, Mode};
use crate::retrieval::{self, Filter, Hit, Query, Reach};
use crate::session::driver::{SessionError, Workshop};
use crate::session::looping::overlay::Overlay;
use crate::syntax::{self, Language, Symbol};

/// Hits, uses and files that are listed.
const HITS: usize = 8;
const USES: usize = 30;
const FILES: usize = 60;
/// Definitions that are shown whole.
const DEFINITIONS: usize = 3;
/// Lines that are shown where nobody said how many.
const LINES: u32 = 200;
/// Longer lines are cut, in characters.
const WIDTH: usize = 400;
/// Tokens of the outline of a folder.
const MAP: Tokens = Tokens(500);

/// Who looks, and how much it may be shown at once, in bytes.
pub(super) struct Look<'a> {
    pub(super) workshop: &'a Workshop<'a>,
    pub(super) overlay: &'a Overlay,
    pub(super) most: usize,
}

/// What is shown, or why it is not.
type Shown = Result<Result<String, String>, SessionError>;

impl Look<'_> {
    pub(super) fn search(&self, words: &str) -> Shown {
        let Workshop { desk, index, history, .. } = self.workshop;
        let query = Query::parse(words).unwrap_or_else(|_| Query::new(words));
        let mut hits = retrieval::search(index, history, &query, HITS)?;
        hits.retain(|hit| self.overlay.read(desk, &hit.path).is_some());
        if hits.is_empty() {
            return Ok(Ok("nothing was found; try other words".into()));
        }
        let mut text = format!("{} places:\n", hits.len());
        hits.iter().for_each(|hit| text += &self.hit(hit));
        Ok(Ok(self.bounded(&text, "search for less")))
    }

    fn hit(&self, hit: &Hit) -> String {
        let symbol = hit.symbol.as_deref().unwrap_or_default();
        let first = hit.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let edited = if self.overlay.has(&hit.path) { " (before your edits)" } else { "" };
        format!("{}:{} {symbol}{edited}\n    {}\n", hit.path, hit.span, cut(first.trim()))
    }

    pub(super) fn outline(&self, path: Option<&RepoPath>) -> Shown {
        match path.and_then(|path| Some((path, self.overlay.read(self.workshop.desk, path)?))) {
            Some((path, state)) => Ok(self.definitions(path, &state)),
            None => self.folder(path),
        }
    }

    fn definitions(&self, path: &RepoPath, state: &FileState) -> Result<String, String> {
        let text = self.text(path, state)?;
        let lines = text.lines().count();
        let language = Language::of(path, text.as_bytes());
        let symbols = language.map(|it| syntax::symbols(it, text.as_bytes())).unwrap_or_default();
        if symbols.is_empty() {
            return Ok(format!("{path} has {lines} lines and no definitions"));
        }
        let outline = format!("{path}, {lines} lines:\n{}", syntax::outline(&symbols));
        Ok(self.bounded(&outline, "use `symbol` or `open`"))
    }

    /// What is in a folder, and what is used most of it.
    fn folder(&self, within: Option<&RepoPath>) -> Shown {
        let Workshop { desk, index, .. } = self.workshop;
        let prefix = within.map(|path| [path.as_bytes(), b"/"].concat()).unwrap_or_default();
        let known = index.paths().filter(|path| path.starts_with(&prefix));
        let mut paths: Vec<RepoPath> = known.filter_map(|path| RepoPath::new(path).ok()).collect();
        let made = self.overlay.files().map(|(path, _)| path.clone());
        paths.extend(made.filter(|path| path.as_bytes().starts_with(&prefix)));
        paths.sort();
        paths.dedup();
        let Some(_) = paths.first() else {
            let what = within.map(ToString::to_string).unwrap_or_default();
            return Ok(Err(format!("there is no `{what}` that can be shown")));
        };
        let mut text = format!("{} files:\n", paths.len());
        paths.iter().take(FILES).for_each(|path| text += &format!("{path}\n"));
        if paths.len() > FILES {
            text += &format!("and {} more: name a folder\n", paths.len() - FILES);
        }
        let read = |path: &RepoPath| self.overlay.read(desk, path).map(|state| state.bytes);
        let map = retrieval::map(index, within, MAP, read)?;
        if !map.is_empty() {
            text += &format!("\nMost used:\n{map}");
        }
        Ok(Ok(self.bounded(&text, "name a folder")))
    }

    pub(super) fn open(
        &self,
        path: &RepoPath,
        from: u32,
        to: Option<u32>,
    ) -> Result<String, String> {
        let desk = self.workshop.desk;
        let state = self.overlay.read(desk, path).ok_or_else(|| {
            format!(
                "there is no file `{path}` that can be shown; `search` or `outline` finds files"
            )
        })?;
        let text = self.text(path, &state)?;
        let all = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
        if from > all.max(1) {
            return Err(format!("`{path}` has {all} lines"));
        }
        let to = to.unwrap_or(from.saturating_add(LINES - 1)).min(all);
        let shown = self.numbered(path, &text, Span::new(from.min(to.max(1)), to.max(1)), all);
        Ok(shown.trim_end().to_owned())
    }

    /// Lines of a file with their numbers, as many as may be shown.
    fn numbered(&self, path: &RepoPath, text: &str, span: Span, all: u32) -> String {
        let mut shown = String::new();
        let mut last = span.start.saturating_sub(1);
        let skipped = span.start.saturating_sub(1) as usize;
        for line in text.lines().skip(skipped).take(span.lines() as usize) {
            let line = format!("{}|{}\n", last + 1, cut(line));
            if shown.len() + line.len() > self.most && !shown.is_empty() {
                break;
            }
            shown += &line;
            last += 1;
        }
        let rest = match last < all {
            true => format!("(lines {} to {all}: open it from {})\n", last + 1, last + 1),
            false => String::new(),
        };
        format!("{path}, lines {} to {last} of {all}:\n{shown}{rest}", span.start)
    }

    pub(super) fn symbol(&self, name: &str) -> Shown {
        let index = self.workshop.index;
        let mut found: Vec<(RepoPath, Symbol)> = Vec::new();
        for (path, state) in self.overlay.files() {
            let language = Language::of(path, &state.bytes);
            let symbols = language.map(|it| syntax::symbols(it, &state.bytes)).unwrap_or_default();
            let meant = symbols.into_iter().filter(|symbol| means(symbol, name));
            found.extend(meant.map(|symbol| (path.clone(), symbol)));
        }
        let known = retrieval::definitions(index, name, &Filter::default())?;
        let known = known.into_iter().filter(|it| !self.overlay.has(&it.path));
        found.extend(known.map(|it| (it.path, it.symbol)));
        let mut text = String::new();
        let mut shown = 0;
        for (path, symbol) in &found {
            let Some(state) = self.overlay.read(self.workshop.desk, path) else { continue };
            let Ok(lines) = self.text(path, &state) else { continue };
            shown += 1;
            if shown <= DEFINITIONS {
                let all = u32::try_from(lines.lines().count()).unwrap_or(u32::MAX);
                let part = Look { most: self.most / DEFINITIONS.min(found.len()), ..*self };
                let span =
                    Span::new(symbol.span.start, symbol.span.end.min(all).max(symbol.span.start));
                text += &format!("{} `{}` in ", symbol.kind.name(), symbol.path);
                text += &part.numbered(path, &lines, span, span.end);
            } else {
                text += &format!("{}:{} {}\n", path, symbol.span, symbol.path);
            }
        }
        if shown > 0 {
            return Ok(Ok(self.bounded(&text, "open the files")));
        }
        let near: Vec<String> =
            retrieval::near_names(index, name)?.iter().map(|it| format!("`{it}`")).collect();
        Ok(Ok(match near.as_slice() {
            [] => format!("`{name}` is not defined here"),
            near => format!("`{name}` is not defined here; there is {}", near.join(", ")),
        }))
    }

    pub(super) fn refs(&self, name: &str) -> Shown {
        let Workshop { desk, index, .. } = self.workshop;
        let found = retrieval::uses(index, name, &Filter::default(), Reach::Code, USES)?;
        let uses = found.uses.iter().filter(|it| self.overlay.read(desk, &it.path).is_some());
        let line = |it: &retrieval::Use| {
            let within = it.within.as_ref().map(|(symbol, _)| format!(" in {symbol}"));
            let edited = if self.overlay.has(&it.path) { " (before your edits)" } else { "" };
            let within = within.unwrap_or_default();
            format!("{}:{}{within}{edited}: {}\n", it.path, it.line, cut(it.text.trim()))
        };
        let lines: Vec<String> = uses.map(line).collect();
        if lines.is_empty() {
            return Ok(Ok(format!("`{name}` is not used in code here")));
        }
        let more = if found.more { ", and there are more" } else { "" };
        let text = format!("{} uses{more}:\n{}", lines.len(), lines.concat());
        Ok(Ok(self.bounded(&text, "`search` for more of its words")))
    }

    fn text(&self, path: &RepoPath, state: &FileState) -> Result<String, String> {
        if state.mode == Mode::Symlink {
            return Err(format!("`{path}` is a symbolic link"));
        }
        match std::str::from_utf8(&state.bytes) {
            Ok(text) if !text.contains('\0') => Ok(text.to_owned()),
            _ => Err(format!("`{path}` is no text")),
        }
    }

    /// As much as may be shown, and how the rest can be seen.
    fn bounded(&self, text: &str, remedy: &str) -> String {
        bounded(text, self.most, remedy)
    }
}

/// The beginning of `text`, and what was left out of it.
pub(super) fn bounded(text: &str, most: usize, remedy: &str) -> String {
    match beginning(text, most) {
        (all, 0) => all.trim_end().to_owned(),
        (begins, left) => {
            format!("{}\n({left} more lines are left out: {remedy})", begins.trim_end())
        }
    }
}

fn means(symbol: &Symbol, name: &str) -> bool {
    let name = name.trim_end_matches("()").replace("::", ".");
    let ends = symbol.path.strip_suffix(&name).is_some_and(|rest| rest.ends_with('.'));
    symbol.name == name || symbol.path == name || ends
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}
