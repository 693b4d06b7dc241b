//! Repositories in every shape that git makes: each is indexed as its work tree stands there.

use std::path::Path;

use serde_json::Value;

use crate::support::TestRepo;

/// A repository with two commits, to clone from.
fn origin() -> TestRepo {
    let repo = TestRepo::with(&[
        ("good.rs", "fn zebra() {}\n"),
        ("deep/er/okapi.rs", "fn okapi() {}\n"),
        ("sub/quagga.rs", "fn quagga() {}\n"),
    ]);
    repo.write("good.rs", "fn zebra() {}\nfn second() {}\n");
    repo.commit("change the zebra");
    repo
}

/// Runs git in the home folder of `repo`, where clones of it lie.
#[track_caller]
fn git(repo: &TestRepo, args: &[&str]) {
    let mut command = repo.git_command(&["-c", "protocol.file.allow=always"]);
    let output = command.args(args).current_dir(repo.home()).output().expect("git");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What the binary prints as JSON in `folder` of the home of `repo`.
#[track_caller]
fn json(repo: &TestRepo, folder: &str, args: &[&str]) -> Value {
    let mut command = repo.command(args);
    command.current_dir(repo.home().join(folder));
    repo.finish(command).exits(0).json()
}

#[track_caller]
fn found(repo: &TestRepo, folder: &str, query: &str) -> Vec<String> {
    let hits = json(repo, folder, &["search", "--json", query]);
    let path = |hit: &Value| hit["path"].as_str().expect("path").to_owned();
    hits.as_array().expect("hits").iter().map(path).collect()
}

fn url(repo: &TestRepo) -> String {
    format!("file://{}", repo.root().display())
}

#[test]
fn shallow_clones() {
    let repo = origin();
    git(&repo, &["clone", "--quiet", "--depth", "1", &url(&repo), "shallow"]);
    assert_eq!(json(&repo, "shallow", &["index", "--json"])["files"], 3);
    assert_eq!(found(&repo, "shallow", "quagga"), ["sub/quagga.rs"]);
    git(&repo, &["-C", "shallow", "fetch", "--quiet", "--unshallow"]);
    assert_eq!(found(&repo, "shallow", "change"), ["good.rs"]);
}

#[test]
fn sparse_checkouts() {
    let repo = origin();
    git(&repo, &["clone", "--quiet", &url(&repo), "sparse"]);
    git(&repo, &["-C", "sparse", "sparse-checkout", "set", "sub"]);
    assert_eq!(json(&repo, "sparse", &["index", "--json"])["files"], 2);
    assert_eq!(found(&repo, "sparse", "okapi"), [""; 0]);
    git(&repo, &["-C", "sparse", "sparse-checkout", "disable"]);
    assert_eq!(found(&repo, "sparse", "okapi"), ["deep/er/okapi.rs"]);
    git(&repo, &["-C", "sparse", "sparse-checkout", "set", "deep"]);
    assert_eq!(found(&repo, "sparse", "quagga"), [""; 0]);
}

#[test]
fn submodules_are_left_out_and_have_an_index_of_their_own() {
    let repo = origin();
    git(&repo, &["clone", "--quiet", &url(&repo), "outer"]);
    git(&repo, &["-C", "outer", "submodule", "--quiet", "add", &url(&repo), "inner"]);
    for _ in 0..2 {
        let said = json(&repo, "outer", &["index", "--json"]);
        let left_out = &said["left_out"]["repository"];
        assert_eq!((&said["files"], left_out), (&4.into(), &1.into()), "{said}");
        assert_eq!(found(&repo, "outer", "quagga"), ["sub/quagga.rs"]);
    }
    assert_eq!(found(&repo, "outer/inner", "quagga"), ["sub/quagga.rs"]);
    // No longer a repository of its own, its files are files like others.
    let inner = repo.home().join("outer/inner");
    std::fs::remove_file(inner.join(".git")).expect("remove");
    let here = found(&repo, "outer", "quagga");
    assert_eq!(here.len(), 2, "{here:?}");
}

#[test]
fn work_trees_have_an_index_each() {
    let repo = origin();
    let tree = repo.home().join("tree").display().to_string();
    repo.git(&["worktree", "add", "--quiet", "-b", "other", &tree]);
    std::fs::write(Path::new(&tree).join("gnu.rs"), "fn gnu() {}\n").expect("write");
    assert_eq!(found(&repo, "tree", "gnu"), ["gnu.rs"]);
    assert_eq!(found(&repo, "../repo", "gnu"), [""; 0]);
    assert_eq!(found(&repo, "../repo", "quagga"), ["sub/quagga.rs"]);
}

#[test]
fn a_bare_repository_has_nothing_to_index() {
    let repo = origin();
    git(&repo, &["clone", "--quiet", "--bare", &url(&repo), "bare"]);
    let mut command = repo.command(["index"]);
    command.current_dir(repo.home().join("bare"));
    let said = repo.finish(command).exits(1);
    assert!(said.stderr.contains("is a bare repository"), "{}", said.stderr);
}

#[test]
fn damaged_repositories_are_searched_without_their_past() {
    let repo = origin();
    repo.write(".git/index", "garbage");
    assert_eq!(found(&repo, "../repo", "quagga"), ["sub/quagga.rs"]);
    repo.write(".git/HEAD", "ref: refs/heads/none\n");
    assert_eq!(found(&repo, "../repo", "quagga"), ["sub/quagga.rs"]);
    repo.write(".git/HEAD", "garbage\n");
    let said = repo.run(["search", "quagga"]).exits(0);
    assert!(said.stderr.contains("past commits are not considered"), "{}", said.stderr);
    let lost = origin();
    for entry in std::fs::read_dir(lost.root().join(".git/objects")).expect("objects").flatten() {
        std::fs::remove_dir_all(entry.path()).expect("remove");
    }
    assert_eq!(found(&lost, "../repo", "quagga"), ["sub/quagga.rs"]);
}
