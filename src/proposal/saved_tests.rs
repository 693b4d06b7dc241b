//! Decisions are there again, about the same lines and no others.

use proptest::prelude::*;

use super::*;
use crate::proposal::{Standing, replace};
use crate::repo::FileChange;
use crate::repo::testing::{path, put, scratch, state};

/// A change of one file that is no proposal, so that its decisions hold for the same lines
/// wherever they stand.
fn subject(before: &str, after: &str) -> Subject {
    let (before, after) = (Some(state(before)), Some(state(after)));
    let change = FileChange { path: path("f"), before, after };
    Subject::new("uncommitted".to_owned(), vec![change], BTreeMap::new(), Standing::InTree)
}

fn lines_of(from: u32, to: u32, other: &[u32]) -> String {
    let line = |n| if other.contains(&n) { format!("other {n}\n") } else { format!("{n}\n") };
    (from..=to).map(line).collect()
}

#[test]
fn decisions_follow_their_lines_and_no_others() {
    let (_dir, repo) = scratch(&[]);
    let first = subject(&lines_of(1, 40, &[]), &lines_of(1, 40, &[5, 20, 35]));
    let saved = SavedReview::of(&repo, &first, &first.hunks());
    let mut all = pieces(first.hunks());
    all[0].verdict = Verdict::Accepted;
    all[1].verdict = Verdict::Rejected;
    saved.save(&all, Some("2")).unwrap();
    // A line more in front, the second hunk other than it was.
    let before = format!("0\n{}", lines_of(1, 40, &[]));
    let after = format!("0\n{}", lines_of(1, 40, &[5, 21, 35]));
    let second = subject(&before, &after);
    let saved = SavedReview::of(&repo, &second, &second.hunks());
    let resumed = saved.resume(second.hunks());
    let verdicts: Vec<Verdict> = resumed.pieces.iter().map(|piece| piece.verdict).collect();
    use Verdict::{Accepted, Undecided};
    assert_eq!(verdicts, [Accepted, Undecided, Undecided]);
    assert_eq!(resumed.kept, 1);
    let problem = "decisions about 1 hunk were dropped: the lines are others now";
    assert_eq!(resumed.problem.as_deref(), Some(problem));
}

#[test]
fn forgotten_is_forgotten() {
    let (_dir, repo) = scratch(&[]);
    let subject = subject("a\n", "b\n");
    let saved = SavedReview::of(&repo, &subject, &subject.hunks());
    forget(&repo, &subject.key).unwrap();
    saved.save(&pieces(subject.hunks()), None).unwrap();
    forget(&repo, &subject.key).unwrap();
    assert_eq!(saved.resume(subject.hunks()).pieces, pieces(subject.hunks()));
}

fn text() -> impl Strategy<Value = String> {
    let line = proptest::sample::select(vec!["a\n", "b\n", "c\r\n", "\n", "\u{1b}\u{fc}\\\n"]);
    proptest::collection::vec(line, 1..30).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn what_was_done_is_there_again(
        before in text(), after in text(),
        deeds in proptest::collection::vec((any::<usize>(), 0..5_u8), 0..12),
    ) {
        let (_dir, repo) = scratch(&[]);
        let subject = subject(&before, &after);
        let saved = SavedReview::of(&repo, &subject, &subject.hunks());
        let mut all = pieces(subject.hunks());
        prop_assume!(!all.is_empty());
        for (place, deed) in deeds {
            let at = place % all.len();
            match deed {
                0 => all[at].verdict = Verdict::Accepted,
                1 => all[at].verdict = Verdict::Rejected,
                2 => all[at].comments.push("so\n\u{1b}".to_owned()),
                3 => {
                    if let Ok(piece) = all[at].reworded(b"own \\x41\n", Origin::Person) {
                        all[at] = piece;
                    }
                }
                _ => {
                    if let Some(parts) = all[at].split() {
                        replace(&mut all, at, parts);
                    }
                }
            }
        }
        let name = all[0].name();
        saved.save(&all, Some(&name)).unwrap();
        let resumed = saved.resume(subject.hunks());
        prop_assert_eq!(resumed.problem, None);
        prop_assert_eq!(resumed.at, Some(name));
        prop_assert_eq!(resumed.pieces, all);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>(), cut in 0..400_usize) {
        let (_dir, repo) = scratch(&[]);
        let subject = subject("a\nb\n", "c\nd\n");
        let saved = SavedReview::of(&repo, &subject, &subject.hunks());
        let parts = pieces(subject.hunks())[0].split().unwrap();
        let mut all = pieces(subject.hunks());
        replace(&mut all, 0, parts);
        saved.save(&all, None).unwrap();
        let mut text = fs::read(&saved.place).unwrap();
        let at = cut % text.len();
        text.splice(at..at + bytes.len().min(text.len() - at), bytes);
        put(std::path::Path::new("/"), saved.place.to_str().unwrap(), text);
        let resumed = saved.resume(subject.hunks());
        let old = |pieces: &[Piece]| -> usize {
            pieces.iter().map(|piece| piece.hunk.old.len()).sum()
        };
        prop_assert_eq!(old(&resumed.pieces), 2);
    }
}
