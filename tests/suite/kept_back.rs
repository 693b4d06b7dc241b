//! What is kept from agents is in no answer: no hit, no reason, no map, no name; and every hit stands
//! where it says.

use std::fs;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::TestRepo;

/// Files and what keeps each back; each says `hidden_` and its number.
const KEPT_BACK: [(&str, &str); 7] = [
    (".env", "SECRET=hidden_0\n"),
    ("ignored.rs", "pub fn hidden_1() {}\n"),
    ("agents/kept.rs", "pub fn hidden_2() {}\n"),
    ("denied.rs", "pub fn hidden_3() {}\n"),
    ("config/id_rsa", "hidden_4\n"),
    ("agents/tracked.rs", "pub fn hidden_5() {}\n"),
    ("folder/inner/deep.rs", "pub struct Hidden6;\nimpl Hidden6 { fn hidden_6() {} }\n"),
];

const POLICY: &str = "@id(\"no-denied\")\n@why(\"it is kept back\")\nforbid (principal, \
                      action == Action::\"read\", resource)\nwhen { resource.path like \
                      \"*enied.rs\" };\n";

/// What the tests ask: words, names, paths, and errors that name what is kept back.
const QUERIES: [&str; 12] = [
    "hidden",
    "hidden_0",
    "hidden_1 hidden_2 hidden_3",
    "Hidden6",
    "`Hidden6.hidden_6` fails",
    "denied.rs:1",
    "where is SECRET",
    ".env",
    "folder/inner/deep.rs",
    "panicked at agents/kept.rs:1:1",
    "id_rsa tracked config",
    "change the hidden files",
];

fn repo() -> TestRepo {
    let repo = TestRepo::with(&[("shown.rs", "pub fn visible() {}\n")]);
    for (path, text) in KEPT_BACK {
        repo.write(path, text);
    }
    // The past names them, too, and git tracks them.
    repo.git(&["add", "--all", "--force"]);
    repo.git(&["commit", "--quiet", "-m", "change the hidden files: hidden_1 hidden_5 Hidden6"]);
    repo.write("shown.rs", "pub fn visible() {}\npub fn other() {}\n");
    repo
}

/// The rules are files that are shown, so they do not name what they keep back in full.
fn keep_back(repo: &TestRepo) {
    repo.write(".gitignore", "/ign*.rs\n");
    repo.write(".countersignignore", "/agents/\n/folder/*\n");
    repo.write(".countersign/policy.cedar", POLICY);
    // A rule of git alone keeps back only what git does not track.
    repo.git(&["rm", "--cached", "--quiet", "ignored.rs"]);
}

/// All that the commands print about `query`.
fn said(repo: &TestRepo, query: &str) -> String {
    let mut said = String::new();
    for arguments in [&["search", "--explain"][..], &["search", "--json", "--explain"]] {
        said += &repo.run(arguments.iter().chain(&[query])).exits(0).stdout;
    }
    said
}

#[track_caller]
fn check_nothing_is_said(repo: &TestRepo, query: &str) {
    let said = said(repo, query);
    for (path, _) in KEPT_BACK {
        assert!(!said.contains(path), "{query}: {path} in {said}");
    }
    assert!(!said.contains("hidden_") && !said.contains("Hidden6"), "{query}: {said}");
}

#[test]
fn what_is_kept_back_is_in_no_answer() {
    let repo = repo();
    keep_back(&repo);
    for query in QUERIES {
        check_nothing_is_said(&repo, query);
    }
    for arguments in [&["map", "--tokens", "9000"][..], &["map", "--json", "--tokens", "9000"]] {
        let map = repo.run(arguments).exits(0).stdout;
        assert!(map.contains("visible") && !map.to_lowercase().contains("hidden"), "{map}");
        assert!(!map.contains("denied.rs"), "{map}");
    }
    let report = repo.run(["index", "--json"]).exits(0).json();
    assert_eq!(report["left_out"]["denied"], 3, "{report}");
}

#[test]
fn a_state_that_names_what_is_kept_back_leads_to_none_of_it() {
    let repo = repo();
    keep_back(&repo);
    let errors: String = KEPT_BACK
        .iter()
        .map(|(path, text)| format!("panicked at {path}:1:1\n`{text}`\n"))
        .collect();
    repo.write(".git/errors.txt", errors);
    let mut args = vec!["search", "--explain", "--error", ".git/errors.txt", "--seen", "hidden_2"];
    for (path, _) in KEPT_BACK {
        args.extend(["--open", path, "--touched", path]);
    }
    for query in [&[][..], &["visible"], &["what changed recently?"], &["latest change to hidden"]]
    {
        let said = repo.run(args.iter().chain(query)).exits(0).stdout;
        for (path, _) in KEPT_BACK {
            assert!(!said.contains(path) && !said.to_lowercase().contains("hidden"), "{said}");
        }
    }
}

#[test]
fn what_is_kept_back_later_goes_out() {
    let repo = repo();
    let before = said(&repo, "hidden_1 hidden_2 hidden_3 Hidden6");
    for path in ["ignored.rs", "agents/kept.rs", "denied.rs", "folder/inner/deep.rs"] {
        assert!(before.contains(path), "{path} should be there: {before}");
    }
    keep_back(&repo);
    for query in QUERIES {
        check_nothing_is_said(&repo, query);
    }
}

/// Lines as people and machines write them: short, long, of any ending, and no text at all.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just(b"fn alpha() { beta(1) }\n".to_vec()),
        Just(b"class Beta:\r\n    def alpha(self): pass\r\n".to_vec()),
        Just(b"# alpha beta\n\n".to_vec()),
        Just("let é = \"beta 中文\";\n".as_bytes().to_vec()),
        Just(b"\xff\xfe beta \xc3\n".to_vec()),
        Just(b"\x1b[31m alpha\x07\n".to_vec()),
        (1..3000usize).prop_map(|n| [b"beta=1;".repeat(n), b"\n".to_vec()].concat()),
        (1..120usize).prop_map(|n| b"    alpha()\n".repeat(n)),
        Just(b"fn end() { alpha".to_vec()),
    ];
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.concat())
}

#[test]
fn every_hit_stands_where_it_says() {
    const NAMES: [&str; 4] = ["a.rs", "b/c.py", "d.md", "e"];
    let repo = TestRepo::empty();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(12));
    let mut hits_seen = 0;
    let files = prop::collection::vec(lines(), NAMES.len());
    for _ in 0..12 {
        let texts = files.new_tree(&mut runner).expect("files").current();
        for (name, text) in NAMES.iter().zip(&texts) {
            repo.write(name, text);
        }
        let hits = repo.run(["search", "--json", "alpha beta end"]).exits(0).json();
        for hit in hits.as_array().expect("hits") {
            let path = hit["path"].as_str().expect("path");
            let bytes = fs::read(repo.root().join(path)).expect("the file is there");
            let number = |key: &str| hit[key].as_u64().expect("line") as usize;
            let (start, end) = (number("start_line"), number("end_line"));
            let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            let text = hit["text"].as_str().expect("text");
            let cited = lines.get(start - 1..end).unwrap_or_else(|| panic!("no such lines: {hit}"));
            let cited = String::from_utf8_lossy(&cited.concat()).into_owned();
            assert!(cited.contains(text), "{path}:{start}-{end} is not {text:?}");
            hits_seen += 1;
        }
    }
    assert!(hits_seen > 10, "{hits_seen} hits show little");
}
