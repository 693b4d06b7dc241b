//! What the person typed after `model pull`, read as one of the places a model can come from.

use std::path::PathBuf;

use url::Url;

use crate::model::pull::PullError;
use crate::model::pull::address::{self, HUB};

/// Where a model is to come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A name, which the catalogue may know.
    Name(String),
    /// A repository of the hub, and what of it.
    Hub { repo: String, what: Choice },
    /// One file at an address.
    Address(Url),
    /// A file that is here.
    Path(PathBuf),
}

/// What to take of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The quantization that suits most machines.
    Best,
    /// The one whose name is this, such as `Q8_0`.
    Quant(String),
    /// This file, by its path inside the repository.
    File(String),
}

impl Wanted {
    /// Reads `text`. A file that exists is a path whatever else it could be.
    pub fn read(text: &str, exists: impl Fn(&str) -> bool) -> Result<Self, PullError> {
        if let Some(id) = text.strip_prefix("hf://") {
            return hub(id).ok_or_else(|| bad(text, "it names no `owner/repository`"));
        }
        if text.contains("://") {
            return Ok(on_the_hub(address::read(text)?));
        }
        let is_path = text.starts_with(['/', '.', '~']) || text.matches('/').count() > 2;
        if exists(text) || is_path {
            return Ok(Self::Path(text.into()));
        }
        match hub(text) {
            Some(hub) => Ok(hub),
            None if text.contains('/') || text.ends_with(".gguf") => Ok(Self::Path(text.into())),
            None => Ok(Self::Name(text.to_owned())),
        }
    }
}

fn bad(text: &str, why: &str) -> PullError {
    PullError::Address { text: text.to_owned(), why: why.to_owned() }
}

/// `owner/repo`, `owner/repo:QUANT` or `owner/repo/path.gguf`.
fn hub(id: &str) -> Option<Wanted> {
    let (owner, rest) = id.split_once('/')?;
    let (repo, what) = match (rest.split_once('/'), rest.split_once(':')) {
        (Some((repo, file)), _) if is_file(file) => (repo, Choice::File(file.to_owned())),
        (Some(_), _) => return None,
        (None, Some((repo, quant))) if is_word(quant) => (repo, Choice::Quant(quant.to_owned())),
        (None, Some(_)) => return None,
        // A file in a folder that does not exist.
        (None, None) if rest.ends_with(".gguf") => return None,
        (None, None) => (rest, Choice::Best),
    };
    let whole = is_word(owner) && is_word(repo);
    whole.then(|| Wanted::Hub { repo: format!("{owner}/{repo}"), what })
}

/// The address of a page about a file of the hub stands for the file.
fn on_the_hub(url: Url) -> Wanted {
    let parts: Vec<&str> = url.path().trim_start_matches('/').splitn(5, '/').collect();
    if let [owner, repo, "blob" | "resolve", "main", file] = parts[..]
        && url.host_str() == Some(HUB)
        && is_file(file)
    {
        let (repo, what) = (format!("{owner}/{repo}"), Choice::File(file.to_owned()));
        return Wanted::Hub { repo, what };
    }
    Wanted::Address(url)
}

/// Whether `word` may stand in an identifier of the hub.
pub(super) fn is_word(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !word.is_empty() && !word.starts_with('.') && word.len() <= 96 && word.chars().all(plain)
}

/// Whether `path` can be that of weights inside a repository.
pub(super) fn is_file(path: &str) -> bool {
    path.len() <= 300 && path.ends_with(".gguf") && path.split('/').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = match Wanted::read(text, |path| path == "here/model") {
            Ok(Wanted::Name(name)) => format!("name {name}"),
            Ok(Wanted::Path(path)) => format!("path {}", path.display()),
            Ok(Wanted::Address(url)) => format!("address {url}"),
            Ok(Wanted::Hub { repo, what: Choice::Best }) => format!("hub {repo}"),
            Ok(Wanted::Hub { repo, what: Choice::Quant(quant) }) => {
                format!("hub {repo} as {quant}")
            }
            Ok(Wanted::Hub { repo, what: Choice::File(file) }) => format!("hub {repo} file {file}"),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn what_people_type() {
        check("smollm2-135m", "name smollm2-135m");
        check("Qwen/Qwen3-4B-GGUF", "hub Qwen/Qwen3-4B-GGUF");
        check("Qwen/Qwen3-4B-GGUF:Q8_0", "hub Qwen/Qwen3-4B-GGUF as Q8_0");
        check("hf://a/b", "hub a/b");
        check("hf://a/b/sub/c-q4_0.gguf", "hub a/b file sub/c-q4_0.gguf");
        check("a/b/c.gguf", "hub a/b file c.gguf");
        check("here/model", "path here/model");
        check("models/x.gguf", "path models/x.gguf");
        check("./a/b", "path ./a/b");
        check("x.gguf", "path x.gguf");
        check("https://huggingface.co/a/b/blob/main/c.gguf", "hub a/b file c.gguf");
        check("https://example.org/c.gguf?x=1", "address https://example.org/c.gguf?x=1");
        check("http://127.0.0.1:80/c.gguf", "address http://127.0.0.1/c.gguf");
    }

    #[test]
    fn what_is_no_place() {
        check(
            "hf://a",
            "error: nothing can be fetched from `hf://a`: it names no `owner/repository`",
        );
        check(
            "hf://a/../b.gguf",
            "error: nothing can be fetched from `hf://a/../b.gguf`: it names no `owner/repository`",
        );
        check(
            "http://example.org/c.gguf",
            "error: nothing can be fetched from `http://example.org/c.gguf`: without encryption anybody on the way could change it",
        );
        check(
            "ftp://example.org/c.gguf",
            "error: nothing can be fetched from `ftp://example.org/c.gguf`: only https is spoken here",
        );
        check(
            "https://me:pass@example.org/c",
            "error: nothing can be fetched from `https://example.org/c`: it carries a name or a password",
        );
    }
}
