//! Moves of Go: within a package only imports follow; to another package every use is qualified anew.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::base::RepoPath;
use crate::refactor::definition::Definition;
use crate::refactor::edits::{Edits, blank_lines, whole_lines};
use crate::refactor::qualified::behind_dots;
use crate::refactor::sources::{Family, File, Sources, folder, joined};
use crate::refactor::statements::{Added, Statements};
use crate::refactor::{Moved, NoMove};
use crate::syntax::errors;
use crate::syntax::imports::{Import, Wanted};

/// A move between files of Go.
struct Go<'s> {
    sources: &'s Sources,
    definition: Definition,
    old: Rc<File>,
    new: Rc<File>,
    edits: BTreeMap<RepoPath, Edits>,
    statements: BTreeMap<RepoPath, Statements>,
    /// Replacements within the definition, by bytes of the old file.
    inner: Vec<(std::ops::Range<usize>, String)>,
}

pub(super) fn relocate(
    sources: &Sources,
    definition: Definition,
    old: Rc<File>,
    new: Rc<File>,
) -> Result<Moved, NoMove> {
    let mut go = Go {
        sources,
        definition,
        old,
        new,
        edits: BTreeMap::new(),
        statements: BTreeMap::new(),
        inner: Vec::new(),
    };
    let (old, new) = (go.old.path.to_string(), go.new.path.to_string());
    let is_test = |path: &str| path.ends_with("_test.go");
    if is_test(&new) && !is_test(&old) {
        return Err(go.refused("only tests see what a file of tests defines"));
    }
    if constraint(&go.old) != constraint(&go.new) && sources.text(&go.new.path).is_some() {
        return Err(go.refused("the two files are built under different conditions"));
    }
    let same = folder(&old) == folder(&new)
        && package(&go.new).is_none_or(|it| Some(it) == package(&go.old));
    if !same {
        go.across()?;
    }
    go.imports(same)?;
    go.finish(same)
}

