//! What holds of files that a proposal moves.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use crate::proposal::testing::{apply, census, permits, stored, undo_last};
use crate::proposal::{
    Piece, Proposal, Standing, Subject, Verdict, decided, incoming, patch, pieces, plan,
};
use crate::repo::testing::{path, put, scratch, state};
use crate::repo::{FileChange, FileState, Mode, Renames, Repo};

const TEN: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";
const EDITED: &str = "one\n2\n3\n4\n5\n6\n7\n8\n9\nten\n";

/// Stores a proposal that moves `from` to `to`, where the file has `after`.
fn moving(repo: &Repo, from: &str, to: &str, after: FileState) -> Proposal {
    let gone =
        FileChange { path: path(from), before: repo.read(&path(from)).unwrap(), after: None };
    let come = FileChange { path: path(to), before: None, after: Some(after) };
    stored(repo, vec![gone, come])
}

/// The hunks of a proposal, a line each.
fn shown(proposal: &Proposal) -> Vec<String> {
    let line = |hunk: crate::proposal::Hunk| {
        let (added, removed) = hunk.counts();
        let note = hunk.note.unwrap_or_default();
        format!("{} {} {:?} +{added} -{removed} {note}", hunk.number, hunk.path, hunk.kind)
    };
    proposal.hunks().into_iter().map(line).collect()
}

/// Moves a file of ten lines and edits its first and last, lets `edit` happen, applies the hunks that
/// `accepted` names, and tells what lies at both places or why nothing was written.
#[track_caller]
fn check(
    edit: &dyn Fn(&Repo),
    accepted: &[u32],
    old: Option<&str>,
    new: Result<Option<&str>, &str>,
) {
    let (dir, repo) = scratch(&[("old.txt", TEN)]);
    let proposal = moving(&repo, "old.txt", "d/new.txt", state(EDITED));
    edit(&repo);
    let before = census(dir.path());
    let result = apply(&repo, &proposal, &|number| accepted.contains(&number));
    let read = |name| repo.read(&path(name)).unwrap();
    match (result, new) {
        (Ok(_), Ok(new)) => {
            assert_eq!(read("old.txt"), old.map(state));
            assert_eq!(read("d/new.txt"), new.map(state));
            undo_last(&repo).unwrap();
            assert_eq!(census(dir.path()), before, "undo gives back every byte");
        }
        (Err(error), Err(why)) => {
            assert_eq!(error.to_string(), why);
            assert_eq!(census(dir.path()), before, "a refusal must not write");
        }
        (result, expected) => panic!("{result:?}, expected {expected:?}"),
    }
}

fn nothing(_: &Repo) {}

#[test]
fn a_moved_file_is_one_change_and_what_differs_are_hunks() {
    let (_dir, repo) = scratch(&[("old.txt", TEN), ("other.txt", "x\n")]);
    let proposal = moving(&repo, "old.txt", "d/new.txt", state(EDITED));
    assert_eq!(
        shown(&proposal),
        [
            "1 d/new.txt Rename +0 -0 renamed from `old.txt`",
            "2 d/new.txt Lines +1 -1 ",
            "3 d/new.txt Lines +1 -1 ",
        ]
    );
    assert_eq!(proposal.changes.len(), 2);
    assert_eq!(proposal.files().len(), 1);
    let run = FileState { mode: Mode::Executable, ..state(TEN) };
    assert_eq!(
        shown(&moving(&repo, "old.txt", "new.sh", run)),
        ["1 new.sh Rename +0 -0 renamed from `old.txt`", "2 new.sh Mode +0 -0 mode 644 → 755"]
    );
    let another = shown(&moving(&repo, "old.txt", "new.txt", state("nothing\nof\nit\n")));
    assert_eq!(another, ["1 new.txt Lines +3 -0 new file", "2 old.txt Whole +0 -10 deleted"]);
}

#[test]
fn every_choice_among_place_and_lines_is_carried_out() {
    check(&nothing, &[1, 2, 3], None, Ok(Some(EDITED)));
    check(&nothing, &[1], None, Ok(Some(TEN)));
    let first = EDITED.replace("ten", "10");
    check(&nothing, &[1, 2], None, Ok(Some(&first)));
    check(&nothing, &[2], Some(&first), Ok(None));
    check(&nothing, &[2, 3], Some(EDITED), Ok(None));
}

