//! A refreshed index against one built anew, over everything that people do to a work tree: edits,
//! renames, links, repositories inside, rules of what is ignored, commits, branches, and a policy
//! that changes.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use git2::IndexAddOption;
use git2::build::CheckoutBuilder;
use proptest::prelude::*;

use crate::base::{Digest, RepoPath};
use crate::index::{FileId, Index, Report, Settings, WeightedWord, refresh};
use crate::repo::testing::{age, commit_all, put, unborn};
use crate::repo::{Limits, Repo, list};

const PATHS: [&str; 6] = ["a.rs", "b/a.rs", "b/c/d.py", "b/c/e.md", "f/secret.rs", "g.bin"];
const RULES: [&str; 4] = ["", "/b/\n", "a.rs\n", "/*\n!/f/\n"];
const WORDS: [&str; 5] = ["alpha", "beta", "gamma", "delta", "secret"];
/// Where a folder is while a link is in its place.
const LINKED: &str = "y";

/// One thing that is done, with the places that it is done to.
#[derive(Clone, Copy, Debug)]
enum Act {
    Write(usize, usize),
    Remove(usize),
    Rename(usize, usize),
    RenameFolder,
    Ignore(usize),
    KeepBack(usize),
    /// The same in a folder, which may be ignored.
    KeepBackInside(usize),
    /// Makes a folder a repository of its own, or makes it none.
    Init,
    /// Puts a link in the place of a folder, or the folder in the place of the link.
    Link,
    Commit,
    Branch(usize),
    Switch(usize),
    Deny,
}

fn acts() -> impl Strategy<Value = Act> {
    let place = 0..PATHS.len();
    prop_oneof![
        4 => (place.clone(), any::<u8>()).prop_map(|(path, seed)| Act::Write(path, seed.into())),
        1 => place.clone().prop_map(Act::Remove),
        1 => (place.clone(), place).prop_map(|(from, to)| Act::Rename(from, to)),
        1 => Just(Act::RenameFolder),
        1 => (0..RULES.len()).prop_map(Act::Ignore),
        1 => (0..RULES.len()).prop_map(Act::KeepBack),
        1 => (0..RULES.len()).prop_map(Act::KeepBackInside),
        1 => Just(Act::Init),
        1 => Just(Act::Link),
        2 => Just(Act::Commit),
        1 => (0..3usize).prop_map(Act::Branch),
        2 => (0..3usize).prop_map(Act::Switch),
        1 => Just(Act::Deny),
    ]
}

/// What a file says; the same number always says the same. Most texts have one length: what was
/// renamed keeps its time, and then neither tells it from what was there before.
fn text(seed: usize) -> Vec<u8> {
    const LENGTH: usize = 400;
    let line = |n: usize| format!("def {}(): pass # fn {}\n", WORDS[n % 4], WORDS[(n / 4) % 4]);
    let text: String = (0..seed % 5).map(|n| line(seed / 5 + n)).collect();
    let text = if seed % 3 == 1 { format!("use crate::b::a;\n{text}") } else { text };
    let text = if seed.is_multiple_of(7) { text } else { format!("{text:#<LENGTH$}") };
    if seed.is_multiple_of(11) { [text.as_bytes(), b"\0"].concat() } else { text.into_bytes() }
}

#[expect(clippy::disallowed_methods, reason = "a test makes its own files")]
fn act(repo: &Repo, act: Act) {
    let root = repo.root();
    // What the file system refuses, such as a file in the place of a folder, is not done.
    match act {
        Act::Write(path, seed) => put(root, PATHS[path], text(seed)),
        Act::Remove(path) => drop(fs::remove_file(root.join(PATHS[path]))),
        Act::Rename(from, to) => {
            let _ = fs::create_dir_all(root.join(PATHS[to]).parent().unwrap());
            let _ = fs::rename(root.join(PATHS[from]), root.join(PATHS[to]));
        }
        Act::RenameFolder => {
            let (from, to) = if root.join("b").exists() { ("b", "z") } else { ("z", "b") };
            let _ = fs::rename(root.join(from), root.join(to));
        }
        Act::Ignore(rules) => fs::write(root.join(".gitignore"), RULES[rules]).unwrap(),
        Act::KeepBack(rules) => fs::write(root.join(".aiderignore"), RULES[rules]).unwrap(),
        Act::KeepBackInside(rules) => {
            let _ = fs::write(root.join("b/.countersignignore"), RULES[rules]);
        }
        Act::Init => {
            let git = root.join("b/.git");
            if fs::create_dir(&git).is_err() {
                let _ = fs::remove_dir(&git);
            }
        }
        Act::Link => {
            let (folder, place) = (root.join("b"), root.join(LINKED));
            if folder.is_symlink() {
                unlink(root);
            } else if folder.is_dir() && !place.exists() {
                fs::rename(&folder, &place).unwrap();
                symlink(LINKED, &folder).unwrap();
            }
        }
        Act::Commit => {
            tidy(root);
            let mut index = repo.git().index().unwrap();
            index.update_all(["*"], None).unwrap();
            index.add_all([PATHS[0]], IndexAddOption::FORCE, None).unwrap();
            index.write().unwrap();
            commit_all(repo);
        }
        Act::Branch(name) => {
            let Some(head) = repo.head().unwrap() else { return };
            let commit = repo.git().find_commit(head).unwrap();
            // The branch that HEAD is on stays where it is.
            let _ = repo.git().branch(&format!("b{name}"), &commit, true);
        }
        Act::Switch(name) => {
            let name = format!("refs/heads/b{name}");
            let Ok(target) = repo.git().revparse_single(&name) else { return };
            tidy(root);
            let mut checkout = CheckoutBuilder::new();
            repo.git().checkout_tree(&target, Some(checkout.force())).unwrap();
            repo.git().set_head(&name).unwrap();
        }
        Act::Deny => {}
    }
}

