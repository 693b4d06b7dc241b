//! The history as a whole: what is found, and that a refresh leaves no trace of what was.

use std::fs;
use std::path::{Path, PathBuf};

use git2::{IndexAddOption, ObjectType, Oid, Repository, Signature, Time};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::index::history::record::Reach;
use crate::index::history::{History, Pace};
use crate::index::{WeightedWord, words};
use crate::repo::Repo;
use crate::repo::testing::{put, unborn};

const REACH: Reach = Reach { commits: 40, lines: 20 };

/// A repository and the folder of its index.
struct Past {
    root: TempDir,
    repo: Repo,
    dir: TempDir,
    time: i64,
}

impl Past {
    fn new() -> Self {
        let (root, repo) = unborn();
        Self { root, repo, dir: tempfile::tempdir().unwrap(), time: 1_700_000_000 }
    }

    fn git(&self) -> &Repository {
        self.repo.git()
    }

    fn write(&self, path: &str, text: &str) {
        put(self.root.path(), path, text);
    }

    fn remove(&self, path: &str) {
        let _ = fs::remove_file(self.root.path().join(path));
    }

    /// Commits the work tree a day after the last commit.
    fn commit(&mut self, message: &str) -> Oid {
        self.time += 86_400;
        let mut index = self.git().index().unwrap();
        index.add_all(["*"], IndexAddOption::DEFAULT, None).unwrap();
        index.update_all(["*"], None).unwrap();
        index.write().unwrap();
        let tree = self.git().find_tree(index.write_tree().unwrap()).unwrap();
        let who = Signature::new("Ada", "ada@example.org", &Time::new(self.time, 0)).unwrap();
        let parent = self.repo.head().unwrap().map(|it| self.git().find_commit(it).unwrap());
        let parents: Vec<_> = parent.iter().collect();
        self.git().commit(Some("HEAD"), &who, &who, message, &tree, &parents).unwrap()
    }

    /// Goes to an earlier commit, as a switch of branches does.
    fn go_to(&self, id: Oid) {
        let commit = self.git().find_object(id, None).unwrap();
        self.git().reset(&commit, git2::ResetType::Hard, None).unwrap();
    }

    fn refresh(&self) -> History {
        refresh(&self.repo, self.dir.path(), REACH)
    }

    /// Commits nothing, and tells how many commits a refresh reads then.
    fn read_after_another(&mut self) -> usize {
        self.time += 86_400;
        let head = self.git().find_commit(self.repo.head().unwrap().unwrap()).unwrap();
        let who = Signature::new("Ada", "ada@example.org", &Time::new(self.time, 0)).unwrap();
        let tree = head.tree().unwrap();
        self.git().commit(Some("HEAD"), &who, &who, "again", &tree, &[&head]).unwrap();
        let read = std::cell::Cell::new(0);
        let pace = Pace { progress: &|_, all| read.set(all), stop: &|| false };
        History::refresh_within(&self.repo, self.dir.path(), REACH, &pace).unwrap();
        read.get()
    }

    /// Where git has the bytes of files.
    fn blobs(&self) -> Vec<PathBuf> {
        let odb = self.git().odb().unwrap();
        let mut ids = Vec::new();
        odb.foreach(|id| {
            ids.push(*id);
            true
        })
        .unwrap();
        ids.retain(|id| odb.read_header(*id).unwrap().1 == ObjectType::Blob);
        let objects = self.git().path().join("objects");
        let names = ids.iter().map(Oid::to_string);
        names.map(|id| objects.join(&id[..2]).join(&id[2..])).collect()
    }

    fn anew(&self) -> History {
        refresh(&self.repo, tempfile::tempdir().unwrap().path(), REACH)
    }
}

fn refresh(repo: &Repo, dir: &Path, reach: Reach) -> History {
    let pace = Pace { progress: &|_, _| {}, stop: &|| false };
    let history = History::refresh_within(repo, dir, reach, &pace).unwrap();
    assert!(history.is_complete() || history.commits() == 0);
    history
}