impl Go<'_> {
    fn refused(&self, why: impl Into<String>) -> NoMove {
        NoMove::NotPlain { name: self.definition.name.clone(), why: why.into() }
    }

    /// The imports that go along, and those that only the definition needed.
    fn imports(&mut self, same: bool) -> Result<(), NoMove> {
        let old = self.old.clone();
        for (at, import) in old.imports.iter().enumerate() {
            let Some(item) = import.items.first() else { continue };
            if item.local == "." {
                let name = &item.from;
                return Err(self.refused(format!("`{}` takes everything of `{name}`", old.path)));
            }
            let uses = |inside: bool| {
                old.names.references.iter().any(|it| {
                    is_name_of(import, &it.name, &old) && self.definition.has(it.at) == inside
                })
            };
            let (inside, outside) = (uses(true), uses(false));
            if !inside {
                continue;
            }
            let own = self.path_of(folder(&self.new.path.to_string()));
            if !same && Some(&item.from) == own.as_ref() {
                let name = item.local.clone();
                for it in old
                    .names
                    .references
                    .iter()
                    .filter(|it| it.name == name && self.definition.has(it.at))
                {
                    self.inner.push((it.at..it.at + name.len() + 1, String::new()));
                }
            } else {
                let alias = item.alias.then(|| item.local.clone());
                let wanted = Wanted { name: String::new(), alias, types: false };
                let added = Added { wanted, ..Added::new(item.from.clone(), "") };
                self.statements.entry(self.new.path.clone()).or_default().add(added);
            }
            if !outside {
                self.statements.entry(old.path.clone()).or_default().remove(at, 0);
            }
        }
        Ok(())
    }

    /// To another package: what is used of the old one, and who uses it, go by the packages' names.
    fn across(&mut self) -> Result<(), NoMove> {
        let name = self.definition.name.clone();
        let (old, new) = (self.old.clone(), self.new.clone());
        if !name.starts_with(char::is_uppercase) {
            return Err(self.refused(
                "another package sees only what begins with a capital letter; rename it first",
            ));
        }
        let (old_folder, new_folder) =
            (folder(&old.path.to_string()).to_owned(), folder(&new.path.to_string()).to_owned());
        let unknown = || NoMove::NotReached { user: old.path.clone(), to: new.path.clone() };
        let old_path = self.path_of(&old_folder).ok_or_else(unknown)?;
        let new_path = self.path_of(&new_folder).ok_or_else(unknown)?;
        let old_name = package(&old).ok_or_else(unknown)?;
        let new_name = self.package_of(&new_folder, &new);
        let siblings = self.files_of(&old_folder, &old_name);
        let mut needs = false;
        for it in
            old.names.references.iter().filter(|it| self.definition.has(it.at) && it.name != name)
        {
            let bound = |file: &File| {
                file.names.bound.iter().any(|bound| {
                    bound.name == it.name
                        && !(file.path == old.path && self.definition.has(bound.at))
                })
            };
            if siblings.iter().filter_map(|path| self.sources.file(path)).any(|file| bound(&file)) {
                if !it.name.starts_with(char::is_uppercase) {
                    return Err(
                        self.refused(format!("it uses `{}`, which only its package sees", it.name))
                    );
                }
                self.inner.push((it.at..it.at, format!("{old_name}.")));
                needs = true;
            }
        }
        if self.definition.pieces.len() == 1 && self.has_methods(&siblings) {
            return Err(self.refused("its methods stand in other files of the package"));
        }
        let mut is_used_at_home = false;
        for path in self.sources.of_family(Family::Go) {
            let Some(file) = self.sources.file(&path) else { continue };
            let at_home = siblings.contains(&path);
            let there =
                folder(&path.to_string()) == new_folder && package(&file) == Some(new_name.clone());
            let mut changed = false;
            if at_home {
                for it in file.names.references.iter().filter(|it| it.name == name) {
                    if !(path == old.path && self.definition.has(it.at)) {
                        self.edits
                            .entry(path.clone())
                            .or_default()
                            .insert(it.at, format!("{new_name}."));
                        changed = true;
                        is_used_at_home = true;
                    }
                }
            } else if let Some(at) = file.imports.iter().position(|it| it.items[0].from == old_path)
            {
                let local = &file.imports[at].items[0].local;
                let all: Vec<_> = behind_dots(&file, &name)
                    .into_iter()
                    .filter(|it| it.module == *local)
                    .collect();
                for it in &all {
                    let edits = self.edits.entry(path.clone()).or_default();
                    match there {
                        true => edits.replace(it.module_at.start..it.at, ""),
                        false => edits.replace(it.module_at.clone(), new_name.clone()),
                    }
                    changed = !there;
                }
                let left = file.names.references.iter().any(|it| {
                    it.name == *local && !all.iter().any(|change| change.module_at.start == it.at)
                });
                if !all.is_empty() && !left {
                    self.statements.entry(path.clone()).or_default().remove(at, 0);
                }
            }
            if changed {
                if file.names.bound.iter().any(|it| it.name == new_name) {
                    return Err(NoMove::Taken { name: new_name, path });
                }
                let added = Added::new(new_path.clone(), "");
                self.statements.entry(path.clone()).or_default().add(added);
            }
        }
        if needs && is_used_at_home {
            return Err(NoMove::Cycle { one: old.path.clone(), other: new.path.clone() });
        }
        if needs {
            let added = Added::new(old_path.clone(), "");
            self.statements.entry(new.path.clone()).or_default().add(added);
        }
        let leads = |from: &str, to: &str| self.leads(from, to);
        if is_used_at_home && leads(&new_folder, &old_path)
            || needs && leads(&old_folder, &new_path)
        {
            return Err(NoMove::Cycle { one: old.path.clone(), other: new.path.clone() });
        }
        Ok(())
    }

    /// Whether the package in a folder imports another, itself or through others of this repository.
    fn leads(&self, from: &str, to: &str) -> bool {
        let (mut seen, mut open) = (Vec::new(), vec![from.to_owned()]);
        while let Some(here) = open.pop() {
            if seen.contains(&here) {
                continue;
            }
            for path in self.sources.of_family(Family::Go) {
                if folder(&path.to_string()) != here {
                    continue;
                }
                let Some(file) = self.sources.file(&path) else { continue };
                for import in file.imports.iter().flat_map(|it| &it.items) {
                    if import.from == to {
                        return true;
                    }
                    open.extend(self.folder_of(&import.from));
                }
            }
            seen.push(here);
        }
        false
    }

    fn has_methods(&self, siblings: &[RepoPath]) -> bool {
        let start = format!("{}.", self.definition.name);
        siblings.iter().filter_map(|path| self.sources.file(path)).any(|file| {
            file.symbols.iter().any(|it| {
                let own = file.path == self.old.path && self.definition.has(it.bytes.start);
                it.path.starts_with(&start) && !own
            })
        })
    }

    fn files_of(&self, place: &str, name: &str) -> Vec<RepoPath> {
        let all = self.sources.of_family(Family::Go).into_iter();
        all.filter(|path| {
            let file = self.sources.file(path);
            folder(&path.to_string()) == place
                && file.is_some_and(|file| package(&file).as_deref() == Some(name))
        })
        .collect()
    }

    /// The module that a folder lies in: where its `go.mod` is, and its path.
    fn module(&self, place: &str) -> Option<(String, String)> {
        module(self.sources, place)
    }

    fn path_of(&self, place: &str) -> Option<String> {
        import_path(self.sources, place)
    }

    fn folder_of(&self, path: &str) -> Option<String> {
        let (root, module) = self.module(folder(&self.old.path.to_string()))?;
        let below = path.strip_prefix(module.as_str())?;
        (below.is_empty() || below.starts_with('/')).then(|| joined(&root, below)).flatten()
    }

    /// The name of the package in a folder; of a new one its folder's.
    fn package_of(&self, place: &str, new: &File) -> String {
        let here = self.sources.of_family(Family::Go).into_iter().find_map(|path| {
            let is_test = path.to_string().ends_with("_test.go");
            let file = self
                .sources
                .file(&path)
                .filter(|_| folder(&path.to_string()) == place && !is_test)?;
            package(&file)
        });
        let last = place.rsplit('/').next().unwrap_or_default().replace(['-', '.'], "");
        package(new).or(here).unwrap_or(last)
    }

    fn finish(mut self, same: bool) -> Result<Moved, NoMove> {
        let (old, new) = (self.old.clone(), self.new.clone());
        let pieces = self.definition.pieces.clone();
        self.statements.entry(old.path.clone()).or_default().lines.extend(pieces);
        let inner: Vec<_> =
            self.inner.iter().map(|(at, with)| (at.clone(), with.as_str())).collect();
        let text = self.definition.text_with(&old, &inner);
        let name = match same {
            true => package(&old).unwrap_or_default(),
            false => self.package_of(folder(&new.path.to_string()), &new),
        };
        let mut files = BTreeMap::new();
        let paths: Vec<RepoPath> = self
            .statements
            .keys()
            .chain(self.edits.keys())
            .cloned()
            .chain([new.path.clone()])
            .collect();
        for path in paths {
            if files.contains_key(&path) {
                continue;
            }
            let broken = || NoMove::Broken(path.clone());
            let start = match self.sources.text(&path) {
                Some(text) => text.to_vec(),
                None => {
                    let condition =
                        constraint(&old).map(|it| format!("{it}\n\n")).unwrap_or_default();
                    format!("{condition}package {name}\n").into_bytes()
                }
            };
            let file = File::new(&path, &start).ok_or_else(broken)?;
            let mut edits = self.edits.remove(&path).unwrap_or_default();
            let mut statements = self.statements.remove(&path).unwrap_or_default();
            grouped(&file, &mut statements, &mut edits);
            statements.into_edits(&file, &mut edits);
            if path == new.path {
                let blank = blank_lines(&start, start.len()).0;
                let end = if start.ends_with(b"\n") { "" } else { "\n" };
                let gap = if blank == 0 { "\n" } else { "" };
                edits.insert(start.len(), format!("{end}{gap}{text}"));
            }
            let after = edits.applied(&start).ok_or_else(broken)?;
            if errors(file.language, &after).len() > errors(file.language, &start).len() {
                return Err(broken());
            }
            if self.sources.text(&path) != Some(after.as_slice()) {
                files.insert(path, after);
            }
        }
        Ok(Moved {
            name: self.definition.name,
            kind: self.definition.kind,
            from: old.path.clone(),
            to: new.path.clone(),
            files,
            doubts: Vec::new(),
        })
    }
}

