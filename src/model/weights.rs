//! Weights are one file, or several that llama.cpp reads as one: `NAME-00001-of-00003.gguf` and so on.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::base::Digest;

/// More files than any model has.
const MOST_PARTS: usize = 500;

/// Name, number and count of a part such as `m-00001-of-00003.gguf`, counted from 1.
pub(in crate::model) fn split(path: &str) -> Option<(&str, usize, usize)> {
    static PART: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^(.+)-(\d{5})-of-(\d{5})\.gguf$").ok());
    let found = PART.as_ref()?.captures(path)?;
    let number = |at: usize| found.get(at)?.as_str().parse().ok();
    let (number, count) = (number(2)?, number(3)?);
    let whole = (1..=count).contains(&number) && count <= MOST_PARTS;
    Some((found.get(1)?.as_str(), number, count)).filter(|_| whole)
}

/// The name of a part.
pub(in crate::model) fn part(name: &str, number: usize, count: usize) -> String {
    format!("{name}-{number:05}-of-{count:05}.gguf")
}

/// All files of the weights whose first file is `path`.
pub(in crate::model) fn files(path: &Path) -> Vec<PathBuf> {
    match path.file_name().and_then(|name| split(name.to_str()?)) {
        Some((name, 1, count)) => {
            (1..=count).map(|number| path.with_file_name(part(name, number, count))).collect()
        }
        _ => vec![path.to_owned()],
    }
}

/// The digest of weights whose files have these: the SHA-256 of the only file, else that of the list.
pub(in crate::model) fn digest_of_all(digests: &[Digest]) -> Digest {
    match digests {
        [one] => *one,
        many => {
            let list: String = many.iter().map(|digest| format!("{digest}\n")).collect();
            Digest::of(list.as_bytes())
        }
    }
}

/// The digest of the weights whose first file is `path`.
pub(in crate::model) fn digest(path: &Path) -> io::Result<Digest> {
    let one = |path: PathBuf| Digest::of_reader(File::open(path)?);
    let digests = files(path).into_iter().map(one).collect::<io::Result<Vec<_>>>()?;
    Ok(digest_of_all(&digests))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_by_the_first() {
        let names = |path: &str| {
            let files = files(Path::new(path)).into_iter();
            files.map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            names("/a/m-00001-of-00002.gguf"),
            "/a/m-00001-of-00002.gguf /a/m-00002-of-00002.gguf"
        );
        assert_eq!(names("/a/m-00002-of-00002.gguf"), "/a/m-00002-of-00002.gguf");
        assert_eq!(names("/a/m.gguf"), "/a/m.gguf");
        assert_eq!(split("m-00003-of-00002.gguf"), None);
        assert_eq!(split("m-00001-of-99999.gguf"), None);
    }
}
