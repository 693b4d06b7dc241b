//! The conversation with a model that works with tools, within the tokens that it can read.

use serde_json::json;

use crate::agent::gist;
use crate::base::Tokens;
use crate::context::{self, Entry, RenderError};
use crate::model::{Answers, Message, Prompt, Speaker, Tool, ToolCall};

/// What a message costs beside its text, at most.
const FRAME: Tokens = Tokens(12);
/// What a template says of tools beside them, at most: some say how they are called.
const TOOLS_FRAME: Tokens = Tokens(300);
/// Older steps that are told in a line each.
const MOST_STEPS: usize = 24;
/// How much of a result such a line has, in characters.
const LINE: usize = 80;

/// A reply and what came of it.
#[derive(Clone, Debug)]
struct Turn {
    messages: Vec<Message>,
    /// In a line for each call.
    steps: Vec<String>,
    notes: Vec<String>,
    plan: Option<Vec<String>>,
}

/// The whole conversation, and what of it is told word for word.
#[derive(Clone, Debug, Default)]
pub(super) struct Talk {
    system: String,
    task: String,
    tools: Vec<Tool>,
    turns: Vec<Turn>,
    /// The turns before this one are told in short.
    kept_from: usize,
}

/// What older turns came to, for their template.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub(super) struct Before {
    more: usize,
    steps: Vec<String>,
    notes: Vec<String>,
    plan: Vec<String>,
}

/// A prompt and an account of it.
pub(super) struct Laid {
    pub(super) prompt: Prompt,
    pub(super) ledger: Vec<Entry>,
    /// What is told in short.
    pub(super) left_out: Vec<String>,
}

impl Talk {
    pub(super) fn new(system: String, task: String, tools: Vec<Tool>) -> Self {
        Self { system, task, tools, ..Self::default() }
    }

    /// The model replied.
    pub(super) fn said(&mut self, message: Message) {
        let (steps, notes) = (Vec::new(), Vec::new());
        self.turns.push(Turn { messages: vec![message], steps, notes, plan: None });
    }

    pub(super) fn len(&self) -> usize {
        self.turns.len()
    }

    /// What came of a call of the last reply.
    pub(super) fn result(&mut self, call: &ToolCall, text: &str) {
        let Some(turn) = self.turns.last_mut() else { return };
        let first: String = text.lines().next().unwrap_or_default().chars().take(LINE).collect();
        turn.steps.push(format!("{}: {first}", gist(call)));
        let answers = Some(Answers { id: call.id.clone(), name: call.name.clone() });
        turn.messages.push(Message { answers, ..Message::new(Speaker::Tool, text) });
    }

    /// Something that the model is told beside the results of its calls. Many templates want speakers
    /// in turn, so it is said with the last result where there is one.
    pub(super) fn remark(&mut self, text: &str) {
        let Some(turn) = self.turns.last_mut() else { return };
        match turn.messages.last_mut().filter(|last| last.speaker != Speaker::Assistant) {
            Some(last) => last.text = format!("{}\n\n{text}", last.text),
            None => turn.messages.push(Message::new(Speaker::User, text)),
        }
    }

    pub(super) fn note(&mut self, text: String) {
        self.turns.last_mut().into_iter().for_each(|turn| turn.notes.push(text.clone()));
    }

    pub(super) fn plan(&mut self, steps: Vec<String>) {
        self.turns.last_mut().into_iter().for_each(|turn| turn.plan = Some(steps.clone()));
    }

    /// The prompt for the next reply, of at most `budget` tokens, older turns in short where not all fit.
    /// None where not even the task fits; then so many tokens are needed.
    pub(super) fn lay(
        &mut self,
        budget: Tokens,
        count: &dyn Fn(&str) -> Tokens,
        tell: &dyn Fn(&Before) -> Result<String, RenderError>,
    ) -> Result<Result<Laid, Tokens>, RenderError> {
        let costs: Vec<Tokens> = self.turns.iter().map(|turn| cost(turn, count)).collect();
        let tools = json!(self.tools).to_string();
        let fixed =
            count(&self.system) + count(&self.task) + count(&tools) + TOOLS_FRAME + FRAME + FRAME;
        loop {
            let before = self.before();
            let told = if self.kept_from == 0 { String::new() } else { tell(&before)? };
            let used = fixed + count(&told);
            let kept = context::kept_from(&costs, self.kept_from, budget.saturating_sub(used));
            if kept == self.kept_from && used <= budget {
                return Ok(Ok(self.laid(&told, &costs, [&tools, &told], count)));
            }
            if kept == self.kept_from {
                return Ok(Err(used));
            }
            self.kept_from = kept;
        }
    }

    /// What the turns came to that are told in short.
    fn before(&self) -> Before {
        let old = &self.turns[..self.kept_from];
        let steps: Vec<String> = old.iter().flat_map(|turn| turn.steps.clone()).collect();
        let more = steps.len().saturating_sub(MOST_STEPS);
        Before {
            more,
            steps: steps[more..].to_vec(),
            notes: old.iter().flat_map(|turn| turn.notes.clone()).collect(),
            plan: old.iter().rev().find_map(|turn| turn.plan.clone()).unwrap_or_default(),
        }
    }

