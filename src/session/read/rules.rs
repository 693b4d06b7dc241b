//! Which files people keep from agents: asked one by one, whether they are there or not.
//!
//! The rules and what they mean are those of the walk that lists the work tree. A task asks some
//! hundred times, so those of a folder are read once, and again where their files changed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::base::RepoPath;
use crate::repo::{AGENT_RULE_FILES, read_regular};

/// A larger file of rules is none, in bytes.
const MOST: u64 = 512 << 10;

/// Inode, length, and when that was last changed, in seconds and nanoseconds.
type Stamp = (u64, u64, i64, i64);

/// The rules for agents as far as they are known.
#[derive(Default)]
pub(in crate::session) struct AgentRules(RefCell<HashMap<PathBuf, Known>>);

/// The rules of one folder.
struct Known {
    stamps: [Option<Stamp>; AGENT_RULE_FILES.len()],
    /// `None` where they cannot be read to their end: what they would keep back is not known.
    rules: Option<Arc<Gitignore>>,
}

impl AgentRules {
    /// Whether the file at `path` below `root` is kept from agents.
    pub(in crate::session) fn keep(&self, root: &Path, path: &RepoPath) -> bool {
        let (mut folder, mut above) = (root.to_owned(), Vec::<Arc<Gitignore>>::new());
        let mut parts = path.parts().peekable();
        while let Some(part) = parts.next() {
            let Some(rules) = self.of(&folder) else { return true };
            above.push(rules);
            folder.push(OsStr::from_bytes(part));
            // The rules of inner folders win, and what is kept is kept with all that lies in it.
            let is_folder = parts.peek().is_some();
            let mut said = above.iter().rev().map(|rules| rules.matched(&folder, is_folder));
            if said.find(|said| !said.is_none()).is_some_and(|said| said.is_ignore()) {
                return true;
            }
        }
        false
    }

    /// The rules of a folder, as they are now.
    fn of(&self, folder: &Path) -> Option<Arc<Gitignore>> {
        let stamps = AGENT_RULE_FILES.map(|name| stamp(&folder.join(name)));
        if stamps.iter().all(Option::is_none) {
            return Some(Arc::new(Gitignore::empty()));
        }
        let mut all = self.0.borrow_mut();
        if let Some(known) = all.get(folder).filter(|known| known.stamps == stamps) {
            return known.rules.clone();
        }
        let rules = read(folder, &stamps).map(Arc::new);
        all.insert(folder.to_owned(), Known { stamps, rules: rules.clone() });
        rules
    }
}

/// Tells one state of a file of rules from another; `None` where there is none, or a folder.
fn stamp(place: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(place).ok().filter(|metadata| !metadata.is_dir())?;
    Some((metadata.ino(), metadata.len(), metadata.ctime(), metadata.ctime_nsec()))
}

fn read(folder: &Path, stamps: &[Option<Stamp>]) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new(folder);
    for (name, _) in AGENT_RULE_FILES.iter().zip(stamps).filter(|(_, stamp)| stamp.is_some()) {
        let place = fs::canonicalize(folder.join(name)).ok()?;
        let bytes = read_regular(&place, MOST + 1).ok()?;
        if bytes.len() as u64 > MOST {
            return None;
        }
        for line in String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').lines() {
            // A line that is no rule says nothing.
            let _ = builder.add_line(None, line);
        }
    }
    builder.build().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::repo::testing::{path, put, scratch};

    const PATHS: [&str; 9] = [
        "a.py",
        "b/a.py",
        "b/c/a.py",
        "b/c/d.md",
        "closed/a.py",
        "e/keep/a.py",
        "e/other.py",
        "f/a.txt",
        "linked/a.py",
    ];

    /// Which of [`PATHS`] are kept by `rules`; where the files are there the walk says the same.
    #[track_caller]
    fn check(rules: &[(&str, &str)], expected: &[&str]) {
        let (dir, repo) = scratch(&[]);
        let kept = |agents: &AgentRules| -> Vec<&'static str> {
            PATHS.into_iter().filter(|it| agents.keep(dir.path(), &path(it))).collect()
        };
        let agents = AgentRules::default();
        assert_eq!(kept(&agents), [""; 0]);
        for (name, text) in rules {
            put(dir.path(), name, text);
        }
        assert_eq!(kept(&agents), expected, "although none of them is there");
        PATHS.iter().for_each(|name| put(dir.path(), name, "1\n"));
        assert_eq!(kept(&agents), expected);
        let walked = repo.kept_from_agents(PATHS.into_iter().map(path).collect());
        assert_eq!(walked, expected.iter().map(|it| path(it)).collect::<BTreeSet<_>>());
    }

    #[test]
    fn rules_keep_what_the_walk_would_not_list() {
        check(
            &[(".countersignignore", "a.py\n")],
            &["a.py", "b/a.py", "b/c/a.py", "closed/a.py", "e/keep/a.py", "linked/a.py"],
        );
        check(
            &[(".countersignignore", "/a.py\r\n# all\n\nb/c\n[\n")],
            &["a.py", "b/c/a.py", "b/c/d.md"],
        );
        // The last file of a folder wins, then the innermost folder, but not in a kept folder.
        let rules = [
            (".aiderignore", "a.py\nf/\n"),
            (".gooseignore", "!b/a.py\n"),
            ("e/.countersignignore", "!keep/a.py\n*.py\n!a.py\n"),
            ("f/.countersignignore", "!a.txt\n"),
        ];
        let expected = ["a.py", "b/c/a.py", "closed/a.py", "e/other.py", "f/a.txt", "linked/a.py"];
        check(&rules, &expected);
        check(&[(".gitignore", "*\n"), ("b/.ignore", "*\n")], &[]);
    }

    #[test]
    fn rules_without_an_end_close_their_folder() {
        let (dir, _repo) = scratch(&[("closed/.keep", ""), ("linked/.keep", "")]);
        symlink("/dev/zero", dir.path().join("closed/.aiderignore")).unwrap();
        put(dir.path(), "rules", "*.py\n");
        symlink("../rules", dir.path().join("linked/.aiderignore")).unwrap();
        symlink("nowhere", dir.path().join(".aiderignore")).unwrap();
        put(dir.path(), ".clineignore/folder", "");
        let agents = AgentRules::default();
        let kept = PATHS.into_iter().filter(|it| agents.keep(dir.path(), &path(it)));
        assert_eq!(kept.collect::<Vec<_>>(), ["closed/a.py", "linked/a.py"]);
    }
}
