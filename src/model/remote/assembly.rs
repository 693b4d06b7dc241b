//! An answer put together from the events of its stream.

use std::time::Instant;

use crate::base::Tokens;
use crate::model::chat::{Format, Reader};
use crate::model::remote::calls::Calls;
use crate::model::remote::event::{Counts, Event, Finish, Times};
use crate::model::remote::opening::{self, Opening, Said};
use crate::model::remote::{Kind, form};
use crate::model::stream::TextStream;
use crate::model::{Completion, Delta, Prompt, Sampling, Speaker, StopReason, Usage};

/// Bytes of an answer, past which it is none.
const LARGEST: usize = 64 << 20;

/// One answer as it grows.
pub(super) struct Assembly<'a> {
    prompt: &'a Prompt,
    sampling: &'a Sampling,
    started: Instant,
    opening: Option<Opening>,
    stream: TextStream,
    reasoning: String,
    calls: Calls,
    finish: Option<Finish>,
    /// A stop string came.
    stopped: bool,
    begun: bool,
    bytes: usize,
    written: Tokens,
    first: Option<Instant>,
    counts: Option<Counts>,
    times: Option<Times>,
    logprob: f32,
}

/// The answer has become larger than any.
#[derive(Debug)]
pub(super) struct TooLong;

impl<'a> Assembly<'a> {
    /// For an answer of a server of this `kind` to `prompt`, asked for at `started`.
    pub(super) fn new(
        kind: Kind,
        prompt: &'a Prompt,
        sampling: &'a Sampling,
        started: Instant,
    ) -> Self {
        let opening = match kind.continues() && !prompt.prefill.is_empty() {
            true => Opening::continued(&prompt.prefill, kind.may_repeat()),
            false => Opening::anew(&prompt.prefill),
        };
        Self {
            prompt,
            sampling,
            started,
            opening: Some(opening),
            stream: TextStream::new(&prompt.prefill, &sampling.stop),
            reasoning: String::new(),
            calls: Calls::default(),
            finish: None,
            stopped: false,
            begun: false,
            bytes: 0,
            written: Tokens(0),
            first: None,
            counts: None,
            times: None,
            logprob: 0.0,
        }
    }

