//! What a repository of the hub holds, and which of its files are meant.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use url::Url;

use crate::base::Digest;
use crate::model::pull::wanted::{self, Choice};
use crate::model::pull::web::{Web, unreachable};
use crate::model::pull::{PullError, size};
use crate::model::weights::split;

/// The quantization that is taken where nobody names one: much smaller than the whole, hardly worse.
const PREFERRED: &str = "Q4_K_M";
/// Files of a repository that are looked at.
const MOST_FILES: usize = 10_000;

/// The weights that were chosen: one file, or the parts of one in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) files: Vec<Listed>,
    pub(super) licence: Option<String>,
    /// The version of the repository, so that nothing changes between two requests.
    pub(super) revision: Option<String>,
}

/// A file of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) path: String,
    pub(super) bytes: Option<u64>,
    pub(super) sha256: Option<Digest>,
}

/// What the hub answers; only what matters here.
#[derive(Debug, Deserialize)]
struct Repository {
    sha: Option<String>,
    #[serde(default)]
    siblings: Vec<Sibling>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    lfs: Option<Lfs>,
}

#[derive(Debug, Deserialize)]
struct Lfs {
    sha256: Option<String>,
    size: Option<u64>,
}

/// Asks the hub what is in `repo` and chooses of it.
pub(super) fn choose(web: &Web, repo: &str, what: &Choice) -> Result<Chosen, PullError> {
    let url = join(&web.hub, &format!("api/models/{repo}?blobs=true"))?;
    let text = web.text(&url)?;
    let repository: Repository = serde_json::from_str(&text)
        .map_err(|error| unreachable(&url, &format!("its answer cannot be read ({error})")))?;
    pick(repository, repo, what)
}

/// The address of a file of a repository.
pub(super) fn address(
    web: &Web,
    repo: &str,
    revision: Option<&str>,
    file: &str,
) -> Result<Url, PullError> {
    let revision = revision.unwrap_or("main");
    join(&web.hub, &format!("{repo}/resolve/{revision}/{file}"))
}

fn join(hub: &Url, path: &str) -> Result<Url, PullError> {
    let text = format!("{}/{path}", hub.as_str().trim_end_matches('/'));
    Url::parse(&text).map_err(|error| PullError::Address { text, why: error.to_string() })
}

fn pick(repository: Repository, repo: &str, what: &Choice) -> Result<Chosen, PullError> {
    let licence = repository.tags.iter().find_map(|tag| tag.strip_prefix("license:"));
    let licence = licence.filter(|name| wanted::is_word(name)).map(spdx);
    let revision = repository.sha.filter(|sha| wanted::is_word(sha));
    let groups = groups(repository.siblings);
    let chosen = match what {
        Choice::File(file) => groups.values().find(|files| files.iter().any(|it| it.path == *file)),
        Choice::Quant(quant) => one_of(&groups, quant),
        Choice::Best => one_of(&groups, PREFERRED)
            .or_else(|| groups.values().next().filter(|_| groups.len() == 1)),
    };
    match chosen {
        Some(files) => Ok(Chosen { files: files.clone(), licence, revision }),
        None if groups.is_empty() => Err(PullError::NoWeights { repo: repo.to_owned() }),
        None => Err(PullError::WhichOne { repo: repo.to_owned(), there: there(&groups) }),
    }
}

/// Weights by name; parts of one file are together, if they are all there.
type Groups = BTreeMap<String, Vec<Listed>>;

fn groups(siblings: Vec<Sibling>) -> Groups {
    let mut groups = Groups::new();
    for sibling in siblings.into_iter().take(MOST_FILES) {
        let path = sibling.rfilename;
        // Eyes and ears of a model are no model, and a name that nobody can type is nobody's.
        if !wanted::is_file(&path) || path.to_lowercase().contains("mmproj") {
            continue;
        }
        let lfs = sibling.lfs.as_ref();
        let sha256 = lfs.and_then(|lfs| lfs.sha256.as_ref()).and_then(|text| text.parse().ok());
        let bytes = lfs.and_then(|lfs| lfs.size).or(sibling.size);
        let name = split(&path).map_or(path.as_str(), |(name, ..)| name).to_owned();
        groups.entry(name).or_default().push(Listed { path, bytes, sha256 });
    }
    groups.values_mut().for_each(|files| files.sort_by(|a, b| a.path.cmp(&b.path)));
    groups.retain(|_, files| match split(&files[0].path) {
        Some((_, first, count)) => first == 1 && files.len() == count,
        None => true,
    });
    groups
}

/// The only weights of that quantization.
fn one_of<'a>(groups: &'a Groups, quant: &str) -> Option<&'a Vec<Listed>> {
    let mut found = groups
        .iter()
        .filter(|(name, _)| quantization(name).is_some_and(|it| it.eq_ignore_ascii_case(quant)));
    let first = found.next().map(|(_, files)| files);
    first.filter(|_| found.next().is_none())
}

