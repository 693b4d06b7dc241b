//! Where an import leads: the files of the repository by their names and folders.

use rustc_hash::FxHashMap;

use super::written::{ANCHORED, ANYWHERE, FOLDER, LOOSE};
use crate::index::manifest::Rows;
use crate::repo::parent;

/// Files that stand for their folder.
const OF_FOLDER: [&[u8]; 5] = [b"__init__", b"index", b"mod", b"lib", b"init"];
/// A lone name is found in these folders from everywhere, and else only beside the file or above it.
const ROOTS: [&[u8]; 5] = [b"", b"src", b"lib", b"include", b"tests"];
/// An import that leads to more files leads nowhere.
const MAX_SAME: usize = 3;
const MAX_PACKAGE: usize = 60;

/// Languages whose files import each other share a number; 0 is none.
pub(super) fn family(language: &str) -> u8 {
    const FAMILIES: [&[&str]; 16] = [
        &["typescript", "tsx", "javascript"],
        &["java", "kotlin", "scala"],
        &["c", "cpp"],
        &["python"],
        &["rust"],
        &["go"],
        &["csharp"],
        &["ruby"],
        &["php"],
        &["swift"],
        &["lua"],
        &["elixir"],
        &["haskell"],
        &["ocaml"],
        &["zig"],
        &["proto"],
    ];
    let at = FAMILIES.iter().position(|it| it.contains(&language));
    at.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or_default()
}

/// All files, by what imports name.
pub(super) struct Places<'a> {
    rows: Rows<'a>,
    families: &'a [u8],
    /// By the name of the file, with and without its ending.
    names: FxHashMap<&'a [u8], Vec<u32>>,
    /// The files of each folder that has some, and folders by their last name.
    folders: FxHashMap<&'a [u8], Vec<u32>>,
    last_names: FxHashMap<&'a [u8], Vec<&'a [u8]>>,
}

impl<'a> Places<'a> {
    /// `families` has the number of each file's language.
    pub(super) fn new(rows: Rows<'a>, families: &'a [u8]) -> Self {
        let mut places = Self {
            rows,
            families,
            names: FxHashMap::default(),
            folders: FxHashMap::default(),
            last_names: FxHashMap::default(),
        };
        for (file, _) in (0u32..).zip(families).filter(|it| *it.1 != 0) {
            let path = rows.paths.get(file as usize);
            let (folder, name) = (parent(path), last(path));
            places.names.entry(name).or_default().push(file);
            if stem(name) != name {
                places.names.entry(stem(name)).or_default().push(file);
            }
            let files = places.folders.entry(folder).or_default();
            if files.is_empty() {
                places.last_names.entry(last(folder)).or_default().push(folder);
            }
            files.push(file);
        }
        places
    }

    /// The files that a line of [`super::written()`] leads to from the file `from`, which is not among
    /// them.
    pub(super) fn led_to(&self, line: &str, from: u32) -> Vec<u32> {
        let Some(sign) = line.chars().next() else { return Vec::new() };
        let rest = &line[sign.len_utf8()..];
        let path = rest.replacen('|', "/", 1);
        let sure = rest.find('|').unwrap_or(path.len());
        let mut found = match sign {
            FOLDER => self.package(path.as_bytes(), from),
            LOOSE => self.without_front(path.as_bytes(), from),
            ANCHORED | ANYWHERE => {
                // From the whole path down to what is no name in a file.
                let mut end = path.len();
                loop {
                    let found = self.at(sign, &path.as_bytes()[..end], from);
                    let next = path[..end].rfind('/').filter(|at| *at >= sure);
                    match next {
                        Some(next) if found.is_empty() => end = next,
                        _ => break found,
                    }
                }
            }
            _ => Vec::new(),
        };
        found.retain(|file| *file != from);
        found
    }

    fn at(&self, sign: char, path: &[u8], from: u32) -> Vec<u32> {
        if sign == ANCHORED { self.exactly(path, from) } else { self.ending(path, from) }
    }

    /// The file at `path`, without its ending, or the one that stands for the folder `path`.
    fn exactly(&self, path: &[u8], from: u32) -> Vec<u32> {
        let named = self.names.get(last(path)).into_iter().flatten().copied();
        let here = |file: &u32| parent(self.path(*file)) == parent(path) && self.fits(*file, from);
        named
            .filter(here)
            .take(1)
            .next()
            .or_else(|| self.of_folder(path, from))
            .into_iter()
            .collect()
    }