fn asked(text: &str) -> Vec<WeightedWord> {
    words(text).into_iter().map(|word| WeightedWord { word, weight: 1.0 }).collect()
}

fn messages(history: &History, text: &str) -> String {
    let votes = history.votes(&asked(text)).messages;
    votes.iter().map(|(path, vote)| format!("{path} {vote:.2}\n")).collect()
}

fn changes(history: &History, text: &str) -> String {
    let votes = history.votes(&asked(text)).changes;
    votes.iter().map(|(path, vote)| format!("{path} {vote:.2}\n")).collect()
}

/// All that a history says, to the last bit.
fn everything(history: &History) -> String {
    let mut said = format!("{} {}\n", history.commits(), history.changes());
    for word in ["alpha", "beta", "gamma", "delta", "fix"] {
        said += &format!("{:?}\n", history.votes(&asked(word)));
    }
    said += &format!("{:?}\n", history.together(&[b"a", b"b", b"c/d"]));
    said += &format!("{:?}\n", history.ages(FILES.map(str::as_bytes)));
    said
}

#[test]
fn files_that_change_together() {
    let mut past = Past::new();
    for (step, paths) in [["a", "b"], ["a", "b"], ["a", "c"]].iter().enumerate() {
        paths.iter().for_each(|path| past.write(path, &format!("{step}\n")));
        past.commit("step");
    }
    fs::rename(past.root.path().join("b"), past.root.path().join("moved")).unwrap();
    past.commit("move");
    let history = past.refresh();
    let shown = |path: &[u8]| {
        let others = history.together(&[path]).remove(0);
        others.iter().map(|(path, share)| format!("{path} {share:.2}")).collect::<Vec<_>>()
    };
    // Two of the three commits of `a`, and two more for doubt: 2 / ln 3 / 5.
    assert_eq!(shown(b"a"), ["c 0.18", "moved 0.36"]);
    assert_eq!(shown(b"unknown"), [""; 0]);
}

#[test]
fn the_age_of_a_file_is_that_of_its_newest_commit() {
    let mut past = Past::new();
    past.write("a.rs", "fn one() {}\nfn two() {}\nfn three() {}\n");
    past.write("b.rs", "// b\n");
    past.commit("start");
    past.write("c.rs", "// c\n");
    past.commit("c");
    past.remove("a.rs");
    past.write("new/a.rs", "fn one() {}\nfn two() {}\nfn three() {}\nfn four() {}\n");
    past.commit("move a");
    let ages = |paths: [&str; 4]| past.refresh().ages(paths.map(str::as_bytes));
    assert_eq!(ages(["new/a.rs", "c.rs", "b.rs", "gone.rs"]), [Some(0), Some(1), Some(2), None]);
    assert_eq!(History::default().ages([&b"a"[..]]), [None]);
}

#[test]
fn messages_and_lines_vote_for_their_files() {
    let mut past = Past::new();
    past.write("lex.rs", "fn scan() {}\n");
    past.write("read.rs", "fn read() {}\n");
    past.commit("start");
    past.write("lex.rs", "fn scan() { skip_blanks() }\n");
    past.commit("fix the tokenizer\n\nIt took spaces for words.");
    let history = past.refresh();
    assert_eq!(messages(&history, "tokenizer spaces"), "lex.rs 1.14\n");
    assert_eq!(changes(&history, "skip blanks"), "lex.rs 1.57\n");
}

#[test]
fn no_more_votes_are_named_than_are_asked_for() {
    let mut past = Past::new();
    for name in ["a.rs", "b.rs", "c.rs", "d.rs"] {
        past.write(name, "fn scan() {}\n");
        past.commit("fix the tokenizer");
    }
    let (history, asked) = (past.refresh(), asked("tokenizer"));
    let named = std::cell::RefCell::new(Vec::new());
    let votes = history.votes_for(&asked, 2, |path| {
        named.borrow_mut().push(path.to_string());
        (path.as_bytes() != b"b.rs").then_some(path)
    });
    let all: Vec<_> = history.votes(&asked).messages;
    let known: Vec<_> = all.into_iter().filter(|it| it.0.as_bytes() != b"b.rs").collect();
    assert_eq!(votes.messages, known[..2]);
    assert_eq!(named.take(), ["a.rs", "b.rs", "c.rs"]);
}

