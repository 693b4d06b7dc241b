//! Folders as they are given to a confined command: without what is kept from it.
//!
//! The kernel can give a folder and take nothing back of it. So a folder that holds something to be
//! kept, at any depth, is not given itself, but what stands in it beside that. Links are given no
//! leave: the kernel asks where they lead, and what may be read there may be read through them.

use std::ffi::OsStr;
use std::fs::DirEntry;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::base::RepoPath;
use crate::policy::{Action, Actor, ReadPath, guard};

/// Folders of what was installed or built: given whole, nobody looks into them. Packages bring
/// certificates and keys of their own, which are no secrets and without which they do not work.
const INSTALLED: &[&str] = &[
    "__pycache__",
    ".nox",
    ".tox",
    ".venv",
    "bower_components",
    "deps",
    "dist-packages",
    "node_modules",
    "site-packages",
    "target",
    "vendor",
    "venv",
];

/// How far a repository is looked through. What lies beyond is not given.
#[derive(Clone, Copy)]
struct Bounds {
    /// Entries of folders: so many are looked at in 0.1 s or so.
    entries: usize,
    /// Folders above an entry.
    depth: usize,
    /// Bytes of paths that are given: they are handed on in one argument, and Linux takes 128 KiB.
    bytes: usize,
}

const BOUNDS: Bounds = Bounds { entries: 100_000, depth: 32, bytes: 64 << 10 };

/// What may be read of the repository at `root`, a real place: all but `keys` and what agents never
/// see, whatever it is that git knows of it.
pub(super) fn of_repository(root: &Path, keys: &[PathBuf]) -> Vec<PathBuf> {
    within(BOUNDS, root, keys)
}

/// `place` if nothing of `kept` is in it, else what is in it beside that. All are real places.
pub(super) fn without(place: PathBuf, kept: &[PathBuf]) -> Vec<PathBuf> {
    if kept.iter().any(|kept| place.starts_with(kept)) {
        return Vec::new();
    }
    if !kept.iter().any(|kept| kept.starts_with(&place)) {
        return vec![place];
    }
    let entries = place.read_dir().into_iter().flatten().flatten();
    let real = entries.filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_symlink()));
    real.flat_map(|entry| without(entry.path(), kept)).collect()
}

fn within(bounds: Bounds, root: &Path, keys: &[PathBuf]) -> Vec<PathBuf> {
    let mut walk = Walk { root, depth: bounds.depth, left: bounds.entries, kept: keys.to_vec() };
    let given = walk.look(root, 0);
    let given = given.into_iter().flat_map(|place| without(place, &walk.kept)).collect();
    fitting(given, bounds.bytes)
}

/// As many as have room: folders first, where packages are, and what is near the root.
fn fitting(mut given: Vec<PathBuf>, most: usize) -> Vec<PathBuf> {
    given.sort();
    given.sort_by_cached_key(|path| (!path.is_dir(), path.components().count()));
    let mut bytes = 0;
    given.retain(|path| {
        // With its quotes and a comma.
        bytes += path.as_os_str().len() + 3;
        bytes <= most
    });
    given
}

/// A walk through a repository.
struct Walk<'a> {
    root: &'a Path,
    depth: usize,
    /// How many entries may still be looked at.
    left: usize,
    /// Where links lead that are kept from agents, and what else is kept.
    kept: Vec<PathBuf>,
}

impl Walk<'_> {
    /// What is given of `folder`: itself, or these of the entries in it and below.
    fn look(&mut self, folder: &Path, depth: usize) -> Vec<PathBuf> {
        let Some(entries) = self.entries(folder, depth) else { return Vec::new() };
        let (mut whole, mut given) = (true, Vec::new());
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name());
            let is_kept = self.is_kept_from_agents(folder, &name);
            match entry.file_type() {
                Ok(kind) if kind.is_symlink() && is_kept => self.keep_end_of(&path),
                Ok(kind) if kind.is_symlink() => {}
                Ok(kind) if !is_kept => {
                    let below = match kind.is_dir() && !is_installed(&name) {
                        true => self.descend(&path, depth + 1),
                        false => vec![path.clone()],
                    };
                    whole &= below.first() == Some(&path);
                    given.extend(below);
                }
                _ => whole = false,
            }
        }
        if whole { vec![folder.to_owned()] } else { given }
    }

    /// As [`Self::look`], but a folder of the root gets no more than half of what is left to look
    /// at: one that is full of data takes nothing from the others.
    fn descend(&mut self, folder: &Path, depth: usize) -> Vec<PathBuf> {
        let spared = if depth == 1 { self.left.div_ceil(2) } else { 0 };
        self.left -= spared;
        let given = self.look(folder, depth);
        self.left += spared;
        given
    }

    /// What is in `folder`, or `None` where not all of it can be looked at.
    fn entries(&mut self, folder: &Path, depth: usize) -> Option<Vec<DirEntry>> {
        if depth > self.depth {
            return None;
        }
        let mut entries = Vec::new();
        for entry in folder.read_dir().ok()? {
            self.left = self.left.checked_sub(1)?;
            entries.push(entry.ok()?);
        }
        Some(entries)
    }

    /// Whether agents never see this entry, the folder of which they may.
    fn is_kept_from_agents(&self, folder: &Path, name: &OsStr) -> bool {
        // No rule of the guard asks for more than a name and the folder that it stands in.
        match folder.file_name().filter(|_| folder != self.root) {
            Some(above) => kept_from_agents([above.as_bytes(), b"/", name.as_bytes()].concat()),
            None => kept_from_agents(name.as_bytes()),
        }
    }

    /// Keeps what a link in the repository leads to, where that is a part of it.
    fn keep_end_of(&mut self, link: &Path) {
        let end = link.canonicalize().ok();
        self.kept.extend(end.filter(|end| end != self.root && end.starts_with(self.root)));
    }
}

