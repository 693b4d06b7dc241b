//! `defs` and `refs`.

use crate::support::TestRepo;

const CLIENT: &str = "/// Talks.\npub struct Client;\n\nimpl Client {\n    /// Connects; see connect.\n    pub fn connect(&self) {\n        self.connect_slowly();\n        log(\"connect\");\n    }\n\n    fn retry(&self) {\n        self.connect(); self.connect();\n    }\n}\n";

fn repo() -> TestRepo {
    TestRepo::with(&[
        ("src/net/client.rs", CLIENT),
        ("src/net/pool.rs", "fn fill(client: Client) {\n    client.connect();\n}\n"),
        ("src/main.rs", "fn main() {\n    Client.connect();\n}\n"),
        ("src/a_test.rs", "fn connect() {}\n\nfn tries() {\n    connect();\n}\n"),
        ("NOTES.txt", "call connect first\n"),
        ("secret/key.rs", "fn hidden() { connect() }\n"),
        (".countersignignore", "secret/\n"),
    ])
}

#[test]
fn definitions_with_their_signatures() {
    let said = repo().run(["defs", "connect"]).exits(0);
    insta::assert_snapshot!(said.whole(), @r"
    exit: 0
    ----- stdout
    src/net/client.rs
      5-9 method Client.connect
          6: pub fn connect(&self)

    src/a_test.rs
      1 function connect
          1: fn connect()
    ----- stderr
    ");
}

#[test]
fn uses_by_distance_with_what_is_around() {
    let said = repo().run(["refs", "connect"]).exits(0);
    insta::assert_snapshot!(said.whole(), @r"
    exit: 0
    ----- stdout
    src/net/client.rs
      method Client.retry
         12: self.connect(); self.connect();

    src/net/pool.rs
      function fill
          2: client.connect();

    src/main.rs
      function main
          2: Client.connect();

    NOTES.txt
          1: call connect first

    src/a_test.rs
      function tries
          4: connect();
    ----- stderr
    2 more lines say it in comments and strings; `--comments` shows them
    ");
}

#[test]
fn comments_and_strings_on_demand() {
    let repo = repo();
    let contexts = |args: &[&str]| -> Vec<String> {
        let rows = repo.run([&["refs", "connect", "--json"], args].concat()).exits(0).json();
        let row = |it: &serde_json::Value| {
            format!(
                "{}:{} {}",
                it["path"].as_str().unwrap(),
                it["line"],
                it["in"].as_str().unwrap()
            )
        };
        rows.as_array().unwrap().iter().map(row).collect()
    };
    let all = contexts(&["--comments", "--in", "src/net/*"]);
    let expected = [
        "src/net/client.rs:5 comment",
        "src/net/client.rs:8 string",
        "src/net/client.rs:12 code",
        "src/net/pool.rs:2 code",
    ];
    assert_eq!(all, expected);
    assert_eq!(contexts(&["--lang", "rust", "--kind", "method"]), ["src/net/client.rs:12 code"]);
    assert_eq!(contexts(&["--limit", "1"]), ["src/net/client.rs:12 code"]);
}

#[test]
fn rows_as_they_are_documented() {
    let repo = repo();
    let defs = repo.run(["defs", "Client::connect", "--json"]).exits(0).json();
    assert_eq!(
        defs,
        serde_json::json!([{
            "path": "src/net/client.rs", "line": 6, "start_line": 5, "end_line": 9,
            "symbol": "Client.connect", "kind": "method", "signature": "pub fn connect(&self)",
        }])
    );
    let refs = repo.run(["refs", "connect", "--json", "--in", "src/main.rs"]).exits(0).json();
    assert_eq!(
        refs,
        serde_json::json!([{
            "path": "src/main.rs", "line": 2, "column": 12, "in": "code", "as": "call",
            "symbol": "main", "kind": "function", "text": "    Client.connect();",
        }])
    );
}

#[test]
fn what_is_kept_from_agents_never_shows() {
    let repo = repo();
    repo.write(".env", "connect=1\n");
    for args in
        [["defs", "hidden"], ["refs", "connect"], ["refs", "hidden"], ["search", "/connect/"]]
    {
        let said = repo.run(args).exits(0);
        let whole = said.whole();
        assert!(!whole.contains("secret") && !whole.contains(".env"), "{whole}");
    }
}

#[test]
fn near_names_are_told_where_there_is_none() {
    let repo = repo();
    let said = repo.run(["defs", "conect"]).exits(0);
    assert_eq!(said.stderr, "`conect` is not defined here; did you mean `connect`?\n");
    let said = repo.run(["refs", "Conect", "--json"]).exits(0);
    assert_eq!((said.stdout.as_str(), said.code), ("[]\n", 0));
    assert!(said.stderr.contains("did you mean `connect`?"), "{}", said.stderr);
    let said = repo.run(["refs", "retry"]).exits(0);
    assert_eq!(said.stderr, "`retry` is defined and not used\n");
    let said = repo.run(["defs", "connect", "--kind", "struct"]).exits(0);
    assert_eq!(said.stderr, "`connect` is not defined where these filters look\n");
}

#[test]
fn wrong_arguments_are_usage() {
    let repo = repo();
    for command in ["defs", "refs"] {
        repo.run([command, "connect", "--kind", "klass"]).exits(2);
        repo.run([command, "connect", "--lang", "klingon"]).exits(2);
        repo.run([command, "connect", "--in", "["]).exits(2);
        repo.run([command, " "]).exits(2);
        repo.run([command]).exits(2);
        TestRepo::bare_folder().run([command, "connect"]).exits(1);
    }
}

#[test]
fn text_of_a_file_cannot_move_the_cursor() {
    let repo = TestRepo::with(&[("a.rs", "fn f() { connect(\"\x1b[2J\"); }\nfn connect() {}\n")]);
    let said = repo.run(["refs", "connect"]).exits(0);
    assert!(said.stdout.contains("connect(\"\\u{1b}[2J\")"), "{}", said.stdout);
}
