//! Turns the bytes of tokens into text: whole characters only, and nothing of a stop string.

use crate::model::completion::StopReason;

/// The text of one answer as it grows.
#[derive(Debug)]
pub(in crate::model) struct TextStream {
    stop: Vec<String>,
    /// The beginning of a character whose end has not come.
    bytes: Vec<u8>,
    /// Text that may turn out to be the beginning of a stop string.
    held: String,
    /// All text that was given out.
    text: String,
}

impl TextStream {
    /// Starts with `prefill`, in which stop strings are not looked for.
    pub(in crate::model) fn new(prefill: &str, stop: &[String]) -> Self {
        let stop = stop.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        Self { stop, bytes: Vec::new(), held: String::new(), text: prefill.to_owned() }
    }

    /// Takes the bytes of one token; gives the text that is certain now, and whether a stop string
    /// ended the answer.
    pub(in crate::model) fn push(&mut self, bytes: &[u8]) -> (String, Option<StopReason>) {
        self.bytes.extend_from_slice(bytes);
        let characters = take_characters(&mut self.bytes);
        self.held.push_str(&characters);
        if let Some(end) = self.stop.iter().filter_map(|stop| self.held.find(stop)).min() {
            self.held.truncate(end);
            self.bytes.clear();
            return (self.release(0), Some(StopReason::Finished));
        }
        (self.release(self.undecided()), None)
    }

    /// Takes bytes in which stop strings are not looked for: of thoughts, which end no answer.
    pub(in crate::model) fn pass(&mut self, bytes: &[u8]) -> String {
        self.bytes.extend_from_slice(bytes);
        let characters = take_characters(&mut self.bytes);
        self.held.push_str(&characters);
        self.release(0)
    }

    /// The model has ended: what was held back is text after all.
    pub(in crate::model) fn finish(&mut self) -> String {
        let rest = String::from_utf8_lossy(&self.bytes).into_owned();
        self.bytes.clear();
        self.held.push_str(&rest);
        self.release(0)
    }

    /// All the text of the answer.
    pub(in crate::model) fn into_text(self) -> String {
        self.text
    }

    /// Gives out what is held, but for its last `keep` bytes.
    fn release(&mut self, keep: usize) -> String {
        let kept = self.held.split_off(self.held.len() - keep);
        let given = std::mem::replace(&mut self.held, kept);
        self.text.push_str(&given);
        given
    }

    /// Bytes at the end of what is held that could begin a stop string.
    fn undecided(&self) -> usize {
        let begins = |tail: &str| self.stop.iter().any(|stop| stop.starts_with(tail));
        let starts = self.held.char_indices().map(|(at, _)| &self.held[at..]);
        starts.filter(|tail| begins(tail)).map(str::len).max().unwrap_or(0)
    }
}

/// Takes the whole characters at the beginning of `bytes`; what can never become one is replaced.
fn take_characters(bytes: &mut Vec<u8>) -> String {
    let mut text = String::new();
    let mut used = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        used += chunk.valid().len();
        let at_end = used + chunk.invalid().len() == bytes.len();
        if chunk.invalid().is_empty() || (at_end && may_go_on(chunk.invalid())) {
            break;
        }
        text.push('\u{fffd}');
        used += chunk.invalid().len();
    }
    bytes.drain(..used);
    text
}

/// Whether more bytes could make a character of these.
fn may_go_on(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(bytes), Err(error) if error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(stop: &[&str], pieces: &[&[u8]], expected: &str) {
        let stop: Vec<String> = stop.iter().map(|&text| text.to_owned()).collect();
        let mut stream = TextStream::new("", &stop);
        let mut seen = Vec::new();
        for piece in pieces {
            let (text, reason) = stream.push(piece);
            seen.push(text);
            if reason.is_some() {
                assert_eq!(seen.join("|") + "!", expected);
                return;
            }
        }
        seen.push(stream.finish());
        assert_eq!(seen.concat(), stream.into_text());
        assert_eq!(seen.join("|"), expected);
    }

    #[test]
    fn characters_come_whole() {
        check(&[], &[b"a", b"\xc3", b"\xa9", b"\xf0\x9f\x98", b"\x80!"], "a||é||😀!|");
        check(&[], &[b"\xff", b"b", b"\xc3"], "\u{fffd}|b||\u{fffd}");
    }

    #[test]
    fn stop_strings_are_left_out_however_they_are_cut() {
        check(&["END"], &[b"one E", b"N", b"D two"], "one ||!");
        check(&["END"], &[b"one E", b"Nd"], "one |ENd|");
        check(&["END", "\n\n"], &[b"a\n", b"\nEND"], "a|!");
        check(&["aab"], &[b"a", b"a", b"a", b"b"], "||a|!");
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_text(text in "[abé😀 \n]{0,40}", cuts in prop::collection::vec(1_usize..5, 1..60)) {
            let mut stream = TextStream::new("", &["ab".to_owned()]);
            let mut bytes = text.as_bytes();
            let mut given = String::new();
            for cut in cuts.iter().cycle() {
                if bytes.is_empty() {
                    given += &stream.finish();
                    break;
                }
                let (head, tail) = bytes.split_at((*cut).min(bytes.len()));
                bytes = tail;
                let (text, reason) = stream.push(head);
                given += &text;
                if reason.is_some() {
                    break;
                }
            }
            let expected = text.split("ab").next().unwrap_or("");
            prop_assert_eq!(&given, expected);
        }
    }
}
