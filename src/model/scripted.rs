//! An engine without a model: its replies come from a list.
//!
//! For trying everything around a model: tests of the loop, scripts, a tour without weights.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::base::Tokens;
use crate::model::chat::{Format, Reader, Reply as Read};
use crate::model::stream::TextStream;
use crate::model::{
    Cancel, Completion, Delta, Engine, EngineError, ModelInfo, Prompt, Sampling, Speaker,
    StopReason, Usage,
};

/// How long a pause lasts before the cancel flag is looked at again.
const NAP: Duration = Duration::from_millis(20);

/// One reply. In a file it may also be just its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", deny_unknown_fields)]
pub struct Reply {
    /// The text, with or without the prefill that was asked for.
    pub text: String,
    /// Milliseconds before each word.
    pub delay_ms: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Reply {
        text: String,
        #[serde(default)]
        delay_ms: u64,
    },
}

impl From<Written> for Reply {
    fn from(written: Written) -> Self {
        match written {
            Written::Text(text) => text.into(),
            Written::Reply { text, delay_ms } => Self { text, delay_ms },
        }
    }
}

impl<T: Into<String>> From<T> for Reply {
    fn from(text: T) -> Self {
        Self { text: text.into(), delay_ms: 0 }
    }
}

/// Gives its replies one after the other, word by word; a token is four bytes.
#[derive(Debug)]
pub struct ScriptedEngine {
    info: ModelInfo,
    replies: Vec<Reply>,
    given: AtomicUsize,
}

impl ScriptedEngine {
    /// An engine that gives `replies` in order, and fails when asked for more.
    pub fn new<R: Into<Reply>>(replies: impl IntoIterator<Item = R>) -> Self {
        let info = ModelInfo { name: "scripted".into(), digest: None, context: Tokens(1 << 17) };
        let replies = replies.into_iter().map(Into::into).collect();
        Self { info, replies, given: AtomicUsize::new(0) }
    }

    /// Reads the replies from a JSON file: a list of texts, or of `{"text": …, "delay_ms": …}`.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let failed =
            |why: String| EngineError::Load { name: format!("scripted:{}", path.display()), why };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let replies: Vec<Reply> = serde_json::from_str(&text)
            .map_err(|error| failed(format!("it is no JSON list of replies: {error}")))?;
        Ok(Self::new(replies))
    }

    fn next(&self) -> Result<&Reply, EngineError> {
        let turn = self.given.fetch_add(1, Ordering::Relaxed);
        self.replies.get(turn).ok_or_else(|| EngineError::Failed {
            name: self.info.name.clone(),
            why: format!("the script has no reply left after {}", self.replies.len()),
        })
    }

    /// Whether the prompt fits together with its answer.
    fn fits(&self, prompt: Tokens, answer: Tokens) -> Result<(), EngineError> {
        if prompt + answer <= self.info.context {
            return Ok(());
        }
        let ModelInfo { name, context, .. } = self.info.clone();
        Err(EngineError::ContextExceeded { model: name, prompt, answer, context })
    }
}

impl Engine for ScriptedEngine {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn count(&self, text: &str) -> Tokens {
        tokens(text)
    }

