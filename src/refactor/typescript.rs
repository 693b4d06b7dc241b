//! Modules of TypeScript and JavaScript: files by relative paths.

use crate::base::RepoPath;
use crate::refactor::NoMove;
use crate::refactor::rules::{Qualified, Rules, Target};
use crate::refactor::sources::{File, Sources, folder, joined, relative};
use crate::syntax::imports::{Import, Imported, Item};

pub(super) struct TypeScript;

/// Ends of files, those that are looked for first in front.
const ENDS: [&str; 9] = ["ts", "tsx", "mts", "cts", "d.ts", "js", "jsx", "mjs", "cjs"];

impl Rules for TypeScript {
    fn target(&self, sources: &Sources, file: &File, _: &Import, item: &Item) -> Target {
        let Some(path) = resolved(sources, file, &item.from) else { return Target::Elsewhere };
        match &item.what {
            Imported::Module => Target::Module(path),
            Imported::Everything => Target::Everything(path),
            Imported::Name(name) => Target::Name(path, name.clone()),
            Imported::Default => Target::Name(path, "default".to_owned()),
        }
    }

    fn named(&self, sources: &Sources, file: &File, _: usize, module: &str) -> Target {
        let all = file.imports.iter().flat_map(|it| it.items.iter().map(move |item| (it, item)));
        let mut named =
            all.filter(|(_, item)| item.local == module && item.what == Imported::Module);
        named
            .next()
            .map_or(Target::Elsewhere, |(import, item)| self.target(sources, file, import, item))
    }

    fn qualified(&self, file: &File, name: &str) -> Vec<Qualified> {
        super::qualified::behind_dots(file, name)
    }

    fn spelled(
        &self,
        _: &Sources,
        user: &File,
        _: usize,
        to: &RepoPath,
        like: Option<&str>,
    ) -> Result<String, NoMove> {
        let own = user.imports.iter().filter_map(|it| it.items.first()).map(|it| it.from.as_str());
        let like = like.or_else(|| own.into_iter().find(|from| from.starts_with('.')));
        let like = like.unwrap_or_default();
        let path = to.to_string();
        let (stem, end) = split(&path);
        let has_end = ENDS.iter().any(|end| like.ends_with(&format!(".{end}")));
        let says_script = like.ends_with("js") || like.ends_with("jsx");
        let path = match (has_end, says_script) {
            (true, true) => format!("{stem}.{}", end.replace("tsx", "jsx").replace("ts", "js")),
            (true, false) => path.clone(),
            // A folder stands for its index, unless people say it.
            _ if like.ends_with("/index") => stem.to_owned(),
            _ => stem.strip_suffix("/index").unwrap_or(stem).to_owned(),
        };
        Ok(relative(folder(&user.path.to_string()), &path))
    }

    fn respelled(
        &self,
        _: &Sources,
        from: &File,
        module: &str,
        to: &RepoPath,
    ) -> Result<String, NoMove> {
        if !module.starts_with('.') {
            return Ok(module.to_owned());
        }
        let place = joined(folder(&from.path.to_string()), module);
        let place =
            place.ok_or_else(|| NoMove::NotReached { user: from.path.clone(), to: to.clone() })?;
        Ok(relative(folder(&to.to_string()), &place))
    }

    fn is_facade(&self, path: &RepoPath) -> bool {
        split(&path.to_string()).0.rsplit('/').next() == Some("index")
    }

    fn is_public(&self, file: &File, name: &str, start: usize) -> bool {
        file.slice(start..file.text.len()).starts_with("export ") || listed(file, name).is_some()
    }

    fn shown(
        &self,
        file: &File,
        name: &str,
        start: usize,
    ) -> Option<(std::ops::Range<usize>, &'static str)> {
        (!self.is_public(file, name, start)).then_some((start..start, "export "))
    }
}

/// Where `export { name }` without a source has the name, as a name of its own or not.
pub(super) fn listed(file: &File, name: &str) -> Option<Listed> {
    let root = file.tree.root();
    let mut cursor = root.walk();
    for node in root.children(&mut cursor).filter(|it| it.kind() == "export_statement") {
        if node.child_by_field_name("source").is_some() {
            continue;
        }
        let mut cursor = node.walk();
        let Some(clause) = node.children(&mut cursor).find(|it| it.kind() == "export_clause")
        else {
            continue;
        };
        let mut cursor = clause.walk();
        let all: Vec<_> = clause.named_children(&mut cursor).collect();
        let all: Vec<_> = all.into_iter().filter(|it| it.kind() == "export_specifier").collect();
        for (at, it) in all.iter().enumerate() {
            let named = it.child_by_field_name("name").map(|it| file.slice(it.byte_range()));
            if named != Some(name) {
                continue;
            }
            let own = it.byte_range();
            let cut = match (all.get(at + 1), at.checked_sub(1).and_then(|at| all.get(at))) {
                (Some(next), _) => own.start..next.start_byte(),
                (None, Some(before)) => before.end_byte()..own.end,
                (None, None) => node.byte_range(),
            };
            let is_whole = all.len() == 1;
            return Some(Listed {
                cut,
                is_whole,
                alias: it.child_by_field_name("alias").is_some(),
            });
        }
    }
    None
}

/// A name in a list of exports.
pub(super) struct Listed {
    /// What goes when the name goes.
    pub(super) cut: std::ops::Range<usize>,
    /// The whole statement goes.
    pub(super) is_whole: bool,
    pub(super) alias: bool,
}

/// A path without its end, and the end.
fn split(path: &str) -> (&str, &str) {
    let mut ends = ENDS.iter().filter(|end| path.ends_with(&format!(".{end}")));
    let longest = ends.by_ref().max_by_key(|end| end.len());
    longest.map_or((path, ""), |end| (&path[..path.len() - end.len() - 1], end))
}

/// The file that a relative path names.
pub(super) fn resolved(sources: &Sources, file: &File, module: &str) -> Option<RepoPath> {
    if !module.starts_with('.') {
        return None;
    }
    let place = joined(folder(&file.path.to_string()), module)?;
    let (stem, end) = split(&place);
    let mut tries = vec![place.clone()];
    if !end.is_empty() {
        let typed = end.replace("jsx", "tsx").replace("js", "ts");
        tries.push(format!("{stem}.{typed}"));
        tries.push(format!("{stem}.tsx"));
    }
    tries.extend(ENDS.iter().map(|end| format!("{place}.{end}")));
    tries.extend(ENDS.iter().map(|end| format!("{place}/index.{end}")));
    let found = tries.into_iter().find(|path| sources.has(path.trim_start_matches('/')))?;
    RepoPath::new(found.trim_start_matches('/')).ok()
}