/// The quantization that a file name tells, such as `Q4_K_M`.
pub(in crate::model) fn quantization(name: &str) -> Option<String> {
    static QUANT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:^|[-._/])((?:UD-)?(?:IQ|TQ|Q)\d(?:_[A-Z0-9]+)*|MXFP4(?:_MOE)?|BF16|F16|F32)(?:$|[-.])").ok()
    });
    let name = name.strip_suffix(".gguf").unwrap_or(name);
    let last = QUANT.as_ref()?.captures_iter(name).last()?;
    Some(last.get(1)?.as_str().to_uppercase())
}

/// What there is, with sizes, smallest first.
fn there(groups: &Groups) -> String {
    let bytes = |files: &[Listed]| files.iter().filter_map(|file| file.bytes).sum::<u64>();
    let mut all: Vec<_> = groups.iter().map(|(name, files)| (bytes(files), name, files)).collect();
    all.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    let one = |(bytes, name, files): &(u64, &String, &Vec<Listed>)| {
        let quant = quantization(name).filter(|quant| one_of(groups, quant).is_some());
        let name = quant.unwrap_or_else(|| files[0].path.clone());
        if *bytes == 0 { name } else { format!("{name} ({})", size(*bytes)) }
    };
    let mut named: Vec<String> = all.iter().take(40).map(one).collect();
    if all.len() > named.len() {
        named.push(format!("and {} more", all.len() - named.len()));
    }
    named.join(", ")
}

/// The hub writes licences in small letters.
fn spdx(name: &str) -> String {
    match name {
        "apache-2.0" => "Apache-2.0".to_owned(),
        "mit" => "MIT".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[&str], what: &Choice, expected: &str) {
        let siblings = files.iter().map(|path| Sibling {
            rfilename: (*path).to_owned(),
            size: Some(1_000_000),
            lfs: None,
        });
        let tags = vec!["gguf".into(), "license:apache-2.0".into()];
        let repository = Repository { sha: None, siblings: siblings.collect(), tags };
        let found = match pick(repository, "o/r", what) {
            Ok(chosen) => {
                assert_eq!(chosen.licence.as_deref(), Some("Apache-2.0"));
                let paths: Vec<_> = chosen.files.into_iter().map(|file| file.path).collect();
                paths.join(" ")
            }
            Err(PullError::WhichOne { there, .. }) => format!("which? {there}"),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn which_file_is_meant() {
        let quant = |text: &str| Choice::Quant(text.into());
        let both = ["m-Q4_K_M.gguf", "m-q8_0.gguf", "mmproj-F16.gguf", "README.md"];
        check(&both, &Choice::Best, "m-Q4_K_M.gguf");
        check(&both, &quant("Q8_0"), "m-q8_0.gguf");
        check(&both, &quant("Q2_K"), "which? Q4_K_M (1 MB), Q8_0 (1 MB)");
        check(&both, &Choice::File("m-q8_0.gguf".into()), "m-q8_0.gguf");
        check(&["a.gguf"], &Choice::Best, "a.gguf");
        check(&["a.gguf", "b.gguf"], &Choice::Best, "which? a.gguf (1 MB), b.gguf (1 MB)");
        check(
            &["x.bin", "../m.gguf", "m\u{1b}.gguf"],
            &Choice::Best,
            "the repository `o/r` holds no weights in GGUF",
        );
    }

    #[test]
    fn parts_stay_together_and_are_whole() {
        let parts = [
            "m-Q4_K_M-00002-of-00002.gguf",
            "m-Q4_K_M-00001-of-00002.gguf",
            "m-Q8_0-00001-of-00002.gguf",
        ];
        check(&parts, &Choice::Best, "m-Q4_K_M-00001-of-00002.gguf m-Q4_K_M-00002-of-00002.gguf");
        check(&parts, &Choice::Quant("Q8_0".into()), "which? Q4_K_M (2 MB)");
    }

    #[test]
    fn names_tell_the_quantization() {
        let read = |name| quantization(name).unwrap_or_default();
        assert_eq!(read("qwen2.5-coder-7b-instruct-q4_k_m.gguf"), "Q4_K_M");
        assert_eq!(read("Q8_0/m-Q8_0"), "Q8_0");
        assert_eq!(read("m-UD-Q4_K_XL.gguf"), "UD-Q4_K_XL");
        assert_eq!(read("gpt-oss-20b-mxfp4.gguf"), "MXFP4");
        assert_eq!(read("SmolLM2-135M-Instruct.Q4_1.gguf"), "Q4_1");
        assert_eq!(read("m-IQ3_XXS.gguf"), "IQ3_XXS");
        assert_eq!(read("qwen.gguf"), "");
    }
}