#[test]
fn edits_since_go_along_and_collisions_are_refused() {
    let middle = |repo: &Repo| put(repo.root(), "old.txt", TEN.replace("5\n", "mine\n"));
    let merged = EDITED.replace("5\n", "mine\n");
    check(&middle, &[1, 2, 3], None, Ok(Some(&merged)));
    let same = |repo: &Repo| put(repo.root(), "old.txt", TEN.replace("1\n2", "mine\n2"));
    let why = "`old.txt` was changed where the proposal changes it: line 1";
    check(&same, &[1, 2, 3], None, Err(why));
    let taken = |repo: &Repo| put(repo.root(), "d/new.txt", "mine\n");
    check(&taken, &[1, 2, 3], None, Err("`d/new.txt` appeared with other contents"));
    check(&taken, &[2], Some(&EDITED.replace("ten", "10")), Ok(Some("mine\n")));
    let gone = |repo: &Repo| fs::remove_file(repo.root().join("old.txt")).unwrap();
    check(&gone, &[1, 2, 3], None, Err("`old.txt` is gone"));
}

#[test]
fn a_file_that_was_moved_already_is_edited_where_it_lies() {
    let by_hand = |repo: &Repo| {
        fs::remove_file(repo.root().join("old.txt")).unwrap();
        put(repo.root(), "d/new.txt", TEN);
    };
    check(&by_hand, &[1, 2, 3], None, Ok(Some(EDITED)));
    check(&by_hand, &[2, 3], None, Ok(Some(EDITED)));
    check(&by_hand, &[1], None, Err("the work tree has these changes already"));
}

#[test]
fn the_hunks_that_are_left_can_be_applied_later() {
    let (_dir, repo) = scratch(&[("old.txt", TEN)]);
    let proposal = moving(&repo, "old.txt", "new.txt", state(EDITED));
    for hunk in [2, 1, 3] {
        apply(&repo, &proposal, &|number| number == hunk).unwrap();
    }
    assert_eq!(repo.read(&path("old.txt")).unwrap(), None);
    assert_eq!(repo.read(&path("new.txt")).unwrap(), Some(state(EDITED)));
}

