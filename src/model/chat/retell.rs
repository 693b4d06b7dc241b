//! The same conversation told otherwise, for templates that refuse it as it is.

use crate::model::{Message, Speaker};

/// The system message put in front of the first message of the user, if there are both: some
/// templates know no system message.
pub(super) fn system_joined(messages: &[Message]) -> Option<Vec<Message>> {
    let [first, second, rest @ ..] = messages else { return None };
    if (first.speaker, second.speaker) != (Speaker::System, Speaker::User) {
        return None;
    }
    let joined = Message::new(Speaker::User, format!("{}\n\n{}", first.text, second.text));
    Some(std::iter::once(joined).chain(rest.iter().cloned()).collect())
}

/// Parallel calls one after the other, each before its result, if there are such: some templates
/// show one call a message.
pub(super) fn calls_in_turn(messages: &[Message]) -> Option<Vec<Message>> {
    if messages.iter().all(|message| message.calls.len() < 2) {
        return None;
    }
    let mut told = Vec::new();
    let mut rest = messages;
    while let Some((message, after)) = rest.split_first() {
        let results = after.iter().take_while(|next| next.speaker == Speaker::Tool).count();
        let (results, after) = after.split_at(results);
        rest = after;
        if message.calls.len() < 2 {
            told.push(message.clone());
            told.extend(results.iter().cloned());
        } else {
            told.extend(in_turn(message, results));
        }
    }
    Some(told)
}

/// `message` with its calls, each before the one of `results` that answers it.
fn in_turn(message: &Message, results: &[Message]) -> Vec<Message> {
    let mut told = Vec::new();
    let mut results = results.to_vec();
    for (i, call) in message.calls.iter().enumerate() {
        let said = if i == 0 { message.clone() } else { Message::new(Speaker::Assistant, "") };
        told.push(Message { calls: vec![call.clone()], ..said });
        let answers =
            |result: &Message| result.answers.as_ref().is_none_or(|answers| answers.id == call.id);
        if let Some(at) = results.iter().position(answers) {
            told.push(results.remove(at));
        }
    }
    told.extend(results);
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Answers, ToolCall};

    #[test]
    fn every_call_stands_before_its_result() {
        let call = |id: &str| ToolCall {
            id: id.into(),
            name: "look".into(),
            arguments: serde_json::json!({}),
        };
        let result = |id: &str| Message {
            answers: Some(Answers { id: id.into(), name: "look".into() }),
            ..Message::new(Speaker::Tool, format!("result {id}"))
        };
        let asks = Message {
            reasoning: "hm".into(),
            calls: vec![call("1"), call("2"), call("3")],
            ..Message::new(Speaker::Assistant, "I look.")
        };
        let user = Message::new(Speaker::User, "u");
        let told = calls_in_turn(&[user.clone(), asks, result("2"), result("1"), user]).unwrap();
        let shown = told.iter().map(|message| {
            let calls: Vec<&str> = message.calls.iter().map(|call| call.id.as_str()).collect();
            format!("{}{}[{}]", message.reasoning, message.text, calls.join(" "))
        });
        assert_eq!(
            shown.collect::<Vec<_>>(),
            ["u[]", "hmI look.[1]", "result 1[]", "[2]", "result 2[]", "[3]", "u[]"]
        );
        assert_eq!(calls_in_turn(&told), None);
    }
}
