//! Filters as they are typed.

use proptest::prelude::*;

use super::*;

/// The text that is left, and the filters in words.
#[track_caller]
fn check(text: &str, left: &str, expected: &str) {
    let Parsed { text: rest, filter, .. } = parse(text).unwrap();
    let mut shown: Vec<String> = Vec::new();
    shown.extend(filter.kinds.iter().map(|it| format!("kind {}", it.name())));
    shown.extend(filter.languages.iter().map(|it| format!("lang {}", it.name())));
    shown.extend(filter.names.iter().map(|it| format!("sym {}", it.text)));
    shown.extend(filter.paths.iter().map(|it| match it {
        PathPattern::Glob(glob) => format!("path {}", glob.glob()),
        PathPattern::NameGlob(glob) => format!("name {}", glob.glob()),
        PathPattern::Part { text, .. } => format!("part {text}"),
    }));
    shown.extend(filter.phrases.iter().map(|it| format!("phrase {it}")));
    shown.extend(filter.patterns.iter().map(|it| format!("regex {it}")));
    assert_eq!((rest.as_str(), shown.join("; ").as_str()), (left, expected), "{text}");
}

#[test]
fn filters_are_taken_out_of_the_words() {
    check("kind:struct,enum parse sym:Hunk", "parse", "kind struct; kind enum; sym Hunk");
    check("lang:Rust file:src/** retry", "retry", "lang rust; path src/**");
    check("file:*.rs file:cli file:\"a b\"", "", "name *.rs; part cli; part a b");
    check("sym:Client::connect", "", "sym Client.connect");
}

#[test]
fn phrases_stay_among_the_words() {
    check(
        "why \"connection refused\" here",
        "why \"connection refused\" here",
        "phrase connection refused",
    );
    check(r#""say \"hi\"""#, r#""say \"hi\"""#, "phrase say \"hi\"");
    check("a \"b", "a \"b", "");
    check("a \"\" b", "a \"\" b", "");
    check("x=\"1\"", "x=\"1\"", "");
}

#[test]
fn regular_expressions_stand_between_slashes() {
    check(r"/fn \w+_hunk/ parser", "parser", r"regex fn \w+_hunk");
    check(r"/a\/b/", "", "regex a/b");
    for path in ["/usr/local/bin/", "/usr/lib", "src/a/ b", "either / or / both", "and/or", "//"] {
        check(path, path, "");
    }
}

#[test]
fn only_known_prefixes_with_values_are_filters() {
    for text in [
        "http://x",
        "std::fs",
        "kind::Function",
        "file::open sym::x",
        "file:///tmp/a",
        "error: file: not found",
        "a.rs:12:3",
        "TODO:x",
        "kind",
    ] {
        check(text, text, "");
    }
}

#[test]
fn pasted_text_is_taken_as_it_stands() {
    check("fix kind:x\n\n\"a b\" /c/", "fix kind:x\n\n\"a b\" /c/", "");
    check("kind:enum\n", "", "kind enum");
}

#[test]
fn wrong_values_are_said_with_the_choices() {
    let hint = |text: &str| parse(text).unwrap_err().hint().unwrap();
    assert!(hint("kind:klass").contains("class, struct"), "{}", hint("kind:klass"));
    assert!(hint("lang:klingon").contains("rust, python"));
    assert!(hint("/(/").contains('\\'));
    let unclosed = parse("/(/").unwrap_err().to_string();
    assert_eq!(unclosed, "`(` is no regular expression: unclosed group");
    assert!(parse("file:[").unwrap_err().to_string().starts_with("`[` is no glob: "));
}

#[test]
fn names_match_by_degrees() {
    let class = |pattern: &str, name: &str| NamePattern::new(pattern).unwrap().class(name);
    assert_eq!(class("connect", "connect"), Some(0));
    assert_eq!(class("connect", "Connect"), Some(1));
    assert_eq!(class("connect", "connect_to"), Some(2));
    assert_eq!(class("connect", "reConnect"), Some(3));
    assert_eq!(class("Connect", "connect"), None);
    assert_eq!(class("parse_*", "parse_hunk"), Some(0));
    assert_eq!(class("parse_*", "reparse_hunk"), None);
}

#[test]
fn a_definition_matches_by_the_end_of_its_path() {
    let text = b"mod net { impl Client { fn connect() {} } }";
    let symbols = crate::syntax::symbols(Language::named("rust").unwrap(), text);
    let connect = symbols.iter().find(|it| it.name == "connect").unwrap();
    let class = |pattern: &str| NamePattern::new(pattern).unwrap().class_of(connect);
    assert_eq!(connect.path, "net.Client.connect");
    assert_eq!(class("net::Client::connect"), Some(0));
    assert_eq!(class("Client::connect"), Some(0));
    assert_eq!(class("Client.con*"), Some(0));
    assert_eq!(class("ent.connect"), Some(3));
    assert_eq!(class("Client"), None);
}

#[test]
fn paths_match_by_glob_or_part() {
    let is_match = |pattern: &str, path: &str| {
        PathPattern::new(pattern).unwrap().is_match(&RepoPath::new(path).unwrap())
    };
    assert!(is_match("*.rs", "src/a/b.rs"));
    assert!(is_match("src/**", "src/a/b.rs"));
    assert!(is_match("cli", "src/CLI/b.rs"));
    assert!(!is_match("CLI", "src/cli/b.rs"));
    assert!(!is_match("b*", "src/b/a.rs"));
}

#[test]
fn lines_are_matched_one_by_one() {
    let filter = Filter { patterns: vec![pattern("^b$|c\\s+d").unwrap()], ..Filter::default() };
    assert!(filter.is_said_in(b"a\r\nb\r\n"));
    assert!(!filter.is_said_in(b"a\nc\nd\n"));
    assert_eq!(filter.telling_lines(b"b\nx\nc d\n", 7), [7, 9]);
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,60}") {
        if let Ok(parsed) = parse(&text) {
            let dense = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert!(dense(&text).len() >= dense(&parsed.text).len());
        }
    }
}
