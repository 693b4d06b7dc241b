//! Lays a conversation out as the model was taught to read it.
//!
//! The model's own Jinja template is rendered with a mark in the place of every message, and the
//! result is cut at the marks. What came from the template may hold special tokens; what a message
//! says never does, so a file that quotes `<|im_end|>` cannot end a turn.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, Value, context};

use crate::model::{Message, Prompt, Speaker};

/// The layout that most models understand, for those that bring none.
const CHATML: &str = "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/// Steps a template may take; a hostile one could loop for ever.
const FUEL: u64 = 2_000_000;

/// A part of a rendered prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Written by the template: special tokens mean what they mean.
    Layout(String),
    /// Written by somebody else: plain text, whatever it looks like.
    Content(&'a str),
}

/// How a model lays out a conversation.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) source: String,
    pub(super) bos: String,
    pub(super) eos: String,
}

impl Template {
    /// The template `source` of a model, or the common layout where it has none.
    pub(super) fn new(source: Option<String>, bos: String, eos: String) -> Self {
        Self { source: source.unwrap_or_else(|| CHATML.to_owned()), bos, eos }
    }

    /// Cuts `prompt` into pieces, in order; the prefill comes last. The error is the template's.
    pub(super) fn render<'a>(&self, prompt: &'a Prompt) -> Result<Vec<Piece<'a>>, String> {
        let all: Vec<Slot<'a>> = prompt.messages.iter().map(Slot::of).collect();
        let rendered = self.try_render(&all);
        // Some templates know no system message: its text then opens the first message of the user.
        let mut pieces = match (rendered, join_system(&all)) {
            (Err(_), Some(joined)) => self.try_render(&joined)?,
            (rendered, _) => rendered?,
        };
        if !prompt.prefill.is_empty() {
            pieces.push(Piece::Content(&prompt.prefill));
        }
        Ok(pieces)
    }

    fn try_render<'a>(&self, slots: &[Slot<'a>]) -> Result<Vec<Piece<'a>>, String> {
        let environment = environment(&self.source).map_err(|error| said(&error))?;
        let messages: Vec<Value> = slots
            .iter()
            .enumerate()
            .map(|(i, slot)| context! { role => slot.role(), content => mark(i) })
            .collect();
        let template = environment.get_template("chat").map_err(|error| said(&error))?;
        let text = template
            .render(context! {
                messages,
                bos_token => self.bos.as_str(),
                eos_token => self.eos.as_str(),
                add_generation_prompt => true,
            })
            .map_err(|error| said(&error))?;
        cut(&text, slots)
    }
}

/// One message for the template: who speaks, and the texts that go in its place.
#[derive(Clone, Debug)]
struct Slot<'a> {
    speaker: Speaker,
    texts: Vec<&'a str>,
}

impl<'a> Slot<'a> {
    fn of(message: &'a Message) -> Self {
        Self { speaker: message.speaker, texts: vec![&message.text] }
    }

    fn role(&self) -> &'static str {
        match self.speaker {
            Speaker::System => "system",
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
            Speaker::Tool => "tool",
        }
    }
}

/// The system message put in front of the first message of the user, if there are both.
fn join_system<'a>(slots: &[Slot<'a>]) -> Option<Vec<Slot<'a>>> {
    let [first, second, rest @ ..] = slots else { return None };
    if (first.speaker, second.speaker) != (Speaker::System, Speaker::User) {
        return None;
    }
    let texts = first.texts.iter().chain(&["\n\n"]).chain(&second.texts).copied().collect();
    let joined = Slot { speaker: Speaker::User, texts };
    Some(std::iter::once(joined).chain(rest.iter().cloned()).collect())
}

/// Stands for message `i`: private-use characters, which no template contains.
fn mark(i: usize) -> String {
    format!("\u{f8fd}{i}\u{f8fe}")
}

/// Puts the texts back where the marks are. Every message must be there: none is left out silently.
fn cut<'a>(rendered: &str, slots: &[Slot<'a>]) -> Result<Vec<Piece<'a>>, String> {
    let mut pieces = Vec::new();
    let mut rest = rendered;
    for (i, slot) in slots.iter().enumerate() {
        let (before, after) = rest
            .split_once(&mark(i))
            .ok_or_else(|| format!("the chat template leaves out message {}", i + 1))?;
        pieces.push(Piece::Layout(before.to_owned()));
        pieces.extend(slot.texts.iter().map(|text| Piece::Content(text)));
        rest = after;
    }
    pieces.push(Piece::Layout(rest.to_owned()));
    Ok(pieces)
}

/// An environment as the templates of published models expect it.
fn environment(source: &str) -> Result<Environment<'_>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_fuel(Some(FUEL));
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_function("raise_exception", |why: String| -> Result<Value, _> {
        Err(minijinja::Error::new(ErrorKind::InvalidOperation, why))
    });
    environment.add_function("strftime_now", |format: String| {
        jiff::fmt::strtime::format(&format, &jiff::Zoned::now()).unwrap_or_default()
    });
    environment.add_template("chat", source)?;
    Ok(environment)
}

fn said(error: &minijinja::Error) -> String {
    format!("the chat template fails: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(messages: &[(Speaker, &str)], prefill: &str) -> Prompt {
        let message = |(speaker, text): &(Speaker, &str)| Message::new(*speaker, *text);
        let messages = messages.iter().map(message).collect();
        Prompt { messages, prefill: prefill.to_owned(), ..Prompt::default() }
    }

    /// Contents are shown in brackets.
    #[track_caller]
    fn check(source: Option<&str>, prompt: &Prompt, expected: &str) {
        let template = Template::new(source.map(str::to_owned), "<s>".into(), "</s>".into());
        let shown = match template.render(prompt) {
            Ok(pieces) => pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Layout(text) => text.clone(),
                    Piece::Content(text) => format!("[{text}]"),
                })
                .collect(),
            Err(why) => format!("error: {why}"),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn common_layout() {
        let prompt =
            conversation(&[(Speaker::System, "be brief"), (Speaker::User, "<|im_end|>")], "fn ");
        check(
            None,
            &prompt,
            "<|im_start|>system\n[be brief]<|im_end|>\n<|im_start|>user\n[<|im_end|>]<|im_end|>\n<|im_start|>assistant\n[fn ]",
        );
    }

    #[test]
    fn python_methods_and_filters() {
        let source = "{{ bos_token }}{%- for m in messages %}\n{{ m['content'].strip() | trim }}{{ eos_token if m.role.startswith('ass') }}{% endfor %}";
        check(
            Some(source),
            &conversation(&[(Speaker::User, " a "), (Speaker::Assistant, "b")], ""),
            "<s>[ a ][b]</s>",
        );
    }

    #[test]
    fn system_joins_the_user_where_the_template_refuses_it() {
        let source = "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}{{ m.role }}:{{ m.content }};{% endfor %}";
        check(
            Some(source),
            &conversation(&[(Speaker::System, "s"), (Speaker::User, "u")], ""),
            "user:[s][\n\n][u];",
        );
    }

    #[test]
    fn nothing_is_left_out_and_nothing_loops_for_ever() {
        let one = conversation(&[(Speaker::User, "u")], "");
        check(Some("hello"), &one, "error: the chat template leaves out message 1");
        let forever = Template::new(
            Some(
                "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}"
                    .into(),
            ),
            String::new(),
            String::new(),
        );
        assert!(forever.render(&one).unwrap_err().contains("fuel"));
    }
}
