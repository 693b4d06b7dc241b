//! The imports of one file as they shall be: items that go, names that come, each where it fits.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::refactor::edits::{Edits, whole_lines};
use crate::refactor::place::{Spot, default_spot};
use crate::refactor::sources::File;
use crate::syntax::imports::{Import, Imported, Place, Wanted, changed, written};

/// A name to be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Added {
    /// As the file names it.
    pub(super) module: String,
    /// Without a name the module itself is imported.
    pub(super) wanted: Wanted,
    pub(super) mark: String,
    pub(super) exports: bool,
    pub(super) place: Place,
    /// Where the inline module ends; 0 for the file's own.
    pub(super) unit: usize,
    /// The statement that it comes from.
    pub(super) near: Option<usize>,
    /// The run of imports that it stood in where it was copied from, counted from 0.
    pub(super) block: Option<usize>,
    /// Modules that stand in one block with it where it was copied from.
    pub(super) peers: Vec<String>,
}

impl Added {
    pub(super) fn new(module: String, name: &str) -> Self {
        let wanted = Wanted { name: name.to_owned(), alias: None, types: false };
        Self {
            module,
            wanted,
            mark: String::new(),
            exports: false,
            place: Place::Top,
            unit: 0,
            near: None,
            block: None,
            peers: Vec::new(),
        }
    }
}

/// What changes in the imports of a file.
#[derive(Default)]
pub(super) struct Statements {
    pub(super) gone: BTreeMap<usize, BTreeSet<usize>>,
    pub(super) added: Vec<Added>,
    /// Lines that go for other reasons.
    pub(super) lines: Vec<Range<usize>>,
}

impl Statements {
    pub(super) fn remove(&mut self, statement: usize, item: usize) {
        self.gone.entry(statement).or_default().insert(item);
    }

    pub(super) fn add(&mut self, added: Added) {
        let known = |it: &Added| {
            (&it.module, &it.wanted, it.unit, it.exports)
                == (&added.module, &added.wanted, added.unit, added.exports)
        };
        if !self.added.iter().any(known) {
            self.added.push(added);
        }
    }

    fn all_gone(&self, file: &File, at: usize) -> bool {
        let import = &file.imports[at];
        self.gone.get(&at).is_some_and(|gone| gone.len() == import.items.len())
    }

    /// Puts it all into `edits`.
    pub(super) fn into_edits(mut self, file: &File, edits: &mut Edits) {
        let added: Vec<Added> = std::mem::take(&mut self.added);
        let added: Vec<Added> = added.into_iter().filter(|it| !self.has(file, it)).collect();
        let mut merged: BTreeMap<usize, (String, Vec<Wanted>)> = BTreeMap::new();
        let mut rest: Vec<Added> = Vec::new();
        for it in added {
            match self.takes(file, &it) {
                Some(at) => {
                    let entry = merged.entry(at).or_insert((it.module.clone(), Vec::new()));
                    entry.1.push(it.wanted);
                }
                None => rest.push(it),
            }
        }
        let rest = self.renamed_in_place(file, rest, edits);
        let mut groups: Vec<Vec<Added>> = Vec::new();
        for it in rest {
            let same = |group: &&mut Vec<Added>| {
                let first = &group[0];
                let key = |it: &Added| (it.module.clone(), it.mark.clone(), it.exports, it.unit);
                let is_named = |it: &Added| !matches!(it.wanted.name.as_str(), "" | "*");
                let named = is_named(&it) && is_named(first);
                named
                    && key(first) == key(&it)
                    && first.place == it.place
                    && (it.place != Place::Inner || first.near == it.near)
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.push(it),
                None => groups.push(vec![it]),
            }
        }
        let mut replaced: BTreeMap<usize, String> = BTreeMap::new();
        let mut placed: Vec<(Spot, String)> = Vec::new();
        for mut group in groups {
            group.sort_by(|a, b| a.wanted.cmp(&b.wanted));
            let first = group[0].clone();
            let near = first.near.filter(|at| file.imports[*at].only_in.is_none());
            let like = near.or((!file.imports.is_empty()).then_some(0));
            let like =
                like.map(|at| file.slice(file.imports[at].bytes.clone())).unwrap_or_default();
            let wanted: Vec<Wanted> =
                group.iter().map(|it| it.wanted.clone()).filter(|it| !it.name.is_empty()).collect();
            let (module, mark) = (&first.module, &first.mark);
            let line = written(file.language, module, &wanted, mark, first.exports, like);
            match near {
                Some(at) if self.all_gone(file, at) && !merged.contains_key(&at) => {
                    let indent = indent(file, &file.imports[at]);
                    let text = replaced.entry(at).or_default();
                    let parting =
                        if text.is_empty() { String::new() } else { format!("\n{indent}") };
                    text.push_str(&format!("{parting}{line}"));
                }
                Some(at) => {
                    let import = &file.imports[at];
                    let lines = whole_lines(&file.text, &import.bytes);
                    let indent = indent(file, import);
                    let is_before = line.as_str() < file.slice(import.bytes.clone());
                    let at = if is_before { lines.start } else { lines.end };
                    placed.push((Spot::plain(at).indented(&indent), line));
                }
                None => {
                    let spot = default_spot(file, &first, &line);
                    placed.push((spot, line));
                }
            }
        }
        placed.sort_by(|a, b| (a.0.at, a.0.rank, &a.1).cmp(&(b.0.at, b.0.rank, &b.1)));
        for at in 0..placed.len() {
            let (spot, line) = &placed[at];
            // What comes to one place has one gap around it.
            let before = at.checked_sub(1).and_then(|at| placed.get(at)).map(|it| &it.0);
            let after = placed.get(at + 1).map(|it| &it.0);
            edits.insert(spot.at, spot.dressed(line, before, after));
        }
        self.rewrite(file, &merged, &replaced, edits);
    }

