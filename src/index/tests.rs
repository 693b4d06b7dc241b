//! The index as a whole: what is found, and that a refresh leaves no trace of what was.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use crate::base::{Digest, RepoPath};
use crate::index::chunks::Chunks;
use crate::index::manifest::Manifest;
use crate::index::refresh::{open_segments, open_segments_by};
use crate::index::{
    FileId, Index, IndexError, Report, Settings, WeightedWord, is_ruled_by, refresh,
    refresh_and_open,
};
use crate::repo::testing::age;
use crate::repo::{BlobId, Limits, list};

/// A work tree and the folder of its index.
struct Tree {
    root: TempDir,
    index: TempDir,
}

impl Tree {
    fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap(), index: tempfile::tempdir().unwrap() }
    }

    #[expect(clippy::disallowed_methods, reason = "a test makes its own files")]
    fn write(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn refresh(&self) -> Report {
        self.refresh_into(self.index.path(), &|_| true)
    }

    fn refresh_into(&self, dir: &Path, may_read: &dyn Fn(&RepoPath) -> bool) -> Report {
        self.refresh_while(dir, may_read, &|_, _| {}, &|| false)
    }

    fn refresh_while(
        &self,
        dir: &Path,
        may_read: &dyn Fn(&RepoPath) -> bool,
        progress: &dyn Fn(usize, usize),
        stop: &dyn Fn() -> bool,
    ) -> Report {
        let settings = Settings {
            dir: dir.to_owned(),
            list: &|old| list(self.root.path(), None, &Limits::default(), old),
            may_read,
            rulings: Digest::of(&[u8::from(may_read(&RepoPath::new("secret.rs").unwrap()))]),
            progress,
            stop,
        };
        refresh(self.root.path(), &settings).unwrap()
    }

    fn found(&self, word: &str) -> String {
        found(self, self.index.path(), word)
    }
}

/// The chunks that have `word` and the files with their scores to the last bit.
fn found(tree: &Tree, dir: &Path, word: &str) -> String {
    let index = Index::open(dir, tree.root.path()).unwrap();
    let word = WeightedWord { word: word.into(), weight: 1.0 };
    let scores = index.score(&[word]).unwrap();
    let mut shown = Vec::new();
    for (chunk, score) in scores.chunks {
        let path = index.file(index.file_of(chunk).unwrap()).unwrap().path;
        let text = index.candidate(chunk).unwrap().text;
        shown.push(format!("{path}:{} {score} {}", index.line_of(chunk), text.len()));
    }
    for list in [scores.texts, scores.paths, scores.names] {
        shown.push(list.iter().map(|(file, score)| format!("{} {score}", file.0)).collect());
    }
    shown.join("\n")
}

#[test]
fn only_what_changed_is_read() {
    let tree = Tree::new();
    tree.write("a.rs", "fn alpha() {}\n");
    tree.write("b.rs", "fn beta() {}\n");
    assert_eq!(tree.refresh().read, 2);
    let before = tree.found("alpha");
    assert!(before.starts_with("a.rs:1 "), "{before}");
    fs::remove_file(tree.root.path().join("b.rs")).unwrap();
    tree.write("c.rs", "fn alpha_two() {}\n");
    let report = tree.refresh();
    assert_eq!((report.files, report.removed), (2, 1));
    assert_eq!(tree.found("beta").trim(), "");
}

#[test]
fn a_file_in_the_place_of_another_with_its_size_and_time_is_read() {
    let tree = Tree::new();
    let root = tree.root.path();
    tree.write("a.rs", "fn alpha() {}\n");
    tree.write("b.rs", "fn gamma() {}\n");
    age(root, 1000);
    tree.refresh();
    fs::rename(root.join("b.rs"), root.join("a.rs")).unwrap();
    age(root, 1000);
    tree.refresh();
    assert_eq!(tree.found("alpha").trim(), "");
    assert!(tree.found("gamma").starts_with("a.rs:1 "), "{}", tree.found("gamma"));
}

#[test]
fn a_file_that_was_written_and_given_its_old_time_is_read() {
    let tree = Tree::new();
    let root = tree.root.path();
    let changed = || {
        use std::os::unix::fs::MetadataExt;
        let found = root.join("a.rs").metadata().unwrap();
        (found.ctime(), found.ctime_nsec())
    };
    tree.write("a.rs", "fn alpha() {}\n");
    age(root, 1000);
    tree.refresh();
    let before = changed();
    // The clock of the system has steps.
    while changed() == before {
        tree.write("a.rs", "fn gamma() {}\n");
        age(root, 1000);
    }
    tree.refresh();
    assert!(tree.found("gamma").starts_with("a.rs:1 "), "{}", tree.found("gamma"));
}

