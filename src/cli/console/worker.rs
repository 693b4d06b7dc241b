//! The thread that works: it has the model, and does one job after the other.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Instant;

use crate::agent::Ending;
use crate::cli::ask::{self, Sitting};
use crate::cli::console::teller::{Teller, Wanted};
use crate::cli::reviser::{self, lived_through, sentence};
use crate::cli::workshop::OpenEngine;
use crate::cli::{Context, ExitCode, Failure, desk, propose, way, worded, workshop};
use crate::console::{End, Job, ModelLine, News};
use crate::model::{Cancel, Engine};
use crate::session::{self, Answered, Approval, Desk, Outcome, Report, Revision, Selection};

/// Most places that are named where no model can be used.
const MOST_PLACES: usize = 10;

/// What can be done after a mistake of the program itself.
const AGAIN: &str =
    "what was recorded is kept; send it again, or `countersign resume` goes on with it";

/// What a thread needs to work.
pub(super) struct Worker {
    pub(super) context: Context,
    pub(super) jobs: Receiver<(Job, Cancel)>,
    pub(super) news: Sender<News>,
    pub(super) answers: Receiver<Approval>,
    pub(super) wanted: Wanted,
}

/// The engine that is loaded, and the model that a role named for it.
type Loaded = RefCell<Option<(Option<String>, Rc<dyn Engine>)>>;

impl Worker {
    /// Works until nobody has another job.
    pub(super) fn work(self) {
        let mut loaded = Loaded::default();
        while let Ok((job, cancel)) = self.jobs.recv() {
            let is_revision = matches!(job, Job::Revision(_));
            let done = lived_through(|| self.done(&loaded, job, &cancel));
            let news = done.unwrap_or_else(|message| {
                // Whatever went wrong, it is not gone on with.
                loaded = Loaded::default();
                match is_revision {
                    true => News::Revised(Err(message)),
                    false => News::Ended(End::Failed { message, hint: Some(AGAIN.to_owned()) }),
                }
            });
            if self.news.send(news).is_err() {
                return;
            }
        }
    }

    /// Does a job, and says what came of it.
    fn done(&self, loaded: &Loaded, job: Job, cancel: &Cancel) -> News {
        let end = match job {
            Job::Change(text, selection) => self.change(loaded, text, selection, cancel),
            Job::Question(text, selection) => self.question(loaded, &text, selection, cancel),
            Job::Revision(revision) => {
                let revised = self.revision(loaded, *revision, cancel);
                return News::Revised(revised.unwrap_or_else(|failure| Err(sentence(failure))));
            }
        };
        News::Ended(end.unwrap_or_else(|failure| match failure {
            Failure { code: ExitCode::Interrupted, .. } => End::Stopped,
            Failure { message, causes, hint, .. } => {
                End::Failed { message: [vec![message], causes].concat().join(": "), hint }
            }
        }))
    }

    fn revision(
        &self,
        loaded: &Loaded,
        revision: Revision,
        cancel: &Cancel,
    ) -> Result<reviser::Answer, Failure> {
        let place = desk::open(&self.context)?;
        let open = |role: Option<&str>| self.plainly(loaded, &place, role);
        let mut teller = self.teller(cancel);
        reviser::revise(&self.context, &place, &open, revision, (cancel, &mut teller))
    }

    fn teller<'a>(&'a self, cancel: &'a Cancel) -> Teller<'a> {
        let Self { news, answers, wanted, .. } = self;
        Teller { news, answers, wanted, cancel }
    }

    /// The engine that was loaded before, if it is the one that is meant.
    fn engine(
        &self,
        loaded: &Loaded,
        role: Option<&str>,
        open: OpenEngine<'_>,
    ) -> Result<Box<dyn Engine>, Failure> {
        let known = loaded.borrow().as_ref().filter(|(name, _)| name.as_deref() == role).cloned();
        let engine = match known {
            Some((_, engine)) => engine,
            None => {
                // Two models at once may be more than there is memory for.
                loaded.replace(None);
                let engine: Rc<dyn Engine> = Rc::from(open(role)?);
                loaded.replace(Some((role.map(str::to_owned), Rc::clone(&engine))));
                engine
            }
        };
        let info = engine.info();
        let model = ModelLine { name: info.name.clone(), context: info.context };
        let _ = self.news.send(News::Model(model));
        Ok(Box::new(engine))
    }

