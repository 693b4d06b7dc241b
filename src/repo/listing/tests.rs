//! Lists of work trees that change.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::repo::Repo;
use crate::repo::testing::{age, unborn};

const LIMITS: Limits = Limits { file_bytes: 10 };

fn write(root: &Path, path: &[u8], text: &str) {
    let path = root.join(OsStr::from_bytes(path));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Has git track files that are there.
fn track(repo: &Repo, paths: &[&str]) {
    let mut index = repo.git().index().unwrap();
    for path in paths {
        index.add_path(Path::new(path)).unwrap();
    }
    index.write().unwrap();
}

fn shown(listing: &Listing) -> String {
    let mut shown: Vec<String> = (0..listing.files.len())
        .map(|at| listing.files.get(at).unwrap().path.to_string())
        .collect();
    shown.extend(listing.left_out.iter().map(|it| format!("{}={:?}", it.path, it.why)));
    shown.join(" ")
}

#[test]
fn ignore_rules_hidden_files_and_limits() {
    let root = tempfile::tempdir().unwrap();
    let files: [(&[u8], &str); 11] = [
        (b".gitignore", "/target\n"),
        (b".git/config", ""),
        (b".hidden", ""),
        (b"target/a", ""),
        (b"b/a.rs", ""),
        (b"b.rs", ""),
        (b"secret", ""),
        (b".aiderignore", "secret"),
        (b"large", "more than ten"),
        (b"\xff.txt", ""),
        (b"inner/.git/HEAD", ""),
    ];
    for (path, text) in files {
        write(root.path(), path, text);
    }
    std::os::unix::fs::symlink("/etc", root.path().join("link")).unwrap();
    assert_eq!(
        shown(&list(root.path(), None, &LIMITS, None)),
        ".aiderignore .gitignore .hidden b.rs b/a.rs \\xff.txt inner=Repository large=TooLarge"
    );
}

#[test]
fn what_git_tracks_is_listed_although_it_is_ignored() {
    let (dir, repo) = unborn();
    let root = dir.path();
    for (path, text) in [("a", ""), ("b/c", ""), ("b/secret", ""), (".gitignore", "/*\n")] {
        write(root, path.as_bytes(), text);
    }
    write(root, b".countersignignore", "secret");
    track(&repo, &["a", "b/c", "b/secret"]);
    let first = list(root, Some(repo.git()), &LIMITS, None);
    assert_eq!(shown(&first), "a b/c");
    fs::remove_file(root.join("a")).unwrap();
    let second = list(root, Some(repo.git()), &LIMITS, Some(&first));
    assert_eq!(shown(&second), "b/c");
}

#[test]
fn what_git_tracks_in_an_ignored_folder_is_listed_when_it_comes_back() {
    let (dir, repo) = unborn();
    let root = dir.path();
    for (path, text) in [("b/a", ""), ("b/c", ""), ("b/secret", ""), (".gitignore", "/b\n")] {
        write(root, path.as_bytes(), text);
    }
    write(root, b".countersignignore", "secret");
    track(&repo, &["b/a", "b/c", "b/secret"]);
    for path in ["b/a", "b/secret"] {
        fs::remove_file(root.join(path)).unwrap();
    }
    age(root, 1000);
    age(repo.git().path(), 1000);
    let listed = |old| list(root, Some(repo.git()), &LIMITS, old);
    let first = listed(None);
    assert_eq!(shown(&first), ".countersignignore .gitignore b/c");
    write(root, b"b/a", "");
    write(root, b"b/secret", "");
    let second = listed(Some(&first));
    assert_eq!(shown(&second), ".countersignignore .gitignore b/a b/c");
    assert_eq!(second, Listing { at_ns: second.at_ns, ..listed(None) });
    fs::remove_file(root.join("b/c")).unwrap();
    let third = listed(Some(&second));
    write(root, b"b/c", "");
    assert_eq!(shown(&listed(Some(&third))), shown(&second));
}

#[test]
fn rules_of_an_ignored_folder_are_read_again() {
    let (dir, repo) = unborn();
    let root = dir.path();
    for (path, text) in [("b/a", ""), ("b/secret", ""), (".gitignore", "/b\n")] {
        write(root, path.as_bytes(), text);
    }
    track(&repo, &["b/a", "b/secret"]);
    age(root, 1000);
    let listed = |old| list(root, Some(repo.git()), &LIMITS, old);
    let first = listed(None);
    assert_eq!(shown(&first), ".gitignore b/a b/secret");
    write(root, b"b/.countersignignore", "secret");
    age(root, 2000);
    let second = listed(Some(&first));
    assert_eq!(shown(&second), ".gitignore b/a");
    write(root, b"b/.countersignignore", "a");
    age(root, 3000);
    let third = listed(Some(&second));
    assert_eq!(shown(&third), ".gitignore b/secret");
    assert_eq!(third, Listing { at_ns: third.at_ns, ..listed(None) });
    fs::remove_file(root.join("b/.countersignignore")).unwrap();
    assert_eq!(shown(&listed(Some(&third))), shown(&first));
}

#[test]
fn what_git_tracks_is_not_followed_through_a_link() {
    let (dir, repo) = unborn();
    let (root, elsewhere) = (dir.path(), tempfile::tempdir().unwrap());
    write(elsewhere.path(), b"a", "other");
    for (path, text) in [("b/c/a", ""), (".gitignore", "/b\n")] {
        write(root, path.as_bytes(), text);
    }
    track(&repo, &["b/c/a"]);
    age(root, 1000);
    let listed = |old| list(root, Some(repo.git()), &LIMITS, old);
    let first = listed(None);
    assert_eq!(shown(&first), ".gitignore b/c/a");
    fs::remove_dir_all(root.join("b/c")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), root.join("b/c")).unwrap();
    let second = listed(Some(&first));
    assert_eq!(shown(&second), ".gitignore");
    assert_eq!(second, Listing { at_ns: second.at_ns, ..listed(None) });
    fs::remove_file(root.join("b/c")).unwrap();
    write(root, b"b/c/a", "");
    assert_eq!(shown(&listed(Some(&second))), shown(&first));
}

