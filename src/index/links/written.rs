//! What a file imports, as a path of which only other files tell where it leads.
//!
//! One import a line: a sign for where it is looked for, then names joined by `/`, of which those
//! behind a `|` may be names in the file and no part of its path.

use std::collections::BTreeSet;

use super::lines::encode;
use crate::syntax::{How, Link};

/// From the root of the repository.
pub(super) const ANCHORED: char = '=';
/// The end of a path.
pub(super) const ANYWHERE: char = '~';
/// The end of a path, from which names at the front may be left out.
pub(super) const LOOSE: char = '^';
/// The same for a folder, all files of which are meant.
pub(super) const FOLDER: char = '+';

/// How long all imports of a file may be together, in bytes; those beyond are left out.
const MAX_BYTES: usize = 16 << 10;

/// What the file at `path` imports: the bytes that [`Links`](super::Links) reads.
pub(in crate::index) fn written(path: &[u8], language: &str, links: &[Link]) -> Vec<u8> {
    encode(imports(path, language, links).iter().map(String::as_str))
}

/// What the file at `path` imports, each once.
pub(super) fn imports(path: &[u8], language: &str, links: &[Link]) -> BTreeSet<String> {
    let path = String::from_utf8_lossy(path);
    let mut lines = BTreeSet::new();
    for link in links {
        lines.extend(lines_of(&path, language, link).into_iter().filter(|it| it.len() > 1));
    }
    let mut bytes = 0;
    lines.retain(|line| {
        bytes += line.len();
        bytes <= MAX_BYTES
    });
    lines
}

fn lines_of(path: &str, language: &str, link: &Link) -> Vec<String> {
    let folder = folder(path);
    let one = |line: Option<String>| line.into_iter().collect();
    let module = link.module.as_str();
    match language {
        "python" => one(python(folder, module, link.name.as_deref())),
        "typescript" | "tsx" | "javascript" => one(javascript(folder, module)),
        "rust" => rust(path, module, link.how),
        "go" => one(module
            .split('/')
            .next()
            .filter(|it| it.contains('.'))
            .map(|_| line(FOLDER, module, ""))),
        "java" | "kotlin" | "scala" => one(Some(dotted(module, link.how))),
        "csharp" | "swift" => one(Some(line(FOLDER, &module.replace('.', "/"), ""))),
        "php" if link.how == How::Module => one(Some(line(LOOSE, &module.replace('\\', "/"), ""))),
        "lua" => one(Some(line(ANYWHERE, &module.replace('.', "/"), ""))),
        "haskell" => one(Some(line(ANYWHERE, &module.replace('.', "/"), ""))),
        "elixir" => one(Some(elixir(module, link.name.as_deref()))),
        "ocaml" => one(module.split('.').next().map(|it| line(ANYWHERE, &uncapitalised(it), ""))),
        _ if link.how == How::Beside => beside(folder, module),
        _ => one(Some(line(ANYWHERE, module, ""))),
    }
}

/// The line of an import; `more` are names that need not be parts of the path.
fn line(sign: char, path: &str, more: &str) -> String {
    let path = path.trim_matches('/');
    match (path.is_empty(), more.is_empty()) {
        (true, true) => String::new(),
        // From the root itself, the first name is one of a file.
        (true, false) => match more.split_once('/') {
            Some((first, rest)) => format!("{sign}{first}|{rest}"),
            None => format!("{sign}{more}"),
        },
        (false, true) => format!("{sign}{path}"),
        (false, false) => format!("{sign}{path}|{more}"),
    }
}

/// `.a.b` is looked for from the folder on, `a.b` anywhere; what is taken may be a module itself.
fn python(folder: &str, module: &str, name: Option<&str>) -> Option<String> {
    let name = name.unwrap_or_default().replace('.', "/");
    let rest = module.trim_start_matches('.');
    let up = module.len() - rest.len();
    let rest = rest.replace('.', "/");
    match up.checked_sub(1) {
        None => Some(line(ANYWHERE, &rest, &name)),
        Some(up) => {
            Some(line(ANCHORED, &joined(folder, &format!("{}{rest}", "../".repeat(up)))?, &name))
        }
    }
}

/// Paths only: packages lie elsewhere. An ending of the output stands for that of the source.
fn javascript(folder: &str, module: &str) -> Option<String> {
    let module = module.split(['?', '#']).next()?;
    let source = [".js", ".mjs", ".cjs", ".jsx"].iter().find_map(|end| module.strip_suffix(end));
    let module = source.unwrap_or(module);
    if module.starts_with('.') {
        return Some(line(ANCHORED, &joined(folder, module)?, ""));
    }
    let inner = module.strip_prefix("@/").or_else(|| module.strip_prefix("~/"))?;
    Some(line(ANYWHERE, &format!("src/{inner}"), ""))
}