    /// Statements whose list changes, and lines that go.
    fn rewrite(
        &self,
        file: &File,
        merged: &BTreeMap<usize, (String, Vec<Wanted>)>,
        replaced: &BTreeMap<usize, String>,
        edits: &mut Edits,
    ) {
        let mut lines = self.lines.clone();
        for at in 0..file.imports.len() {
            let import = &file.imports[at];
            if let Some(text) = replaced.get(&at) {
                edits.replace(import.bytes.clone(), text.clone());
                continue;
            }
            let none = BTreeSet::new();
            let gone = self.gone.get(&at).unwrap_or(&none);
            let empty = (String::new(), Vec::new());
            let (module, wanted) = merged.get(&at).unwrap_or(&empty);
            if gone.is_empty() && wanted.is_empty() {
                continue;
            }
            match changed(file.language, &file.text, import, gone, module, wanted) {
                Some(text) => edits.replace(import.bytes.clone(), text),
                None => {
                    let whole = import.only_in.clone().unwrap_or(import.bytes.clone());
                    lines.push(whole_lines(&file.text, &whole));
                }
            }
        }
        for range in lines {
            edits.remove_lines(range);
        }
    }

    /// Statements whose every item comes from one other module now: only the module is written anew.
    fn renamed_in_place(&mut self, file: &File, rest: Vec<Added>, edits: &mut Edits) -> Vec<Added> {
        let mut left = Vec::new();
        let mut by_near: BTreeMap<usize, Vec<Added>> = BTreeMap::new();
        for it in rest {
            match it.near {
                Some(at) if self.all_gone(file, at) => by_near.entry(at).or_default().push(it),
                _ => left.push(it),
            }
        }
        for (at, all) in by_near {
            let import = &file.imports[at];
            let same =
                all.iter().all(|it| it.module == all[0].module && !it.wanted.name.is_empty());
            let names = import.items.iter().all(|item| {
                let is = |it: &Added| {
                    Imported::Name(it.wanted.name.clone()) == item.what
                        && it.wanted.alias.as_ref().unwrap_or(&it.wanted.name) == &item.local
                };
                all.iter().any(is)
            });
            match &import.from_at {
                Some(from) if same && names && all.len() == import.items.len() => {
                    edits.replace(from.clone(), all[0].module.clone());
                    self.gone.remove(&at);
                }
                _ => left.extend(all),
            }
        }
        left
    }

    /// Whether the file has it already.
    fn has(&self, file: &File, added: &Added) -> bool {
        file.imports.iter().enumerate().any(|(at, import)| {
            let there = |(item, it): (usize, &crate::syntax::imports::Item)| {
                let what = match added.wanted.name.as_str() {
                    "" => Imported::Module,
                    name => Imported::Name(name.to_owned()),
                };
                let local = match (&added.wanted.alias, added.wanted.name.as_str()) {
                    (Some(alias), _) => alias.clone(),
                    (None, "") => it.local.clone(),
                    (None, name) => name.to_owned(),
                };
                let is_gone = self.gone.get(&at).is_some_and(|gone| gone.contains(&item));
                !is_gone && it.from == added.module && it.what == what && it.local == local
            };
            let near = import.place == added.place && (added.place != Place::Inner);
            let reaches = near || import.place == Place::Top && added.place == Place::Types;
            import.module == added.unit
                && reaches
                && (import.exports == added.exports || file.language.name() == "python")
                && import.items.iter().enumerate().any(there)
        })
    }

    /// A statement that has names of the same module and stays, and can take one more.
    fn takes(&self, file: &File, added: &Added) -> Option<usize> {
        let whole = added.wanted.name.is_empty() || added.wanted.name == "*";
        if whole || added.place == Place::Inner {
            return None;
        }
        let python = file.language.name() == "python";
        (0..file.imports.len()).find(|at| {
            let import = &file.imports[*at];
            let gone = self.gone.get(at);
            let has = import.items.iter().enumerate().any(|(item, it)| {
                let stays = !gone.is_some_and(|gone| gone.contains(&item));
                stays && it.from == added.module && matches!(it.what, Imported::Name(_))
            });
            let whole = file.slice(import.bytes.clone());
            let is_long = whole.len() + added.wanted.name.len() + 2 > 88 && !whole.contains('\n');
            has && import.module == added.unit
                && import.place == added.place
                && import.mark == added.mark
                && (import.exports == added.exports || python)
                && !(is_long && python)
        })
    }
}

fn indent(file: &File, import: &Import) -> String {
    let lines = whole_lines(&file.text, &import.bytes);
    let before = file.slice(lines.start..import.bytes.start);
    before.chars().take_while(|c| c.is_whitespace()).collect()
}
