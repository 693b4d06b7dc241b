//! Has a model write hunks anew beside a review, on a thread of its own.

use std::cell::OnceCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use crate::cli::workshop::{OpenEngine, terms};
use crate::cli::{Context, ExitCode, Failure, desk, roles};
use crate::journal::Event;
use crate::model::{Cancel, Delta, Engine};
use crate::session::{self, Desk, Observer, Respondent, Revision};

/// Who revises.
const ROLE: &str = "reviser";

/// The lines in the place of the old ones, or why there are none.
pub(super) type Answer = Result<Vec<u8>, String>;

/// Somebody who has hunks written anew while the person goes on.
pub(super) trait Revises {
    /// Begins; the answer is there later.
    fn begin(&mut self, revision: Revision) -> Result<(), String>;
    /// The answer, once it is there.
    fn done(&mut self) -> Option<Answer>;
    /// What happened elsewhere meanwhile, in a sentence.
    fn tells(&mut self) -> Option<String> {
        None
    }
}

/// Has a model write a hunk anew.
pub(super) fn revise(
    context: &Context,
    place: &Desk,
    engine: OpenEngine<'_>,
    revision: Revision,
    (cancel, observer): (&Cancel, &mut dyn Observer),
) -> Result<Answer, Failure> {
    let terms = terms(context, Instant::now())?;
    let (roles, templates) = roles::load(context, Some(place.repo().root()))?;
    let role = roles.get(ROLE).map_err(|error| Failure::new(error.to_string()))?;
    observer.begins("load the model");
    let engine = engine(role.role.model.as_deref())?;
    let respondent = Respondent { engine: engine.as_ref(), role, templates: &templates };
    let revised = session::revise(place, respondent, (&revision, &terms), cancel, observer)?;
    Ok(revised.lines)
}

/// A failure in one sentence.
pub(super) fn sentence(failure: Failure) -> String {
    let message = [vec![failure.message], failure.causes].concat().join(": ");
    match failure.hint {
        Some(hint) => format!("{message}; {hint}"),
        None => message,
    }
}

/// Does `work`; where it panics, that in a sentence. Whoever waits for it has to hear something.
pub(super) fn lived_through<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        let what = text.map(|text| format!(": {text}")).unwrap_or_default();
        format!("the program made a mistake{what}")
    })
}

/// A thread with a model that is loaded when it is first wanted.
pub(super) struct Reviser {
    jobs: Option<Sender<Revision>>,
    answers: Receiver<Answer>,
    cancel: Cancel,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Reviser {
    pub(super) fn new(context: &Context) -> Self {
        let (jobs, revisions) = channel::<Revision>();
        let (tell, answers) = channel();
        let (context, cancel) = (context.quiet(), Cancel::default());
        let stop = cancel.clone();
        let thread = std::thread::spawn(move || work(&context, &revisions, &tell, &stop));
        Self { jobs: Some(jobs), answers, cancel, thread: Some(thread) }
    }
}

impl Revises for Reviser {
    fn begin(&mut self, revision: Revision) -> Result<(), String> {
        let jobs = self.jobs.as_ref();
        let sent = jobs.is_some_and(|jobs| jobs.send(revision).is_ok());
        if sent { Ok(()) } else { Err("the thread of the model is gone".to_owned()) }
    }

    fn done(&mut self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }
}

impl Drop for Reviser {
    fn drop(&mut self) {
        self.cancel.cancel();
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // It panicked, and said so.
            let _ = thread.join();
        }
    }
}

fn work(context: &Context, revisions: &Receiver<Revision>, tell: &Sender<Answer>, stop: &Cancel) {
    let mut loaded: OnceCell<std::rc::Rc<dyn Engine>> = OnceCell::new();
    while let Ok(revision) = revisions.recv() {
        let answer = lived_through(|| one(context, &loaded, revision, stop));
        let answer = answer.unwrap_or_else(|message| {
            loaded = OnceCell::new();
            Ok(Err(message))
        });
        let answer = answer.unwrap_or_else(|failure| Err(sentence(failure)));
        if tell.send(answer).is_err() {
            return;
        }
    }
}

fn one(
    context: &Context,
    loaded: &OnceCell<std::rc::Rc<dyn Engine>>,
    revision: Revision,
    stop: &Cancel,
) -> Result<Answer, Failure> {
    let place = desk::open(context)?;
    let open = |role: Option<&str>| -> Result<Box<dyn Engine>, Failure> {
        if let Some(engine) = loaded.get() {
            return Ok(Box::new(std::rc::Rc::clone(engine)));
        }
        let engine = desk::engine(context, &place, role, &Cancel::default())?;
        let engine = loaded.get_or_init(|| std::rc::Rc::from(engine));
        Ok(Box::new(std::rc::Rc::clone(engine)))
    };
    let answer = revise(context, &place, &open, revision, (stop, &mut Nobody));
    match answer {
        Err(failure) if failure.code == ExitCode::NoModel => Ok(Err(sentence(failure))),
        answer => answer,
    }
}

/// Nobody watches.
struct Nobody;

impl Observer for Nobody {
    fn event(&mut self, _event: &Event) {}

    fn delta(&mut self, _delta: &Delta) {}

    fn begins(&mut self, _what: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_sentence() {
        assert_eq!(lived_through(|| 2), Ok(2));
        let said = lived_through(|| -> u8 { panic!("nothing is at {}", 3) });
        assert_eq!(said.unwrap_err(), "the program made a mistake: nothing is at 3");
    }
}
