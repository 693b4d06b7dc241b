//! What holds of pieces, whatever was split, decided and worded anew.

use proptest::prelude::*;

use super::*;
use crate::proposal::hunks::lines;
use crate::proposal::{LineKind, RewordError, hunks};
use crate::repo::testing::{path, state};

fn change(before: Option<&str>, after: Option<&str>) -> FileChange {
    FileChange { path: path("f"), before: before.map(state), after: after.map(state) }
}

fn fresh(change: &FileChange) -> Vec<Piece> {
    pieces(hunks(std::slice::from_ref(change)))
}

/// The pieces after splitting the first one `times` times, a line each, lines without their endings.
#[track_caller]
fn check(change: &FileChange, times: usize, expected: &[&str]) {
    let mut all = fresh(change);
    for _ in 0..times {
        if let Some(parts) = all[0].split() {
            replace(&mut all, 0, parts);
        }
    }
    let shown = all.iter().map(|piece| {
        let lines = piece.hunk.lines.iter().map(|line| {
            let sign = match line.kind {
                LineKind::Context => ' ',
                LineKind::Removed => '-',
                LineKind::Added => '+',
            };
            format!("{sign}{}", String::from_utf8_lossy(&line.bytes).trim_end())
        });
        format!("{}: {}", piece.name(), lines.collect::<Vec<_>>().join(","))
    });
    assert_eq!(shown.collect::<Vec<_>>(), expected);
}

#[test]
fn a_hunk_is_split_into_runs_then_lines_then_their_sides() {
    let change = change(Some("1\n2\n3\n4\n5\n"), Some("1\nB\n3\nD\nE\nF\n"));
    check(&change, 0, &["1:  1,-2,+B, 3,-4,-5,+D,+E,+F"]);
    check(&change, 1, &["1.1:  1,-2,+B, 3", "1.2: -4,-5,+D,+E,+F"]);
    check(&change, 2, &["1.1:  1,-2", "1.2: +B, 3", "1.3: -4,-5,+D,+E,+F"]);
    check(&change, 3, &["1.1:  1,-2", "1.2: +B, 3", "1.3: -4,-5,+D,+E,+F"]);
    let parts = fresh(&change)[0].split().unwrap()[1].split().unwrap();
    assert_eq!(
        parts.iter().map(|part| part.hunk.counts()).collect::<Vec<_>>(),
        [(1, 1), (1, 1), (1, 0)]
    );
}

#[test]
fn a_new_file_is_split_at_its_blank_lines() {
    check(&change(None, Some("a\nb\n\nc\n")), 1, &["1.1: +a,+b,+", "1.2: +c"]);
    check(&change(None, Some("a\nb\n")), 1, &["1.1: +a", "1.2: +b"]);
    check(&change(Some("a\nb\n"), None), 1, &["1: -a,-b"]);
    check(&change(Some("a\n"), Some("a\nb\n")), 1, &["1:  a,+b"]);
}

#[test]
fn a_part_of_a_new_file_is_a_file() {
    let change = change(None, Some("a\nb\n\nc\n"));
    let parts = fresh(&change)[0].split().unwrap();
    let only = |n: u32| target_of(&change, &parts, &|it| it.hunk.new.start == n).unwrap().bytes;
    assert_eq!(only(0), b"a\nb\n\n");
    assert_eq!(only(3), b"c\n");
    assert_eq!(target_of(&change, &parts, &|_| false), None);
}

#[test]
fn a_line_without_its_end_does_not_run_into_the_next() {
    let change = change(Some("x\r\na"), Some("x\r\na\r\nb"));
    let mut all = fresh(&change);
    let parts = all[0].split().unwrap();
    replace(&mut all, 0, parts);
    let last = target_of(&change, &all, &|piece| piece.part == 2).unwrap();
    assert_eq!(last.bytes, b"x\r\na\r\nb");
}

#[test]
fn a_piece_is_split_at_any_line_between_changes() {
    let change = change(Some("1\n2\n3\n"), Some("A\n2\nC\n"));
    let piece = &fresh(&change)[0];
    assert_eq!(piece.hunk.lines.len(), 5);
    assert!(piece.split_at(0).is_none() && piece.split_at(5).is_none());
    assert!(piece.split_at(9).is_none());
    for at in 1..5 {
        let parts = piece.split_at(at).unwrap();
        assert_eq!(target_of(&change, &parts, &|_| true), change.after, "{at}");
    }
}

#[test]
fn a_piece_is_split_between_pairs_and_never_out_of_order() {
    let change = change(Some("1\n2\n3\n4\n"), Some("1\nB\nC\n4\n"));
    let piece = &fresh(&change)[0];
    // Lines are: 1, -2, -3, +B, +C, 4.
    let parts = piece.split_between(&|at| [0, 1, 3].contains(&at)).unwrap();
    assert_eq!(target_of(&change, &parts, &|_| true), change.after);
    assert_eq!(target_of(&change, &parts, &|_| false), change.before);
    let first = target_of(&change, &parts, &|it| it.hunk.new.start == 0).unwrap();
    assert_eq!(first.bytes, b"1\nB\n3\n4\n");
    assert!(piece.split_between(&|at| [0, 2, 3].contains(&at)).is_none());
    assert!(piece.split_between(&|at| [0, 1, 2, 4].contains(&at)).is_none());
}

