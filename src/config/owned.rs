//! Texts that a person or a repository lays over what the program ships: roles and prompts.
//!
//! Who wrote a text decides what it may say, so each knows its owner. What cannot be read is in the
//! list with the reason, for whoever asked to say so.

use std::path::{Path, PathBuf};

use crate::config::{REPO_DIR, read_settings};

/// Whose text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The person whose machine it is.
    User,
    /// Whoever wrote the repository.
    Repository,
}

/// A text below one of the folders of configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedText {
    pub owner: Owner,
    /// Where it lies, for people.
    pub place: PathBuf,
    /// Its path below the folder, with `/` between the parts.
    pub name: String,
    /// What it says, or why it cannot be read.
    pub text: Result<String, String>,
}

/// Most texts of one owner, and most folders inside of each other.
const MOST: usize = 100;
const DEEPEST: usize = 3;
/// A longer one is no role and no prompt, in bytes.
const LONGEST: usize = 64 << 10;

/// The files whose names end in `end`, in `folder` of the user's configuration, then in that of the
/// repository's; each in the order of their names.
pub fn owned_texts(
    user_dir: Option<&Path>,
    repo_root: Option<&Path>,
    folder: &str,
    end: &str,
) -> Vec<OwnedText> {
    let user = user_dir.map(|dir| (Owner::User, dir.join(folder)));
    let repo = repo_root.map(|root| (Owner::Repository, root.join(REPO_DIR).join(folder)));
    let mut texts = Vec::new();
    for (owner, root) in user.into_iter().chain(repo) {
        let mut found = Vec::new();
        collect(owner, &root, "", end, &mut found);
        found.sort_by(|a: &OwnedText, b| a.name.cmp(&b.name));
        found.truncate(MOST);
        texts.append(&mut found);
    }
    texts
}

fn collect(owner: Owner, root: &Path, below: &str, end: &str, found: &mut Vec<OwnedText>) {
    let Ok(entries) = root.join(below).read_dir() else { return };
    for entry in entries.flatten().take(10 * MOST) {
        let Ok(file_name) = entry.file_name().into_string() else { continue };
        let name = format!("{below}{file_name}");
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && name.matches('/').count() + 1 < DEEPEST {
            collect(owner, root, &format!("{name}/"), end, found);
        } else if !kind.is_dir() && name.ends_with(end) {
            let place = root.join(&name);
            let text = text(owner, kind.is_symlink(), &place);
            found.push(OwnedText { owner, place, name, text });
        }
    }
}

/// What the file says. A repository's link could lead to a file that is none of its business.
fn text(owner: Owner, is_link: bool, place: &Path) -> Result<String, String> {
    if is_link && owner == Owner::Repository {
        return Err("it is a link, and a repository's links are not followed".to_owned());
    }
    let text = read_settings(place).map_err(|error| error.to_string())?;
    if text.len() > LONGEST {
        return Err(format!("it has {} bytes, and {LONGEST} is the most", text.len()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
    fn both_folders_are_read_and_links_of_a_repository_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("user/prompts/a/x.md", "mine");
        write("repo/.countersign/prompts/a/x.md", "theirs");
        write("repo/.countersign/prompts/a/long.md", &"x".repeat(LONGEST + 1));
        write("repo/.countersign/prompts/a/b/c/deep.md", "not seen");
        write("secret", "s");
        let link = folder.path().join("repo/.countersign/prompts/a/y.md");
        std::os::unix::fs::symlink(folder.path().join("secret"), link).unwrap();
        let user = folder.path().join("user");
        let repo = folder.path().join("repo");
        let texts = owned_texts(Some(&user), Some(&repo), "prompts", ".md");
        let shown: Vec<_> = texts.iter().map(|it| (it.name.as_str(), it.text.is_ok())).collect();
        let expected =
            [("a/x.md", true), ("a/long.md", false), ("a/x.md", true), ("a/y.md", false)];
        assert_eq!(shown, expected);
        assert_eq!(texts[2].text.as_deref(), Ok("theirs"));
        assert!(texts[2].owner > texts[0].owner);
    }
}