#[test]
fn only_folders_that_are_there_are_looked_at_for_what_git_tracks() {
    let (dir, repo) = unborn();
    let root = dir.path();
    let paths = ["b/a", "b/c/d/a", "e/a"];
    paths.iter().for_each(|path| write(root, path.as_bytes(), ""));
    write(root, b".gitignore", "/b\n/e\n");
    track(&repo, &paths);
    // Like what a sparse checkout leaves out.
    for folder in ["b/c", "e"] {
        fs::remove_dir_all(root.join(folder)).unwrap();
    }
    age(root, 1000);
    let listed = |old| list(root, Some(repo.git()), &LIMITS, old);
    let first = listed(None);
    assert_eq!(shown(&first), ".gitignore b/a");
    let looked_at: Vec<&[u8]> = first.unlisted.iter().map(|it| it.0).collect();
    assert_eq!(looked_at, [b"b"]);
    write(root, b"b/c/d/a", "");
    let second = listed(Some(&first));
    assert_eq!(shown(&second), ".gitignore b/a b/c/d/a");
    write(root, b"e/a", "");
    let third = listed(Some(&second));
    assert_eq!(shown(&third), ".gitignore b/a b/c/d/a e/a");
    assert_eq!(third, Listing { at_ns: third.at_ns, ..listed(None) });
}

#[test]
fn what_git_tracks_in_a_repository_inside_stays_out() {
    let (dir, repo) = unborn();
    let root = dir.path();
    for (path, text) in [("a/c", ""), ("b/c", ""), (".gitignore", "/b\n")] {
        write(root, path.as_bytes(), text);
    }
    track(&repo, &["a/c", "b/c"]);
    age(root, 1000);
    let listed = |old| list(root, Some(repo.git()), &LIMITS, old);
    let first = listed(None);
    assert_eq!(shown(&first), ".gitignore a/c b/c");
    for folder in ["a", "b"] {
        fs::create_dir(root.join(folder).join(".git")).unwrap();
    }
    let second = listed(Some(&first));
    assert_eq!(shown(&second), ".gitignore a=Repository");
    assert_eq!(shown(&listed(None)), shown(&second));
    assert_eq!(shown(&listed(Some(&second))), shown(&second));
    for folder in ["a", "b"] {
        fs::remove_dir(root.join(folder).join(".git")).unwrap();
    }
    assert_eq!(shown(&listed(Some(&second))), shown(&first));
}

#[test]
fn what_others_have_git_track_is_seen() {
    let (dir, repo) = unborn();
    let root = dir.path();
    for (path, text) in [("b/a", ""), ("b/c", ""), (".gitignore", "/b\n")] {
        write(root, path.as_bytes(), text);
    }
    track(&repo, &["b/a"]);
    let listed = |old| list(root, Some(repo.git()), &LIMITS, old);
    let first = listed(None);
    assert_eq!(shown(&first), ".gitignore b/a");
    track(&Repo::discover(root).unwrap(), &["b/c"]);
    assert_eq!(shown(&listed(Some(&first))), ".gitignore b/a b/c");
}

#[test]
fn rules_behind_a_link_are_read_again() {
    let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for path in [&b"a"[..], b"b"] {
        write(root.path(), path, "");
    }
    write(elsewhere.path(), b"rules", "/a\n");
    let link = root.path().join(".gitignore");
    std::os::unix::fs::symlink(elsewhere.path().join("rules"), link).unwrap();
    age(root.path(), 1000);
    let first = list(root.path(), None, &LIMITS, None);
    assert_eq!(shown(&first), "b");
    // The link itself is not too young to be trusted.
    let first = Listing { at_ns: first.at_ns + 10 * RACY_NS, ..first };
    write(elsewhere.path(), b"rules", "/b\n");
    assert_eq!(shown(&list(root.path(), None, &LIMITS, Some(&first))), "a");
}

