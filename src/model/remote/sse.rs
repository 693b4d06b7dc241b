//! Server-sent events: lines in, the data of whole events out, however the bytes are cut.

/// Bytes of one event, past which a stream is given up.
pub(super) const LARGEST: usize = 4 << 20;

/// Reads a stream. Comments, names and numbers of events are passed over.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    data: Option<Vec<u8>>,
    /// A line ended in `\r`: a `\n` that follows belongs to it.
    after_return: bool,
}

/// An event, or a line before it, is larger than [`LARGEST`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

impl Events {
    /// Takes more bytes; gives the data of the events that are whole now.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, TooLarge> {
        let mut whole = Vec::new();
        for &byte in bytes {
            let follows_return = std::mem::take(&mut self.after_return);
            match byte {
                b'\n' if follows_return => {}
                b'\n' | b'\r' => {
                    self.after_return = byte == b'\r';
                    whole.extend(self.end_line());
                }
                _ => self.line.push(byte),
            }
            if self.line.len() + self.data.as_ref().map_or(0, Vec::len) > LARGEST {
                return Err(TooLarge);
            }
        }
        Ok(whole)
    }

    /// The stream has ended: gives an event whose empty line never came.
    pub(super) fn finish(&mut self) -> Option<Vec<u8>> {
        let last = self.end_line();
        last.or_else(|| self.data.take())
    }

    /// Takes the line; an empty one ends the event.
    fn end_line(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            // An event without data is none; gateways send such to keep a connection open.
            return self.data.take().filter(|data| !data.is_empty());
        }
        let (name, value) = match line.iter().position(|byte| *byte == b':') {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (&line[..], &[][..]),
        };
        // llama-server has told errors in a field of that name.
        if name == b"data" || name == b"error" {
            let value = value.strip_prefix(b" ").unwrap_or(value);
            match &mut self.data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                None => self.data = Some(value.to_vec()),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<String> {
        let mut events = Events::default();
        let mut found = Vec::new();
        for piece in pieces {
            found.extend(events.push(piece).unwrap());
        }
        found.extend(events.finish());
        found.into_iter().map(|data| String::from_utf8(data).unwrap()).collect()
    }

    #[test]
    fn events_end_at_empty_lines_whatever_the_line_ends() {
        assert_eq!(read(&[b"data: a\n\ndata:b\r\n\r\n: hello\rdata: c\r\r"]), ["a", "b", "c"]);
        assert_eq!(read(&[b"event: x\nid: 1\ndata: a\ndata:  b\n\n\n\n"]), ["a\n b"]);
        assert_eq!(read(&[b"data: whole\n\ndata: never ended"]), ["whole", "never ended"]);
        assert_eq!(read(&[b"retry: 3\n\nnonsense\n\n"]), [""; 0]);
        assert_eq!(read(&[b"data: a\n\ndata:\n\ndata: b\n\n"]), ["a", "b"]);
    }

    #[test]
    fn a_line_without_end_is_given_up() {
        let mut events = Events::default();
        let pushed = (0..5).map(|_| events.push(&[b'x'; 1 << 20]));
        assert!(pushed.into_iter().any(|it| it == Err(TooLarge)));
        let mut events = Events::default();
        let line = [b"data: ".as_slice(), &[b'x'; 1 << 20], b"\n"].concat();
        assert!((0..5).map(|_| events.push(&line)).any(|it| it == Err(TooLarge)));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_events(
            text in "(data: ?|[:a\r\n ]|é){0,40}",
            cuts in prop::collection::vec(1_usize..6, 1..40),
        ) {
            let mut bytes = text.as_bytes();
            let mut pieces = Vec::new();
            for cut in cuts.iter().cycle() {
                let (head, tail) = bytes.split_at((*cut).min(bytes.len()));
                pieces.push(head);
                bytes = tail;
                if bytes.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(read(&pieces), read(&[text.as_bytes()]));
        }
    }
}
