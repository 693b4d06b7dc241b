//! Where a definition is meant: names that lead to it through imports, and members of its type.
//!
//! A name that is bound nearer, that another file defines too, or that stands behind something of an
//! unknown type is not taken for it.

use std::collections::BTreeMap;
use std::rc::Rc;

use tree_sitter::Node;

use crate::base::RepoPath;
use crate::refactor::callers::parameters::Signature;
use crate::refactor::golang;
use crate::refactor::qualified::behind_dots;
use crate::refactor::rules::{Rules, Target, rules};
use crate::refactor::sources::{Family, File, Sources, folder};
use crate::syntax::imports::Imported;

/// How many files may give a name on to one another.
const MOST_STEPS: usize = 6;

/// Places of a name in a file: where each begins, and what it is called there.
type Places = Vec<(usize, String)>;

/// Where a definition is meant, and where it may be.
#[derive(Default)]
pub(super) struct Reach {
    pub(super) certain: BTreeMap<RepoPath, Places>,
    /// The same name behind something whose type is not known.
    pub(super) doubtful: BTreeMap<RepoPath, Places>,
}

impl Reach {
    fn add(&mut self, path: &RepoPath, at: usize, name: &str) {
        let places = self.certain.entry(path.clone()).or_default();
        if !places.iter().any(|(known, _)| *known == at) {
            places.push((at, name.to_owned()));
        }
    }
}

/// The places that mean the definition in `home`.
pub(super) fn reach(sources: &Sources, home: &RepoPath, signature: &Signature) -> Reach {
    let mut found = Reach::default();
    let Some(file) = sources.file(home) else { return found };
    let Some(family) = Family::of(file.language) else { return found };
    match &signature.holder {
        None => named(sources, &file, family, &signature.name, &mut found),
        Some(holder) => members(sources, &file, family, (holder, signature), &mut found),
    }
    for places in found.certain.values_mut() {
        places.sort();
    }
    found
}

/// A name at the top of a file, wherever it is imported.
fn named(sources: &Sources, home: &Rc<File>, family: Family, name: &str, found: &mut Reach) {
    for it in home.names.references.iter().filter(|it| it.name == name && it.module == 0) {
        found.add(&home.path, it.at, name);
    }
    match rules(family) {
        Some(rules) => imported(sources, rules, (home, family), name, found),
        None => in_packages(sources, home, name, found),
    }
}

fn imported(
    sources: &Sources,
    rules: &dyn Rules,
    (home, family): (&Rc<File>, Family),
    name: &str,
    found: &mut Reach,
) {
    let is_it = |target: &Target, said: &str| match target {
        Target::Name(path, taken) => {
            is_from(sources, rules, (path, taken), (&home.path, name), MOST_STEPS)
        }
        Target::Module(path) | Target::Everything(path) => {
            said == name && is_from(sources, rules, (path, name), (&home.path, name), MOST_STEPS)
        }
        Target::Elsewhere => false,
    };
    for path in sources.of_family(family) {
        let text = sources.text(&path).unwrap_or_default();
        if bstr::ByteSlice::find(text, name.as_bytes()).is_none() {
            continue;
        }
        let Some(file) = sources.file(&path) else { continue };
        for import in &file.imports {
            for item in &import.items {
                let target = rules.target(sources, &file, import, item);
                let all = item.what == Imported::Everything;
                let local = if all { name } else { item.local.as_str() };
                let own = path == home.path && import.module == 0;
                if own || !(matches!(target, Target::Name(..)) || all) || !is_it(&target, local) {
                    continue;
                }
                let bound =
                    |it: &crate::syntax::Reference| it.name == local && it.module == import.module;
                if file.names.bound.iter().any(&bound) {
                    continue;
                }
                for it in file.names.references.iter().filter(|it| bound(it)) {
                    found.add(&path, it.at, local);
                }
                if family == Family::Python {
                    inner(&file, import.bytes.start, local, &path, found);
                }
            }
        }
        for it in rules.qualified(&file, name) {
            let target = rules.named(sources, &file, it.unit, &it.module);
            if matches!(target, Target::Module(_)) && is_it(&target, name) {
                found.add(&path, it.at, name);
            }
        }
    }
}

