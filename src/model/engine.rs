//! The interface that every engine has: local, remote, scripted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::base::{Digest, Hint, Tokens};
use crate::model::remote::RemoteError;
use crate::model::{Completion, Delta, Prompt, Step, StopReason, Usage};

/// A flag that any thread can raise, or the clock, and every engine reads between tokens.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    flag: Arc<AtomicBool>,
    deadline: Option<Instant>,
    /// Another flag that counts as this one.
    above: Option<Arc<Cancel>>,
}

impl Cancel {
    /// Raises the flag.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    /// The same flag, raised for this holder at `deadline` too.
    pub fn until(&self, deadline: Option<Instant>) -> Self {
        Self { deadline, ..self.clone() }
    }

    /// A flag of its own that is raised with this one, but not the other way round.
    pub fn below(&self) -> Self {
        Self { above: Some(Arc::new(self.clone())), ..Self::default() }
    }

    /// Whether it is raised, by whomever.
    pub fn is_cancelled(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
            || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
            || self.above.as_ref().is_some_and(|above| above.is_cancelled())
    }

    /// Whether it was raised by hand and not by the clock.
    pub fn by_person(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
            || self.above.as_ref().is_some_and(|above| above.by_person())
    }
}

/// How to sample, and when to stop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// 0 takes the likeliest token every time.
    pub temperature: f32,
    /// Nucleus: the smallest set of tokens whose probabilities add up to this.
    pub top_p: f32,
    /// Seed of the sampler.
    pub seed: u32,
    /// Most tokens to write.
    pub max_tokens: Tokens,
    /// Texts that end the answer; the text itself is left out of it.
    pub stop: Vec<String>,
    /// What the answer has to look like, where it matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// Most tokens to think before the thinking is closed by force: 0 is none at all, and without
    /// a number the model thinks as long as it likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<Tokens>,
}

impl Default for Sampling {
    /// The likeliest token every time, and few of them.
    fn default() -> Self {
        Self {
            temperature: 0.0,
            top_p: 1.0,
            seed: 0,
            max_tokens: Tokens(256),
            stop: Vec::new(),
            form: None,
            thinking: None,
        }
    }
}

/// A form that an answer is held to, token by token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// JSON that a JSON Schema describes.
    JsonSchema(serde_json::Value),
    /// A context-free grammar in the dialect of Lark that llguidance reads.
    Lark(String),
    /// A regular expression for the whole answer.
    Regex(String),
}

/// What is known of the loaded model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The name that people type.
    pub name: String,
    /// SHA-256 of the weights, where there are any.
    pub digest: Option<Digest>,
    /// Tokens that prompt and answer share.
    pub context: Tokens,
}

/// Why a model could not answer.
#[derive(Debug, Serialize, Deserialize, thiserror::Error)]
pub enum EngineError {
    /// The weights could not be loaded.
    #[error("cannot load the model `{name}`: {why}")]
    Load { name: String, why: String },
    /// A setting does not go with it.
    #[error("the model `{name}` cannot be loaded with `{setting}`: {why}")]
    Setting { name: String, setting: String, why: String, remedy: String },
    /// The system would have to kill somebody.
    #[error(
        "the model `{name}` with {context} of context needs {} of memory, and {} are free",
        megabytes(*needed),
        megabytes(*available)
    )]
    TooLarge {
        name: String,
        context: Tokens,
        /// Bytes.
        needed: u64,
        available: u64,
        /// The longest context that would fit.
        fits: Option<Tokens>,
    },
    /// Prompt and answer do not fit; nothing was cut.
    #[error(
        "the prompt has {prompt} and may be answered with {answer}, but the context of `{model}` holds {context}"
    )]
    ContextExceeded { model: String, prompt: Tokens, answer: Tokens, context: Tokens },
    /// The process in which it ran ended, and so did the one that replaced it.
    #[error("the process of the model `{name}` ended: {how}")]
    Died { name: String, how: String },
    /// The engine stopped or said no.
    #[error("the model `{name}` stopped: {why}")]
    Failed { name: String, why: String },
    /// There is none.
    #[error("{why}")]
    Absent { why: String, remedy: Option<String> },
    /// A replay asks for what its record does not hold.
    #[error("the record departs here: {why}")]
    NotRecorded { why: String },
    /// The server that should have answered did not.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

