//! What a server says of a file before it is fetched: its length, its tag, whether it gives parts.

use std::io::Read;

use url::Url;

use crate::base::Digest;
use crate::model::pull::address;
use crate::model::pull::web::{Web, unreachable};
use crate::model::pull::{PullError, pieces};

/// A file on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    pub(super) url: Url,
    /// Where its bytes come from in the end.
    pub(super) direct: Url,
    /// Its length, where the server says.
    pub bytes: Option<u64>,
    /// What changes when the file does.
    pub(super) tag: Option<String>,
    /// Whether the server gives parts of it.
    pub ranges: bool,
    /// Its SHA-256, where somebody has published it.
    pub sha256: Option<Digest>,
}

/// Asks for the first bytes of `url`: they must be those of a model.
pub(super) fn look(web: &Web, url: &Url, sha256: Option<Digest>) -> Result<Remote, PullError> {
    let mut opened = web.open(url, Some((0, 3)))?;
    let mut magic = [0; 4];
    let read = opened.body.read_exact(&mut magic);
    match read {
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            return Err(unreachable(&opened.url, &error.to_string()));
        }
        Ok(()) if &magic == pieces::MAGIC => {}
        _ => return Err(PullError::NotGguf { url: address::shown(url) }),
    }
    let ranges = matches!(opened.part, Some((0, _)));
    Ok(Remote {
        url: url.clone(),
        direct: opened.url,
        bytes: opened.part.map(|(_, total)| total).or(opened.length.filter(|_| !ranges)),
        tag: opened.tag,
        ranges,
        sha256: sha256.or(opened.sha256),
    })
}