/// What a function of Python imports is its own: names in it, where nothing else in it binds them.
fn inner(file: &File, import: usize, local: &str, path: &RepoPath, found: &mut Reach) {
    let around = |node: Node<'_>| node.kind() == "function_definition";
    let Some(node) = file.tree.root().descendant_for_byte_range(import, import) else { return };
    let mut above = std::iter::successors(Some(node), |it| it.parent());
    let Some(function) = above.find(|it| around(*it)) else { return };
    let text = file.slice(function.byte_range());
    let offset = function.start_byte();
    for (at, _) in text.match_indices(local) {
        let at = offset + at;
        let Some(node) = file.tree.root().descendant_for_byte_range(at, at + local.len()) else {
            continue;
        };
        let called = node.parent().is_some_and(|it| {
            it.kind() == "call" && it.child_by_field_name("function") == Some(node)
        });
        let own = std::iter::successors(Some(node), |it| it.parent()).find(|it| around(*it));
        if called && own == Some(function) && node.byte_range() == (at..at + local.len()) {
            found.add(path, at, local);
        }
    }
}

/// Whether what `path` calls `name` is what `home` defines under its name.
fn is_from(
    sources: &Sources,
    rules: &dyn Rules,
    (path, name): (&RepoPath, &str),
    home: (&RepoPath, &str),
    steps: usize,
) -> bool {
    if (path, name) == home {
        return true;
    }
    let Some(file) = sources.file(path).filter(|_| steps > 0) else { return false };
    if file.names.bound.iter().any(|it| it.name == name && it.module == 0) {
        return false;
    }
    let imports = file.imports.iter().filter(|it| it.module == 0);
    let mut items = imports.flat_map(|import| import.items.iter().map(move |it| (import, it)));
    items.any(|(import, item)| match rules.target(sources, &file, import, item) {
        Target::Name(next, taken) if item.local == name => {
            is_from(sources, rules, (&next, &taken), home, steps - 1)
        }
        Target::Everything(next) if next != *path => {
            is_from(sources, rules, (&next, name), home, steps - 1)
        }
        _ => false,
    })
}

/// A name of Go: plain in its package, behind the package's name elsewhere.
fn in_packages(sources: &Sources, home: &Rc<File>, name: &str, found: &mut Reach) {
    let place = folder(&home.path.to_string()).to_owned();
    let own = golang::package(home);
    let whole = golang::import_path(sources, &place);
    for path in sources.of_family(Family::Go) {
        let text = sources.text(&path).unwrap_or_default();
        if bstr::ByteSlice::find(text, name.as_bytes()).is_none() {
            continue;
        }
        let Some(file) = sources.file(&path) else { continue };
        if folder(&path.to_string()) == place && golang::package(&file) == own {
            for it in file.names.references.iter().filter(|it| it.name == name) {
                found.add(&path, it.at, name);
            }
            continue;
        }
        let items = file.imports.iter().flat_map(|it| &it.items);
        let Some(item) = items.into_iter().find(|it| Some(&it.from) == whole.as_ref()) else {
            continue;
        };
        for it in behind_dots(&file, name).into_iter().filter(|it| it.module == item.local) {
            found.add(&path, it.at, name);
        }
    }
}