#[test]
fn another_limit_or_another_file_of_rules_lists_anew() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), b"a", "12345");
    age(root.path(), 1000);
    let listed =
        |limits: &Limits, old: &Listing| shown(&list(root.path(), None, limits, Some(old)));
    let first = list(root.path(), None, &LIMITS, None);
    assert_eq!(listed(&LIMITS, &first), "a");
    assert_eq!(listed(&Limits { file_bytes: 4 }, &first), "a=TooLarge");
    // A list of no files that is renewed stays one: none of its folders has changed.
    let without = Listing { files: Files::default(), ..first };
    assert_eq!(listed(&LIMITS, &without), "");
    let others = Listing { excludes: "elsewhere".into(), ..without };
    assert_eq!(listed(&LIMITS, &others), "a");
}

#[test]
fn a_list_tells_whether_its_rules_are_those_of_now() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    for (path, text) in [("a", ""), ("b/a", ""), ("b/.gitignore", "c")] {
        write(root, path.as_bytes(), text);
    }
    age(root, 1000);
    let listing = list(root, None, &LIMITS, None);
    write(root, b"b/d", "");
    assert!(listing.is_ruled_as_now(root));
    write(root, b"b/.aiderignore", "a");
    assert!(!listing.is_ruled_as_now(root));
    fs::remove_file(root.join("b/.aiderignore")).unwrap();
    assert!(listing.is_ruled_as_now(root));
    write(root, b"b/.gitignore", "longer");
    assert!(!listing.is_ruled_as_now(root));
    assert!(!Listing { excludes: "elsewhere".into(), ..listing }.is_ruled_as_now(root));
}

#[test]
fn a_repository_inside_stays_out_until_it_is_none() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), b"inner/.git/HEAD", "");
    write(root.path(), b"inner/a", "");
    age(root.path(), 1000);
    let first = list(root.path(), None, &LIMITS, None);
    let second = list(root.path(), None, &LIMITS, Some(&first));
    assert_eq!(shown(&first), "inner=Repository");
    assert_eq!(shown(&second), "inner=Repository");
    fs::remove_dir_all(root.path().join("inner/.git")).unwrap();
    assert_eq!(shown(&list(root.path(), None, &LIMITS, Some(&second))), "inner/a");
}

#[test]
fn rules_in_the_place_of_others_with_their_size_and_time_are_read() {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in [("a", ""), ("b", ""), (".gitignore", "/a\n"), (".new", "/b\n")] {
        write(root.path(), path.as_bytes(), text);
    }
    age(root.path(), 1000);
    let first = list(root.path(), None, &LIMITS, None);
    assert_eq!(shown(&first), ".gitignore .new b");
    fs::rename(root.path().join(".new"), root.path().join(".gitignore")).unwrap();
    age(root.path(), 1000);
    assert_eq!(shown(&list(root.path(), None, &LIMITS, Some(&first))), ".gitignore a");
}

const PATHS: [&str; 8] = ["a", "b/a", "b/c/a", "b/c/b", "d/a", "d/e/f/a", "b/secret", "g"];

/// Does a thing to a file or to its folder; what the file system refuses is not done.
fn act(root: &Path, elsewhere: &Path, path: &str, what: usize) {
    let place = root.join(path);
    let folder = place.parent().unwrap();
    match what {
        0 | 1 => {
            let _ = fs::create_dir_all(folder);
            let _ = fs::write(&place, "x".repeat(what * 20));
        }
        2 => drop(fs::remove_file(&place)),
        3 if folder != root => drop(fs::remove_dir_all(folder)),
        4 => drop(fs::write(folder.join(".gitignore"), "a\n")),
        5 if folder != root => drop(fs::create_dir(folder.join(".git"))),
        6 => drop(fs::remove_dir(folder.join(".git"))),
        7 => drop(fs::write(folder.join(".aiderignore"), "secret\n")),
        8 => drop(fs::write(root.join(".gitignore"), "/b\n/d/e\n")),
        9 if folder != root && folder.is_dir() => {
            let _ = fs::remove_dir_all(folder);
            let _ = std::os::unix::fs::symlink(elsewhere, folder);
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn a_renewed_list_is_like_a_new_one(
        steps in prop::collection::vec((0..PATHS.len(), 0..10usize), 1..12),
        tracks in any::<bool>(),
    ) {
        let (dir, repo) = unborn();
        let (root, elsewhere) = (dir.path(), tempfile::tempdir().unwrap());
        write(elsewhere.path(), b"a", "");
        if tracks {
            PATHS.iter().for_each(|path| write(root, path.as_bytes(), ""));
            track(&repo, &PATHS);
            PATHS.iter().for_each(|path| fs::remove_file(root.join(path)).unwrap());
        }
        let mut listing: Option<Listing> = None;
        for (step, (place, what)) in (1u64..).zip(steps) {
            act(root, elsewhere.path(), PATHS[place], what);
            age(root, step * 1000);
            let renewed = list(root, Some(repo.git()), &LIMITS, listing.as_ref());
            let anew = list(root, Some(repo.git()), &LIMITS, None);
            prop_assert_eq!(&renewed.files, &anew.files);
            prop_assert_eq!(&renewed.left_out, &anew.left_out);
            prop_assert_eq!(&renewed.folders, &anew.folders);
            listing = Some(renewed);
        }
    }
}
