//! Asks the model for the arguments of calls that nobody said, and for nothing else: one short prompt for
//! all calls of a draft, a line for each.

use std::collections::BTreeMap;

use serde_json::json;

use crate::agent::Attempt;
use crate::model::{Form, Message, Prompt, Sampling, Speaker};
use crate::refactor::callers::{Open, OpenKey};
use crate::session::driver::SessionError;
use crate::session::run::Run;
use crate::session::single;

/// Calls that are asked about at once, and tokens that each line of the answer may have.
const MOST_CALLS: usize = 12;
const LINE_TOKENS: u32 = 32;
/// Longest value, in characters.
const LONGEST: usize = 80;

impl Run<'_> {
    /// Has the calls filled that wait in the likeliest draft, and drafts that too.
    pub(super) fn fill_calls(&mut self, attempts: &mut Vec<Attempt>) -> Result<(), SessionError> {
        let good = |it: &Attempt| it.result.as_ref().is_ok_and(|it| it.is_good());
        let template = self.role.prompts.others.get("arguments").cloned();
        let Some(template) = template.filter(|_| !attempts.iter().any(good)) else { return Ok(()) };
        if self.cancel.is_cancelled() {
            return Ok(());
        }
        let waits = |it: &&Attempt| {
            let draft = it.result.as_ref().ok().and_then(|it| self.drafts.get(it.draft));
            draft.is_some_and(|it| !it.callers.open.is_empty() && !it.callers.asked)
        };
        let likeliest =
            attempts.iter().filter(waits).max_by(|a, b| a.likelihood.total_cmp(&b.likelihood));
        let Some((reply, likelihood, draft)) = likeliest
            .and_then(|it| Some((it.reply.clone(), it.likelihood, it.result.as_ref().ok()?.draft)))
        else {
            return Ok(());
        };
        let callers = &mut self.drafts[draft].callers;
        callers.asked = true;
        let (open, base) = (callers.open.clone(), callers.base.clone());
        let answers = self.arguments(&template, &open)?;
        if answers.is_empty() {
            return Ok(());
        }
        let drafted = self.drafted_with_callers(base, &answers)?;
        attempts.push(Attempt { reply, likelihood, result: Ok(drafted) });
        Ok(())
    }

    /// The values that the model gives for the calls.
    fn arguments(
        &mut self,
        template: &str,
        open: &[Open],
    ) -> Result<BTreeMap<OpenKey, String>, SessionError> {
        let open = &open[..open.len().min(MOST_CALLS)];
        self.recorder.observer().begins("arguments");
        let calls: Vec<_> = (1..)
            .zip(open)
            .map(|(label, it): (usize, _)| {
                json!({
                    "label": label,
                    "function": it.function,
                    "parameter": it.parameter,
                    "text": it.text,
                })
            })
            .collect();
        let values = json!({ "task": self.request.text, "calls": calls });
        let text = self.templates.render(template, values)?;
        let messages = vec![Message::new(Speaker::User, text)];
        let prompt = Prompt { messages, ..Prompt::default() };
        let most = LINE_TOKENS.saturating_mul(u32::try_from(open.len()).unwrap_or(u32::MAX));
        let sampling = Sampling {
            seed: self.request.seed,
            max_tokens: self.request.answer_tokens.min(crate::base::Tokens(most)),
            form: Some(Form::Lark(form(open.len()))),
            ..Sampling::default()
        };
        let costs = (&mut self.cost, self.request.started);
        let (engine, asked) = (self.workshop.engine, (&prompt, &sampling));
        let role = &self.role.name;
        let completion =
            single::answer(engine, role, asked, &self.cancel, &mut self.recorder, costs)?;
        Ok(read(&completion.text, open))
    }
}

/// The form of an answer: a numbered line for each call.
fn form(count: usize) -> String {
    let lines = (1..=count).map(|number| format!(" \"{number}: \" VALUE \"\\n\""));
    format!("start:{}\nVALUE: /[^\\n`]{{1,{LONGEST}}}/\n", lines.collect::<String>())
}

/// The values in a reply, by the calls that they are for; what is not one expression is none.
fn read(reply: &str, open: &[Open]) -> BTreeMap<OpenKey, String> {
    let mut values = BTreeMap::new();
    for line in reply.lines() {
        let Some((label, value)) = line.split_once(':') else { continue };
        let at = label.trim().parse::<usize>().ok().and_then(|it| it.checked_sub(1));
        let value = value.trim();
        if let Some(call) = at.and_then(|at| open.get(at)).filter(|_| is_one(value)) {
            values.entry(call.key.clone()).or_insert_with(|| value.to_owned());
        }
    }
    values
}

/// Whether a text can stand as one argument: brackets close, and no comma parts it.
fn is_one(value: &str) -> bool {
    let (mut open, mut quote, mut escaped) = (0usize, None, false);
    for c in value.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(end), c) if end == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '(' | '[' | '{') => open += 1,
            (None, ')' | ']' | '}') => match open.checked_sub(1) {
                Some(less) => open = less,
                None => return false,
            },
            (None, ',') if open == 0 => return false,
            (None, ';' | '#') => return false,
            (None, _) => {}
        }
    }
    let comment = value.contains("//") || value.contains("/*");
    !value.is_empty()
        && value.chars().count() <= LONGEST
        && open == 0
        && quote.is_none()
        && !comment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RepoPath;

    #[test]
    fn one_expression_is_an_argument() {
        for value in ["1", "'.'", "g(a, b)", "\"a, (b\"", "[1, 2]", "x.y", "b'\\''"] {
            assert!(is_one(value), "{value}");
        }
        for value in ["", "1, 2", "1); g(2", "(1", "\"a", "1 # no", "1; 2", "1 // no", "\u{e9}\n'"]
        {
            assert!(!is_one(value), "{value}");
        }
    }

    #[test]
    fn lines_are_for_the_calls_that_they_name() {
        let open = |nth| Open {
            key: (RepoPath::new("a.py").unwrap(), "f".to_owned(), nth),
            line: 1,
            parameter: "x".to_owned(),
            function: "f".to_owned(),
            text: String::new(),
        };
        let open = [open(0), open(4)];
        let values = read("2: True\n1: 3, 4\n3: 1\nwords\n2: False\n", &open);
        assert_eq!(values, BTreeMap::from([(open[1].key.clone(), "True".to_owned())]));
    }
}
