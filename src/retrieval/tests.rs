//! The pipeline as a whole, over a small repository: what the state of a task changes, and what not.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use crate::base::{Digest, RepoPath};
use crate::index::{History, Index, Pace, Settings, refresh};
use crate::repo::testing::{commit_all, path, put, unborn};
use crate::repo::{self, Limits, Repo};
use crate::retrieval::{Citation, Hit, Query, Shown, TaskState, search};

const FILES: [(&str, &str); 6] = [
    ("src/pump.rs", "/// Lets water out.\npub fn drain_tank() {\n    open_valve();\n}\n"),
    ("src/plant.rs", "fn night_shift() {\n    drain_tank();\n}\n"),
    ("src/valve.rs", "// Steel.\n\npub fn open_valve() {}\n"),
    ("src/paint.rs", "pub fn paint_wall() {\n    mix_colours();\n}\n"),
    ("lib/colours.rs", "pub struct Palette;\n\npub fn mix_colours() {}\n"),
    ("src/water.rs", "/// How much water there is.\npub fn water_level() -> u32 {\n    3\n}\n"),
];

/// A repository with its index.
struct Place {
    root: TempDir,
    repo: Repo,
    cache: TempDir,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let (root, repo) = unborn();
        let place = Self { root, repo, cache: tempfile::tempdir().unwrap() };
        // Each in a commit of its own, so that none changed together with another.
        for (path, text) in files {
            place.write(path, text);
            place.commit();
        }
        place
    }

    fn write(&self, path: &str, text: &str) {
        put(self.root.path(), path, text);
    }

    fn commit(&self) {
        commit_all(&self.repo);
    }

    fn dir(&self) -> &Path {
        self.cache.path()
    }

    fn open(&self) -> (Index, History) {
        let limits = Limits { file_bytes: 1 << 20 };
        let settings = Settings {
            dir: self.dir().to_owned(),
            list: &|old| repo::list(self.repo.root(), Some(self.repo.git()), &limits, old),
            may_read: &|_| true,
            rulings: Digest::of(b""),
            progress: &|_, _| {},
            stop: &|| false,
        };
        refresh(self.repo.root(), &settings).unwrap();
        let pace = Pace { progress: &|_, _| {}, stop: &|| false };
        let history = History::refresh(&self.repo, self.dir(), &pace).unwrap();
        (Index::open(self.dir(), self.repo.root()).unwrap(), history)
    }

    fn ask(&self, text: &str, state: TaskState) -> Vec<Hit> {
        let (index, history) = self.open();
        search(&index, &history, &Query { state, ..Query::parse(text).unwrap() }, 20).unwrap()
    }
}

fn paths(hits: &[Hit]) -> Vec<String> {
    let mut paths: Vec<String> = hits.iter().map(|hit| hit.path.to_string()).collect();
    paths.dedup();
    paths
}

fn spans(hits: &[Hit]) -> Vec<String> {
    hits.iter().map(|hit| format!("{}:{}", hit.path, hit.span)).collect()
}

fn part(hits: &[Hit], path: &str, signal: &str) -> f32 {
    let hit = hits.iter().find(|hit| hit.path.to_string() == path);
    hit.and_then(|hit| hit.signals.get(signal)).copied().unwrap_or_default()
}

fn opened(paths: &[&str]) -> TaskState {
    TaskState { open: paths.iter().map(|it| path(it)).collect(), ..TaskState::default() }
}

#[test]
fn what_is_open_and_what_stands_around_it_is_found() {
    let place = Place::new(&FILES);
    let before = place.ask("how much water is there", TaskState::default());
    assert!(!paths(&before).contains(&"src/paint.rs".into()), "{before:?}");
    let after = place.ask("how much water is there", opened(&["src/paint.rs"]));
    assert_eq!(after[0].path, before[0].path);
    assert!(part(&after, "src/paint.rs", "open") > 0.0, "{after:?}");
    // The open file uses what this one defines, and no word of the query leads to either.
    assert!(part(&after, "lib/colours.rs", "used") > 0.0, "{after:?}");
    let touched = TaskState { touched: vec![path("src/paint.rs")], ..TaskState::default() };
    let after = place.ask("how much water is there", touched);
    assert!(part(&after, "src/paint.rs", "touched") > 0.0, "{after:?}");
}

