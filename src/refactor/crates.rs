//! The module trees of Rust packages: which file is which module of which crate.

use std::collections::BTreeMap;

use crate::base::RepoPath;
use crate::refactor::sources::{File, Sources, folder, joined};

/// A module: the file that its crate begins with, and its path in the crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ModuleId {
    pub(super) root: String,
    pub(super) path: Vec<String>,
}

/// Every module that is reached from the crates of the repository.
#[derive(Clone, Debug, Default)]
pub(super) struct Crates {
    files: BTreeMap<ModuleId, RepoPath>,
    ids: BTreeMap<RepoPath, Vec<ModuleId>>,
    /// The names of libraries, and the files that they begin with.
    libraries: BTreeMap<String, String>,
}

/// Deeper modules are no program's.
const MAX_DEPTH: usize = 32;

impl Crates {
    pub(super) fn of(sources: &Sources) -> Self {
        let mut crates = Self::default();
        for path in sources.paths().filter(|path| path.file_name() == b"Cargo.toml") {
            let text = sources.text(path).map(String::from_utf8_lossy).unwrap_or_default();
            let Ok(table) = text.parse::<toml::Table>() else { continue };
            let name =
                table.get("package").and_then(|it| it.get("name")).and_then(|it| it.as_str());
            let Some(name) = name else { continue };
            let path = path.to_string();
            let place = folder(&path);
            let library = table.get("lib");
            let named = |key: &str| library.and_then(|it| it.get(key)).and_then(|it| it.as_str());
            let lib = joined(place, named("path").unwrap_or("src/lib.rs")).unwrap_or_default();
            let lib_name = named("name").unwrap_or(name).replace('-', "_");
            if sources.has(&lib) {
                crates.libraries.insert(lib_name, lib.clone());
            }
            let mut roots = vec![lib, joined(place, "src/main.rs").unwrap_or_default()];
            for kind in ["bin", "test", "example", "bench"] {
                let targets = table.get(kind).and_then(|it| it.as_array()).into_iter().flatten();
                let paths = targets.filter_map(|it| it.get("path")?.as_str());
                roots.extend(paths.filter_map(|path| joined(place, path)));
            }
            for kind in ["src/bin", "tests", "examples", "benches"] {
                let below = joined(place, kind).unwrap_or_default();
                let inside = sources.paths().map(ToString::to_string).filter(|it| {
                    let rest = it.strip_prefix(&format!("{below}/"));
                    rest.is_some_and(|rest| {
                        rest.ends_with(".rs")
                            && (!rest.contains('/')
                                || rest.ends_with("/main.rs") && rest.matches('/').count() == 1)
                    })
                });
                roots.extend(inside);
            }
            for root in roots {
                crates.follow(sources, ModuleId { root: root.clone(), path: Vec::new() }, &root);
            }
        }
        crates
    }

    fn follow(&mut self, sources: &Sources, id: ModuleId, path: &str) {
        let Ok(place) = RepoPath::new(path) else { return };
        let Some(file) = sources.file(&place) else { return };
        if id.path.len() > MAX_DEPTH || self.files.contains_key(&id) {
            return;
        }
        self.files.insert(id.clone(), place.clone());
        self.ids.entry(place).or_default().push(id.clone());
        let below = below(path, id.path.is_empty());
        for (name, at) in declared(&file) {
            let mut tries = vec![format!("{below}/{name}.rs"), format!("{below}/{name}/mod.rs")];
            if let Some(at) = at {
                tries = joined(folder(path), &at).into_iter().collect();
            }
            let found = tries.into_iter().find(|it| sources.has(it.trim_start_matches('/')));
            let Some(found) = found else { continue };
            let child = [id.path.clone(), vec![name]].concat();
            let child = ModuleId { root: id.root.clone(), path: child };
            self.follow(sources, child, found.trim_start_matches('/'));
        }
    }

    pub(super) fn file(&self, id: &ModuleId) -> Option<&RepoPath> {
        self.files.get(id)
    }

    /// Which module a file is; where it is none yet, the one that it would be. The crate of a library
    /// goes before that of its program.
    pub(super) fn id(&self, path: &RepoPath, is_library_first: bool) -> Option<ModuleId> {
        if let Some(known) = self.ids.get(path) {
            let library =
                known.iter().find(|it| self.libraries.values().any(|root| *root == it.root));
            return library.filter(|_| is_library_first).or(known.first()).cloned();
        }
        let text = path.to_string();
        let stem = text.strip_suffix(".rs")?;
        let stem = stem.strip_suffix("/mod").unwrap_or(stem);
        let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
        let mut parents: Vec<&ModuleId> = self
            .files
            .iter()
            .filter(|(id, path)| below(&path.to_string(), id.path.is_empty()) == folder)
            .map(|(id, _)| id)
            .collect();
        parents.sort_by_key(|it| !self.libraries.values().any(|root| *root == it.root));
        let parent = parents.first()?;
        let path = [parent.path.clone(), vec![name.to_owned()]].concat();
        Some(ModuleId { root: parent.root.clone(), path })
    }

    /// Whether several crates have the file.
    pub(super) fn is_shared(&self, path: &RepoPath) -> bool {
        self.ids.get(path).is_some_and(|ids| ids.len() > 1)
    }

    pub(super) fn library(&self, name: &str) -> Option<&String> {
        self.libraries.get(name)
    }

    /// What other crates call the library that begins with `root`.
    pub(super) fn name_of(&self, root: &str) -> Option<&String> {
        self.libraries.iter().find(|(_, it)| *it == root).map(|(name, _)| name)
    }

    pub(super) fn is_known(&self, path: &RepoPath) -> bool {
        self.ids.contains_key(path)
    }
}

/// The folder in which the modules of a file lie.
fn below(path: &str, is_root: bool) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match is_root || name == "mod.rs" {
        true => folder(path).to_owned(),
        false => path.strip_suffix(".rs").unwrap_or(path).to_owned(),
    }
}

/// The modules that a file declares and that other files are, with the path that an attribute says.
fn declared(file: &File) -> Vec<(String, Option<String>)> {
    let root = file.tree.root();
    let mut cursor = root.walk();
    let mut found = Vec::new();
    for node in root.children(&mut cursor).filter(|it| it.kind() == "mod_item") {
        let Some(name) = node.child_by_field_name("name") else { continue };
        if node.child_by_field_name("body").is_some() {
            continue;
        }
        let attribute = node.prev_sibling().filter(|it| it.kind() == "attribute_item");
        let said = attribute.map(|it| file.slice(it.byte_range())).filter(|it| it.contains("path"));
        let said = said.and_then(|it| it.split('"').nth(1)).map(str::to_owned);
        found.push((file.slice(name.byte_range()).to_owned(), said));
    }
    found
}
