//! The end of the journal, found from the end: the cost does not grow with the journal.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// How the file ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tail {
    /// The last whole line without its line feed; `None` where there is no whole line.
    pub(super) line: Option<Vec<u8>>,
    /// What follows the last line feed: half a line that a killed writer left.
    pub(super) torn: Vec<u8>,
    /// Bytes up to and with the last line feed.
    pub(super) whole: u64,
}

/// Reads the end of `file` in pieces that grow until a whole line is in them; the first has
/// `piece` bytes.
pub(super) fn tail(file: &mut File, piece: u64) -> io::Result<Tail> {
    let length = file.metadata()?.len();
    let mut size = piece.max(1);
    loop {
        let start = length.saturating_sub(size);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.by_ref().take(length - start).read_to_end(&mut bytes)?;
        if let Some(tail) = split(&bytes, start) {
            return Ok(tail);
        }
        size = size.saturating_mul(4);
    }
}

/// Takes the end of a file apart, or asks for more of it. `bytes` begin at `start`.
fn split(bytes: &[u8], start: u64) -> Option<Tail> {
    let line_feed = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte == b'\n');
    let Some(end) = line_feed(bytes) else {
        return (start == 0).then(|| Tail { torn: bytes.to_vec(), ..Tail::default() });
    };
    let begin = match line_feed(&bytes[..end]) {
        Some(before) => before + 1,
        None if start == 0 => 0,
        None => return None,
    };
    Some(Tail {
        line: Some(bytes[begin..end].to_vec()),
        torn: bytes[end + 1..].to_vec(),
        whole: start + end as u64 + 1,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[track_caller]
    fn check(contents: &str, line: Option<&str>, torn: &str) {
        for piece in [1, 3, 1 << 16] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(contents.as_bytes()).unwrap();
            let expected = Tail {
                line: line.map(|line| line.as_bytes().to_vec()),
                torn: torn.as_bytes().to_vec(),
                whole: (contents.len() - torn.len()) as u64,
            };
            assert_eq!(tail(&mut file, piece).unwrap(), expected, "pieces of {piece}");
        }
    }

    #[test]
    fn the_last_whole_line_and_what_follows_it() {
        check("", None, "");
        check("half", None, "half");
        check("one\n", Some("one"), "");
        check("one\ntwo\n", Some("two"), "");
        check("one\nsecond line\nhal", Some("second line"), "hal");
        check("\n", Some(""), "");
    }
}
