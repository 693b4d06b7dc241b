//! Three versions of a file into one: what the proposal changes, put into the file as it is now.
//!
//! It is clean or it is a conflict; nothing is ever guessed and no markers are ever written.
//! Lines are merged as diff3 does (Khanna, Kunal, Pierce: "A Formal Investigation of Diff3").

use std::ops::Range;

use similar::{MergeRegion, MergeResolution, TextMerge};

use crate::base::{RepoPath, Span};
use crate::repo::{FileState, is_binary};

/// Why a file cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub path: RepoPath,
    pub kind: ConflictKind,
}

/// What stands against what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConflictKind {
    /// Both sides changed the same lines, or lines that touch.
    Lines(Vec<Region>),
    /// Both sides changed a file that has no lines.
    Binary,
    /// The proposal makes a file, and there is another one by now.
    Appeared,
    /// The proposal changes a file that is gone by now.
    Gone,
    /// The proposal removes a file that was changed since.
    ChangedSince,
    /// The proposal removes a file that is to stay under this name, which leads to the same one.
    OneFile(RepoPath),
}

/// Lines that both sides changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Where in the file as it is now; `None` where the lines are gone.
    pub place: Option<Span>,
    /// The lines as the proposal knew them.
    pub base: Vec<u8>,
    /// The lines as they are now.
    pub ours: Vec<u8>,
    /// The lines as the proposal wants them.
    pub theirs: Vec<u8>,
}

impl std::fmt::Display for Conflict {
    /// The file, the lines where there are some, and who did what.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = &self.path;
        match &self.kind {
            ConflictKind::Lines(regions) => {
                let places: Vec<String> = regions.iter().map(Region::lines).collect();
                write!(
                    f,
                    "`{path}` was changed where the proposal changes it: {}",
                    places.join(", ")
                )
            }
            ConflictKind::Binary => write!(f, "`{path}` was changed, and it is binary"),
            ConflictKind::Appeared => write!(f, "`{path}` appeared with other contents"),
            ConflictKind::Gone => write!(f, "`{path}` is gone"),
            ConflictKind::ChangedSince => {
                write!(f, "`{path}` was changed, and the proposal removes it")
            }
            ConflictKind::OneFile(other) => {
                write!(f, "`{path}` goes and `{other}` stays, and on this disk they are one file")
            }
        }
    }
}

impl Region {
    /// Where it is, for people.
    pub fn lines(&self) -> String {
        match self.place {
            Some(span) if span.lines() == 1 => format!("line {span}"),
            Some(span) => format!("lines {span}"),
            None => "lines that were removed".to_owned(),
        }
    }
}

/// Merges the way from `base` to `theirs` into `ours`; `None` is "not there".
pub(crate) fn merge(
    base: Option<&FileState>,
    ours: Option<&FileState>,
    theirs: Option<&FileState>,
) -> Result<Option<FileState>, ConflictKind> {
    if ours == base || ours == theirs {
        return Ok(theirs.cloned());
    }
    if theirs == base {
        return Ok(ours.cloned());
    }
    match (base, ours, theirs) {
        (_, _, None) => Err(ConflictKind::ChangedSince),
        (_, None, Some(_)) => Err(ConflictKind::Gone),
        (None, Some(_), Some(_)) => Err(ConflictKind::Appeared),
        (Some(base), Some(ours), Some(theirs)) => {
            let mode = if theirs.mode == base.mode { ours.mode } else { theirs.mode };
            let bytes = merge_bytes(&base.bytes, &ours.bytes, &theirs.bytes)?;
            Ok(Some(FileState { bytes, mode }))
        }
    }
}

