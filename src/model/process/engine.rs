//! The engine that others see: asks a worker, and gets another one when that dies.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::base::Tokens;
use crate::model::engine::only_one;
use crate::model::process::link::{Died, Link};
use crate::model::process::message::{Order, Word};
use crate::model::{
    Cancel, Completion, Delta, Engine, EngineError, ModelFile, ModelInfo, Prompt, Sampling,
    Settings, Step, StopReason, Usage,
};

/// How often it is looked whether somebody cancels.
const GLANCE: Duration = Duration::from_millis(20);
/// How long a worker may go on after it was told to stop; then it is taken for stuck.
const PATIENCE: Duration = Duration::from_secs(10);

/// A model in a process of its own, which ends with this.
pub struct WorkerEngine {
    program: PathBuf,
    file: ModelFile,
    settings: Settings,
    info: ModelInfo,
    link: Mutex<Link>,
}

/// Why there is no answer.
enum Lost {
    Died(Died),
    Said(EngineError),
}

impl From<Died> for Lost {
    fn from(died: Died) -> Self {
        Self::Died(died)
    }
}

impl WorkerEngine {
    /// Has `program`, which is this one or understands the same command, load `file`.
    pub fn start(
        program: &Path,
        file: &ModelFile,
        settings: Settings,
    ) -> Result<Self, EngineError> {
        let (link, info) = load(program, file, &settings)?;
        let (program, file) = (program.to_owned(), file.clone());
        Ok(Self { program, file, settings, info, link: Mutex::new(link) })
    }

    /// The number of the process in which the model runs now.
    pub fn process(&self) -> u32 {
        self.link.lock().unwrap_or_else(PoisonError::into_inner).id()
    }

    /// Asks the worker, and once more a new one where it died over it; `on_death` hears why.
    fn asked<T>(
        &self,
        mut ask: impl FnMut(&mut Link, &mut dyn FnMut(usize, Step)) -> Result<T, Lost>,
        on_death: impl Fn(&str, &mut dyn FnMut(usize, Step)),
        on_step: &mut dyn FnMut(usize, Step),
    ) -> Result<T, EngineError> {
        let mut link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        let how = match ask(&mut link, on_step) {
            Ok(answer) => return Ok(answer),
            Err(Lost::Said(error)) => return Err(error),
            Err(Lost::Died(Died(how))) => how,
        };
        tracing::warn!(model = self.info.name, how, "the worker died and is replaced");
        (*link, _) = load(&self.program, &self.file, &self.settings)?;
        on_death(&how, on_step);
        ask(&mut link, on_step).map_err(|lost| match lost {
            Lost::Said(error) => error,
            Lost::Died(Died(how)) => EngineError::Died { name: self.info.name.clone(), how },
        })
    }
}

impl Engine for WorkerEngine {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// Where no worker can be had, no fewer than there are: one for each byte.
    fn count(&self, text: &str) -> Tokens {
        let ask = |link: &mut Link, _: &mut dyn FnMut(usize, Step)| {
            link.send(&Order::Count(text.to_owned()))?;
            match link.hear()? {
                Word::Counted(tokens) => Ok(tokens),
                other => Err(strange(&self.info.name, &other)),
            }
        };
        let counted = self.asked(ask, |_, _| {}, &mut |_, _| {});
        counted.unwrap_or_else(|_| Tokens::count(text.len()))
    }

    fn complete(
        &self,
        prompt: &Prompt,
        sampling: &Sampling,
        cancel: &Cancel,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Completion, EngineError> {
        only_one(self, prompt, sampling, cancel, on_delta)
    }

    fn candidates(
        &self,
        prompt: &Prompt,
        samplings: &[Sampling],
        cancel: &Cancel,
        on_step: &mut dyn FnMut(usize, Step),
    ) -> Result<Vec<Completion>, EngineError> {
        let order = Order::Answer { prompt: prompt.clone(), samplings: samplings.to_vec() };
        let ask = |link: &mut Link, on_step: &mut dyn FnMut(usize, Step)| {
            link.send(&order)?;
            let answers = hear_answers(link, samplings.len(), cancel, on_step)?;
            answers.map_err(|word| match word {
                Word::Failed(error) => Lost::Said(error),
                other => strange(&self.info.name, &other),
            })
        };
        let on_death = |how: &str, on_step: &mut dyn FnMut(usize, Step)| {
            for at in 0..samplings.len() {
                on_step(at, Step::Delta(Delta::Restarted(how.to_owned())));
            }
        };
        self.asked(ask, on_death, on_step)
    }
}

/// Hears what happens to so many answers until they have ended, and passes a cancel on. Gives the last
/// word where it is another. Nobody waits for a worker that does not stop, or gets another for it.
fn hear_answers(
    link: &mut Link,
    count: usize,
    cancel: &Cancel,
    on_step: &mut dyn FnMut(usize, Step),
) -> Result<Result<Vec<Completion>, Word>, Died> {
    let mut cancelled: Option<Instant> = None;
    loop {
        let word = match link.hear_within(GLANCE) {
            Err(_) if cancelled.is_some() => return Ok(Ok(vec![broken_off(); count])),
            word => word?,
        };
        match word {
            Some(Word::Step(at, step)) => on_step(at, step),
            Some(Word::Answered(answers)) => return Ok(Ok(answers)),
            Some(other) => return Ok(Err(other)),
            None => {}
        }
        match cancelled {
            None if cancel.is_cancelled() => {
                link.send(&Order::Cancel)?;
                cancelled = Some(Instant::now());
            }
            Some(since) if since.elapsed() > PATIENCE => link.kill(),
            _ => {}
        }
    }
}

/// An answer of which nothing is known but that it was cancelled.
fn broken_off() -> Completion {
    Completion {
        text: String::new(),
        reasoning: String::new(),
        calls: Vec::new(),
        unread: Vec::new(),
        raw: None,
        stop: StopReason::Cancelled,
        usage: Usage::default(),
        logprob: 0.0,
        recorded: false,
    }
}

/// A worker with the model loaded.
fn load(
    program: &Path,
    file: &ModelFile,
    settings: &Settings,
) -> Result<(Link, ModelInfo), EngineError> {
    let failed = |why: String| EngineError::Load { name: file.name.clone(), why };
    let mut link = Link::start(program)
        .map_err(|error| failed(format!("its process cannot be started: {error}")))?;
    let ended = |Died(how)| failed(format!("its process ended: {how}"));
    link.send(&Order::Load { file: file.clone(), settings: settings.clone() }).map_err(ended)?;
    match link.hear().map_err(ended)? {
        Word::Loaded(info) => Ok((link, info)),
        Word::Failed(error) => Err(error),
        other => Err(failed(format!("its process said {other:?}"))),
    }
}

fn strange(name: &str, word: &Word) -> Lost {
    Lost::Said(EngineError::Failed {
        name: name.to_owned(),
        why: format!("its process said {word:?}"),
    })
}
