//! Tells the screen what happens in the worker's thread, and asks the person for it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::console::News;
use crate::journal::Event;
use crate::model::{Cancel, Delta};
use crate::session::{Approvable, Approval, Observer, Selection};

/// How often a question that waits looks whether it was stopped.
const PAUSE: Duration = Duration::from_millis(100);

/// What the person wants in view, where that changed since somebody looked.
pub(super) type Wanted = Arc<Mutex<Option<Selection>>>;

pub(super) struct Teller<'a> {
    pub(super) news: &'a Sender<News>,
    pub(super) answers: &'a Receiver<Approval>,
    pub(super) wanted: &'a Wanted,
    pub(super) cancel: &'a Cancel,
}

impl Teller<'_> {
    /// A screen that is gone needs no news.
    fn tell(&self, news: News) {
        let _ = self.news.send(news);
    }
}

impl Observer for Teller<'_> {
    fn event(&mut self, event: &Event) {
        self.tell(News::Event { event: Box::new(event.clone()), known: false });
    }

    fn known(&mut self, event: &Event) {
        self.tell(News::Event { event: Box::new(event.clone()), known: true });
    }

    fn delta(&mut self, delta: &Delta) {
        self.tell(News::Delta(delta.clone()));
    }

    fn begins(&mut self, what: &str) {
        self.tell(News::Begins(what.to_owned()));
    }

    fn approves(&mut self, question: &Approvable) -> Option<Approval> {
        while self.answers.try_recv().is_ok() {}
        self.tell(News::Asks(question.clone()));
        loop {
            match self.answers.recv_timeout(PAUSE) {
                Ok(answer) => return Some(answer),
                Err(RecvTimeoutError::Timeout) if !self.cancel.is_cancelled() => {}
                Err(_) => return None,
            }
        }
    }

    fn selects(&mut self) -> Option<Selection> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