    fn complete(
        &self,
        prompt: &Prompt,
        sampling: &Sampling,
        cancel: &Cancel,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Completion, EngineError> {
        let started = Instant::now();
        let read = prompt.messages.iter().map(|message| tokens(&message.text)).sum();
        self.fits(read, sampling.max_tokens)?;
        let reply = self.next()?;
        let mut usage = Usage { prompt: read, ..Usage::default() };
        on_delta(Delta::Reading { done: read, total: read });
        say(prompt.prefill.clone(), on_delta);
        let mut stream = TextStream::new(&prompt.prefill, &sampling.stop);
        let mut stop = StopReason::Finished;
        let text = reply.text.strip_prefix(&prompt.prefill).unwrap_or(&reply.text);
        for word in text.split_inclusive(char::is_whitespace) {
            if pause(reply.delay_ms, cancel) {
                stop = StopReason::Cancelled;
                break;
            }
            if usage.completion + tokens(word) > sampling.max_tokens {
                stop = StopReason::Length;
                break;
            }
            usage.completion += tokens(word);
            let (text, stopped) = stream.push(word.as_bytes());
            say(text, on_delta);
            on_delta(Delta::Written(usage.completion));
            if stopped.is_some() {
                break;
            }
        }
        say(stream.finish(), on_delta);
        usage.completion_s = started.elapsed().as_secs_f64();
        Ok(with_calls(prompt, Completion::new(stream.into_text(), stop, usage)))
    }
}

/// An answer to a prompt that offers tools, with its calls read as a model's are that writes them
/// between `<tool_call>` and `</tool_call>`.
fn with_calls(prompt: &Prompt, raw: Completion) -> Completion {
    if prompt.tools.is_empty() {
        return raw;
    }
    let assistants = prompt.messages.iter().filter(|it| it.speaker == Speaker::Assistant);
    let before = assistants.map(|it| it.calls.len()).sum();
    let format = Format::of("<tool_call>", true);
    let read = Reader::new(&format, &prompt.tools, before, false).read(&raw.text);
    let Read { reasoning, text, calls, unread, .. } = read;
    let unread = unread.into_iter().map(|it| it.why).collect();
    let whole = Some(raw.text).filter(|whole| *whole != text);
    Completion { text, reasoning, calls, unread, raw: whole, ..raw }
}

/// Waits; gives whether somebody cancelled before or meanwhile.
fn pause(milliseconds: u64, cancel: &Cancel) -> bool {
    let until = Instant::now() + Duration::from_millis(milliseconds);
    while !cancel.is_cancelled() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        std::thread::sleep(left.min(NAP));
    }
    true
}

fn tokens(text: &str) -> Tokens {
    Tokens::count(text.len().div_ceil(4))
}

fn say(text: String, on_delta: &mut dyn FnMut(Delta)) {
    if !text.is_empty() {
        on_delta(Delta::Text(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampling(max_tokens: u32, stop: &[&str]) -> Sampling {
        Sampling {
            max_tokens: Tokens(max_tokens),
            stop: stop.iter().map(|&text| text.to_owned()).collect(),
            ..Sampling::default()
        }
    }

    #[track_caller]
    fn check(reply: &str, prefill: &str, sampling: &Sampling, expected: (&str, StopReason)) {
        let engine = ScriptedEngine::new([reply]);
        let prompt = Prompt { prefill: prefill.into(), ..Prompt::default() };
        let mut streamed = String::new();
        let mut hear = |delta| {
            if let Delta::Text(text) = delta {
                streamed += &text;
            }
        };
        let answer = engine.complete(&prompt, sampling, &Cancel::default(), &mut hear).unwrap();
        assert_eq!((answer.text.as_str(), answer.stop), expected);
        assert_eq!(streamed, answer.text);
        assert!(engine.complete(&prompt, sampling, &Cancel::default(), &mut |_| {}).is_err());
    }

    #[test]
    fn replies_as_a_model_would() {
        let all = sampling(100, &[]);
        check("one two\nthree", "", &all, ("one two\nthree", StopReason::Finished));
        check("two", "one ", &all, ("one two", StopReason::Finished));
        check("one two", "one ", &all, ("one two", StopReason::Finished));
        check("one two", "", &sampling(100, &["tw"]), ("one ", StopReason::Finished));
        check("one two", "", &sampling(1, &[]), ("one ", StopReason::Length));
    }

    #[test]
    fn cancel_ends_a_slow_reply() {
        let engine = ScriptedEngine::new([Reply { text: "a b c".into(), delay_ms: 1 }]);
        let cancel = Cancel::default();
        let mut hear = |_| cancel.cancel();
        let answer =
            engine.complete(&Prompt::default(), &sampling(9, &[]), &cancel, &mut hear).unwrap();
        assert_eq!((answer.text.as_str(), answer.stop), ("", StopReason::Cancelled));
    }

    #[test]
    fn a_reply_in_a_file_is_a_text_or_an_object() {
        let replies: Vec<Reply> =
            serde_json::from_str(r#"["a", {"text": "b", "delay_ms": 3}, {"text": "c"}]"#).unwrap();
        assert_eq!(replies, ["a".into(), Reply { text: "b".into(), delay_ms: 3 }, "c".into()]);
    }
}