#[test]
fn without_a_commit_nothing_is_said() {
    let past = Past::new();
    assert_eq!(past.refresh().commits(), 0);
    assert!(past.refresh().votes(&asked("fix")).messages.is_empty());
}

#[test]
fn a_moved_file_keeps_its_votes() {
    let mut past = Past::new();
    past.write("old.rs", "fn one() {}\nfn two() {}\nfn three() {}\n");
    past.commit("teach it to count");
    past.remove("old.rs");
    past.write("new/name.rs", "fn one() {}\nfn two() {}\nfn three() {}\nfn four() {}\n");
    past.commit("tidy");
    let history = past.refresh();
    assert!(messages(&history, "count").starts_with("new/name.rs "));
}

#[test]
fn sources_that_moved_all_at_once_keep_theirs() {
    let mut past = Past::new();
    for place in 0..40 {
        past.write(&format!("org/old/f{place}.rs"), &format!("package old;\n{place}\n"));
    }
    past.commit("import");
    past.write("org/old/f7.rs", "package old;\n7 and more\n");
    past.commit("seven learns more");
    for place in 0..40 {
        past.remove(&format!("org/old/f{place}.rs"));
        past.write(&format!("io/new/f{place}.rs"), &format!("package new;\n{place}\n"));
    }
    past.commit("move");
    let history = past.refresh();
    assert!(messages(&history, "seven").starts_with("io/new/f7.rs "));
    assert_eq!(history.commits(), 1);
}

#[test]
fn a_stop_keeps_what_was_read() {
    let mut past = Past::new();
    for turn in 0..30 {
        past.write("a.rs", &format!("alpha {turn}\n"));
        past.commit(&format!("turn {turn}"));
    }
    let read = std::cell::Cell::new(0);
    let pace = Pace { progress: &|done, _| read.set(done), stop: &|| read.get() >= 5 };
    let part = History::refresh_within(&past.repo, past.dir.path(), REACH, &pace).unwrap();
    assert!(!part.is_complete() && part.commits() >= 5 && part.commits() < 30);
    let total = std::cell::Cell::new(0);
    let pace = Pace { progress: &|_, all| total.set(all), stop: &|| false };
    let whole = History::refresh_within(&past.repo, past.dir.path(), REACH, &pace).unwrap();
    assert_eq!((whole.commits(), total.get()), (30, 30 - part.commits()));
    assert_eq!(everything(&whole), everything(&past.anew()));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test damages its own files")]
fn a_damaged_history_is_built_again() {
    let mut past = Past::new();
    past.write("a.rs", "alpha\n");
    past.commit("fix alpha");
    let whole = everything(&past.refresh());
    let file = past.dir.path().join("history").join("commits");
    let bytes = fs::read(&file).unwrap();
    for place in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x55;
        fs::remove_file(&file).unwrap();
        fs::write(&file, damaged).unwrap();
        let _ = everything(&past.refresh());
    }
    for damaged in [&bytes[..0], &bytes[..9], &bytes[..bytes.len() - 1], b"other bytes"] {
        fs::remove_file(&file).unwrap();
        fs::write(&file, damaged).unwrap();
        assert_eq!(everything(&past.refresh()), whole);
    }
}

