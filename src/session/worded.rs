//! A task that says in words what a tool does: the files that it means, looked up.

use crate::agent::{Step, whole_threading};
use crate::base::RepoPath;
use crate::refactor::callers::{Followed, introduce};
use crate::refactor::{Move, Moved, homes, relocate};
use crate::session::decide::Desk;
use crate::session::driver::SessionError;
use crate::session::refactor::sources;

/// The move that the words mean, if they mean exactly one; why not, in words.
pub fn worded_move(desk: &Desk, step: &Step) -> Result<Result<Moved, String>, SessionError> {
    let Step::Move { name, from, to } = step else { return Ok(Err("it is no move".into())) };
    let snapshot = desk.repo.snapshot()?;
    let sources = sources(desk, &snapshot)?;
    let mut found = homes(&sources, name);
    found.retain(|path| from.as_deref().is_none_or(|from| is_meant(path, from)));
    let home = match found.as_slice() {
        [] => return Ok(Err(format!("`{name}` is not defined there"))),
        [only] => only,
        _ => return Ok(Err(format!("`{name}` is defined in {} files", found.len()))),
    };
    let all: Vec<String> = sources.paths().map(ToString::to_string).collect();
    let Some(to) = goal(&all, &home.to_string(), to) else {
        return Ok(Err(format!("`{to}` names no place for a file")));
    };
    let wanted = Move { name: name.clone(), from: Some(home.clone()), to };
    Ok(relocate(&sources, &wanted).map_err(|why| why.to_string()))
}

/// What comes of words that give functions parameters and ask for nothing else, if they are that; or why
/// somebody has to write it.
pub fn worded_threading(
    desk: &Desk,
    text: &str,
) -> Result<Option<Result<Followed, String>>, SessionError> {
    let Some(asked) = whole_threading(text) else { return Ok(None) };
    let snapshot = desk.repo.snapshot()?;
    let found = introduce(&sources(desk, &snapshot)?, &asked);
    Ok(Some(found.and_then(|found| match found.unfit.first() {
        Some(first) => Err(format!("{} calls would not fit, such as {first}", found.unfit.len())),
        None => Ok(found),
    })))
}

/// Whether a person may mean `path` by these words: its end, or a module's name.
pub fn is_meant(path: &RepoPath, words: &str) -> bool {
    let path = path.to_string();
    let stem = path.rsplit_once('.').map_or(path.as_str(), |(stem, _)| stem);
    let stem = stem.strip_suffix("/__init__").or(stem.strip_suffix("/mod")).unwrap_or(stem);
    let module = words.replace("::", "/").replace('.', "/");
    let ends = |whole: &str, end: &str| whole == end || whole.ends_with(&format!("/{end}"));
    ends(&path, words.trim_start_matches("./")) || ends(stem, module.trim_start_matches("crate/"))
}

/// The file that is meant by `words`, seen from `home`: the nearest that is there, or a new one in the
/// nearest folder that is there.
fn goal(all: &[String], home: &str, words: &str) -> Option<RepoPath> {
    let (_, end) = home.rsplit_once('.')?;
    let is_file = words.ends_with(&format!(".{end}")) || words.contains('/') && words.contains('.');
    let below = match is_file {
        true => words.trim_start_matches("./").to_owned(),
        false => {
            let module = words.replace("::", "/").replace('.', "/");
            format!("{}.{end}", module.trim_start_matches("crate/"))
        }
    };
    let mut folders = Vec::new();
    let mut folder = home;
    while let Some((above, _)) = folder.rsplit_once('/') {
        folders.push(format!("{above}/{below}"));
        folder = above;
    }
    folders.push(below);
    let is_there = |path: &&String| all.contains(path);
    let has_folder = |path: &&String| match path.rsplit_once('/') {
        Some((folder, _)) => all.iter().any(|it| it.starts_with(&format!("{folder}/"))),
        None => true,
    };
    let found = folders.iter().find(is_there).or(folders.iter().find(has_folder))?;
    RepoPath::new(found).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(home: &str, words: &str, expected: Option<&str>) {
        let all = ["a.py", "src/p/a.py", "src/p/b.py", "src/p/q/c.py", "src/lib.rs", "b.py"];
        let all = all.map(str::to_owned);
        let found = goal(&all, home, words).map(|it| it.to_string());
        assert_eq!(found.as_deref(), expected, "{words}");
    }

    #[test]
    fn the_nearest_file_or_folder_is_meant() {
        check("src/p/a.py", "b.py", Some("src/p/b.py"));
        check("src/p/a.py", "new.py", Some("src/p/new.py"));
        check("src/p/a.py", "b", Some("src/p/b.py"));
        check("src/p/a.py", "p.new", Some("src/p/new.py"));
        check("src/p/a.py", "src/p/q/new.py", Some("src/p/q/new.py"));
        check("src/p/a.py", "q/new.py", Some("src/p/q/new.py"));
        check("src/lib.rs", "crate::size", Some("src/size.rs"));
        check("a.py", "no/where/new.py", None);
    }

    #[test]
    fn files_are_named_by_their_ends() {
        let path = RepoPath::new("src/p/a.py").unwrap();
        for words in ["src/p/a.py", "a.py", "p/a.py", "p.a", "a"] {
            assert!(is_meant(&path, words), "{words}");
        }
        assert!(!is_meant(&path, "b.py") && !is_meant(&path, "r.a"));
    }
}
