//! A change as a patch that `git apply` takes.
//!
//! The format is git's extended unified diff: <https://git-scm.com/docs/diff-format>.

use git2::{ObjectType, Oid};

use crate::base::RepoPath;
use crate::proposal::{Hunk, Line, LineKind, hunks};
use crate::repo::{FileChange, FileState, Mode, Renames, is_binary};

const NO_FILE: &[u8] = b"/dev/null";

/// Writes `changes` as a patch; `renames` says which of them are moved. Binary files are named, not
/// carried.
pub fn patch(changes: &[FileChange], renames: &Renames) -> Vec<u8> {
    let mut out = Vec::new();
    for change in changes {
        let from = renames.get(&change.path);
        if from.is_none() && change.before == change.after {
            continue;
        }
        if turns_into_another_kind(change) {
            // git has no patch for that: the old entry goes, the new one comes.
            file(&mut out, &FileChange { after: None, ..change.clone() }, None);
            file(&mut out, &FileChange { before: None, ..change.clone() }, None);
        } else {
            file(&mut out, change, from);
        }
    }
    out
}

fn turns_into_another_kind(change: &FileChange) -> bool {
    let is_link = |state: &FileState| state.mode == Mode::Symlink;
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    before.zip(after).is_some_and(|(before, after)| is_link(before) != is_link(after))
}

fn file(out: &mut Vec<u8>, change: &FileChange, from: Option<&RepoPath>) {
    let (old, new) = (name(b"a/", from.unwrap_or(&change.path)), name(b"b/", &change.path));
    put(out, &[b"diff --git ", &old, b" ", &new]);
    modes(out, change);
    if let Some(from) = from {
        put(out, &[format!("similarity index {}%", similarity(change)).as_bytes()]);
        put(out, &[b"rename from ", &name(b"", from)]);
        put(out, &[b"rename to ", &name(b"", &change.path)]);
        index(out, change);
    }
    let old = if change.before.is_some() { &old[..] } else { NO_FILE };
    let new = if change.after.is_some() { &new[..] } else { NO_FILE };
    if binary_differs(change) {
        return put(out, &[b"Binary files ", old, b" and ", new, b" differ"]);
    }
    let hunks = hunks(std::slice::from_ref(change));
    let with_lines: Vec<&Hunk> = hunks.iter().filter(|hunk| !hunk.lines.is_empty()).collect();
    if !with_lines.is_empty() {
        put(out, &[b"--- ", old, tab(old)]);
        put(out, &[b"+++ ", new, tab(new)]);
    }
    for hunk in with_lines {
        let range = format!("@@ -{} +{} @@", range(&hunk.old), range(&hunk.new));
        put(out, &[range.as_bytes()]);
        hunk.lines.iter().for_each(|shown| line(out, shown));
    }
}

/// Which bytes it leads from and to; some readers want it between a new name and the lines.
fn index(out: &mut Vec<u8>, change: &FileChange) {
    let name = |state: &FileState| Oid::hash_object(ObjectType::Blob, &state.bytes).ok();
    let names = (change.before.as_ref().and_then(name), change.after.as_ref().and_then(name));
    if let (Some(old), Some(new)) = names
        && old != new
    {
        put(out, &[format!("index {old}..{new}").as_bytes()]);
    }
}

/// How much of a moved file is the same, in hundredths of the longer side as git counts it.
fn similarity(change: &FileChange) -> usize {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return 0 };
    let longer = before.bytes.len().max(after.bytes.len());
    if before.bytes == after.bytes || longer == 0 {
        return 100;
    }
    let hunks = hunks(std::slice::from_ref(change));
    let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
    let gone = lines.filter(|line| line.kind == LineKind::Removed).map(|line| line.bytes.len());
    let kept = before.bytes.len().saturating_sub(gone.sum());
    (kept * 100 / longer).min(99)
}

fn modes(out: &mut Vec<u8>, change: &FileChange) {
    let mut mode = |words: &str, state: &FileState| {
        put(out, &[format!("{words} mode {}", bits(state.mode)).as_bytes()]);
    };
    match (&change.before, &change.after) {
        (None, Some(new)) => mode("new file", new),
        (Some(old), None) => mode("deleted file", old),
        (Some(old), Some(new)) if old.mode != new.mode => {
            mode("old", old);
            mode("new", new);
        }
        _ => {}
    }
}

fn bits(mode: Mode) -> &'static str {
    match mode {
        Mode::Regular => "100644",
        Mode::Executable => "100755",
        Mode::Symlink => "120000",
    }
}

fn binary_differs(change: &FileChange) -> bool {
    let bytes =
        |state: &Option<FileState>| state.as_ref().map_or(Vec::new(), |state| state.bytes.clone());
    let (before, after) = (bytes(&change.before), bytes(&change.after));
    before != after && (is_binary(&before) || is_binary(&after))
}

/// Start and length, the start counted from 1; an empty range names the line before it.
fn range(lines: &std::ops::Range<u32>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        length => format!("{},{length}", lines.start + 1),
    }
}