    /// The engine as flags, role and configuration say. It outlives the job, and its stop.
    fn plainly(
        &self,
        loaded: &Loaded,
        place: &Desk,
        role: Option<&str>,
    ) -> Result<Box<dyn Engine>, Failure> {
        let open =
            |role: Option<&str>| desk::engine(&self.context, place, role, &Cancel::default());
        self.engine(loaded, role, &open)
    }

    fn change(
        &self,
        loaded: &Loaded,
        text: String,
        selection: Selection,
        cancel: &Cancel,
    ) -> Result<End, Failure> {
        let context = &self.context;
        let place = &desk::open(context)?;
        let request = propose::request(context, place, &propose::Args::task(text))?;
        let request = session::Request { selection, ..request.from(Instant::now()) };
        let test = request.test.as_deref();
        if let Some(report) = worded::carried_out(context, place, &request.text, test, cancel)? {
            return Ok(ended(report));
        }
        let wanted = &context.config()?.propose.way;
        let own = way::model_of_role(place, wanted)?;
        let spare = request.repair && session::tells_of_a_mistake(&request.text);
        let open = |role: Option<&str>| {
            let meant = own.as_deref().or(role);
            self.engine(loaded, meant, &|role| {
                // The engine outlives the job and its stop.
                desk::engine_if_any(context, place, role, spare, &Cancel::default())
            })
        };
        let report = workshop::open(
            context,
            place,
            (&open, request.team.as_deref()),
            cancel,
            &mut self.teller(cancel),
            &mut |workshop, observer| {
                let way = way::of(context, wanted, request.team.as_deref(), workshop.engine.info());
                let request = session::Request { way, ..request.clone() };
                session::propose(workshop, &request, cancel, observer)
            },
        )?;
        Ok(ended(report))
    }

    fn question(
        &self,
        loaded: &Loaded,
        text: &str,
        selection: Selection,
        cancel: &Cancel,
    ) -> Result<End, Failure> {
        let place = &desk::open(&self.context)?;
        let open = |role: Option<&str>| self.plainly(loaded, place, role);
        let mut teller = self.teller(cancel);
        let sitting = Sitting {
            engine: &open,
            cancel,
            observer: &mut teller,
            selection,
            started: Instant::now(),
        };
        let asked = |_: &Desk, library: session::Library<'_>, role: &crate::agent::Role| {
            Ok((text.to_owned(), session::places(library, text, &[], role)?))
        };
        match ask::answer(&self.context, place, None, &asked, sitting)? {
            ask::End::Answered(answered) => Ok(said(*answered)),
            ask::End::NoModel(places, failure) => {
                let spots = places.spots.iter().take(MOST_PLACES).map(|spot| match spot.span {
                    Some(span) => format!("{}:{span}", spot.path),
                    None => spot.path.to_string(),
                });
                let hint = failure.hint.unwrap_or_default();
                let text =
                    format!("{}. {hint}\n\nThese places would have been read:", failure.message);
                Ok(End::Answered { text, cited: spots.collect() })
            }
        }
    }
}

/// How a change ended.
fn ended(report: Report) -> End {
    match (report.ending, report.proposal) {
        (Ending::Proposed { verified }, Some(id)) => {
            let words = match verified {
                Some(true) => "its tests pass",
                Some(false) => "its tests fail",
                None => "not tested",
            };
            End::Proposed { id, verified, words: words.into() }
        }
        (Ending::Proposed { .. }, None) => End::Nothing("nothing was proposed".into()),
        (Ending::NoUsableReply(why), _) => End::Failed {
            message: format!("no reply of the model could be applied: {why}"),
            hint: Some(
                "say the task more exactly, add the file to the context, or use a larger model"
                    .into(),
            ),
        },
        (Ending::TimeUp, _) => {
            End::Nothing("the time limit was reached before there was a change to propose".into())
        }
        (Ending::Cancelled, Some(id)) => {
            End::Proposed { id, verified: None, words: "not tested: it was stopped".into() }
        }
        (Ending::Cancelled, None) => End::Stopped,
    }
}

/// How a question ended.
fn said(answered: Answered) -> End {
    let cited =
        answered.citations.iter().map(|it| format!("{}:{}  {}", it.path, it.line, it.text.trim()));
    match answered.outcome {
        Outcome::Answered | Outcome::Uncited => {
            End::Answered { text: answered.text, cited: cited.collect() }
        }
        Outcome::NothingFound => {
            End::Nothing("nothing was found that the question is about".into())
        }
        Outcome::TimeUp => {
            End::Nothing("the time limit was reached before the answer was whole".into())
        }
        Outcome::Interrupted => End::Stopped,
    }
}
