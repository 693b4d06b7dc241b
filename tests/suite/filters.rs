//! The filters of `search`.

use crate::support::TestRepo;

const SHAPES: &str = "/// A shape.\npub struct Circle {\n    radius: f32,\n}\n\npub enum Shape {\n    Round,\n}\n\nimpl Circle {\n    /// How much it covers.\n    pub fn area(&self) -> f32 {\n        // the connection was refused\n        3.14\n    }\n}\n";

fn repo() -> TestRepo {
    TestRepo::with(&[
        ("src/shapes.rs", SHAPES),
        (
            "src/net/http.rs",
            "use std::fs;\n\npub fn area_code() {}\n// see http://x and kind words\n",
        ),
        ("tests/shapes.rs", "fn area_of_nothing() {\n    Circle;\n}\n"),
        ("tool.py", "class Circle:\n    def area(self):\n        pass\n"),
        ("README.md", "# Shapes\n\nThe connection was refused.\n"),
    ])
}

/// Path, first line, kind and symbol of each hit.
#[track_caller]
fn hits(repo: &TestRepo, args: &[&str]) -> Vec<String> {
    let said = repo.run([&["search", "--json"], args].concat()).exits(0).json();
    let shown = |hit: &serde_json::Value| {
        let word = |key: &str| hit[key].as_str().unwrap_or("-").to_owned();
        format!("{}:{} {} {}", word("path"), hit["start_line"], word("kind"), word("symbol"))
    };
    said.as_array().expect("an array").iter().map(shown).collect()
}

#[test]
fn names_alone_list_definitions() {
    let repo = repo();
    assert_eq!(
        hits(&repo, &["sym:area"]),
        [
            "src/shapes.rs:11 method Circle.area",
            "tool.py:2 method Circle.area",
            "src/net/http.rs:3 function area_code",
            "tests/shapes.rs:1 function area_of_nothing",
        ]
    );
    assert_eq!(hits(&repo, &["sym:area_*"]).len(), 2);
    assert_eq!(
        hits(&repo, &["sym:Circle::area", "lang:rust"]),
        ["src/shapes.rs:11 method Circle.area"]
    );
    assert_eq!(hits(&repo, &["sym:zebra"]), [""; 0]);
}

#[test]
fn kinds_are_those_of_the_definitions() {
    let repo = repo();
    let types = ["src/shapes.rs:1 struct Circle", "src/shapes.rs:6 enum Shape"];
    assert_eq!(hits(&repo, &["kind:struct,enum"]), types);
    assert_eq!(hits(&repo, &["--kind", "struct", "--kind", "enum"]), types);
    assert_eq!(hits(&repo, &["circle", "--kind", "class"]), ["tool.py:1 class Circle"]);
    assert_eq!(hits(&repo, &["kind:method", "covers"])[0], "src/shapes.rs:11 method Circle.area");
}

#[test]
fn files_and_languages_narrow() {
    let repo = repo();
    let only = |args: &[&str], path: &str| {
        let found = hits(&repo, args);
        assert!(!found.is_empty() && found.iter().all(|it| it.starts_with(path)), "{found:?}");
    };
    only(&["circle", "file:tool"], "tool.py:");
    only(&["circle", "file:*.py"], "tool.py:");
    only(&["circle lang:python"], "tool.py:");
    only(&["circle", "file:shapes", "--in", "tests/*"], "tests/");
    assert_eq!(hits(&repo, &["circle", "file:tool", "lang:rust"]), [""; 0]);
    assert_eq!(hits(&repo, &["file:net"]), ["src/net/http.rs:1 function area_code"]);
}