#[test]
fn a_name_that_is_looked_up_finds_no_more_than_what_has_it() {
    let place = Place::new(&FILES);
    let state = TaskState {
        seen: vec!["Palette".into()],
        errors: vec!["panicked at src/paint.rs:2:5".into()],
        ..opened(&["src/paint.rs"])
    };
    let before = paths(&place.ask("drain_tank", TaskState::default()));
    let after = paths(&place.ask("drain_tank", state));
    let set = |paths: Vec<String>| paths.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(set(before), set(after));
}

#[test]
fn names_that_came_up_are_weak_evidence_for_who_defines_them() {
    let place = Place::new(&FILES);
    let state = TaskState { seen: vec!["crate::Palette".into()], ..TaskState::default() };
    let hits = place.ask("how much water is there", state);
    assert!(part(&hits, "lib/colours.rs", "seen") > 0.0, "{hits:?}");
    assert_eq!(hits[0].path, path("src/water.rs"));
}

#[test]
fn errors_lead_to_lines_and_names() {
    let mut long = "// Nothing.\n".repeat(200);
    long.push_str("fn breaks() {\n    panic!()\n}\n");
    let place = Place::new(&[FILES[0], FILES[4], ("src/long.rs", &long)]);
    let check = |error: &str, expected: &str, signal: &str, line: u32| {
        let state = TaskState { errors: vec![error.into()], ..TaskState::default() };
        let hits = place.ask("why does it fail", state);
        let hit = hits.iter().find(|hit| hit.path == path(expected));
        let hit = hit.unwrap_or_else(|| panic!("{error}: {hits:?}"));
        assert!(hit.signals.get(signal).is_some_and(|it| *it > 0.0), "{error}: {hit:?}");
        assert!((hit.span.start..=hit.span.end).contains(&line), "{error}: {hit:?}");
    };
    check("thread 'main' panicked at src/long.rs:202:5", "src/long.rs", "errors", 202);
    check("  File \"/tmp/x/src/long.rs\", line 202, in f", "src/long.rs", "errors", 202);
    check("error[E0425]: cannot find `mix_colours`", "lib/colours.rs", "error names", 3);
}

#[test]
fn a_name_that_more_files_have_mentions_each_of_them_less() {
    let many = (0..14).map(|at| (format!("m{at}/mod.rs"), format!("fn water_{at}() {{}}\n")));
    let some = (0..4).map(|at| (format!("n{at}/tank.rs"), format!("fn tank_{at}() {{}}\n")));
    let files: Vec<(String, String)> = many.chain(some).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
    let place = Place::new(&files);
    let mentioned =
        |text: &str, path: &str| part(&place.ask(text, TaskState::default()), path, "mentioned");
    assert_eq!(mentioned("why is mod.rs so slow", "m3/mod.rs"), 0.0);
    assert!(mentioned("it stops at mod.rs:1", "m3/mod.rs") > 0.0);
    let shared = mentioned("why is tank.rs so slow", "n1/tank.rs");
    let own = mentioned("why is n1/tank.rs so slow", "n1/tank.rs");
    assert!(shared > 0.0 && (own - 2.0 * shared).abs() < 1e-5, "{own} {shared}");
    // Four frames of a file are as much as two files.
    let trace = ["n1/tank.rs:1\n"; 4].concat() + "n2/tank.rs:1\n";
    let (often, once) = (mentioned(&trace, "n1/tank.rs"), mentioned(&trace, "n2/tank.rs"));
    assert!(once > 0.0 && (often - 2.0 * once).abs() < 1e-5, "{often} {once}");
}

#[test]
fn errors_alone_are_a_query() {
    let place = Place::new(&FILES);
    let (index, history) = place.open();
    let ask = |errors: Vec<String>| {
        let state = TaskState { errors, ..TaskState::default() };
        search(&index, &history, &Query { state, ..Query::new("") }, 20).unwrap()
    };
    assert_eq!(ask(vec!["panicked at src/paint.rs:2:5".into()])[0].path, path("src/paint.rs"));
    assert!(ask(Vec::new()).is_empty());
}