/// Several imports of a file that has none stand in brackets, and one that stands alone gets them when
/// others come; brackets that nothing is left in go.
fn grouped(file: &File, statements: &mut Statements, edits: &mut Edits) {
    let in_brackets = |it: &Import| !file.slice(it.bytes.clone()).starts_with("import");
    let gone = |at: usize| statements.gone.contains_key(&at);
    let all_gone = !file.imports.is_empty() && (0..file.imports.len()).all(gone);
    if file.imports.first().is_some_and(in_brackets) && all_gone {
        let root = file.tree.root();
        let mut cursor = root.walk();
        let whole = root.children(&mut cursor).find(|it| it.kind() == "import_declaration");
        if let Some(whole) = whole {
            statements.lines.push(whole_lines(&file.text, &whole.byte_range()));
        }
    }
    let spec = |it: &Added| match &it.wanted.alias {
        Some(alias) => format!("{alias} \"{}\"", it.module),
        None => format!("\"{}\"", it.module),
    };
    let known = |it: &Added| {
        file.imports.iter().enumerate().any(|(at, import)| {
            import.items[0].from == it.module && !statements.gone.contains_key(&at)
        })
    };
    let mut specs: Vec<String> =
        statements.added.iter().filter(|it| !known(it)).map(spec).collect();
    let alone: Vec<usize> =
        (0..file.imports.len()).filter(|at| !in_brackets(&file.imports[*at])).collect();
    if specs.is_empty() || file.imports.len() != alone.len() && !all_gone {
        return;
    }
    statements.added.clear();
    let kept: Vec<&usize> = alone.iter().filter(|at| !statements.gone.contains_key(at)).collect();
    specs.extend(kept.iter().map(|at| {
        file.slice(file.imports[**at].bytes.clone()).trim_start_matches("import ").to_owned()
    }));
    specs.sort_by_key(|it| (it.split('/').next().unwrap_or_default().contains('.'), it.clone()));
    let (system, others): (Vec<_>, Vec<_>) =
        specs.iter().partition(|it| !it.split('/').next().unwrap_or_default().contains('.'));
    let list = |all: &[&String]| all.iter().map(|it| format!("\t{it}\n")).collect::<String>();
    let between = if system.is_empty() || others.is_empty() { "" } else { "\n" };
    let text = match specs.as_slice() {
        [one] => format!("import {one}\n"),
        _ => format!("import (\n{}{between}{})\n", list(&system), list(&others)),
    };
    match kept.first() {
        Some(first) => {
            edits.replace(whole_lines(&file.text, &file.imports[**first].bytes), text);
            for at in &kept[1..] {
                statements.remove(**at, 0);
            }
        }
        None => {
            let spot = crate::refactor::place::default_spot(
                &File { imports: Vec::new(), ..copy(file) },
                &Added::new(String::new(), ""),
                "",
            );
            let below = blank_lines(&file.text, spot.at).1;
            let after = if below == 0 && spot.at < file.text.len() { "\n" } else { "" };
            edits.insert(spot.at, format!("\n{text}{after}"));
        }
    }
}

