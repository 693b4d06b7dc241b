//! What is said between this program and its worker.

use std::io::{self, BufRead, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::base::Tokens;
use crate::model::{
    Completion, EngineError, ModelFile, ModelInfo, Prompt, Sampling, Settings, Step,
};

/// What a worker is told. [`Order::Load`] comes first and once.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    Load {
        file: ModelFile,
        settings: Settings,
    },
    Count(String),
    Answer {
        prompt: Prompt,
        samplings: Vec<Sampling>,
    },
    /// Ends the answers under way; where there are none it means nothing.
    Cancel,
}

/// What a worker says. Every order but [`Order::Cancel`] has one last word: any but a step.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Word {
    Loaded(ModelInfo),
    Counted(Tokens),
    /// What happens to which answer.
    Step(usize, Step),
    Answered(Vec<Completion>),
    Failed(EngineError),
}

/// Writes one message, and sees to it that it leaves.
pub(super) fn send(to: &mut dyn Write, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

/// Reads the next message; none at the end of them.
pub(super) fn receive<T: DeserializeOwned>(from: &mut dyn BufRead) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    if from.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Delta, Form, Message, Speaker, StopReason, Usage};

    #[test]
    fn messages_come_back_as_they_were_sent() {
        let mut prompt = Prompt::default();
        prompt.messages.push(Message::new(Speaker::User, "two\nlines \u{1b}[31m"));
        let form = Some(Form::JsonSchema(json!({ "type": "object", "b": 1, "a": 2 })));
        let samplings = vec![Sampling { form, top_p: 0.1, ..Sampling::default() }];
        let mut completion = Completion::new("é\n".into(), StopReason::Length, Usage::default());
        completion.logprob = -17.25;
        let mut pipe = Vec::new();
        send(&mut pipe, &Order::Answer { prompt: prompt.clone(), samplings: samplings.clone() })
            .unwrap();
        send(&mut pipe, &Word::Step(3, Step::Delta(Delta::Restarted("why".into())))).unwrap();
        send(&mut pipe, &Word::Answered(vec![completion.clone()])).unwrap();
        let mut from = pipe.as_slice();
        let Some(Order::Answer { prompt: read, samplings: asked }) = receive(&mut from).unwrap()
        else {
            panic!("another order")
        };
        assert_eq!((read, asked), (prompt, samplings));
        let step: Option<Word> = receive(&mut from).unwrap();
        assert!(matches!(step, Some(Word::Step(3, Step::Delta(Delta::Restarted(_))))));
        let Some(Word::Answered(answers)) = receive(&mut from).unwrap() else {
            panic!("another word")
        };
        assert_eq!(answers, [completion]);
        assert!(receive::<Word>(&mut from).unwrap().is_none());
        assert!(receive::<Word>(&mut &b"half a li"[..]).is_err());
    }
}
