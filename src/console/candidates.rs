//! The answers of a round beside each other: which is written, drafted, tested, and what came of it.
//!
//! Read from the events of the journal alone, so that a task that is gone on with shows the same.

use serde::Deserialize;
use serde_json::Value;

use crate::agent::Preference;
use crate::journal::Event;

/// Lines of the list that is kept in the timeline.
const LISTED: usize = 8;

/// Answers that were asked for together, in the order in which they come.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Round {
    pub(super) all: Vec<Candidate>,
    /// The one that is being drafted and tested.
    at: Option<usize>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) standing: Standing,
    /// Which change it is, counted as the journal does, and how large.
    pub(super) change: Option<(u32, String)>,
    /// The answer before it that makes the same change, counted from 1.
    pub(super) same: Option<usize>,
}

/// How far an answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Writing,
    Drafting,
    Testing,
    /// Nothing tests it.
    Untested,
    Passes(String),
    Fails(String),
    /// It is no change that can be made, and why.
    Refused(String),
    /// Another one was good enough before it ended.
    NotNeeded,
}

impl Standing {
    /// A sign and a few words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Writing => "… writing".to_owned(),
            Self::Drafting => "… drafting".to_owned(),
            Self::Testing => "… testing".to_owned(),
            Self::Untested => "· not tested".to_owned(),
            Self::Passes(said) => format!("✓ {said}"),
            Self::Fails(said) => format!("✗ {said}"),
            Self::Refused(why) => format!("! refused: {why}"),
            Self::NotNeeded => "· not needed".to_owned(),
        }
    }
}

impl Round {
    /// A piece of work begins.
    pub(super) fn begins(&mut self, what: &str) {
        if what.contains(", round ") {
            *self = Self::default();
        }
        if let ("test after" | "other tests", Some(candidate)) = (what, self.front()) {
            candidate.standing = Standing::Testing;
        }
    }

    pub(super) fn take(&mut self, event: &Event) {
        match event {
            // One answer alone is asked for by those who write no change.
            Event::Asked { sampling: Value::Array(samplings), .. } => {
                let new = Candidate { standing: Standing::Writing, change: None, same: None };
                self.all.extend(samplings.iter().map(|_| new.clone()));
            }
            Event::Answered { stop, .. } => {
                let writing = |it: &Candidate| it.standing == Standing::Writing;
                let Some(at) = self.all.iter().position(writing) else { return };
                let is_needed = stop != "cancelled";
                self.all[at].standing =
                    if is_needed { Standing::Drafting } else { Standing::NotNeeded };
                self.at = is_needed.then_some(at);
            }
            Event::ReplyRefused { reason } => {
                if let Some(candidate) = self.front() {
                    candidate.standing = Standing::Refused(reason.clone());
                }
                self.at = None;
            }
            Event::Drafted { draft, files, added, removed, passed, failing, said, .. } => {
                let is_same = |it: &Candidate| it.change.as_ref().is_some_and(|it| it.0 == *draft);
                let same = self.all.iter().position(is_same).map(|at| at + 1);
                let size = match files {
                    1 => format!("+{added} -{removed}"),
                    files => format!("+{added} -{removed} in {files} files"),
                };
                if let Some(candidate) = self.front() {
                    candidate.standing = tested(*passed, *failing, said);
                    candidate.change = Some((*draft, size));
                    candidate.same = same;
                }
                self.at = None;
            }
            _ => {}
        }
    }

    fn front(&mut self) -> Option<&mut Candidate> {
        self.at.and_then(|at| self.all.get_mut(at))
    }

    /// One line for each answer, and which of them is proposed.
    pub(super) fn list(&self, chosen: u32) -> String {
        let lines = self.all.iter().enumerate().map(|(at, candidate)| {
            let Candidate { standing, change, same } = candidate;
            let mut line = format!("{} {}", at + 1, standing.words());
            if let Some((number, size)) = change {
                line.push_str(&format!("  {size}"));
                match same {
                    Some(other) => line.push_str(&format!("  the same as {other}")),
                    None if *number == chosen => line.push_str("  ← chosen"),
                    None => {}
                }
            }
            line
        });
        let mut lines: Vec<String> = lines.collect();
        if lines.len() > LISTED {
            // What was chosen shows, and what came of the others.
            let is_telling = |line: &String| !line.ends_with("not needed");
            lines.sort_by_key(|line| (!line.ends_with("chosen"), !is_telling(line)));
            let more = lines.len() - LISTED;
            lines.truncate(LISTED);
            lines.push(format!("… and {more} more"));
        }
        lines.join("\n")
    }
}

/// What a proposal says of the answers that it was chosen from; none where there was but one.
pub(super) fn preference(event: &Event) -> Option<Preference> {
    let Event::Proposed { verification, .. } = event else { return None };
    Preference::deserialize(&verification["chosen"]).ok()
}

fn tested(passed: Option<bool>, failing: Option<u32>, said: &str) -> Standing {
    let said = |otherwise: String| if said.is_empty() { otherwise } else { said.to_owned() };
    match (passed, failing) {
        (None, _) => Standing::Untested,
        (Some(true), _) => Standing::Passes(said("passes".to_owned())),
        (Some(false), None) => Standing::Fails(said("fails".to_owned())),
        (Some(false), Some(failing)) => Standing::Fails(said(format!("{failing} fail"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::Digest;
    use crate::console::testing::{answered, asked, drafted};

    #[test]
    fn each_answer_is_followed_from_its_first_word_to_its_test() {
        let mut round = Round::default();
        round.begins("coder");
        round.take(&asked(3));
        let words = |round: &Round| -> Vec<String> {
            round.all.iter().map(|it| it.standing.words()).collect()
        };
        assert_eq!(words(&round), ["… writing"; 3]);
        round.take(&answered("stop"));
        round.begins("test after");
        assert_eq!(words(&round), ["… testing", "… writing", "… writing"]);
        round.take(&drafted(1, Some(false), "1 failed, 13 passed"));
        round.take(&answered("stop"));
        round.take(&Event::ReplyRefused { reason: "no such lines".into() });
        round.take(&answered("stop"));
        round.take(&drafted(1, Some(false), "1 failed, 13 passed"));
        assert_eq!(
            round.list(1),
            "1 ✗ 1 failed, 13 passed  +3 -1  ← chosen\n2 ! refused: no such lines\n\
             3 ✗ 1 failed, 13 passed  +3 -1  the same as 1"
        );
        round.begins("coder, round 2");
        assert!(round.all.is_empty());
    }

    #[test]
    fn what_is_no_round_is_not_shown_as_one() {
        let mut round = Round::default();
        let sampling = json!({ "temperature": 0.0 });
        round.take(&Event::Asked { role: "planner".into(), prompt: Value::Null, sampling });
        round.take(&answered("stop"));
        round.take(&Event::Drafted {
            asked: Digest::zero(),
            draft: 1,
            files: 1,
            added: 1,
            removed: 0,
            passed: None,
            failing: None,
            said: String::new(),
            flaws: Vec::new(),
        });
        assert!(round.all.is_empty());
    }

    #[test]
    fn of_many_answers_the_chosen_one_is_in_the_list() {
        let mut round = Round::default();
        round.take(&asked(30));
        for nth in 0..30 {
            round.take(&answered("stop"));
            round.take(&drafted(nth + 1, Some(nth == 20), "14 passed"));
        }
        let list = round.list(21);
        assert!(list.starts_with("21 ✓ 14 passed  +3 -1  ← chosen\n"), "{list}");
        assert!(list.ends_with("… and 22 more"), "{list}");
    }
}