    /// Takes an event; tells what of it a person can see.
    pub(super) fn push(
        &mut self,
        event: Event,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<(), TooLong> {
        let Event { text, thought, calls, finish, counts, times, reading, logprob } = event;
        self.bytes += text.len() + thought.len();
        self.bytes += calls.iter().map(|it| it.arguments.len() + it.name.len()).sum::<usize>();
        if self.bytes > LARGEST {
            return Err(TooLong);
        }
        if let Some((done, total)) = reading {
            on_delta(Delta::Reading { done, total });
        }
        if !text.is_empty() || !thought.is_empty() || !calls.is_empty() {
            self.first.get_or_insert_with(Instant::now);
            // A server sends a token at a time, mostly; where it counts them, that is taken at the end.
            self.written += Tokens(logprob.map_or(1, |(_, tokens)| tokens.max(1)));
            on_delta(Delta::Written(self.written));
        }
        if let Some((sum, _)) = logprob {
            self.logprob += sum;
        }
        if !thought.is_empty() {
            self.reasoning += &thought;
            on_delta(Delta::Thought(thought));
        }
        if !text.is_empty() {
            let said = self.opening.as_mut().map(|it| it.push(&text)).unwrap_or_default();
            self.say(said, on_delta);
        }
        calls.into_iter().for_each(|piece| self.calls.push(piece));
        self.finish = self.finish.take().or(finish);
        self.counts = counts.or(self.counts);
        self.times = times.or(self.times);
        Ok(())
    }

    fn say(&mut self, said: Vec<Said>, on_delta: &mut dyn FnMut(Delta)) {
        for piece in said {
            match piece {
                Said::Thought(thought) => {
                    self.reasoning += &thought;
                    on_delta(Delta::Thought(thought));
                }
                Said::Text(_) if self.stopped => {}
                Said::Text(text) => {
                    self.begin(on_delta);
                    let (text, stopped) = self.stream.push(text.as_bytes());
                    self.stopped = stopped.is_some();
                    tell(text, on_delta);
                }
            }
        }
    }

    /// Tells the prefill, with which the text begins.
    fn begin(&mut self, on_delta: &mut dyn FnMut(Delta)) {
        if !std::mem::replace(&mut self.begun, true) {
            tell(self.prompt.prefill.clone(), on_delta);
        }
    }

    /// Whether a stop string has ended the answer, so that nobody needs to wait for the rest.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// The server has marked the end of its stream; not all of them say why the answer ended.
    pub(super) fn end(&mut self) {
        self.finish.get_or_insert(Finish::Stop);
    }

    /// Whether the server has said that the answer is at its end.
    pub(super) fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// The word of a server that ended the answer itself, for no reason of the model's.
    pub(super) fn ended_by_server(&self) -> Option<&str> {
        const BAD: [&str; 6] = [
            "content_filter",
            "abort",
            "error",
            "insufficient_system_resource",
            "cancelled",
            "unload",
        ];
        match &self.finish {
            Some(Finish::Other(word)) => BAD.contains(&word.as_str()).then_some(word),
            _ => None,
        }
    }

    /// The answer as it is now. `cancelled` says that it was not waited for to its end; `prompt` is
    /// how many tokens were sent, in case that the server does not say.
    pub(super) fn into_completion(
        mut self,
        cancelled: bool,
        prompt: Tokens,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Completion {
        let said = self.opening.take().map(Opening::finish).unwrap_or_default();
        self.say(said, on_delta);
        self.begin(on_delta);
        tell(self.stream.finish(), on_delta);
        let usage = self.usage(prompt);
        let stop = match &self.finish {
            _ if self.stopped => StopReason::Finished,
            _ if cancelled => StopReason::Cancelled,
            Some(Finish::Length) => StopReason::Length,
            _ => StopReason::Finished,
        };
        let earlier = self.prompt.messages.iter().filter(|it| it.speaker == Speaker::Assistant);
        let before = earlier.map(|it| it.calls.len()).sum();
        let (wrote, mut text) = (self.calls.raw(), self.stream.into_text());
        if self.reasoning.is_empty()
            && let Some((thoughts, rest)) = opening::unopened(&text, &self.prompt.prefill)
        {
            (self.reasoning, text) = (thoughts, rest);
        }
        let is_plain = self.calls.is_empty();
        let (calls, unread) = self.calls.finish(before);
        let raw = [self.reasoning.as_str(), &text, &wrote].into_iter().filter(|it| !it.is_empty());
        let raw = raw.collect::<Vec<_>>().join("\n");
        let mut answer = Completion::new(text, stop, usage);
        answer.reasoning = self.reasoning.trim().to_owned();
        (answer.calls, answer.unread) = (calls, unread);
        if is_plain && !self.prompt.tools.is_empty() {
            read_calls(&mut answer, self.prompt, before);
        }
        answer.raw = Some(raw).filter(|raw| *raw != answer.text);
        answer.logprob = self.logprob;
        hold_to_form(&mut answer, self.sampling, &self.prompt.prefill);
        answer
    }

    fn usage(&self, prompt: Tokens) -> Usage {
        let total = self.started.elapsed().as_secs_f64();
        let first = self.first.map(|it| it.duration_since(self.started).as_secs_f64());
        let first = first.unwrap_or(total);
        let counts =
            self.counts.unwrap_or(Counts { prompt, cached: Tokens(0), completion: self.written });
        let times = self.times.filter(|times| times.completion_s > 0.0);
        Usage {
            prompt: counts.prompt,
            cached: times.and_then(|it| it.cached).unwrap_or(Tokens(0)).max(counts.cached),
            completion: counts.completion,
            first_token_s: first,
            // Where nothing was heard, nobody knows what was read.
            prompt_s: times
                .map_or(if self.first.is_some() { first } else { 0.0 }, |it| it.prompt_s),
            completion_s: times.map_or(total - first, |it| it.completion_s),
            ..Usage::default()
        }
    }
}

fn tell(text: String, on_delta: &mut dyn FnMut(Delta)) {
    if !text.is_empty() {
        on_delta(Delta::Text(text));
    }
}

/// Reads calls that a server has left in the text, where tools were offered.
fn read_calls(answer: &mut Completion, prompt: &Prompt, before: usize) {
    let format = Format::of("<tool_call><function=", true);
    let reply = Reader::new(&format, &prompt.tools, before, false).read(&answer.text);
    if reply.calls.is_empty() && reply.unread.is_empty() {
        return;
    }
    answer.text = reply.text;
    answer.calls = reply.calls;
    answer.unread.extend(reply.unread.into_iter().map(|it| it.why));
}

/// An answer that ended by itself and has not the form that was asked for is a dead end, and says so.
fn hold_to_form(answer: &mut Completion, sampling: &Sampling, prefill: &str) {
    let Some(wanted) = &sampling.form else { return };
    if answer.stop != StopReason::Finished || !answer.calls.is_empty() {
        return;
    }
    let written = answer.text.strip_prefix(prefill).unwrap_or(&answer.text);
    if let Some(why) = form::violation(wanted, written) {
        answer.stop = StopReason::DeadEnd;
        answer.unread.push(why);
    }
}