/// From the root of the crate, from the file's own module, or from another crate of the repository.
fn rust(path: &str, module: &str, how: How) -> Vec<String> {
    let module = module.trim_start_matches("::").trim_start_matches("r#");
    let own = own_module(path);
    if how == How::Child {
        // In a root that is not called so, such as a test's, modules lie beside it.
        return vec![
            line(ANCHORED, &format!("{own}/{module}"), ""),
            line(ANCHORED, &format!("{}/{module}", folder(path)), ""),
        ];
    }
    let names: Vec<&str> = module.split("::").map(str::trim).collect();
    let up = names.iter().take_while(|it| ["super", "self"].contains(it)).count();
    let rest = |skip: usize| names[skip..].join("/");
    match names.first() {
        Some(&"crate") => {
            let root = crate_root(path);
            let skip = names.get(1).map_or(1, |_| 2);
            vec![line(ANCHORED, &format!("{root}/{}", names[1..skip].join("/")), &rest(skip))]
        }
        Some(&("self" | "super")) => {
            let mut base = own.as_str();
            for _ in names[..up].iter().filter(|it| **it == "super") {
                base = folder(base);
            }
            vec![line(ANCHORED, base, &rest(up))]
        }
        Some(name) => {
            let skip = names.get(1).map_or(1, |_| 2);
            let inner = rest(1);
            let dashed = name.replace('_', "-");
            let child = line(ANCHORED, &format!("{own}/{name}"), &inner);
            let of = |name: &str| {
                line(ANYWHERE, &format!("{name}/src/{}", names[1..skip].join("/")), &rest(skip))
            };
            let mut lines = vec![child, of(name)];
            lines.extend((dashed != *name).then(|| of(&dashed)));
            lines
        }
        None => Vec::new(),
    }
}

/// The folder of the modules below a file: `a/b` for `a/b.rs` and for `a/b/mod.rs`.
fn own_module(path: &str) -> String {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let is_root = |name: &str| ["mod", "lib", "main", "build"].contains(&name);
    let name = stem.rsplit('/').next().unwrap_or(stem);
    if is_root(name) { folder(stem).to_owned() } else { stem.to_owned() }
}

fn crate_root(path: &str) -> &str {
    match path.rfind("/src/") {
        Some(at) => &path[..at + 4],
        None if path.starts_with("src/") => "src",
        None => folder(path),
    }
}

/// A class, which may have members behind it, or a whole package.
fn dotted(module: &str, how: How) -> String {
    let path = module.replace('.', "/");
    if how == How::All {
        return line(FOLDER, &path, "");
    }
    // Packages are in small letters; behind the class are its members.
    let class = path.split('/').position(|it| it.starts_with(char::is_uppercase));
    let end = class.map_or(path.len(), |at| {
        path.split('/').take(at + 1).map(|it| it.len() + 1).sum::<usize>() - 1
    });
    line(ANYWHERE, &path[..end], path[end..].trim_matches('/'))
}

/// `Net.NearBy` lies in `net/near_by`, mostly below a folder with other names.
fn elixir(module: &str, name: Option<&str>) -> String {
    let mut path = String::new();
    for c in module.chars().chain(name.into_iter().flat_map(|it| ".".chars().chain(it.chars()))) {
        match c {
            '.' => path.push('/'),
            c if c.is_uppercase() => {
                if !path.is_empty() && !path.ends_with('/') {
                    path.push('_');
                }
                path.extend(c.to_lowercase());
            }
            c => path.push(c),
        }
    }
    line(LOOSE, &path, "")
}

/// Beside the file, and else wherever the path ends so.
fn beside(folder: &str, module: &str) -> Vec<String> {
    let here = joined(folder, module).map(|it| line(ANCHORED, &it, ""));
    let anywhere = module.trim_start_matches("../").trim_start_matches("./");
    here.into_iter().chain([line(ANYWHERE, anywhere, "")]).collect()
}

fn uncapitalised(name: &str) -> String {
    let mut rest = name.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}

/// `path` seen from `folder`, without dots; `None` where it leaves the repository.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut names: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()?),
            name => names.push(name),
        }
    }
    Some(names.join("/"))
}

fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..at])
}
