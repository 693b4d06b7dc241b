//! What a rule asks a person, and what was answered before: nobody is asked twice for the same thing.

use std::collections::VecDeque;

use ratatui_textarea::TextArea;

use crate::session::{Approvable, Approval};

/// The questions that wait, and the answers so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Cards {
    waiting: VecDeque<Approvable>,
    answered: Vec<(Approvable, Approval)>,
    /// The reason of a no, while it is typed.
    pub(super) reason: Option<TextArea<'static>>,
}

impl Cards {
    /// The question in front.
    pub(super) fn front(&self) -> Option<&Approvable> {
        self.waiting.front()
    }

    /// Takes a question; gives the answer at once where the person has answered the same before.
    pub(super) fn ask(&mut self, question: Approvable) -> Option<Approval> {
        let same = |(asked, _): &&(Approvable, Approval)| {
            asked.rule == question.rule && asked.action == question.action
        };
        if let Some((_, answer)) = self.answered.iter().rev().find(same) {
            return Some(answer.clone());
        }
        self.waiting.push_back(question);
        None
    }

    /// The person answers the question in front.
    pub(super) fn answer(&mut self, answer: Approval) -> Option<Approval> {
        self.reason = None;
        let question = self.waiting.pop_front()?;
        self.answered.push((question, answer.clone()));
        Some(answer)
    }

    /// A task is over: what was allowed once, or denied, is asked again in the next one, and nobody
    /// waits for an answer any more.
    pub(super) fn end_of_task(&mut self) {
        self.answered.retain(|(_, answer)| *answer == Approval::Session);
        self.waiting.clear();
        self.reason = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RepoPath;
    use crate::policy::{Action, Actor, EditPath};

    fn question(path: &str) -> Approvable {
        Approvable {
            actor: Actor::Agent,
            action: Action::EditPath(EditPath { path: RepoPath::new(path).unwrap() }),
            rule: "agent-edits-automation".into(),
            why: "it runs elsewhere".into(),
        }
    }

    #[test]
    fn nobody_is_asked_twice_for_the_same_thing() {
        let mut cards = Cards::default();
        assert_eq!(cards.ask(question(".ci/run")), None);
        assert_eq!(cards.answer(Approval::Once), Some(Approval::Once));
        assert_eq!(cards.ask(question(".ci/run")), Some(Approval::Once));
        assert_eq!(cards.ask(question(".ci/other")), None);
    }

    #[test]
    fn once_is_for_one_task_and_the_session_is_longer() {
        let mut cards = Cards::default();
        cards.ask(question("a"));
        cards.answer(Approval::Once);
        cards.ask(question("b"));
        cards.answer(Approval::Session);
        cards.ask(question("c"));
        cards.answer(Approval::Denied { reason: "no".into() });
        cards.end_of_task();
        assert_eq!(cards.ask(question("b")), Some(Approval::Session));
        assert_eq!(cards.ask(question("a")), None);
        assert_eq!(cards.ask(question("c")), None);
    }
}