#[test]
fn phrases_are_exact() {
    let repo = repo();
    let found = hits(&repo, &["\"connection was refused\""]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(hits(&repo, &["\"onnection was ref\""]).len(), 2);
    assert_eq!(hits(&repo, &["\"refused connection was\""]), [""; 0]);
    let said = repo.run(["search", "\"refused was\""]).exits(0);
    assert_eq!(
        said.stderr,
        "nothing found with these filters; `--plain` takes the query as it stands\n"
    );
    assert!(!hits(&repo, &["--plain", "\"refused was\""]).is_empty());
}

#[test]
fn regular_expressions_match_lines() {
    let repo = repo();
    let said = repo.run(["search", "--regex", r"fn area\w*\("]).exits(0);
    insta::assert_snapshot!(said.whole(), @r"
    exit: 0
    ----- stdout
    src/net/http.rs
      1-4 function area_code
          3: pub fn area_code() {}

    src/shapes.rs
      10-16 implementation Circle
         12:     pub fn area(&self) -> f32 {

    tests/shapes.rs
      1-3 function area_of_nothing
          1: fn area_of_nothing() {
    ----- stderr
    ");
    assert_eq!(hits(&repo, &[r"/fn area\w*\(/"]).len(), 3);
    // With other words the pipeline ranks, and only what matches is left.
    assert_eq!(
        hits(&repo, &[r"/fn area\w*\(/", "covers"])[0],
        "src/shapes.rs:10 implementation Circle"
    );
    let lines =
        repo.run(["search", "--json", "--regex", "^$", "--in", "README.md"]).exits(0).json();
    assert_eq!(lines[0]["lines"], serde_json::json!([2]));
}

#[test]
fn what_only_looks_like_a_filter_is_a_word() {
    let repo = repo();
    for query in ["http://x", "std::fs", "kind words", "see /src/net/http.rs", "fs: kind: x"] {
        let found = hits(&repo, &[query]);
        assert!(found[0].starts_with("src/net/http.rs"), "{query}: {found:?}");
    }
    // Text of several lines was pasted.
    assert!(!hits(&repo, &["kind:klass circle\nsaid \"never\""]).is_empty());
}

#[test]
fn wrong_values_are_named_with_the_choices() {
    let repo = repo();
    for (args, expected) in [
        (
            vec!["kind:klass"],
            "error: no kind of definition is called `klass`\nhint: one of function, ",
        ),
        (
            vec!["x", "--kind", "klass"],
            "error: no kind of definition is called `klass`\nhint: one of ",
        ),
        (vec!["lang:klingon x"], "error: no language is called `klingon`\nhint: one of rust, "),
        (
            vec!["x", "--lang", "klingon"],
            "error: no language is called `klingon`\nhint: one of rust, ",
        ),
        (vec!["file:[ x"], "error: `[` is no glob: "),
        (vec!["--regex", "("], "error: `(` is no regular expression: unclosed group\nhint: "),
        (vec![""], "error: the query is empty\n"),
        (vec!["--in", "src/**", ""], "error: the query is empty\n"),
    ] {
        let said = repo.run([vec!["search"], args].concat()).exits(2);
        assert!(said.stderr.starts_with(expected), "{}", said.stderr);
    }
}

#[test]
fn a_limit_says_that_there_is_more() {
    let repo = repo();
    let said = repo.run(["search", "--limit", "1", "kind:struct,enum"]).exits(0);
    assert_eq!(said.stderr, "the first 1; `--limit N` shows more\n");
    let said = repo.run(["search", "--limit", "2", "kind:struct,enum"]).exits(0);
    assert_eq!(said.stderr, "");
}

#[test]
fn a_match_far_to_the_right_is_seen() {
    let text = format!("let x = \"{}\"; // the needle\n", "é ".repeat(200));
    let repo = TestRepo::with(&[("a.txt", &text)]);
    for query in ["/ne+dle/", "\"needle\""] {
        let said = repo.run(["search", query]).exits(0);
        assert!(said.stdout.contains("needle"), "{}", said.stdout);
        let longest = said.stdout.lines().map(|line| line.chars().count()).max();
        assert!(longest.is_some_and(|it| it <= 81), "{}", said.stdout);
    }
}