/// Puts the folder that has a link in its place back there, whatever its name is by now.
fn unlink(root: &Path) {
    for link in ["b", "z"].map(|name| root.join(name)).iter().filter(|it| it.is_symlink()) {
        fs::remove_file(link).unwrap();
        fs::rename(root.join(LINKED), link).unwrap();
    }
}

/// Takes back links and repositories inside, which git would want to know more about.
fn tidy(root: &Path) {
    unlink(root);
    for name in ["b", "z"] {
        let _ = fs::remove_dir(root.join(name).join(".git"));
    }
}

fn denied(path: &RepoPath) -> bool {
    path.as_bytes().ends_with(b"secret.rs")
}

fn refreshed(repo: &Repo, dir: &Path, denies: bool) -> Report {
    let settings = Settings {
        dir: dir.to_owned(),
        list: &|old| list(repo.root(), Some(repo.git()), &Limits::default(), old),
        may_read: &|path| !(denies && denied(path)),
        rulings: Digest::of(&[u8::from(denies)]),
        progress: &|_, _| {},
        stop: &|| false,
    };
    refresh(repo.root(), &settings).unwrap()
}

/// All that an index says, to the last bit.
fn everything(repo: &Repo, dir: &Path, report: &Report) -> String {
    let index = Index::open(dir, repo.root()).unwrap();
    let mut said = format!("{} {} {:?}\n", report.files, report.chunks, report.left_out);
    for file in (0..index.file_count() as u32).filter_map(|id| index.file(FileId(id))) {
        let language = file.language.as_deref();
        said += &format!("{} {language:?} {} {:?}\n", file.path, file.chunks, file.left_out);
    }
    for file in (0..index.file_count() as u32).map(FileId) {
        said +=
            &format!("{:?} {:?}\n", index.imports(file).unwrap(), index.importers(file).unwrap());
    }
    for word in WORDS {
        let scores = index.score(&[WeightedWord { word: word.into(), weight: 1.0 }]).unwrap();
        for (chunk, score) in scores.chunks {
            let candidate = index.candidate(chunk).unwrap();
            let path = index.file(candidate.file).unwrap().path;
            said += &format!("{word} {path}:{} {score} {}\n", candidate.span, candidate.text);
            let bytes = fs::read(path.under(repo.root())).unwrap();
            assert!(stands_there(&bytes, candidate.span, &candidate.text), "{path}");
        }
        for list in [scores.texts, scores.paths, scores.names] {
            said += &format!("{list:?}\n");
        }
    }
    said + &format!("{:?}", index.definitions().unwrap())
}

/// Whether the lines of a file have the text that a hit shows of them.
fn stands_there(bytes: &[u8], span: crate::base::Span, text: &str) -> bool {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let lines = lines.get(span.start as usize - 1..span.end as usize);
    lines.is_some_and(|lines| String::from_utf8_lossy(&lines.concat()).contains(text))
        || bytes.is_empty() && text.is_empty()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn refreshed_is_like_rebuilt_over_branches(
        steps in prop::collection::vec((acts(), any::<bool>()), 4..14)
    ) {
        let (_root, repo) = unborn();
        let (dir, mut denies) = (tempfile::tempdir().unwrap(), false);
        put(repo.root(), PATHS[0], text(7));
        commit_all(&repo);
        for ((step, settled), time) in steps.into_iter().zip(1u64..) {
            act(&repo, step);
            denies ^= matches!(step, Act::Deny);
            if settled {
                age(repo.root(), time * 1000);
            }
            let report = refreshed(&repo, dir.path(), denies);
            let anew = tempfile::tempdir().unwrap();
            let report_anew = refreshed(&repo, anew.path(), denies);
            let said = everything(&repo, dir.path(), &report);
            prop_assert_eq!(&said, &everything(&repo, anew.path(), &report_anew), "{:?}", step);
            prop_assert!(!denies || !said.contains("secret.rs"), "{}", said);
        }
    }
}
