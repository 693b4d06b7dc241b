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