fn copy(file: &File) -> File {
    File {
        path: file.path.clone(),
        language: file.language,
        text: file.text.clone(),
        tree: file.tree.clone(),
        imports: file.imports.clone(),
        names: file.names.clone(),
        symbols: file.symbols.clone(),
    }
}

/// Whether `name` may be what an import is called: a path does not always say it.
fn is_name_of(import: &Import, name: &str, file: &File) -> bool {
    let Some(item) = import.items.first() else { return false };
    if item.local == name {
        return true;
    }
    // `gopkg.in/go-playground` and the like: a part of the last name, that nothing else is called.
    let last = item.from.rsplit('/').next().unwrap_or_default();
    let others = file.imports.iter().flat_map(|it| &it.items).any(|it| it.local == name);
    let bound = file.names.bound.iter().any(|it| it.name == name);
    !item.alias
        && !others
        && !bound
        && name.len() > 1
        && last.split(['-', '.', '_']).any(|it| it == name)
}

/// The folder of the module that a folder belongs to, and the module's path.
fn module(sources: &Sources, place: &str) -> Option<(String, String)> {
    let mut at = place.to_owned();
    loop {
        let path = joined(&at, "go.mod").and_then(|it| RepoPath::new(it).ok());
        if let Some(text) = path.and_then(|path| sources.text(&path)) {
            let text = String::from_utf8_lossy(text).into_owned();
            let name = text.lines().find_map(|line| line.strip_prefix("module "))?;
            return Some((at, name.trim().trim_matches('"').to_owned()));
        }
        if at.is_empty() {
            return None;
        }
        at = folder(&at).to_owned();
    }
}

/// What others import the package in a folder by.
pub(super) fn import_path(sources: &Sources, place: &str) -> Option<String> {
    let (root, module) = module(sources, place)?;
    let below = place.strip_prefix(root.as_str())?.trim_start_matches('/');
    Some(if below.is_empty() { module } else { format!("{module}/{below}") })
}

pub(super) fn package(file: &File) -> Option<String> {
    let root = file.tree.root();
    let mut cursor = root.walk();
    let clause = root.children(&mut cursor).find(|it| it.kind() == "package_clause")?;
    Some(file.slice(clause.named_child(0)?.byte_range()).to_owned())
}

/// `//go:build …` at the head of a file.
fn constraint(file: &File) -> Option<String> {
    let text = file.slice(0..file.text.len());
    text.lines()
        .take_while(|it| !it.starts_with("package "))
        .find(|it| it.starts_with("//go:build"))
        .map(str::to_owned)
}
