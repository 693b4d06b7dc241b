//! Imports of standard libraries that a reply uses and does not write.
//!
//! A model that edits one function sees no imports and writes none. A name that the text newly refers
//! to and binds nowhere would fail when it runs; where it is one of a standard library that can mean one
//! thing only, the import is what was meant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::syntax::imports::{Import, Imported, Wanted, written};
use crate::syntax::{Language, Reference};

/// What one language has.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Standard {
    /// Said with something behind: `math.pi`.
    modules: Vec<String>,
    /// Modules, and what is taken out of them.
    names: BTreeMap<String, Vec<String>>,
}

// A table that does not parse adds nothing; a test reads it.
static TABLES: LazyLock<BTreeMap<String, Standard>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../grammars/standard.toml")).unwrap_or_default()
});

/// The statements, a line each, that import what `unbound` refers to in `text`.
pub(super) fn lines(language: Language, text: &[u8], unbound: &[&Reference]) -> Vec<String> {
    let Some(table) = TABLES.get(language.name()) else { return Vec::new() };
    let mut modules = BTreeSet::new();
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for it in unbound {
        let leads = text.get(it.at + it.name.len()) == Some(&b'.');
        let is_module = |path: &&String| path.rsplit('/').next() == Some(&it.name);
        if let Some(module) = table.modules.iter().find(is_module).filter(|_| leads) {
            modules.insert(module.as_str());
        } else if let Some((module, _)) = table.names.iter().find(|(_, has)| has.contains(&it.name))
        {
            names.entry(module).or_default().insert(&it.name);
        }
    }
    let go = language.name() == "go";
    let module = |it: &str| if go { format!("import \"{it}\"") } else { format!("import {it}") };
    let mut lines: Vec<String> = modules.into_iter().map(module).collect();
    lines.extend(names.into_iter().map(|(module, names)| {
        let wanted = |name: &&str| Wanted { name: (*name).to_owned(), alias: None, types: false };
        written(language, module, &names.iter().map(wanted).collect::<Vec<_>>(), "", false, "")
    }));
    lines
}

/// Whether `imports` may bind names that they do not write.
pub(super) fn may_bind_more(imports: &[Import]) -> bool {
    let all = imports.iter().filter(|it| it.module == 0).flat_map(|it| &it.items);
    all.into_iter().any(|it| it.what == Imported::Everything)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_no_name_stands_in_two_modules() {
        for language in ["python", "rust", "go"] {
            let table = &TABLES[language];
            let names: Vec<_> = table.names.values().flatten().collect();
            let different: BTreeSet<_> = names.iter().collect();
            assert_eq!(names.len(), different.len(), "{language}");
            assert!(names.len() + table.modules.len() > 10);
        }
    }
}
