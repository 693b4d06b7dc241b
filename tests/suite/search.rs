//! `index`, `search` and `map`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::support::TestRepo;

const CLIENT: &str = "/// Talks to a server.\npub struct Client;\n\nimpl Client {\n    /// Opens the connection.\n    pub fn connect_slowly(&self) {}\n}\n";

fn repo() -> TestRepo {
    TestRepo::with(&[
        ("src/client.rs", CLIENT),
        ("src/main.rs", "fn main() {\n    Client.connect_slowly();\n}\n"),
        ("tests/client.rs", "#[test]\nfn connection_opens() {\n    Client.connect_slowly();\n}\n"),
        ("README.md", "# Opens a connection\n"),
    ])
}

#[test]
fn hits_are_grouped_by_file() {
    let said = repo().run(["search", "opens", "the", "connection"]).exits(0);
    insta::assert_snapshot!(said.whole(), @r"
    exit: 0
    ----- stdout
    src/client.rs
      4-7 implementation Client
          5:     /// Opens the connection.

    README.md
      1 section Opens a connection
          1: # Opens a connection

    tests/client.rs
      1-4 function connection_opens
          2: fn connection_opens() {

    src/main.rs
      1-3 function main
          1: fn main() {
    ----- stderr
    ");
}

#[test]
fn a_name_finds_its_definition_first() {
    let hits = repo().run(["search", "--json", "connect_slowly"]).exits(0).json();
    assert_eq!(hits[0]["path"], "src/client.rs");
    assert_eq!(hits[0]["kind"], "implementation");
    assert_eq!(hits[0]["start_line"], 4);
    for key in ["end_line", "symbol", "score", "why", "text"] {
        assert!(!hits[0][key].is_null(), "{key}");
    }
}

#[test]
fn neighbours_of_the_best_are_found() {
    let repo = TestRepo::with(&[
        ("src/pump.rs", "/// Lets water out.\npub fn drain_tank() {\n    open_valve();\n}\n"),
        ("src/plant.rs", "fn night_shift() {\n    drain_tank();\n}\n"),
        ("src/valve.rs", "// Steel.\n\npub fn open_valve() {}\n"),
        ("src/paint.rs", "pub fn paint() {}\n"),
    ]);
    let search = |query: &str| repo.run(["search", "--json", "--explain", query]).exits(0).json();
    let hits = search("the water is let out too late");
    let hit = |path: &str| hits.as_array().unwrap().iter().find(|hit| hit["path"] == path).unwrap();
    let share = |path: &str, signal: &str| hit(path)["signals"][signal].as_f64().unwrap_or(0.0);
    assert_eq!(hits[0]["path"], "src/pump.rs");
    assert!(share("src/plant.rs", "uses") > 0.0 && share("src/valve.rs", "used") > 0.0, "{hits}");
    assert_eq!(hit("src/valve.rs")["symbol"], "open_valve");
    assert!(share("src/plant.rs", "together") > 0.0 && share("src/plant.rs", "used") == 0.0);
    // Who looks a name up gets only what has it.
    assert_eq!(search("drain_tank").as_array().unwrap().len(), 2);
}

#[test]
fn the_best_files_show_several_symbols() {
    let body = "    let water = water + 1;\n".repeat(30);
    let functions = ["fill", "drain", "heat"].map(|name| format!("fn {name}() {{\n{body}}}\n"));
    let repo = TestRepo::with(&[("tank.rs", &functions.concat()), ("b.rs", "// water\n")]);
    let hits = repo.run(["search", "--json", "how does water get warm"]).exits(0).json();
    let symbols: Vec<_> = hits.as_array().unwrap().iter().map(|hit| &hit["symbol"]).collect();
    let named = symbols.iter().filter(|it| it.is_string()).count();
    assert_eq!((named, symbols.len()), (3, 4), "{hits}");
}

#[test]
fn filters_and_limit() {
    let repo = repo();
    let paths = |args: &[&str]| -> Vec<String> {
        let hits = repo.run(args).exits(0).json();
        let path = |hit: &serde_json::Value| hit["path"].as_str().unwrap().to_owned();
        hits.as_array().unwrap().iter().map(path).collect()
    };
    assert_eq!(paths(&["search", "--json", "--limit", "1", "client"]).len(), 1);
    assert_eq!(paths(&["search", "--json", "--in", "tests/**", "client"]), ["tests/client.rs"]);
    assert_eq!(paths(&["search", "--json", "--lang", "python", "client"]), [""; 0]);
    repo.run(["search", "--lang", "klingon", "client"]).exits(2);
    repo.run(["search", "--in", "[", "client"]).exits(2);
}

#[test]
fn nothing_found_is_no_error() {
    let said = repo().run(["search", "--json", "zebra"]).exits(0);
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("[]\n", "nothing found\n"));
}

#[test]
fn changes_are_seen_without_being_told() {
    let repo = repo();
    repo.run(["index"]).exits(0);
    repo.write("src/zebra.rs", "fn zebra() {}\n");
    let hits = repo.run(["search", "--json", "zebra"]).exits(0).json();
    assert_eq!(hits[0]["path"], "src/zebra.rs");
}

#[test]
fn secrets_are_not_found() {
    let repo = repo();
    repo.write(".env", "ZEBRA_TOKEN=abc\n");
    repo.run(["search", "zebra_token"]).exits(0);
    assert!(repo.run(["search", "zebra_token"]).exits(0).stdout.is_empty());
}

#[test]
fn odd_repositories_are_fine() {
    let repo = TestRepo::empty();
    repo.run(["index"]).exits(0);
    repo.run(["search", "anything"]).exits(0);
    repo.run(["map"]).exits(0);
    repo.write(OsStr::from_bytes(b"od\xffd \x1b[2J.rs"), "fn odd() { \x1b[31m }\n");
    repo.write("broken.py", "def f(:\n  class\n");
    let said = repo.run(["search", "odd"]).exits(0);
    assert!(said.stdout.contains("od\\xffd"), "{}", said.stdout);
    assert!(!said.stdout.contains('\x1b'), "{}", said.stdout);
    repo.run(["search", "--json", "odd"]).exits(0).json();
    repo.run(["map"]).exits(0);
}

#[test]
fn index_reports_in_json() {
    let report = repo().run(["index", "--json"]).exits(0).json();
    assert_eq!(report["files"], 4);
    assert_eq!(report["read"], 4);
}

#[test]
fn map_fits_its_budget() {
    let repo = repo();
    let said = repo.run(["map"]).exits(0);
    insta::assert_snapshot!(said.whole(), @r"
    exit: 0
    ----- stdout
    src/client.rs
        1: pub struct Client
        4: impl Client
        5:   pub fn connect_slowly(&self)
    README.md
        1: # Opens a connection
    src/main.rs
        1: fn main()
    tests/client.rs
        1: fn connection_opens()
    ----- stderr
    ");
    let small = repo.run(["map", "--tokens", "12"]).exits(0);
    assert!(!small.stdout.is_empty() && small.stdout.len() <= 48, "{}", small.stdout);
}

/// The answer to `search --json` with `args`, in the repository of the tests.
fn asked(repo: &TestRepo, args: &[&str]) -> serde_json::Value {
    repo.run(["search", "--json"].iter().chain(args)).exits(0).json()
}

fn places(hits: &serde_json::Value) -> Vec<String> {
    let hits = hits.as_array().expect("an array").iter();
    hits.map(|hit| format!("{}:{}", hit["path"], hit["start_line"])).collect()
}

#[test]
fn hits_name_the_blob_they_stand_in() {
    let repo = repo();
    for hit in asked(&repo, &["client"]).as_array().expect("hits") {
        let path = hit["path"].as_str().expect("path");
        let (blob, git) = (&hit["blob"], repo.git(&["hash-object", path]));
        assert_eq!(blob.as_str().expect("blob"), &git[..12], "{path}");
    }
}

#[test]
fn what_earlier_answers_had_is_not_shown_again() {
    let repo = repo();
    let answers = repo.root().join(".git/answers.json");
    let first = repo.run(["search", "--json", "--limit", "2", "opens", "the", "connection"]);
    repo.write(".git/answers.json", &first.stdout);
    let args = ["--shown", answers.to_str().expect("UTF-8"), "opens", "the", "connection"];
    let (first, second) = (first.json(), asked(&repo, &args));
    assert!(!places(&second).is_empty());
    for place in places(&second) {
        assert!(!places(&first).contains(&place), "{place} again");
    }
    // Answers one after another are one list, and what changed is shown again.
    let mut both = first.to_string();
    both.push_str(&second.to_string());
    repo.write(".git/answers.json", &both);
    assert_eq!(asked(&repo, &args), serde_json::json!([]));
    repo.write("README.md", "# Opens a connection slowly\n");
    assert_eq!(places(&asked(&repo, &args)), ["\"README.md\":1"]);
    // A citation does as well.
    repo.write(".git/answers.json", "README.md:1\nsrc/client.rs:1-7\ntests/client.rs:1-4\n");
    assert_eq!(places(&asked(&repo, &args)), ["\"src/main.rs\":1"]);
}

#[test]
fn the_state_of_a_task_leads_to_code() {
    let repo = repo();
    repo.write("src/zebra.rs", "pub fn gallop() {\n    stripes();\n}\n");
    repo.write("src/coat.rs", "// Black and white.\npub fn stripes() {}\n");
    repo.write(".git/out.txt", "thread 'main' panicked at src/zebra.rs:2:5:\n");
    let signal = |args: &[&str], path: &str, name: &str| {
        let hits = asked(&repo, &[args, &["--explain"]].concat());
        let hits = hits.as_array().expect("hits").clone();
        let hit = hits.iter().find(|hit| hit["path"] == path);
        hit.and_then(|hit| hit["signals"][name].as_f64()).unwrap_or_default()
    };
    let query = "how is the connection opened";
    assert!(signal(&["--open", "src/zebra.rs", query], "src/zebra.rs", "open") > 0.0);
    assert!(signal(&["--open", "src/zebra.rs", query], "src/coat.rs", "used") > 0.0);
    assert!(
        signal(&["--touched", "./src/../src/zebra.rs", query], "src/zebra.rs", "touched") > 0.0
    );
    assert!(signal(&["--seen", "stripes", query], "src/coat.rs", "seen") > 0.0);
    assert!(signal(&["--error", ".git/out.txt"], "src/zebra.rs", "errors") > 0.0);
    assert_eq!(asked(&repo, &["--error", ".git/out.txt"])[0]["path"], "src/zebra.rs");
}

#[test]
fn a_state_that_cannot_be_is_refused() {
    let repo = repo();
    repo.write(".git/wrong.json", "[{\"path\": \"../x\", \"start_line\": 1, \"end_line\": 1}]");
    for args in [
        ["--open", "/etc/hosts"],
        ["--touched", "../x"],
        ["--error", "missing.txt"],
        ["--shown", ".git/wrong.json"],
        ["--shown", "README.md"],
    ] {
        let said = repo.run(["search"].iter().chain(&args).chain(&["client"])).exits(2);
        assert!(said.stderr.starts_with("error: "), "{args:?}: {}", said.stderr);
    }
    repo.run(["search", "--error", "-", "--shown", "-", "client"]).exits(2);
    repo.run(["search", "--shown", "-"]).exits(2);
    // A file that is open and is not there yet says nothing.
    repo.run(["search", "--open", "src/new.rs", "client"]).exits(0);
}

#[test]
fn the_last_changes_come_first_where_they_are_asked_for() {
    let repo = repo();
    repo.write(
        "src/client_pool.rs",
        "/// Keeps a client for the next one who needs a client.\npub struct ClientPool;\n",
    );
    repo.commit("keep some");
    let first = |args: &[&str]| asked(&repo, args)[0]["path"].as_str().expect("path").to_owned();
    assert_eq!(first(&["what changed last in the client?"]), "src/client_pool.rs");
    assert_eq!(first(&["--plain", "what changed last in the client?"]), "src/client.rs");
}