#[test]
fn while_another_reads_what_is_there_is_used() {
    let mut past = Past::new();
    past.write("a.rs", "alpha\n");
    past.commit("one");
    past.refresh();
    let lock = fs::File::create(past.dir.path().join("history").join("lock")).unwrap();
    lock.lock().unwrap();
    past.write("a.rs", "beta\n");
    past.commit("two");
    assert_eq!(past.refresh().commits(), 1);
    drop(lock);
    assert_eq!(past.refresh().commits(), 2);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test grafts its own repository")]
fn a_shallow_clone_ends_quietly_and_grows() {
    let mut past = Past::new();
    let mut ids = Vec::new();
    for turn in 0..4 {
        past.write(&format!("f{turn}.rs"), "alpha\n");
        ids.push(past.commit(&format!("turn {turn}")));
    }
    let whole = everything(&past.refresh());
    let shallow = past.git().path().join("shallow");
    fs::write(&shallow, format!("{}\n", ids[2])).unwrap();
    let repo = Repo::discover(past.root.path()).unwrap();
    let history = refresh(&repo, past.dir.path(), REACH);
    assert_eq!(messages(&history, "turn").lines().count(), 1);
    fs::remove_file(&shallow).unwrap();
    assert_eq!(everything(&past.refresh()), whole);
}

#[test]
fn missing_objects_end_it_quietly() {
    let mut past = Past::new();
    past.write("a.rs", "alpha\n");
    let first = past.commit("one").to_string();
    past.write("a.rs", "beta\n");
    past.commit("two");
    fs::remove_file(past.git().path().join("objects").join(&first[..2]).join(&first[2..])).unwrap();
    let repo = Repo::discover(past.root.path()).unwrap();
    assert_eq!(refresh(&repo, past.dir.path(), REACH).commits(), 0);
}

#[test]
fn files_that_are_not_here_are_read_once_they_come() {
    let mut past = Past::new();
    for turn in 0..3 {
        past.write("a.rs", &format!("alpha {turn}\n"));
        past.commit("fix the tokenizer");
    }
    let (aside, blobs) = (tempfile::tempdir().unwrap(), past.blobs());
    let moved = |place: &Path| aside.path().join(place.file_name().unwrap());
    blobs.iter().for_each(|place| fs::rename(place, moved(place)).unwrap());
    let history = past.refresh();
    assert_eq!((history.commits(), history.changes()), (3, 0));
    assert!(messages(&history, "tokenizer").starts_with("a.rs "));
    assert_eq!(past.read_after_another(), 1);
    blobs.iter().for_each(|place| fs::rename(moved(place), place).unwrap());
    assert_eq!(past.read_after_another(), 4);
    assert_eq!(past.refresh().changes(), 3);
    assert_eq!(everything(&past.refresh()), everything(&past.anew()));
    assert_eq!(past.read_after_another(), 1);
}

#[test]
fn bounds_hold() {
    let mut past = Past::new();
    for turn in 0..60 {
        past.write("a.rs", &format!("alpha {}\n", "word ".repeat(turn)));
        past.commit("turn");
    }
    let history = past.refresh();
    assert_eq!((history.commits(), history.changes()), (40, 20));
}

const FILES: [&str; 5] = ["alpha.rs", "beta.rs", "gamma.rs", "sub/alpha.rs", "sub/delta.rs"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
    #[test]
    fn refreshed_is_like_rebuilt(
        steps in prop::collection::vec(
            (0..8usize, 0..5usize, "(alpha|beta|gamma|fix|\n| ){1,12}", any::<bool>()), 1..30
        )
    ) {
        let mut past = Past::new();
        let mut ids: Vec<Oid> = Vec::new();
        for (act, file, text, refresh) in steps {
            match act {
                0 if !ids.is_empty() => past.go_to(ids[file % ids.len()]),
                1 => past.remove(FILES[file]),
                2 => {
                    let (old, new) = (FILES[file], FILES[(file + 1) % FILES.len()]);
                    if let Ok(text) = fs::read_to_string(past.root.path().join(old)) {
                        past.remove(old);
                        past.write(new, &text);
                    }
                }
                _ => past.write(FILES[file], &text),
            }
            ids.push(past.commit(&text));
            if refresh {
                past.refresh();
            }
        }
        prop_assert_eq!(everything(&past.refresh()), everything(&past.anew()));
    }
}