fn merge_bytes(base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<Vec<u8>, ConflictKind> {
    if ours == base || ours == theirs {
        return Ok(theirs.to_vec());
    }
    if theirs == base {
        return Ok(ours.to_vec());
    }
    if [base, ours, theirs].into_iter().any(is_binary) {
        return Err(ConflictKind::Binary);
    }
    let merge = TextMerge::from_lines(base, ours, theirs);
    if merge.is_conflicted() {
        return Err(ConflictKind::Lines(merge.conflicts().map(|it| region(&merge, it)).collect()));
    }
    Ok(merge.regions().iter().flat_map(|it| resolved(&merge, it)).collect())
}

type Merge<'a> = TextMerge<'a, 'a, 'a, [u8]>;

/// The bytes of a region that is no conflict.
fn resolved(merge: &Merge<'_>, region: &MergeRegion) -> Vec<u8> {
    match region.resolution() {
        MergeResolution::Theirs => join(region.theirs_range(), |i| merge.theirs_line(i)),
        _ => join(region.ours_range(), |i| merge.ours_line(i)),
    }
}

fn region(merge: &Merge<'_>, region: &MergeRegion) -> Region {
    let ours = region.ours_range();
    let number = |line: usize| u32::try_from(line).unwrap_or(u32::MAX);
    Region {
        place: (!ours.is_empty()).then(|| Span::new(number(ours.start + 1), number(ours.end))),
        base: join(region.base_range(), |i| merge.base_line(i)),
        ours: join(ours, |i| merge.ours_line(i)),
        theirs: join(region.theirs_range(), |i| merge.theirs_line(i)),
    }
}

fn join<'a>(range: Range<usize>, line: impl Fn(usize) -> Option<&'a [u8]>) -> Vec<u8> {
    range.filter_map(line).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::repo::Mode;
    use crate::repo::testing::state;

    /// What becomes of three texts: the merged one, or the lines in conflict.
    fn merged(base: &str, ours: &str, theirs: &str) -> String {
        match merge(Some(&state(base)), Some(&state(ours)), Some(&state(theirs))) {
            Ok(merged) => String::from_utf8(merged.unwrap().bytes).unwrap(),
            Err(ConflictKind::Lines(regions)) => {
                let show = |bytes: &[u8]| bytes.escape_ascii().to_string();
                let shown = regions.iter().map(|region| {
                    let place = region.place.map(|span| span.to_string()).unwrap_or_default();
                    format!("{place}: {} | {}", show(&region.ours), show(&region.theirs))
                });
                shown.collect::<Vec<_>>().join("; ")
            }
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn edits_apart_are_both_kept() {
        assert_eq!(merged("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n"), "A\nb\nC\n");
        assert_eq!(merged("a\r\nb\r\nc", "a\r\nb\r\nc!", "x\r\na\r\nb\r\nc"), "x\r\na\r\nb\r\nc!");
    }

    #[test]
    fn the_same_edit_on_both_sides_is_made_once() {
        assert_eq!(merged("a\nb\nc\n", "A\nb\nC\n", "A\nb\nc\n"), "A\nb\nC\n");
    }

    #[test]
    fn edits_that_meet_or_touch_are_conflicts() {
        assert_eq!(merged("a\nb\nc\n", "a\nX\nc\n", "a\nY\nc\n"), "2: X\\n | Y\\n");
        assert_eq!(merged("a\nb\n", "A\nb\n", "a\nB\n"), "1-2: A\\nb\\n | a\\nB\\n");
        assert_eq!(merged("a\n\0", "A\n\0", "a\n\0b"), "Binary");
    }

    #[test]
    fn files_that_come_and_go() {
        let (a, b) = (state("a"), state("b"));
        assert_eq!(merge(None, Some(&a), Some(&b)), Err(ConflictKind::Appeared));
        assert_eq!(merge(None, Some(&b), Some(&b)), Ok(Some(b.clone())));
        assert_eq!(merge(Some(&a), None, Some(&b)), Err(ConflictKind::Gone));
        assert_eq!(merge(Some(&a), Some(&b), None), Err(ConflictKind::ChangedSince));
        assert_eq!(merge(Some(&a), None, None), Ok(None));
    }

    #[test]
    fn modes_and_bytes_merge_apart() {
        let executable = FileState { mode: Mode::Executable, ..state("a") };
        let merged = merge(Some(&state("a")), Some(&executable), Some(&state("b")));
        assert_eq!(merged, Ok(Some(FileState { mode: Mode::Executable, ..state("b") })));
    }

    fn input(text: &str) -> git2::MergeFileInput<'_> {
        let mut input = git2::MergeFileInput::new();
        input.content(text.as_bytes());
        input
    }

    /// Ten lines, each with its fate: kept, dropped, replaced, or with one put before it. All lines
    /// differ, so that there is only one way to say what was changed.
    fn version() -> impl Strategy<Value = String> {
        let fate = proptest::sample::select(vec!["keep", "keep", "keep", "drop", "A", "B", "+"]);
        proptest::collection::vec(fate, 10).prop_map(|fates| {
            let line = |(number, fate): (usize, &str)| match fate {
                "keep" => format!("{number}\n"),
                "drop" => String::new(),
                "+" => format!("new {number}\n{number}\n"),
                other => format!("{number}{other}\n"),
            };
            fates.into_iter().enumerate().map(line).collect()
        })
    }

    proptest! {
        #[test]
        fn a_clean_merge_is_the_one_git_makes(ours in version(), theirs in version()) {
            let base: String = (0..10).map(|number| format!("{number}\n")).collect();
            let mine = merge_bytes(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
            // libgit2 starts up with the first object made through it.
            let _started = git2::Index::new().unwrap();
            let inputs = [input(&base), input(&ours), input(&theirs)];
            let git = git2::merge_file(&inputs[0], &inputs[1], &inputs[2], None);
            let git = git.unwrap();
            // git2 has no slice to give for an empty result.
            if let Ok(mine @ [_, ..]) = mine.as_deref() {
                prop_assert!(git.is_automergeable());
                prop_assert_eq!(mine, git.content());
            }
        }

        #[test]
        fn a_merge_is_the_same_from_either_side(
            base in "([abc]\n){0,8}", ours in "([abc]\n){0,8}", theirs in "([abc]\n){0,8}",
        ) {
            let [base, ours, theirs] = [&base, &ours, &theirs].map(|text| text.as_bytes());
            match (merge_bytes(base, ours, theirs), merge_bytes(base, theirs, ours)) {
                (Ok(one), Ok(other)) => prop_assert_eq!(one, other),
                (one, other) => prop_assert_eq!(one.is_ok(), other.is_ok()),
            }
        }
    }
}