/// A file of functions, each a chunk of its own, that all say `water`.
fn tank(functions: &[&str]) -> String {
    let body = "    let water = water + 1;\n".repeat(30);
    functions.iter().map(|name| format!("fn {name}() {{\n{body}}}\n")).collect()
}

#[test]
fn what_was_shown_is_not_shown_again() {
    let names: Vec<String> = (0..9).map(|at| format!("step_{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let place = Place::new(&[("tank.rs", &tank(&names)), ("pool.rs", &tank(&["swim"]))]);
    let mut seen: Vec<String> = Vec::new();
    let mut state = TaskState::default();
    for round in 0..9 {
        let hits = place.ask("how does water get warm", state.clone());
        if hits.is_empty() {
            break;
        }
        assert!(round < 8, "it does not end: {seen:?}");
        for span in spans(&hits) {
            assert!(!seen.contains(&span), "{span} twice");
            seen.push(span);
        }
        state.shown.extend(hits.iter().map(Shown::of));
    }
    // In the end all was shown: the next best come when the best are known.
    assert_eq!(seen.len(), names.len() + 1, "{seen:?}");
}

#[test]
fn what_changed_since_is_shown_again_and_what_moved_is_not() {
    let place = Place::new(&[("tank.rs", &tank(&["fill", "drain", "heat"]))]);
    let shown = |place: &Place| -> Vec<String> {
        let (index, history) = place.open();
        let query = Query::new("how does water get warm");
        let hits = search(&index, &history, &query, 20).unwrap();
        hits.iter().map(|hit| hit.symbol.clone().unwrap_or_default()).collect()
    };
    assert_eq!(shown(&place).len(), 3);
    let all = place.ask("how does water get warm", TaskState::default());
    let state = TaskState { shown: all.iter().map(Shown::of).collect(), ..TaskState::default() };
    assert!(place.ask("how does water get warm", state.clone()).is_empty());
    // Each function goes down by a line, and one changes.
    let text = format!("\n{}", tank(&["fill", "drain", "heat"]));
    place.write("tank.rs", &text.replace("fn heat() {\n", "fn heat() {\n    light();\n"));
    let again = place.ask("how does water get warm", state);
    let symbols: Vec<_> = again.iter().map(|hit| hit.symbol.clone().unwrap_or_default()).collect();
    assert_eq!(symbols, ["heat"], "{again:?}");
}

#[test]
fn a_list_goes_on_where_it_ended() {
    let place = Place::new(&[("a.rs", "struct A;\n\nstruct B;\n"), ("b.rs", "struct C;\n")]);
    let (index, history) = place.open();
    let mut state = TaskState::default();
    let mut names = Vec::new();
    for _ in 0..4 {
        let query = Query { state: state.clone(), ..Query::parse("kind:struct").unwrap() };
        let hits = search(&index, &history, &query, 1).unwrap();
        names.extend(hits.iter().filter_map(|hit| hit.symbol.clone()));
        state.shown.extend(hits.iter().map(Shown::of));
    }
    assert_eq!(names, ["A", "B", "C"]);
}

#[test]
fn the_last_changes_come_first_where_they_are_asked_for() {
    let place = Place::new(&[
        ("parser/one.rs", "/// The parser reads.\nfn parser_one() {}\n"),
        ("parser/two.rs", "/// The parser reads, and the parser writes.\nfn parser_two() {}\n"),
        ("parser/three.rs", "fn parser_three() {}\n"),
        ("paint.rs", "fn paint() {}\n"),
    ]);
    for (path, text) in [("parser/one.rs", "fn parser_one() {}\n"), ("paint.rs", "fn p() {}\n")] {
        place.write(path, text);
        place.commit();
    }
    let first = |text: &str| place.ask(text, TaskState::default())[0].path.to_string();
    assert_eq!(first("latest change to the parser"), "parser/one.rs");
    assert_eq!(first("what changed last week in the parser?"), "parser/one.rs");
    assert_eq!(first("what changed recently?"), "paint.rs");
    assert_ne!(first("change the parser that reads and writes"), "parser/one.rs");
    let (index, history) = place.open();
    let plain = Query::new("latest change to the parser");
    let hits = search(&index, &history, &plain, 20).unwrap();
    assert!(hits.iter().all(|hit| !hit.signals.contains_key("recent")), "{hits:?}");
}

fn states() -> impl Strategy<Value = TaskState> {
    let any = || prop::collection::vec(0..FILES.len() + 1, 0..4);
    let name = |at: usize| path(FILES.get(at).map_or("gone.rs", |file| file.0));
    let files =
        move |places: Vec<usize>| -> Vec<RepoPath> { places.into_iter().map(name).collect() };
    let seen = prop::collection::vec("(Palette|drain_tank|open_valve|nothing)", 0..3);
    let errors =
        prop::collection::vec("(src/(paint|valve).rs:[1-4]|`mix_colours`| at |\n){0,4}", 0..2);
    (any(), any(), seen, errors).prop_map(move |(open, touched, seen, errors)| TaskState {
        open: files(open),
        touched: files(touched),
        seen,
        errors,
        shown: Vec::new(),
    })
}

/// What is open, touched and seen adds no more than this to a file that a word leads to.
const MOST_OF_STATE: f32 = 0.08 + 0.1 + 0.05;

#[test]
fn state_never_passes_a_clear_hit() {
    const QUERIES: [&str; 3] = ["how much water is there", "let the water out", "paint the wall"];
    let place = Place::new(&FILES);
    let (index, history) = place.open();
    let ask = |text: &str, state: TaskState| {
        search(&index, &history, &Query { state, ..Query::new(text) }, 20).unwrap()
    };
    let mut runner = TestRunner::deterministic();
    for round in 0..60 {
        let state = states().new_tree(&mut runner).unwrap().current();
        let state = TaskState { errors: Vec::new(), ..state };
        let text = QUERIES[round % QUERIES.len()];
        let before = ask(text, TaskState::default());
        let after = ask(text, state.clone());
        let first = &before[0];
        let clear = before
            .iter()
            .skip(1)
            .all(|it| it.path == first.path || it.score + MOST_OF_STATE < first.score);
        assert!(clear, "{text} has no clear hit");
        assert_eq!(after[0].path, first.path, "{text} with {state:?}");
        assert_eq!(ask(text, state), after);
    }
}

#[test]
fn no_state_breaks_a_search() {
    let place = Place::new(&FILES);
    let (index, history) = place.open();
    let mut runner = TestRunner::deterministic();
    for _ in 0..60 {
        let mut state = states().new_tree(&mut runner).unwrap().current();
        let hits =
            search(&index, &history, &Query { state: state.clone(), ..Query::new("water") }, 20);
        let hits = hits.unwrap();
        assert!(hits.is_sorted_by(|a, b| a.score >= b.score), "{hits:?}");
        state.shown = hits.iter().map(Shown::of).collect();
        let again = search(&index, &history, &Query { state, ..Query::new("water") }, 20).unwrap();
        let (before, after) = (spans(&hits), spans(&again));
        assert!(after.iter().all(|span| !before.contains(span)), "{before:?} and {after:?}");
    }
}

#[test]
fn a_state_that_leads_nowhere_changes_nothing() {
    let place = Place::new(&FILES);
    let state = TaskState {
        open: vec![path("gone.rs")],
        touched: vec![path("also/gone.rs")],
        seen: vec!["nobody_defines".into()],
        errors: vec![
            "panicked at elsewhere/gone.rs:3:1, in `nobody_defines`".into(),
            String::new(),
        ],
        shown: vec![Shown { citation: Citation::parse("gone.rs:1-9").unwrap(), text: None }],
    };
    for text in ["how much water is there", "drain_tank", "paint the wall", "kind:function"] {
        assert_eq!(place.ask(text, state.clone()), place.ask(text, TaskState::default()), "{text}");
    }
}

#[test]
fn hits_name_the_bytes_they_stand_in() {
    let place = Place::new(&FILES);
    for hit in place.ask("how much water is there", TaskState::default()) {
        let bytes = fs::read(hit.path.under(place.repo.root())).unwrap();
        let git = place.repo.git().blob(&bytes).unwrap().to_string();
        assert_eq!(hit.blob.to_string(), git);
        let standing = Citation::of(&hit).standing(&bytes);
        assert!(standing.has_lines && standing.changed == Some(false));
    }
}