fn is_installed(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| INSTALLED.contains(&name))
}

/// Whether the guard keeps a path from agents.
fn kept_from_agents(path: impl AsRef<[u8]>) -> bool {
    RepoPath::new(path).map_or(true, |path| {
        guard::guard(Actor::Agent, &Action::ReadPath(ReadPath { path })).is_some()
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// A folder with these files in it, and its real place.
    fn place(files: &[&str]) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for file in files.iter().map(|file| root.join(file)) {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::File::create(file).unwrap();
        }
        (folder, root)
    }

    fn names(root: &Path, mut given: Vec<PathBuf>) -> String {
        given.sort();
        let name = |path: &PathBuf| path.strip_prefix(root).unwrap().display().to_string();
        given.iter().map(name).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(files: &[&str], expected: &str) {
        let (_folder, root) = place(files);
        assert_eq!(names(&root, of_repository(&root, &[])), expected);
    }

    #[test]
    fn of_the_repository_secrets_and_git_are_left_out() {
        for name in [".env", ".git", "id_rsa"] {
            assert!(kept_from_agents(name), "{name}");
        }
        assert!(!kept_from_agents(".venv") && !kept_from_agents("src"));
    }

    #[test]
    fn secrets_are_left_out_at_any_depth() {
        check(&["src/a.rs", "src/b/c.rs", ".git/config"], "src");
        check(
            &["src/a.rs", "backend/.env", "backend/app/deep/x.py", "backend/run.sh"],
            "backend/app backend/run.sh src",
        );
        check(&["deploy/prod/id_rsa", "deploy/prod/run.sh"], "deploy/prod/run.sh");
        check(&["a/.docker/config.json", "a/.docker/x", "config.json"], "a/.docker/x config.json");
        check(&["sub/.git/config", "sub/a.c", "sub/d/b.c"], "sub/a.c sub/d");
    }

    #[test]
    fn what_is_installed_is_given_whole() {
        check(
            &[
                ".git/config",
                ".venv/lib/certifi/cacert.pem",
                "env/lib/site-packages/certifi/cacert.pem",
                "web/node_modules/tls/test.key",
            ],
            ".venv env web",
        );
    }

    #[test]
    fn a_link_opens_nothing() {
        let (_folder, root) =
            place(&[".env", "a.txt", "d/x", "certificates/own", "certificates/x"]);
        for (target, link) in [
            ("../..", "up"),
            (".env", "settings"),
            ("../.env", "d/settings"),
            ("certificates/own", "server.key"),
            (".", ".ssh"),
        ] {
            symlink(target, root.join(link)).unwrap();
        }
        let given = of_repository(&root, &[]);
        assert_eq!(names(&root, given), "a.txt certificates/x d");
    }

    #[test]
    fn beyond_the_bounds_nothing_is_given() {
        let files: Vec<String> = (0..20).map(|at| format!("data/{at}")).collect();
        let mut files: Vec<&str> = files.iter().map(String::as_str).collect();
        files.extend(["src/a", "src/b"]);
        let (_folder, root) = place(&files);
        let given = |bounds| names(&root, within(bounds, &root, &[]));
        assert_eq!(given(BOUNDS), "", "all of it: the root itself");
        assert_eq!(given(Bounds { entries: 10, ..BOUNDS }), "src", "the rest is not lost");

        let (_folder, root) = place(&["a/x", "a/b/c"]);
        let given = |bounds| names(&root, within(bounds, &root, &[]));
        assert_eq!(given(Bounds { depth: 1, ..BOUNDS }), "a/x");

        let (_folder, root) = place(&[".env", "a", "folder/x"]);
        let bytes = root.join("folder").as_os_str().len() + 3;
        assert_eq!(names(&root, within(Bounds { bytes, ..BOUNDS }, &root, &[])), "folder");
    }

    #[test]
    fn a_folder_is_given_without_what_is_kept_in_it() {
        let (_folder, root) = place(&["opt/a", "opt/mine/.env", "opt/mine/x", "opt/other/y"]);
        let opt = root.join("opt");
        symlink("mine", opt.join("link")).unwrap();
        let kept = [opt.join("mine")];
        assert_eq!(names(&root, without(opt.clone(), &kept)), "opt/a opt/other");
        assert_eq!(without(opt.join("other"), &kept), [opt.join("other")]);
        assert!(without(opt.join("mine/x"), &kept).is_empty());
    }
}