#[test]
fn a_text_is_the_one_that_was_indexed_or_none() {
    const TEXT: &str = "fn alpha() {}\n";
    let tree = Tree::new();
    let root = tree.root.path();
    let changed = || {
        use std::os::unix::fs::MetadataExt;
        let found = root.join("a.rs").metadata().unwrap();
        (found.ctime(), found.ctime_nsec())
    };
    let write = |text: &str| {
        let before = changed();
        // The clock of the system has steps.
        while changed() == before {
            tree.write("a.rs", text);
            age(root, 1000);
        }
    };
    tree.write("a.rs", TEXT);
    age(root, 1000);
    tree.refresh();
    let index = || Index::open(tree.index.path(), root).unwrap();
    assert_eq!(&index().text(FileId(0)).unwrap()[..], TEXT.as_bytes());
    assert_eq!(index().blob(FileId(0)).unwrap(), BlobId::of(TEXT.as_bytes()).unwrap());
    write("fn gamma() {}\n");
    assert!(matches!(index().text(FileId(0)), Err(IndexError::Stale(_))));
    assert!(matches!(index().blob(FileId(0)), Err(IndexError::Stale(_))));
    // Its version does not tell, its bytes do.
    write(TEXT);
    assert_eq!(&index().text(FileId(0)).unwrap()[..], TEXT.as_bytes());
}

#[test]
fn what_a_refresh_has_open_is_handed_on() {
    let tree = Tree::new();
    tree.write("a.rs", "fn alpha() {}\n");
    age(tree.root.path(), 1000);
    tree.refresh();
    let settings = Settings {
        dir: tree.index.path().to_owned(),
        list: &|old| {
            // Nobody can open it again.
            for entry in fs::read_dir(tree.index.path()).unwrap().flatten() {
                if entry.file_name().to_string_lossy().starts_with("manifest-") {
                    fs::remove_file(entry.path()).unwrap();
                }
            }
            list(tree.root.path(), None, &Limits::default(), old)
        },
        may_read: &|_| true,
        rulings: Digest::of(&[1]),
        progress: &|_, _| {},
        stop: &|| false,
    };
    let (report, index) = refresh_and_open(tree.root.path(), &settings).unwrap();
    assert_eq!((report.read, report.files), (0, 1));
    assert_eq!(index.defining("alpha").unwrap().len(), 1);
    assert!(Index::open(tree.index.path(), tree.root.path()).is_err());
}

#[test]
fn an_index_that_changes_is_opened_as_it_is_then() {
    let tree = Tree::new();
    tree.write("a.rs", "fn alpha() {}\n");
    tree.refresh();
    tree.write("b.rs", "fn beta() {}\n");
    let settings = Settings {
        dir: tree.index.path().to_owned(),
        list: &|old| list(tree.root.path(), None, &Limits::default(), old),
        may_read: &|_| true,
        rulings: Digest::of(&[1]),
        progress: &|_, _| {},
        stop: &|| false,
    };
    let index = refresh_and_open(tree.root.path(), &settings).unwrap().1;
    assert_eq!(index.defining("beta").unwrap().len(), 1);
}

#[test]
fn definitions_are_found_by_the_ends_of_their_paths() {
    let tree = Tree::new();
    tree.write("a.cpp", "namespace net {\nvoid Client::connect() {}\n}\n");
    tree.write("b.rb", "class Shop::Cart\n  def total\n    1\n  end\nend\n");
    tree.refresh();
    let index = Index::open(tree.index.path(), tree.root.path()).unwrap();
    for name in ["connect", "Client::connect", "Client.connect", "net::Client::connect"] {
        assert_eq!(index.defining(name).unwrap().len(), 1, "{name}");
    }
    for name in ["Shop::Cart", "Shop.Cart", "Cart", "Cart.total", "Shop::Cart.total", "total"] {
        assert_eq!(index.defining(name).unwrap().len(), 1, "{name}");
    }
}

#[test]
fn a_folder_in_the_place_of_another_with_its_time_is_listed() {
    let tree = Tree::new();
    let root = tree.root.path();
    tree.write("a/one.rs", "fn alpha() {}\n");
    tree.write("b/two.rs", "fn gamma() {}\n");
    age(root, 1000);
    tree.refresh();
    fs::remove_dir_all(root.join("a")).unwrap();
    fs::rename(root.join("b"), root.join("a")).unwrap();
    age(root, 1000);
    tree.refresh();
    assert_eq!(tree.found("alpha").trim(), "");
    assert!(tree.found("gamma").starts_with("a/two.rs:1 "), "{}", tree.found("gamma"));
}