impl Hint for EngineError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Load { .. } => {
                Some("run `countersign model list` for the models that are here".into())
            }
            Self::Setting { remedy, .. } => Some(remedy.clone()),
            Self::TooLarge { fits: Some(fits), .. } => {
                Some(format!("it fits with `-c model.context={}`", fits.0))
            }
            Self::TooLarge { fits: None, .. } => Some(
                "close other programs, or choose a smaller model: `countersign model list`".into(),
            ),
            Self::ContextExceeded { .. } => Some(
                "give fewer or smaller files with `--file`, or set `model.context` higher".into(),
            ),
            Self::Died { .. } => Some(
                "nothing that was proposed or decided is lost; if it happens again, set `model.context` lower".into(),
            ),
            Self::NotRecorded { .. } => Some(
                "another version of the program, of its prompts or of the files asks otherwise; nothing was proposed".into(),
            ),
            Self::Failed { .. } => None,
            Self::Absent { remedy, .. } => remedy.clone(),
            Self::Remote(error) => error.hint(),
        }
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

/// A model that answers.
pub trait Engine {
    /// What is known of it.
    fn info(&self) -> &ModelInfo;

    /// How many tokens `text` has, special tokens not interpreted.
    fn count(&self, text: &str) -> Tokens;

    /// Answers `prompt`, handing out pieces as they come. Returns soon after `cancel` is raised,
    /// with what there is and [`StopReason::Cancelled`](crate::model::StopReason::Cancelled).
    fn complete(
        &self,
        prompt: &Prompt,
        sampling: &Sampling,
        cancel: &Cancel,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Completion, EngineError>;

    /// Answers `prompt` once for each of `samplings`, in their order. What happens to which of them
    /// is told as it comes; once enough are good, raise `cancel` and the others end as they are.
    ///
    /// Here one after the other; engines that can write them side by side do.
    fn candidates(
        &self,
        prompt: &Prompt,
        samplings: &[Sampling],
        cancel: &Cancel,
        on_step: &mut dyn FnMut(usize, Step),
    ) -> Result<Vec<Completion>, EngineError> {
        let mut answers = Vec::new();
        for (at, sampling) in samplings.iter().enumerate() {
            let mut on_delta = |delta| on_step(at, Step::Delta(delta));
            let answer = match cancel.is_cancelled() {
                true => Completion::new(String::new(), StopReason::Cancelled, Usage::default()),
                false => self.complete(prompt, sampling, cancel, &mut on_delta)?,
            };
            on_step(at, Step::Ended(answer.clone()));
            answers.push(answer);
        }
        Ok(answers)
    }
}

/// An engine that is lent to one after the other.
impl<E: Engine + ?Sized> Engine for std::rc::Rc<E> {
    fn info(&self) -> &ModelInfo {
        self.as_ref().info()
    }

    fn count(&self, text: &str) -> Tokens {
        self.as_ref().count(text)
    }

    fn complete(
        &self,
        prompt: &Prompt,
        sampling: &Sampling,
        cancel: &Cancel,
        on_delta: &mut dyn FnMut(Delta),
    ) -> Result<Completion, EngineError> {
        self.as_ref().complete(prompt, sampling, cancel, on_delta)
    }

    fn candidates(
        &self,
        prompt: &Prompt,
        samplings: &[Sampling],
        cancel: &Cancel,
        on_step: &mut dyn FnMut(usize, Step),
    ) -> Result<Vec<Completion>, EngineError> {
        self.as_ref().candidates(prompt, samplings, cancel, on_step)
    }
}

/// The answer of an engine that writes several side by side where only one is wanted.
pub(in crate::model) fn only_one(
    engine: &dyn Engine,
    prompt: &Prompt,
    sampling: &Sampling,
    cancel: &Cancel,
    on_delta: &mut dyn FnMut(Delta),
) -> Result<Completion, EngineError> {
    let mut on_step = |_, step| {
        if let Step::Delta(delta) = step {
            on_delta(delta);
        }
    };
    let one = std::slice::from_ref(sampling);
    let mut answers = engine.candidates(prompt, one, cancel, &mut on_step)?;
    let (name, why) = (engine.info().name.clone(), "it gave no answer".to_owned());
    answers.pop().ok_or(EngineError::Failed { name, why })
}