    /// The files whose paths end so, those nearest to `from`.
    fn ending(&self, path: &[u8], from: u32) -> Vec<u32> {
        let named = self.names.get(last(path)).into_iter().flatten().copied();
        let before = parent(path);
        let ends =
            |file: &u32| ends_with(parent(self.path(*file)), before) && self.fits(*file, from);
        let mut found: Vec<u32> = named.filter(ends).collect();
        let folders = self.last_names.get(last(path)).into_iter().flatten();
        let folders = folders.filter(|folder| ends_with(folder, path));
        found.extend(folders.filter_map(|folder| self.of_folder(folder, from)));
        if before.is_empty() {
            let is_alone = found.len() == 1 && self.families[from as usize] == family("c");
            found.retain(|file| is_alone || self.is_near(*file, from));
        }
        self.nearest(found, from)
    }

    /// [`Self::ending`] with as many names of the front as lead somewhere; one name alone only nearby.
    fn without_front(&self, path: &[u8], from: u32) -> Vec<u32> {
        let mut path = path;
        loop {
            let found = self.ending(path, from);
            let slash = path.iter().position(|byte| *byte == b'/');
            match slash {
                Some(slash) if found.is_empty() => path = &path[slash + 1..],
                _ => return found,
            }
        }
    }

    /// The files of a package: of a folder whose path ends so, or begins at the root where names in
    /// front are left out.
    fn package(&self, path: &[u8], from: u32) -> Vec<u32> {
        let mut path = path;
        loop {
            let folders = self.last_names.get(last(path)).into_iter().flatten();
            let is_long = path.contains(&b'/');
            let is_one = |folder: &[u8]| {
                folder == path || is_long && ends_with(folder, path) || is_module(folder, path)
            };
            let found: Vec<&[u8]> = folders.copied().filter(|folder| is_one(folder)).collect();
            if let Some(folder) =
                found.iter().max_by_key(|it| (common(it, self.path(from)), usize::MAX - it.len()))
            {
                let files = self.folders.get(*folder).into_iter().flatten().copied();
                let files: Vec<u32> = files.filter(|file| self.fits(*file, from)).collect();
                return if files.len() <= MAX_PACKAGE { files } else { Vec::new() };
            }
            match path.iter().position(|byte| *byte == b'/') {
                Some(slash) => path = &path[slash + 1..],
                None => return Vec::new(),
            }
        }
    }

    fn of_folder(&self, folder: &[u8], from: u32) -> Option<u32> {
        let files = self.folders.get(folder)?.iter().copied();
        let stands = |file: &u32| OF_FOLDER.contains(&stem(last(self.path(*file))));
        files.filter(|file| self.fits(*file, from)).find(stands)
    }

    fn nearest(&self, mut files: Vec<u32>, from: u32) -> Vec<u32> {
        files.sort_unstable();
        files.dedup();
        if files.len() > 1 {
            let near = |file: &u32| common(self.path(*file), self.path(from));
            let most = files.iter().map(near).max().unwrap_or_default();
            files.retain(|file| near(file) == most);
        }
        if files.len() > MAX_SAME { Vec::new() } else { files }
    }

    fn is_near(&self, file: u32, from: u32) -> bool {
        let (folder, here) = (parent(self.path(file)), parent(self.path(from)));
        ROOTS.contains(&folder)
            || here == folder
            || here.strip_prefix(folder).is_some_and(|rest| rest.starts_with(b"/"))
    }

    fn fits(&self, file: u32, from: u32) -> bool {
        self.families[file as usize] == self.families[from as usize]
    }

    fn path(&self, file: u32) -> &'a [u8] {
        self.rows.paths.get(file as usize)
    }
}

/// Where packages of Swift lie.
fn is_module(folder: &[u8], path: &[u8]) -> bool {
    folder.strip_suffix(path).is_some_and(|rest| rest.ends_with(b"Sources/"))
}

fn last(path: &[u8]) -> &[u8] {
    &path[path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1)..]
}

/// A file name without its ending, and a declaration without that of its kind.
fn stem(name: &[u8]) -> &[u8] {
    let name = name.strip_suffix(b".d.ts").map_or(name, |stem| &name[..stem.len() + 2]);
    match name.iter().rposition(|byte| *byte == b'.') {
        Some(dot) if dot > 0 => &name[..dot],
        _ => name,
    }
}

/// Whether a path ends with these names.
fn ends_with(path: &[u8], names: &[u8]) -> bool {
    let rest = path.strip_suffix(names);
    names.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(b"/"))
}

/// How many folders two paths share from the root.
fn common(one: &[u8], other: &[u8]) -> usize {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other);
    same.filter(|it| *it.0 == b'/').count()
}