#[test]
fn what_was_written_when_it_was_listed_is_read_once_more() {
    let tree = Tree::new();
    tree.write("a.rs", "fn alpha() {}\n");
    tree.write("b.rs", "fn beta() {}\n");
    age(tree.root.path(), 1000);
    tree.write("b.rs", "fn gamma() {}\n");
    assert_eq!(tree.refresh().read, 2);
    // The time of `b.rs` does not tell whether it was written again since.
    let report = tree.refresh();
    assert_eq!((report.read, report.changed), (1, 0));
    age(tree.root.path(), 1000);
    assert_eq!(tree.refresh().read, 1);
    assert_eq!(tree.refresh().read, 0);
}

#[test]
fn what_may_not_be_read_is_not_there_and_goes_out_again() {
    let tree = Tree::new();
    tree.write("secret.rs", "fn hidden() {}\n");
    tree.write("a.rs", "fn alpha() {}\n");
    tree.refresh();
    let denied = |path: &RepoPath| path.as_bytes() != b"secret.rs";
    let report = tree.refresh_into(tree.index.path(), &denied);
    assert_eq!(report.left_out.values().sum::<usize>(), 1);
    assert_eq!(tree.found("hidden").trim(), "");
    assert_eq!(tree.found("secret").trim(), "");
}

#[test]
fn what_is_known_of_the_rules_is_not_asked_again() {
    let tree = Tree::new();
    tree.write("secret.rs", "fn hidden() {}\n");
    tree.write("a.rs", "fn alpha() {}\n");
    let asked = std::cell::RefCell::new(Vec::new());
    let may_read = |path: &RepoPath| {
        asked.borrow_mut().push(path.to_string());
        path.as_bytes() != b"secret.rs"
    };
    let settings = Settings {
        dir: tree.index.path().to_owned(),
        list: &|old| list(tree.root.path(), None, &Limits::default(), old),
        may_read: &may_read,
        rulings: Digest::of(b"rules"),
        progress: &|_, _| {},
        stop: &|| false,
    };
    assert!(!is_ruled_by(tree.index.path(), settings.rulings));
    refresh(tree.root.path(), &settings).unwrap();
    assert_eq!(asked.take(), ["a.rs", "secret.rs"]);
    assert!(is_ruled_by(tree.index.path(), settings.rulings));
    assert!(!is_ruled_by(tree.index.path(), Digest::of(b"other rules")));
    tree.write("b.rs", "fn beta() {}\n");
    let report = refresh(tree.root.path(), &settings).unwrap();
    assert_eq!((asked.take(), report.files), (vec!["b.rs".to_owned()], 2));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test damages its own files")]
fn chunks_that_are_damaged_or_gone_are_found_again() {
    let tree = Tree::new();
    tree.write("a.rs", "fn alpha() {}\n");
    tree.refresh();
    let whole = tree.found("alpha");
    for damage in [Some("damage"), None] {
        for entry in fs::read_dir(tree.index.path()).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("chunks-") {
                match damage {
                    Some(text) => fs::write(entry.path(), text).unwrap(),
                    None => fs::remove_file(entry.path()).unwrap(),
                }
            }
        }
        assert_eq!(tree.found("alpha"), whole);
    }
}

#[test]
fn chunks_that_were_looked_at_from_another_state_are_looked_at_again() {
    let tree = Tree::new();
    tree.write("a.rs", "fn alpha() {}\n");
    tree.refresh();
    let before = open_segments(tree.index.path()).unwrap().1;
    tree.write("b.rs", "fn beta() {}\n");
    tree.refresh();
    let after = open_segments(tree.index.path()).unwrap().1;
    // The old manifest does not know the new file.
    let (dir, name) = (tree.index.path(), &before.name);
    let chunks = Chunks::open(dir, name, &before.manifest, &after.searcher).unwrap();
    assert!(chunks.in_force() < chunks.len());
    assert!(tree.found("beta").starts_with("b.rs:1 "), "{}", tree.found("beta"));
}

#[test]
fn an_index_is_opened_with_the_manifest_of_its_segments() {
    let tree = Tree::new();
    tree.write("a.rs", "fn alpha() {}\n");
    tree.refresh();
    let others_went_on = Cell::new(false);
    let load = |dir: &Path, name: &str| {
        let manifest = Manifest::load(dir, name);
        if !others_went_on.replace(true) {
            tree.write("b.rs", "fn beta() {}\n");
            tree.refresh();
        }
        manifest
    };
    let opened = open_segments_by(tree.index.path(), load).unwrap().1;
    assert_eq!(opened.manifest.rows().len(), 2);
    assert_eq!(opened.manifest.counts().chunks, opened.searcher.num_docs());
}

