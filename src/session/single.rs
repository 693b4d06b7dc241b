//! One answer to one prompt, recorded with all that happens on the way.

use std::time::Instant;

use serde_json::json;

use crate::base::Digest;
use crate::journal::Event;
use crate::model::{Cancel, Completion, Delta, Engine, Prompt, Sampling};
use crate::session::driver::SessionError;
use crate::session::recall::asked;
use crate::session::record::Recorder;
use crate::session::report::Cost;

/// Has `role` answer `prompt`, and adds what that took to `cost`. `started` is when the task was.
pub(super) fn answer(
    engine: &dyn Engine,
    role: &str,
    (prompt, sampling): (&Prompt, &Sampling),
    cancel: &Cancel,
    recorder: &mut Recorder<'_>,
    (cost, started): (&mut Cost, Instant),
) -> Result<Completion, SessionError> {
    recorder.record(Event::Asked {
        role: role.to_owned(),
        prompt: json!(prompt),
        sampling: json!(sampling),
    })?;
    let began = Instant::now();
    let mut deaths = Vec::new();
    let observer = recorder.observer();
    let mut on_delta = |delta| {
        observer.delta(&delta);
        if let Delta::Restarted(why) = delta {
            deaths.push(why);
        }
    };
    let completion = engine.complete(prompt, sampling, cancel, &mut on_delta);
    for why in deaths {
        recorder.record(Event::EngineRestarted { why })?;
    }
    let completion = completion?;
    let asked_s = began.saturating_duration_since(started).as_secs_f64();
    cost.add(&[&completion], asked_s, began.elapsed().as_secs_f64());
    recorder.record(answered(role, asked(prompt, sampling), &completion))?;
    Ok(completion)
}

/// What a model answered, as it is recorded; `asked` names what that answers.
pub(super) fn answered(role: &str, asked: Digest, completion: &Completion) -> Event {
    let more = completion.raw.is_some();
    Event::Answered {
        role: role.to_owned(),
        text: completion.whole().to_owned(),
        stop: json!(completion.stop).as_str().unwrap_or_default().to_owned(),
        usage: json!(completion.usage),
        asked: Some(asked),
        said: more.then(|| completion.text.clone()),
        thought: Some(completion.reasoning.clone()).filter(|thought| !thought.is_empty()),
        calls: Some(&completion.calls).filter(|calls| !calls.is_empty()).map(|calls| json!(calls)),
        unread: completion.unread.clone(),
        logprob: Some(completion.logprob).filter(|logprob| *logprob != 0.0),
        recorded: completion.recorded,
    }
}