fn line(out: &mut Vec<u8>, line: &Line) {
    out.push(match line.kind {
        LineKind::Context => b' ',
        LineKind::Removed => b'-',
        LineKind::Added => b'+',
    });
    out.extend(&line.bytes);
    if !line.bytes.ends_with(b"\n") {
        out.extend(b"\n\\ No newline at end of file\n");
    }
}

/// The path with its prefix; quoted as C does when it has more than printable ASCII.
fn name(prefix: &[u8], path: &RepoPath) -> Vec<u8> {
    let name = [prefix, path.as_bytes()].concat();
    if name.iter().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        return name;
    }
    let mut quoted = vec![b'"'];
    for byte in name {
        match byte {
            b'"' | b'\\' => quoted.extend([b'\\', byte]),
            b' '..=b'~' => quoted.push(byte),
            _ => quoted.extend(format!("\\{byte:03o}").into_bytes()),
        }
    }
    quoted.push(b'"');
    quoted
}

/// A tab ends a name that has a space, so that nobody takes what follows for a date.
fn tab(name: &[u8]) -> &'static [u8] {
    if name.contains(&b' ') && !name.starts_with(b"\"") { b"\t" } else { b"" }
}

fn put(out: &mut Vec<u8>, parts: &[&[u8]]) {
    out.extend(parts.concat());
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::{fs, path::Path};

    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::repo::testing::{put, scratch, state};

    fn change(path: &[u8], before: Option<FileState>, after: Option<FileState>) -> FileChange {
        FileChange { path: RepoPath::new(path).unwrap(), before, after }
    }

    /// Whether git itself turns `before` into `after` with our patch.
    #[track_caller]
    fn git_applies(change: &FileChange) {
        let (dir, repo) = scratch(&[]);
        let place = change.path.under(dir.path());
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        if let Some(before) = &change.before {
            write(&place, before);
        }
        put(dir.path(), ".git/the.patch", patch(std::slice::from_ref(change), &Renames::new()));
        git(dir.path(), &["apply", "--whitespace=nowarn", ".git/the.patch"]);
        assert_eq!(repo.read(&change.path).unwrap(), change.after);
    }

    fn write(place: &Path, state: &FileState) {
        put(Path::new("/"), place.to_str().unwrap_or_default(), "");
        let mode = if state.mode == Mode::Executable { 0o755 } else { 0o644 };
        use std::io::Write;
        fs::File::create(place).unwrap().write_all(&state.bytes).unwrap();
        fs::set_permissions(place, PermissionsExt::from_mode(mode)).unwrap();
    }

    #[allow(clippy::disallowed_methods, reason = "the test asks git itself")]
    #[track_caller]
    fn git(dir: &Path, args: &[&str]) {
        let output = std::process::Command::new("git").current_dir(dir).args(args).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn looks_as_git_would_write_it() {
        let run = FileState { mode: Mode::Executable, ..state("a\r\nC") };
        let changes = [
            change(b"a b", Some(state("a\r\nb")), Some(run)),
            change(b"\xff\"", None, Some(state(""))),
            change(b"gone", Some(state("x\n")), None),
            change(b"pic", Some(state("\0a")), Some(state("\0b"))),
        ];
        let text = String::from_utf8(patch(&changes, &Renames::new())).unwrap();
        assert_snapshot!(text.replace('\r', "␍").replace('\t', "␉"), @r#"
        diff --git a/a b b/a b
        old mode 100644
        new mode 100755
        --- a/a b␉
        +++ b/a b␉
        @@ -1,2 +1,2 @@
         a␍
        -b
        \ No newline at end of file
        +C
        \ No newline at end of file
        diff --git "a/\377\"" "b/\377\""
        new file mode 100644
        diff --git a/gone b/gone
        deleted file mode 100644
        --- a/gone
        +++ /dev/null
        @@ -1 +0,0 @@
        -x
        diff --git a/pic b/pic
        Binary files a/pic and b/pic differ
        "#);
    }

    #[test]
    fn git_takes_names_modes_and_files_that_come_and_go() {
        let run = |text: &str| FileState { mode: Mode::Executable, ..state(text) };
        git_applies(&change(b"a b/c d", Some(state("1\n2")), Some(run("1\n2\n"))));
        git_applies(&change("d\u{e9}/\"q\"\t".as_bytes(), None, Some(state("x"))));
        git_applies(&change(b"empty", None, Some(state(""))));
        git_applies(&change(b"empty", Some(state("")), None));
        git_applies(&change(b"mode", Some(state("x\n")), Some(run("x\n"))));
        git_applies(&change(b"gone", Some(state("x\ny")), None));
        git_applies(&change(b"emptied", Some(state("x\n")), Some(state(""))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn git_takes_any_text(
            before in "([ab]?\r?\n){0,30}[ab]?", after in "([ab]?\r?\n){0,30}[ab]?",
        ) {
            let (before, after) = (state(&before), state(&after));
            if before != after {
                git_applies(&change(b"f", Some(before), Some(after)));
            }
        }
    }
}