    fn laid(
        &self,
        told: &str,
        costs: &[Tokens],
        [tools, before]: [&str; 2],
        count: &dyn Fn(&str) -> Tokens,
    ) -> Laid {
        let entry = |source: &str, tokens, why: &str| Entry {
            source: source.to_owned(),
            tokens,
            why: why.to_owned(),
        };
        let mut ledger = vec![
            entry("instructions", count(&self.system) + FRAME, "always"),
            entry("tools", count(tools) + TOOLS_FRAME, "always"),
            entry("task", count(&self.task) + FRAME, "always"),
        ];
        if !before.is_empty() {
            ledger.push(entry("before", count(before), "older turns in short"));
        }
        let kept = costs.iter().enumerate().skip(self.kept_from);
        ledger.extend(kept.map(|(nth, cost)| entry(&format!("turn {}", nth + 1), *cost, "new")));
        let old = self.turns.iter().zip(costs).take(self.kept_from).enumerate();
        let left_out = old.map(|(nth, (turn, cost))| {
            format!("turn {}: {} ({cost})", nth + 1, turn.steps.join(", "))
        });
        let left_out = left_out.collect();
        let task = match told {
            "" => self.task.clone(),
            told => format!("{}\n\n{told}", self.task.trim_end()),
        };
        let mut messages = vec![
            Message::new(Speaker::System, self.system.clone()),
            Message::new(Speaker::User, task),
        ];
        let kept = self.turns.iter().skip(self.kept_from);
        messages.extend(kept.flat_map(|turn| turn.messages.clone()));
        let prompt = Prompt { messages, tools: self.tools.clone(), ..Prompt::default() };
        Laid { prompt, ledger, left_out }
    }
}

fn cost(turn: &Turn, count: &dyn Fn(&str) -> Tokens) -> Tokens {
    let message = |message: &Message| {
        let calls: Tokens =
            message.calls.iter().map(|call| count(&json!(call).to_string()) + FRAME).sum();
        count(&message.text) + count(&message.reasoning) + calls + FRAME
    };
    turn.messages.iter().map(message).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn call(text: &str) -> ToolCall {
        ToolCall { id: "call00001".into(), name: "open".into(), arguments: json!({ "path": text }) }
    }

    fn count(text: &str) -> Tokens {
        Tokens::count(text.len())
    }

    fn tell(before: &Before) -> Result<String, RenderError> {
        let Before { more, steps, notes, plan } = before;
        Ok(format!("{more} {} {} {}", steps.join("|"), notes.join("|"), plan.join("|")))
    }

    #[test]
    fn notes_and_plan_outlive_the_turns_that_made_them() {
        let mut talk = Talk::new("s".into(), "t".into(), Vec::new());
        for nth in 0..6 {
            talk.said(Message {
                calls: vec![call("a.py")],
                ..Message::new(Speaker::Assistant, "")
            });
            talk.result(&call("a.py"), &format!("result {nth} {}", "x".repeat(150)));
            if nth == 0 {
                talk.note("keep this".into());
                talk.plan(vec!["first".into()]);
            }
        }
        let laid = talk.lay(Tokens(1400), &count, &tell).unwrap().ok().unwrap();
        let task = &laid.prompt.messages[1].text;
        assert!(task.contains("keep this") && task.contains("first"), "{task}");
        assert!(task.contains("open a.py: result 0"), "{task}");
        assert!(!laid.left_out.is_empty());
        let last = laid.prompt.messages.last().unwrap();
        assert!(last.text.starts_with("result 5"), "{}", last.text);
        assert_eq!(
            talk.lay(Tokens(10), &count, &tell).unwrap().err().map(|it| it > Tokens(10)),
            Some(true)
        );
    }

    proptest! {
        #[test]
        fn a_conversation_never_exceeds_its_budget(
            lengths in prop::collection::vec(0..900usize, 0..25), budget in 700..4000u32,
        ) {
            let mut talk = Talk::new("system".into(), "task".into(), Vec::new());
            for (nth, length) in lengths.iter().enumerate() {
                talk.said(Message { calls: vec![call("a")], ..Message::new(Speaker::Assistant, "") });
                talk.result(&call("a"), &"y".repeat(*length));
                if nth % 3 == 0 {
                    talk.remark("and this");
                }
                if let Ok(laid) = talk.lay(Tokens(budget), &count, &tell).unwrap() {
                    let used: Tokens = laid.ledger.iter().map(|entry| entry.tokens).sum();
                    prop_assert!(used <= Tokens(budget), "{used} of {budget}");
                    prop_assert_eq!(laid.left_out.len(), talk.kept_from);
                    let texts = laid.prompt.messages.iter().map(|it| it.text.len()).sum::<usize>();
                    prop_assert!(texts <= budget as usize);
                }
            }
        }
    }
}