#[test]
fn own_words_replace_the_new_lines_and_are_accepted() {
    let change = change(Some("1\r\n2\r\n3\r\n"), Some("1\r\nB\r\n3\r\n"));
    let piece = &fresh(&change)[0];
    assert_eq!(piece.text(), b"1\r\nB\r\n3\r\n");
    let own = piece.reworded(b"1\r\nZwei\r\n3", Origin::Person).unwrap();
    assert_eq!((own.verdict, own.origin), (Verdict::Accepted, Origin::Person));
    assert_eq!(own.hunk.counts(), (1, 1));
    let target = target_of(&change, &[own], &|_| true).unwrap();
    assert_eq!(target.bytes, b"1\r\nZwei\r\n3\r\n");
    let revised = piece.reworded(b"2\n", Origin::Revision).unwrap();
    assert_eq!(revised.verdict, Verdict::Undecided);
}

#[test]
fn what_is_no_wording_keeps_the_lines() {
    let lines = change(Some("1\n"), Some("2\n"));
    let of = |text: &[u8]| fresh(&lines)[0].reworded(text, Origin::Person);
    assert_eq!(of(b" \n"), Err(RewordError::Empty));
    assert_eq!(of(b"2"), Err(RewordError::Same));
    assert_eq!(of(b"\0"), Err(RewordError::Binary));
    let gone = &fresh(&change(Some("1\n"), None))[0];
    let error = gone.reworded(b"2\n", Origin::Person).unwrap_err();
    assert_eq!(error.to_string(), "there are no lines to edit in it: deleted");
}

/// What a person does to the pieces; numbers choose among those there are.
#[derive(Clone, Debug)]
enum Deed {
    Split(usize),
    SplitAt(usize, usize),
    Decide(usize, Verdict),
    Edit(usize, Vec<String>),
}

fn deed() -> impl Strategy<Value = Deed> {
    let verdict =
        prop_oneof![Just(Verdict::Accepted), Just(Verdict::Rejected), Just(Verdict::Undecided),];
    let own = proptest::collection::vec("own[0-9]", 1..4);
    prop_oneof![
        3 => any::<usize>().prop_map(Deed::Split),
        2 => (any::<usize>(), 0..9_usize).prop_map(|(at, line)| Deed::SplitAt(at, line)),
        4 => (any::<usize>(), verdict).prop_map(|(at, verdict)| Deed::Decide(at, verdict)),
        1 => (any::<usize>(), own).prop_map(|(at, own)| Deed::Edit(at, own)),
    ]
}

fn act(all: &mut Vec<Piece>, deed: &Deed) {
    let at = |n: &usize| n % all.len();
    match deed {
        Deed::Split(n) => {
            let at = at(n);
            if let Some(parts) = all[at].split() {
                replace(all, at, parts);
            }
        }
        Deed::SplitAt(n, line) => {
            let at = at(n);
            if let Some(parts) = all[at].split_at(*line) {
                replace(all, at, parts);
            }
        }
        Deed::Decide(n, verdict) => {
            let at = at(n);
            all[at].verdict = *verdict;
        }
        Deed::Edit(n, own) => {
            let at = at(n);
            if let Ok(piece) = all[at].reworded(own.join("\n").as_bytes(), Origin::Person) {
                all[at] = piece;
            }
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    let line = proptest::sample::select(vec!["a\n", "b\n", "c\r\n", "\n", "d\n", "end"]);
    proptest::collection::vec(line, 1..30).prop_map(|lines| lines.concat())
}

/// A line without its ending: the last line of a file may get one.
fn bare(line: &[u8]) -> &[u8] {
    line.trim_ascii_end()
}

proptest! {
    #[test]
    fn every_line_is_of_the_base_the_proposal_or_the_person(
        before in proptest::option::weighted(0.9, text()), after in text(),
        deeds in proptest::collection::vec(deed(), 0..30),
    ) {
        let change = change(before.as_deref(), Some(&after));
        let mut all = fresh(&change);
        prop_assume!(!all.is_empty());
        deeds.iter().for_each(|deed| act(&mut all, deed));
        let wanted = |piece: &Piece| piece.verdict == Verdict::Accepted;
        let chosen = target_of(&change, &all, &wanted);
        let chosen = chosen.map_or(Vec::new(), |state| state.bytes);
        let before = before.unwrap_or_default();
        let sides = [before.as_bytes(), after.as_bytes()];
        let known: Vec<&[u8]> = sides.into_iter().flat_map(lines).map(bare).collect();
        for line in lines(&chosen).into_iter().map(bare) {
            let is_own = line.starts_with(b"own") && line.len() == 4;
            prop_assert!(is_own || known.contains(&line), "{}", line.escape_ascii());
        }
        let added: usize = all.iter().filter(|it| wanted(it)).map(|it| it.hunk.counts().0).sum();
        let removed: usize = all.iter().filter(|it| wanted(it)).map(|it| it.hunk.counts().1).sum();
        let had = change.before.as_ref().map_or(0, |state| lines(&state.bytes).len());
        prop_assert_eq!(lines(&chosen).len() + removed, had + added);
    }

    #[test]
    fn however_it_is_split_all_is_the_proposal_and_none_the_base(
        before in proptest::option::weighted(0.9, text()), after in text(),
        deeds in proptest::collection::vec(deed(), 0..30),
    ) {
        let change = change(before.as_deref(), Some(&after));
        let mut all = fresh(&change);
        prop_assume!(!all.is_empty());
        let splits = deeds.iter().filter(|it| matches!(it, Deed::Split(_) | Deed::SplitAt(..)));
        splits.for_each(|deed| act(&mut all, deed));
        prop_assert_eq!(&target_of(&change, &all, &|_| true), &change.after);
        prop_assert_eq!(&target_of(&change, &all, &|_| false), &change.before);
        let names: std::collections::BTreeSet<_> = all.iter().map(Piece::name).collect();
        prop_assert_eq!(names.len(), all.len());
    }
}