/// Members of a type: behind `self`, behind the type, behind what is said to be of it.
fn members(
    sources: &Sources,
    home: &Rc<File>,
    family: Family,
    (holder, signature): (&str, &Signature),
    found: &mut Reach,
) {
    let mut of_type = Reach::default();
    named(sources, home, family, holder, &mut of_type);
    let name = signature.name.as_str();
    let makes = match family {
        Family::Python => name == "__init__",
        Family::TypeScript => name == "constructor",
        Family::Rust | Family::Go => false,
    };
    if makes {
        found.certain = of_type.certain;
        return;
    }
    for path in sources.of_family(family) {
        let text = sources.text(&path).unwrap_or_default();
        if bstr::ByteSlice::find(text, name.as_bytes()).is_none() {
            continue;
        }
        let Some(file) = sources.file(&path) else { continue };
        let types = of_type.certain.get(&path).cloned().unwrap_or_default();
        for at in bstr::ByteSlice::find_iter(file.text.as_slice(), name.as_bytes()) {
            let Some(node) = object(&file, at, name) else { continue };
            let known = is_of(&file, (node, at), (holder, &types), path == home.path);
            match known {
                Some(true) => found.add(&path, at, name),
                Some(false) => {}
                None => found.doubtful.entry(path.clone()).or_default().push((at, name.to_owned())),
            }
        }
    }
}

/// What stands before a member; `None` where no member stands there.
fn object<'f>(file: &'f File, at: usize, name: &str) -> Option<Node<'f>> {
    let node = file.tree.root().descendant_for_byte_range(at, at + name.len())?;
    let parent = node.parent().filter(|_| node.byte_range() == (at..at + name.len()))?;
    let (member, object) = match parent.kind() {
        "attribute" => ("attribute", "object"),
        "member_expression" => ("property", "object"),
        "selector_expression" => ("field", "operand"),
        "field_expression" => ("field", "value"),
        "scoped_identifier" => ("name", "path"),
        _ => return None,
    };
    let is_member = parent.child_by_field_name(member) == Some(node);
    parent.child_by_field_name(object).filter(|_| is_member)
}

/// Whether what stands before a member is of the type; `None` where that is not known.
fn is_of(
    file: &File,
    (object, at): (Node<'_>, usize),
    (holder, types): (&str, &Places),
    at_home: bool,
) -> Option<bool> {
    let text = file.slice(object.byte_range());
    let last = text.rsplit([':', '.']).next().unwrap_or(text);
    let last_at = object.end_byte() - last.len();
    if types.iter().any(|(place, local)| *place == last_at && local == last) {
        return Some(true);
    }
    if matches!(text, "self" | "cls" | "this" | "Self") {
        let inside = file.symbols.iter().filter(|it| it.kind.has_methods());
        let own = inside.filter(|it| it.bytes.contains(&at)).max_by_key(|it| it.bytes.start)?;
        let is_it = own.name == holder
            && (at_home || types.iter().any(|(place, _)| own.bytes.contains(place)));
        // Another class may inherit it.
        return if is_it { Some(true) } else { None };
    }
    if object.kind() != "identifier" {
        return None;
    }
    let typed = typed(file, object, text)?;
    let word = |c: char| !c.is_alphanumeric() && c != '_';
    let mut words = typed.split(word).filter(|it| !it.is_empty());
    let plain = typed.trim_start_matches([':', '&', '*', ' ', '(']).trim_start_matches("mut ");
    let is_it = plain.trim_end_matches([' ', ')']) == holder && words.any(|it| it == holder);
    // A type of that name is seen here: it is defined or named here, or stands in the same package.
    let known = at_home || !types.is_empty();
    (is_it && known).then_some(true)
}

/// What the parameter of that name of the functions around is said to be.
fn typed<'f>(file: &'f File, object: Node<'f>, name: &str) -> Option<&'f str> {
    let mut above = std::iter::successors(Some(object), |it| it.parent());
    above.find_map(|around| {
        let lists = ["parameters", "receiver"].map(|field| around.child_by_field_name(field));
        lists.into_iter().flatten().find_map(|list| {
            let mut cursor = list.walk();
            let all: Vec<Node<'f>> = list.named_children(&mut cursor).collect();
            all.into_iter().find_map(|it| {
                let pattern = it.child_by_field_name("name").or(it.child_by_field_name("pattern"));
                let pattern = pattern.or(it.named_child(0))?;
                let own = file.slice(pattern.byte_range()).trim_start_matches("mut ") == name;
                let typed = it.child_by_field_name("type").filter(|_| own)?;
                Some(file.slice(typed.byte_range()))
            })
        })
    })
}
