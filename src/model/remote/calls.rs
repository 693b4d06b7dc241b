//! Calls of tools, put together from their parts.

use serde_json::{Map, Value};

use crate::model::ToolCall;
use crate::model::remote::event::CallPiece;

/// More calls than this are no answer.
const MOST: usize = 128;

/// The calls of one answer as they grow.
#[derive(Debug, Default)]
pub(super) struct Calls {
    calls: Vec<(Option<u64>, CallPiece)>,
    left_out: usize,
}

impl Calls {
    /// Takes a part. One without a number begins a new call if it has a name, and goes on with the
    /// last call if it has none. Some servers give every call the number 0: another id with a name is
    /// another call, though not without one, for some make up an id for every part.
    pub(super) fn push(&mut self, piece: CallPiece) {
        let other = |of: &CallPiece| {
            let ids = [&of.id, &piece.id];
            !piece.name.is_empty() && ids[0] != ids[1] && ids.iter().all(|id| !id.is_empty())
        };
        let place = match piece.index {
            Some(index) => self.calls.iter().rposition(|it| it.0 == Some(index)),
            None if piece.name.is_empty() => self.calls.len().checked_sub(1),
            None => None,
        };
        let Some(place) = place.filter(|place| !other(&self.calls[*place].1)) else {
            if self.calls.len() < MOST {
                self.calls.push((piece.index, piece));
            } else {
                self.left_out += 1;
            }
            return;
        };
        let call = &mut self.calls[place].1;
        // Some servers repeat id and name in every part.
        for (whole, part) in [(&mut call.id, piece.id), (&mut call.name, piece.name)] {
            if whole.is_empty() {
                *whole = part;
            }
        }
        call.arguments += &piece.arguments;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The calls as the model wrote them, a line each.
    pub(super) fn raw(&self) -> String {
        let lines = self.calls.iter().map(|(_, it)| format!("{}({})", it.name, it.arguments));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The calls, and why what is none of them is none. Those without an id are numbered, behind
    /// `before` others in the conversation.
    pub(super) fn finish(self, before: usize) -> (Vec<ToolCall>, Vec<String>) {
        let (mut calls, mut unread) = (Vec::new(), Vec::new());
        for (_, CallPiece { id, name, arguments, .. }) in self.calls {
            let number = before + calls.len() + 1;
            let id = if id.is_empty() { format!("call{:05}", number % 100_000) } else { id };
            match read(&arguments) {
                _ if name.is_empty() => unread.push("a call names no tool".to_owned()),
                Ok(arguments) => calls.push(ToolCall { id, name, arguments }),
                Err(why) => unread.push(format!("the arguments of the call of `{name}`: {why}")),
            }
        }
        if self.left_out > 0 {
            unread.push(format!("more than {MOST} calls in one answer"));
        }
        (calls, unread)
    }
}

/// Arguments: a JSON object, or a string that holds one; none are an empty one.
fn read(text: &str) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_str(text) {
        Ok(Value::String(inner)) if inner.trim_start().starts_with('{') => {
            serde_json::from_str(&inner).map_err(|error| error.to_string())
        }
        Ok(value) => Ok(value),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn piece(index: Option<u64>, id: &str, name: &str, arguments: &str) -> CallPiece {
        CallPiece { index, id: id.into(), name: name.into(), arguments: arguments.into() }
    }

    #[track_caller]
    fn check(pieces: Vec<CallPiece>, expected: &[(&str, &str, Value)], unread: &[&str]) {
        let mut calls = Calls::default();
        pieces.into_iter().for_each(|piece| calls.push(piece));
        let (found, not) = calls.finish(2);
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.id.as_str(), it.name.as_str(), it.arguments.clone()))
            .collect();
        assert_eq!(found, expected);
        assert_eq!(not, unread);
    }

    #[test]
    fn parts_are_put_together_by_their_numbers() {
        let pieces = vec![
            piece(Some(0), "a", "read", ""),
            piece(Some(1), "b", "list", "{"),
            piece(Some(0), "a", "read", "{\"path\":"),
            piece(Some(1), "", "", "}"),
            piece(Some(0), "", "", "\"x\"}"),
        ];
        check(pieces, &[("a", "read", json!({"path": "x"})), ("b", "list", json!({}))], &[]);
    }

    #[test]
    fn calls_without_numbers_are_whole_and_those_without_ids_are_named() {
        let pieces = vec![
            piece(None, "", "read", "\"{\\\"a\\\":1}\""),
            piece(None, "", "read", ""),
            piece(None, "", "", "{\"b\":2}"),
        ];
        let expected =
            [("call00003", "read", json!({"a": 1})), ("call00004", "read", json!({"b": 2}))];
        check(pieces, &expected, &[]);
    }

    #[test]
    fn calls_of_one_number_are_told_apart_by_their_ids() {
        let pieces = vec![
            piece(Some(0), "a", "read", "{\"a\":1}"),
            piece(Some(0), "b", "read", "{\"b\":"),
            piece(Some(0), "c", "", "2}"),
        ];
        check(pieces, &[("a", "read", json!({"a": 1})), ("b", "read", json!({"b": 2}))], &[]);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let pieces =
            vec![piece(Some(0), "a", "read", "{\"path\": \"x"), piece(Some(1), "b", "", "{}")];
        let why =
            "the arguments of the call of `read`: EOF while parsing a string at line 1 column 11";
        check(pieces, &[], &[why, "a call names no tool"]);
        let mut many = Calls::default();
        (0..200).for_each(|n| many.push(piece(Some(n), "i", "n", "")));
        let (calls, unread) = many.finish(0);
        assert_eq!((calls.len(), unread.len()), (MOST, 1));
    }
}
