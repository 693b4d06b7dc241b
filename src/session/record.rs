//! Every event goes to the journal first, then to whoever watches: the screen shows what is recorded.

use crate::base::TaskId;
use crate::journal::{Event, JournalError, Log};
use crate::model::Delta;

/// Watches a task.
pub trait Observer {
    /// Something happened, and is in the journal.
    fn event(&mut self, event: &Event);

    /// A piece of an answer came.
    fn delta(&mut self, delta: &Delta);

    /// Something that takes time begins; in a few words.
    fn begins(&mut self, what: &str);
}

/// Writes down one task.
pub(super) struct Recorder<'a> {
    log: &'a Log,
    task: TaskId,
    observer: &'a mut dyn Observer,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(log: &'a Log, task: TaskId, observer: &'a mut dyn Observer) -> Self {
        Self { log, task, observer }
    }

    pub(super) fn task(&self) -> &TaskId {
        &self.task
    }

    /// Records `event`; what cannot be recorded must not go on.
    pub(super) fn record(&mut self, event: Event) -> Result<(), JournalError> {
        self.log.append(Some(&self.task), &event)?;
        self.observer.event(&event);
        Ok(())
    }

    pub(super) fn observer(&mut self) -> &mut dyn Observer {
        self.observer
    }
}
