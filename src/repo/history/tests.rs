//! Commits as values.

use std::fs;

use git2::{ObjectType, Oid};
use proptest::prelude::*;

use crate::repo::history::objects::Objects;
use crate::repo::history::trees::changes;
use crate::repo::testing::{commit_all, put, scratch};
use crate::repo::{Depth, Repo, ancestors, read_commits};

/// A commit as text: its files with their lines, then what moved.
fn read(repo: &Repo, id: Oid) -> String {
    let mut said = String::new();
    read_commits(repo, &[(id, Depth::Lines)], &|| false, |commit, _| {
        for file in commit.files {
            said += &format!("{}: {}\n", file.path, file.lines.trim().replace('\n', " | "));
        }
        for (old, new) in commit.moves {
            said += &format!("{old} is {new}\n");
        }
    });
    said
}

#[test]
fn files_have_the_lines_that_went_and_came() {
    let (dir, repo) = scratch(&[("a/b.rs", "one\ntwo\nthree\n"), ("gone.rs", "x\n")]);
    put(dir.path(), "a/b.rs", "one\n2\nthree\n");
    put(dir.path(), "a.rs", "new\n");
    put(dir.path(), "picture", b"\0\x01");
    fs::remove_file(dir.path().join("gone.rs")).unwrap();
    let id = commit_all(&repo);
    assert_eq!(read(&repo, id), "a.rs: new\na/b.rs: 2 | two\npicture: \n");
}

#[test]
fn a_moved_file_has_only_what_changed() {
    let (dir, repo) = scratch(&[("old.rs", "one\ntwo\nthree\n"), ("same", "bytes\n")]);
    for path in ["old.rs", "same"] {
        fs::remove_file(dir.path().join(path)).unwrap();
    }
    put(dir.path(), "src/new.rs", "one\ntwo\nthree\nfour\n");
    put(dir.path(), "other", "bytes\n");
    let id = commit_all(&repo);
    let expected = "other: \nsrc/new.rs: four\nsame is other\nold.rs is src/new.rs\n";
    assert_eq!(read(&repo, id), expected);
}

#[test]
fn a_file_that_became_a_folder_is_another() {
    let (dir, repo) = scratch(&[("x", "file\n"), ("x.rs", "y\n")]);
    fs::remove_file(dir.path().join("x")).unwrap();
    put(dir.path(), "x/inner", "deep\n");
    let id = commit_all(&repo);
    assert_eq!(read(&repo, id), "x/inner: deep\n");
}

#[test]
fn many_files_are_none() {
    let (dir, repo) = scratch(&[("a.rs", "a\n")]);
    for place in 0..31 {
        put(dir.path(), &format!("f{place}.rs"), "x\n");
    }
    let id = commit_all(&repo);
    assert_eq!(read(&repo, id), "");
}

#[test]
fn long_lines_and_long_files_are_cut() {
    let (dir, repo) = scratch(&[("a.rs", "a\n")]);
    put(dir.path(), "long.js", "word ".repeat(40_000));
    put(dir.path(), "huge.js", "word\n".repeat(400_000));
    let id = commit_all(&repo);
    let said = read(&repo, id);
    assert!(said.len() < 5000, "{}", said.len());
    assert!(said.contains("huge.js: \n"));
}

#[test]
fn merges_bring_both_sides_and_are_counted_for_none() {
    let (dir, repo) = scratch(&[("a.rs", "a\n")]);
    let base = repo.head().unwrap().unwrap();
    put(dir.path(), "b.rs", "b\n");
    let one = commit_all(&repo);
    let git = repo.git();
    let (base, one) = (git.find_commit(base).unwrap(), git.find_commit(one).unwrap());
    let who = base.author();
    let tree = base.tree().unwrap();
    let two = git.commit(None, &who, &who, "two", &tree, &[&base]).unwrap();
    let two = git.find_commit(two).unwrap();
    let merge = git.commit(None, &who, &who, "merge", &tree, &[&one, &two]).unwrap();
    let found = ancestors(&repo, merge, 10, |_| None);
    assert_eq!(found.len(), 4);
    assert!(found[0].is_merge() && found[0].id == merge);
    assert_eq!(found[3].id, base.id());
    assert_eq!(ancestors(&repo, merge, 2, |_| None), found[..3]);
    assert_eq!(
        ancestors(&repo, merge, 10, |id| found.iter().find(|it| it.id == id).cloned()),
        found
    );
}

#[test]
fn files_that_are_not_here_cost_their_lines_alone() {
    let (dir, repo) = scratch(&[("a.rs", "a\n")]);
    let mut wanted = Vec::new();
    for step in 0..4 {
        for place in 0..25 {
            put(dir.path(), &format!("{step}/{place}.rs"), format!("{step} {place}\n"));
        }
        wanted.push((commit_all(&repo), Depth::Lines));
    }
    let odb = repo.git().odb().unwrap();
    let mut objects = Vec::new();
    odb.foreach(|id| {
        objects.push(*id);
        true
    })
    .unwrap();
    objects.retain(|id| odb.read_header(*id).unwrap().1 == ObjectType::Blob);
    for id in objects.iter().map(Oid::to_string) {
        let place = repo.git().path().join("objects").join(&id[..2]).join(&id[2..]);
        fs::remove_file(place).unwrap();
    }
    let repo = Repo::discover(dir.path()).unwrap();
    let mut read = Vec::new();
    read_commits(&repo, &wanted, &|| false, |commit, _| {
        let missing = commit.missing.unwrap();
        assert!(objects.contains(&missing) && !repo.objects_here()(missing));
        assert!(commit.files.iter().all(|file| file.lines.is_empty()));
        read.push(commit.files.len());
    });
    assert_eq!(read, [25; 4]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn differing_trees_are_told_as_git_tells_them(
        before in prop::collection::btree_map("[ab]{1,2}(/[ab.]{1,2}x){0,2}", "[xy]", 1..8),
        after in prop::collection::btree_map("[ab]{1,2}(/[ab.]{1,2}x){0,2}", "[xy]", 1..8),
    ) {
        let (_dir, repo) = scratch(&[]);
        let git = repo.git();
        let tree = |files: &std::collections::BTreeMap<String, String>| {
            let mut index = git2::Index::new().unwrap();
            for (path, text) in files {
                let id = git.blob(text.as_bytes()).unwrap();
                let entry = git2::IndexEntry {
                    ctime: git2::IndexTime::new(0, 0),
                    mtime: git2::IndexTime::new(0, 0),
                    dev: 0, ino: 0, mode: 0o100_644, uid: 0, gid: 0, file_size: 0, id,
                    flags: 0, flags_extended: 0, path: path.clone().into_bytes(),
                };
                index.add(&entry).unwrap();
            }
            index.write_tree_to(git).unwrap()
        };
        let (old, new) = (tree(&before), tree(&after));
        let (a, b) = (git.find_tree(old).unwrap(), git.find_tree(new).unwrap());
        let diff = git.diff_tree_to_tree(Some(&a), Some(&b), None).unwrap();
        let present = |id: Oid| (!id.is_zero()).then_some(id);
        let mut expected: Vec<_> = diff
            .deltas()
            .map(|it| {
                let path = it.new_file().path_bytes().or(it.old_file().path_bytes());
                (path.unwrap().to_vec(), present(it.old_file().id()), present(it.new_file().id()))
            })
            .collect();
        let mut objects = Objects::new(git).unwrap();
        let mut found: Vec<_> = changes(&mut objects, Some(old), Some(new))
            .unwrap()
            .into_iter()
            .map(|it| (it.path.as_bytes().to_vec(), it.before, it.after))
            .collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
    }
}
