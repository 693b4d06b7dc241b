//! What the model is told, in the words of its role, and written down.

use serde_json::{Value, json};

use crate::agent::{Act, Telling, read_call, tool_name};
use crate::context::Failing;
use crate::journal::Event;
use crate::model::{Completion, Message, Speaker, ToolCall};
use crate::session::driver::SessionError;
use crate::session::looping::{Looped, look};
use crate::session::run::Run;

/// Longer arguments are not recorded twice, in bytes.
const MOST_RECORDED: usize = 2000;

impl Looped<'_> {
    /// Tells the model what came of a call, and writes it down.
    pub(super) fn result(
        &mut self,
        call: &ToolCall,
        text: &str,
        refused: bool,
    ) -> Result<(), SessionError> {
        self.talk.result(call, text);
        let long = call.arguments.to_string().len() > MOST_RECORDED;
        let arguments = if long { Value::Null } else { call.arguments.clone() };
        let (tool, result) = (tool_name(call), text.to_owned());
        Ok(self.run.recorder.record(Event::ToolCalled { tool, arguments, refused, result })?)
    }

    pub(super) fn tell(
        &mut self,
        call: Option<ToolCall>,
        remark: &Telling,
    ) -> Result<(), SessionError> {
        let (text, refused) = self.worded(remark)?;
        let Some(call) = call else {
            let refuses = !matches!(remark, Telling::TurnsLeft(_));
            if refuses {
                self.run.recorder.record(Event::ReplyRefused { reason: text.clone() })?;
            }
            self.talk.remark(&text);
            return Ok(());
        };
        self.result(&call, &text, refused)?;
        if !refused {
            match read_call(&call, &self.bounds.tools) {
                Ok(Act::Note { text }) => self.talk.note(text),
                Ok(Act::Plan { steps }) => self.talk.plan(steps),
                _ => {}
            }
        }
        Ok(())
    }

    /// A remark in the words of the role, and whether it refuses something.
    fn worded(&self, remark: &Telling) -> Result<(String, bool), SessionError> {
        let Run { role, templates, command, .. } = &self.run;
        let names = &role.prompts;
        let other = |slot: &str| names.others.get(slot).map_or("", String::as_str);
        let reason = |name: &str, why: &str| templates.render(name, json!({ "reason": why }));
        let text = match remark {
            Telling::Fine(text) => return Ok((text.clone(), false)),
            Telling::Refused(why) => return Ok((why.clone(), true)),
            Telling::TurnsLeft(left) => {
                return Ok((format!("{left} turns are left: finish, then call `done`."), true));
            }
            Telling::Unread(why) => reason(&names.refused, why)?,
            Telling::Flawed(why) => reason(&names.flawed, why)?,
            Telling::Stuck(why) => reason(other("stuck"), why)?,
            Telling::Silent => templates.render(other("silent"), json!({ "cut": false }))?,
            Telling::Cut => templates.render(other("silent"), json!({ "cut": true }))?,
            Telling::Failed(output) => {
                let output = look::bounded(output, self.most_shown, "mend these first");
                let command = command.clone().unwrap_or_default();
                let failure = Failing { command, output };
                templates.render(&names.failed, json!({ "failure": failure }))?
            }
        };
        Ok((text, true))
    }
}

/// A reply as it stands in the conversation. Where a call in it could not be read, the model sees all
/// that it wrote.
pub(super) fn spoken(answer: &Completion) -> Message {
    let lost = answer.calls.is_empty() && !answer.unread.is_empty();
    let text = if lost { answer.whole().to_owned() } else { answer.text.clone() };
    Message {
        reasoning: answer.reasoning.clone(),
        calls: answer.calls.clone(),
        ..Message::new(Speaker::Assistant, text)
    }
}