#[test]
fn permissions_go_along() {
    let (dir, repo) = scratch(&[("old.txt", TEN)]);
    fs::set_permissions(dir.path().join("old.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    let proposal = moving(&repo, "old.txt", "new.txt", state(TEN));
    let before = census(dir.path());
    apply(&repo, &proposal, &|_| true).unwrap();
    let now = fs::metadata(dir.path().join("new.txt")).unwrap().permissions().mode();
    assert_eq!(now & 0o7777, 0o600);
    undo_last(&repo).unwrap();
    assert_eq!(census(dir.path()), before);
}

#[test]
fn a_file_may_move_below_its_own_name() {
    let (dir, repo) = scratch(&[("a", TEN)]);
    let proposal = moving(&repo, "a", "a/b", state(TEN));
    assert_eq!(shown(&proposal).len(), 1);
    let before = census(dir.path());
    apply(&repo, &proposal, &|_| true).unwrap();
    assert_eq!(repo.read(&path("a/b")).unwrap(), Some(state(TEN)));
    undo_last(&repo).unwrap();
    assert_eq!(census(dir.path()), before);
}

#[test]
fn the_place_of_a_binary_file_says_nothing_about_its_bytes() {
    let (_dir, repo) = scratch(&[]);
    let (old, new) = (format!("\0{}a", TEN.repeat(9)), format!("\0{}b", TEN.repeat(9)));
    put(repo.root(), "old.bin", &old);
    let proposal = moving(&repo, "old.bin", "new.bin", state(&new));
    assert_eq!(shown(&proposal).len(), 2);
    for (accepted, expected) in [(1, old), (2, new)] {
        let (changes, renames) = chosen(&proposal, &|number| number == accepted);
        assert_eq!(changes[0].after, Some(state(&expected)));
        assert_eq!(renames.len(), usize::from(accepted == 1));
    }
}

fn chosen(proposal: &Proposal, accepted: &dyn Fn(u32) -> bool) -> (Vec<FileChange>, Renames) {
    let subject = Subject::of(proposal);
    let mut pieces = pieces(subject.hunks());
    for piece in pieces.iter_mut().filter(|piece| accepted(piece.hunk.number)) {
        piece.verdict = Verdict::Accepted;
    }
    subject.chosen(&pieces)
}

#[test]
fn as_a_patch_it_is_what_git_writes_and_comes_back() {
    let (_dir, repo) = scratch(&[("old.txt", TEN)]);
    let proposal = moving(&repo, "old.txt", "new.txt", state(EDITED));
    let (changes, renames) = chosen(&proposal, &|number| number < 3);
    let text = patch(&changes, &renames);
    insta::assert_snapshot!(String::from_utf8_lossy(&text), @r"
    diff --git a/old.txt b/new.txt
    similarity index 82%
    rename from old.txt
    rename to new.txt
    index f00c965d8307308469e537302baa73048488f162..1b6662b76713eb633ad70b8074cb463f0b74849b
    --- a/old.txt
    +++ b/new.txt
    @@ -1,4 +1,4 @@
    -1
    +one
     2
     3
     4
    ");
    assert_eq!(incoming(&repo, &text).unwrap(), (changes, renames));
    let (changes, renames) = chosen(&proposal, &|number| number == 2);
    assert_eq!((changes[0].path.to_string(), renames.len()), ("old.txt".to_owned(), 0));
}

#[test]
fn in_the_files_already_a_rejected_move_goes_back() {
    let (_dir, repo) = scratch(&[]);
    put(repo.root(), "new.txt", EDITED.replace("5\n", "mine\n"));
    let change =
        FileChange { path: path("new.txt"), before: Some(state(TEN)), after: Some(state(EDITED)) };
    let renames = Renames::from([(path("new.txt"), path("old.txt"))]);
    let subject = Subject::new("k".to_owned(), vec![change], renames, Standing::InTree);
    let mut pieces = decided(subject.hunks(), &crate::proposal::Verdicts::accept_all(3));
    pieces[0].verdict = Verdict::Rejected;
    pieces[1].verdict = Verdict::Rejected;
    let plan = plan(&repo, &subject, &pieces).unwrap();
    let files: Vec<_> = plan.files.iter().map(|it| (it.path.to_string(), it.to.clone())).collect();
    let back = EDITED.replace("5\n", "mine\n").replace("one\n", "1\n");
    assert_eq!(files, [("new.txt".into(), None), ("old.txt".into(), Some(state(&back)))]);
}

fn text() -> impl Strategy<Value = String> {
    let line = proptest::sample::select(vec!["a\n", "b\n", "c\r\n", "\n", "d\n", "end"]);
    proptest::collection::vec(line, 1..25).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn of_a_moved_file_all_is_the_proposal_none_the_base_and_undo_gives_it_back(
        before in text(), after in text(), choice in any::<u64>(),
        splits in proptest::collection::vec(any::<usize>(), 0..6),
    ) {
        let (dir, repo) = scratch(&[("old.txt", &before)]);
        let change = FileChange {
            path: path("new.txt"), before: Some(state(&before)), after: Some(state(&after)),
        };
        let renames = Renames::from([(path("new.txt"), path("old.txt"))]);
        let subject = Subject::new("k".to_owned(), vec![change], renames, Standing::Proposed);
        let mut all = pieces(subject.hunks());
        for place in splits {
            let at = place % all.len();
            if let Some(parts) = all[at].split() {
                crate::proposal::replace(&mut all, at, parts);
            }
        }
        let decide = |all: &[Piece], wanted: &dyn Fn(usize) -> bool| -> Vec<Piece> {
            let verdict = |at| if wanted(at) { Verdict::Accepted } else { Verdict::Rejected };
            let decided = |(at, piece): (usize, &Piece)| Piece { verdict: verdict(at), ..piece.clone() };
            all.iter().enumerate().map(decided).collect()
        };
        let (files, moved) = subject.chosen(&decide(&all, &|_| true));
        prop_assert_eq!(&files[0].after, &Some(state(&after)));
        prop_assert_eq!((files[0].path.to_string(), moved.len()), ("new.txt".to_owned(), 1));
        let (files, moved) = subject.chosen(&decide(&all, &|_| false));
        prop_assert_eq!(&files[0].after, &Some(state(&before)));
        prop_assert_eq!((files[0].path.to_string(), moved.len()), ("old.txt".to_owned(), 0));

        let chosen = decide(&all, &|at| choice >> (at % 64) & 1 == 1);
        let whole = census(dir.path());
        let Ok(plan) = plan(&repo, &subject, &chosen) else { return Ok(()) };
        let paths: Vec<_> = plan.files.iter().map(|file| file.path.clone()).collect();
        let permits = permits(&paths);
        crate::proposal::write(&repo, &plan, &permits).unwrap();
        let [old, new] = ["old.txt", "new.txt"].map(|name| repo.read(&path(name)).unwrap());
        prop_assert_eq!(new.is_some(), choice & 1 == 1);
        prop_assert_eq!(old.is_some(), choice & 1 == 0);
        let text = old.or(new).unwrap().bytes;
        for line in crate::proposal::hunks::lines(&text) {
            let bare = String::from_utf8_lossy(line.trim_ascii_end()).into_owned();
            let known = before.lines().chain(after.lines()).any(|it| it.trim_ascii_end() == bare);
            prop_assert!(known, "{bare}");
        }
        undo_last(&repo).unwrap();
        prop_assert_eq!(census(dir.path()), whole);
    }
}