#[test]
fn binary_and_broken_files_stop_nothing() {
    let tree = Tree::new();
    tree.write("a.bin", "\0\0");
    tree.write("broken.rs", "fn alpha( {{{\n");
    tree.write("empty.rs", "");
    let report = tree.refresh();
    assert_eq!((report.files, report.left_out.values().sum::<usize>()), (2, 1));
    assert!(tree.found("alpha").starts_with("broken.rs:1"));
    assert!(tree.found("empty").starts_with("empty.rs:1"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test damages its own files")]
fn a_damaged_index_is_built_again() {
    let tree = Tree::new();
    tree.write("a.rs", "fn alpha() {}\n");
    tree.refresh();
    let whole = tree.found("alpha");
    for entry in fs::read_dir(tree.index.path().join("segments")).unwrap() {
        fs::write(entry.unwrap().path(), "damage").unwrap();
    }
    tree.refresh();
    assert_eq!(tree.found("alpha"), whole);
    for entry in fs::read_dir(tree.index.path()).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with("manifest-") {
            fs::write(entry.path(), "{").unwrap();
        }
    }
    tree.refresh();
    assert_eq!(tree.found("alpha"), whole);
}

#[test]
fn while_another_refreshes_what_is_there_is_used() {
    let tree = Tree::new();
    tree.write("a.rs", "fn alpha() {}\n");
    tree.refresh();
    let lock = fs::File::create(tree.index.path().join("lock")).unwrap();
    lock.lock().unwrap();
    tree.write("b.rs", "fn beta() {}\n");
    let report = tree.refresh();
    assert!(report.busy);
    assert_eq!(report.files, 1);
    drop(lock);
    assert_eq!(tree.refresh().files, 2);
}

/// A tree that takes several segments to read, with one word in every file.
fn large() -> Tree {
    let tree = Tree::new();
    for file in 0..60 {
        let line = format!("alpha {file}\n");
        tree.write(&format!("{file:02}.txt"), &line.repeat((500 << 10) / line.len()));
    }
    tree
}

#[test]
fn a_first_build_can_be_asked_before_it_ends() {
    let tree = large();
    let asked = RefCell::new(Vec::new());
    // Another process would be told the same: the lock is the build's.
    let ask = |_, _| {
        if tree.index.path().join("segments/meta.json").exists()
            && Index::open(tree.index.path(), tree.root.path()).is_ok()
        {
            let report = tree.refresh();
            let found = tree.found("alpha").lines().count();
            asked.borrow_mut().push((report.busy, report.pending, report.files, found));
        }
    };
    let whole = tree.refresh_while(tree.index.path(), &|_| true, &ask, &|| false);
    let asked = asked.into_inner();
    let (busy, pending, files, found) = asked[0];
    assert!(busy && pending > 0 && files > 0 && found > files, "{asked:?}");
    assert_eq!(files + pending, whole.files);
    assert_eq!(whole.pending, 0);
}

#[test]
fn a_build_that_is_cut_short_goes_on_from_its_last_segment() {
    let tree = large();
    let committed = Cell::new(false);
    let see = |_, _| committed.set(tree.index.path().join("segments/meta.json").exists());
    let open = || committed.get() && Index::open(tree.index.path(), tree.root.path()).is_ok();
    let cut = tree.refresh_while(tree.index.path(), &|_| true, &see, &open);
    assert!(cut.pending > 0 && cut.read > 0, "{cut:?}");
    let rest = tree.refresh();
    assert_eq!((rest.files, rest.pending), (60, 0));
    let anew = tempfile::tempdir().unwrap();
    tree.refresh_into(anew.path(), &|_| true);
    assert_eq!(tree.found("alpha"), found(&tree, anew.path(), "alpha"));
}

const WORDS: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn refreshed_is_like_rebuilt(
        steps in prop::collection::vec((0..4usize, prop::collection::vec(0..4usize, 0..6)), 1..6)
    ) {
        let tree = Tree::new();
        for (file, words) in steps {
            let path = format!("{}.rs", WORDS[file]);
            if words.is_empty() {
                let _ = fs::remove_file(tree.root.path().join(&path));
            } else {
                let text: String =
                    words.iter().map(|it| format!("fn {}() {{}}\n", WORDS[*it])).collect();
                tree.write(&path, &text);
            }
            tree.refresh();
            // To open it keeps what is known of its chunks for the next time.
            tree.found(WORDS[0]);
        }
        let anew = tempfile::tempdir().unwrap();
        tree.refresh_into(anew.path(), &|_| true);
        for word in WORDS {
            prop_assert_eq!(tree.found(word), found(&tree, anew.path(), word));
        }
    }
}
