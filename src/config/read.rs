//! Reading a file of settings, which a stranger may have put there.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// More is no settings, in bytes.
const MOST: u64 = 1 << 20;

/// The text of the regular file at `path`, or behind a link there: no pipe is waited for, and no
/// device is read to an end that never comes.
pub fn read_settings(path: &Path) -> io::Result<String> {
    let metadata = path.metadata()?;
    if !metadata.is_file() || metadata.len() > MOST {
        return Err(io::Error::other("it is too large, or no regular file"));
    }
    let mut text = String::new();
    File::open(path)?.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}
