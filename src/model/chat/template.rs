//! Lays a conversation out as the model was taught to read it.
//!
//! The model's own Jinja template is rendered as transformers would render it, byte for byte. It is
//! rendered twice, the second time with marks around the special tokens of the template itself
//! (`marks`): so a file that quotes `<|im_end|>` cannot end a turn.

use jiff::Zoned;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde_json::json;

use crate::model::chat::conversation::{self, Shape};
use crate::model::chat::environment::environment;
use crate::model::chat::marks::{self, Marks};
use crate::model::chat::rendered::Rendered;
use crate::model::chat::reply::Format;
use crate::model::chat::specials::Specials;
use crate::model::chat::thinking::before_an_answer;
use crate::model::chat::{in_words, retell, source};
use crate::model::{Answers, Message, Prompt, Speaker, Tool, ToolCall};

/// The layout that most models understand, for those that bring none.
const CHATML: &str = "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/// How a model lays out a conversation.
#[derive(Debug)]
pub struct Template {
    source: String,
    bos: String,
    eos: String,
    specials: Specials,
    /// Whether it shows tools to the model.
    shows_tools: bool,
    /// Whether it shows calls that were made.
    shows_calls: bool,
    /// Where the clock stands, if it does not go.
    now: Option<Zoned>,
}

impl Template {
    /// The template `source` of a model, or the common layout where it has none. `specials` are all
    /// tokens that its tokeniser would find in a text.
    pub fn new(
        source: Option<&str>,
        bos: String,
        eos: String,
        mut specials: Vec<String>,
    ) -> Result<Self, String> {
        let source = source::without_generation(source.unwrap_or(CHATML));
        specials.extend([bos.clone(), eos.clone()]);
        let specials = Specials::new(specials)?;
        let (shows_tools, shows_calls, now) = (false, false, None);
        let mut template = Self { source, bos, eos, specials, shows_tools, shows_calls, now };
        let [offer, call] = probes();
        template.shows_tools = template.render_messages(&offer, &offer.messages).is_ok();
        template.shows_calls = template.render_messages(&call, &call.messages).is_ok();
        Ok(template)
    }

    /// The same, with the clock standing at `now`.
    #[must_use]
    pub fn at(self, now: Zoned) -> Self {
        Self { now: Some(now), ..self }
    }

    /// The Jinja source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How the replies to a prompt are read.
    pub fn format(&self, prompt: &Prompt) -> Format {
        let offered = !prompt.tools.is_empty();
        let format = Format::of(&self.source, offered);
        let in_words = offered && !(self.shows_tools && self.shows_calls);
        if in_words { format.with_calls_in_words() } else { format }
    }

    /// Lays out `prompt`; the prefill comes last, and thoughts that the template has opened are closed
    /// before it. No message, tool or call is left out silently.
    /// The error is the template's, or says what the template does not show.
    pub fn render(&self, prompt: &Prompt) -> Result<Rendered, String> {
        let in_words = || self.render_told(&in_words::in_words(prompt));
        let mut rendered = if self.shows_tools || !in_words::speaks_of_tools(prompt) {
            self.render_told(prompt)?
        } else if prompt.tools.is_empty() {
            // Some templates know calls and no tools.
            self.render_told(prompt).or_else(|_| in_words())?
        } else {
            in_words()?
        };
        if !prompt.prefill.is_empty() {
            let between = before_an_answer(&self.format(prompt), &rendered.text);
            let from = rendered.text.len();
            let tokens = self.specials.anywhere.find_iter(&between);
            rendered.tokens.extend(tokens.map(|it| from + it.start()..from + it.end()));
            rendered.text += &between;
        }
        rendered.text.push_str(&prompt.prefill);
        rendered.cuts = marks::cuts(&rendered.text, &rendered.tokens, &self.specials.anywhere);
        Ok(rendered)
    }

    /// `prompt` as it is, or told in another way where the template refuses it. The error is that of
    /// the first way.
    fn render_told(&self, prompt: &Prompt) -> Result<Rendered, String> {
        let as_it_is = self.render_messages(prompt, &prompt.messages);
        let Err(why) = as_it_is else { return as_it_is };
        let in_turn = retell::calls_in_turn(&prompt.messages);
        let joined = retell::system_joined(&prompt.messages);
        let both = joined.as_deref().and_then(retell::calls_in_turn);
        let words = (!self.shows_calls)
            .then(|| prompt.messages.iter().map(in_words::calls_in_words).collect());
        let mut others = [in_turn, joined, both, words].into_iter().flatten();
        others.find_map(|messages| self.render_messages(prompt, &messages).ok()).ok_or(why)
    }

    /// Everything that is looked for as a special token.
    #[cfg(test)]
    pub(super) fn specials(&self) -> &[String] {
        &self.specials.texts
    }

    /// The first shape of `messages` that the template takes and leaves nothing of out; or else the
    /// first that leaves out only the text beside calls.
    fn render_messages(&self, prompt: &Prompt, messages: &[Message]) -> Result<Rendered, String> {
        let calls = messages.iter().any(|message| !message.calls.is_empty());
        let shapes = if calls { &Shape::ALL[..] } else { &Shape::ALL[..1] };
        let mut without_text = None;
        let (mut failed, mut left_out) = (None, None);
        for shape in shapes {
            match self.plain(prompt, messages, *shape) {
                Err(why) => failed = failed.or(Some(why)),
                Ok(text) => match self.left_out(prompt, messages, *shape) {
                    None => return self.told_apart(prompt, messages, *shape, text),
                    Some(LeftOut::TextOfCalls) => {
                        without_text = without_text.or(Some((*shape, text)));
                    }
                    Some(LeftOut::More(why)) => left_out = left_out.or(Some(why)),
                },
            }
        }
        if let Some((shape, text)) = without_text {
            let rendered = self.told_apart(prompt, messages, shape, text)?;
            return Ok(Rendered { drops_text_of_calls: true, ..rendered });
        }
        Err(left_out.or(failed).unwrap_or_default())
    }

    /// What the template makes of `messages`, as it is.
    pub(super) fn plain(
        &self,
        prompt: &Prompt,
        messages: &[Message],
        shape: Shape,
    ) -> Result<String, String> {
        self.jinja(&self.source, (&self.bos, &self.eos), prompt, messages, shape)
    }

    /// `text` with the special tokens of the template known.
    pub(super) fn told_apart(
        &self,
        prompt: &Prompt,
        messages: &[Message],
        shape: Shape,
        text: String,
    ) -> Result<Rendered, String> {
        let others = conversation::texts(prompt);
        let marks = Marks::absent_from(&[&self.source, &self.bos, &self.eos, &others])
            .ok_or("the prompt uses all private-use characters")?;
        let source = source::marked(&self.source, &self.specials.own, &marks);
        let around = |token: &String| match token.as_str() {
            "" => String::new(),
            token => format!("{}{token}{}", marks.open, marks.close),
        };
        let (bos, eos) = (around(&self.bos), around(&self.eos));
        let marked = self.jinja(&source, (&bos, &eos), prompt, messages, shape)?;
        let (found, tokens) = marks.take_out(&marked);
        let tokens = marks::whole_tokens(&found, &tokens, |token| self.specials.has(token));
        let exact = found == text;
        let cuts = marks::cuts(&found, &tokens, &self.specials.anywhere);
        Ok(Rendered { text: found, tokens, exact, drops_text_of_calls: false, cuts })
    }

    fn jinja(
        &self,
        source: &str,
        (bos, eos): (&str, &str),
        prompt: &Prompt,
        messages: &[Message],
        shape: Shape,
    ) -> Result<String, String> {
        let failed = |error: minijinja::Error| format!("the chat template fails: {error}");
        let now = self.now.clone().unwrap_or_else(Zoned::now);
        let environment = environment(source, &now).map_err(failed)?;
        let template = environment.get_template("chat").map_err(failed)?;
        let mut values = context! {
            messages => Value::from(Serde(shape.messages(messages))),
            tools => Value::from(Serde(conversation::tools(&prompt.tools))),
            documents => Value::from(()),
            bos_token => bos,
            eos_token => eos,
            add_generation_prompt => true,
        };
        if let Some(thinking) = prompt.thinking {
            values = context! { enable_thinking => thinking, thinking, ..values };
            if !thinking {
                values = context! { reasoning_effort => "low", ..values };
            }
        }
        template.render(values).map_err(failed)
    }

    /// What of `messages` the template does not show in this shape: every text, call and tool is
    /// replaced by a word of its own, and the words are looked for.
    fn left_out(&self, prompt: &Prompt, messages: &[Message], shape: Shape) -> Option<LeftOut> {
        let word = |kind: char, i: usize| format!("\u{f8fd}{kind}{i}\u{f8fc}");
        let mut probe = Prompt { messages: messages.to_vec(), ..prompt.clone() };
        for (i, tool) in probe.tools.iter_mut().enumerate() {
            tool.name = word('t', i);
        }
        let mut calls = 0;
        for (i, message) in probe.messages.iter_mut().enumerate() {
            if !message.text.trim().is_empty() {
                message.text = word('m', i);
            }
            for call in &mut message.calls {
                call.name = word('c', calls);
                calls += 1;
            }
        }
        let text = self.plain(&probe, &probe.messages, shape).unwrap_or_default();
        let more =
            |what: String| Some(LeftOut::More(format!("the chat template leaves out {what}")));
        if let Some((_, tool)) =
            probe.tools.iter().zip(&prompt.tools).find(|(probe, _)| !text.contains(&probe.name))
        {
            return more(format!("the tool `{}`", tool.name));
        }
        let mut left_out = None;
        for (i, (probe, message)) in probe.messages.iter().zip(messages).enumerate() {
            let mut calls = probe.calls.iter().zip(&message.calls);
            if let Some((_, call)) = calls.find(|(probe, _)| !text.contains(&probe.name)) {
                return more(format!("the call of `{}`", call.name));
            }
            if text.contains(probe.text.trim()) {
                continue;
            }
            if message.calls.is_empty() {
                return more(format!("message {}", i + 1));
            }
            left_out = Some(LeftOut::TextOfCalls);
        }
        left_out
    }
}

/// What a template does not show.
enum LeftOut {
    /// Only what an assistant said before its calls.
    TextOfCalls,
    /// Something that may not be missing, in words.
    More(String),
}

/// A prompt with a tool, and one with a call.
fn probes() -> [Prompt; 2] {
    let name = "look_it_up";
    let tool = Tool {
        name: name.into(),
        description: "Looks it up".into(),
        parameters: json!({ "type": "object", "properties": {} }),
    };
    let id = "call00001";
    let call = ToolCall { id: id.into(), name: name.into(), arguments: json!({ "what": "it" }) };
    let answers = Some(Answers { id: id.into(), name: name.into() });
    let user = Message::new(Speaker::User, "Go on.");
    let conversation = vec![
        user.clone(),
        Message { calls: vec![call], ..Message::new(Speaker::Assistant, "") },
        Message { answers, ..Message::new(Speaker::Tool, "42") },
    ];
    [
        Prompt { messages: vec![user], tools: vec![tool], ..Prompt::default() },
        Prompt { messages: conversation, ..Prompt::default() },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::reply::Reader;

    fn conversation(messages: &[(Speaker, &str)], prefill: &str) -> Prompt {
        let message = |(speaker, text): &(Speaker, &str)| Message::new(*speaker, *text);
        let messages = messages.iter().map(message).collect();
        Prompt { messages, prefill: prefill.to_owned(), ..Prompt::default() }
    }

    fn template(source: Option<&str>) -> Template {
        let specials = ["<|im_start|>", "<|im_end|>", "<|user|>"].map(str::to_owned);
        Template::new(source, "<s>".into(), "</s>".into(), specials.to_vec()).unwrap()
    }

    /// Special tokens are shown in «», cuts as ^.
    #[track_caller]
    fn check(source: Option<&str>, prompt: &Prompt, expected: &str) {
        let shown = match template(source).render(prompt) {
            Ok(rendered) => {
                let mut at = 0;
                let mut shown = Vec::new();
                for piece in rendered.pieces() {
                    let tokens = rendered
                        .tokens
                        .iter()
                        .filter(|token| at <= token.start && token.end <= at + piece.len());
                    let mut marked = piece.to_owned();
                    for token in tokens.rev() {
                        marked.insert(token.end - at, '»');
                        marked.insert(token.start - at, '«');
                    }
                    at += piece.len();
                    shown.push(marked);
                }
                shown.join("^")
            }
            Err(why) => format!("error: {why}"),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn common_layout() {
        let prompt =
            conversation(&[(Speaker::System, "be brief"), (Speaker::User, "<|im_end|>")], "<s>fn ");
        check(
            None,
            &prompt,
            "«<|im_start|>»system\nbe brief«<|im_end|>»\n«<|im_start|>»user\n<^|im_end|>«<|im_end|>»\n«<|im_start|>»assistant\n<^s>fn ",
        );
    }

    #[test]
    fn python_methods_and_filters() {
        let source = "{{ bos_token }}{%- for m in messages %}\n{{ m['content'].strip() | trim }}{{ eos_token if m.role.startswith('ass') }}{% endfor %}";
        check(
            Some(source),
            &conversation(&[(Speaker::User, " a\u{1c}"), (Speaker::Assistant, "b")], ""),
            "«<s>»ab«</s>»",
        );
    }

    #[test]
    fn system_joins_the_user_where_the_template_refuses_it() {
        let source = "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}{{ m.role }}:{{ m.content }};{% endfor %}";
        check(
            Some(source),
            &conversation(&[(Speaker::System, "s"), (Speaker::User, "u")], ""),
            "user:s\n\nu;",
        );
    }

    #[test]
    fn tokens_that_are_put_together_from_a_role_are_the_templates() {
        let source = "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}<|{{ m.content }}|>{% endfor %}";
        check(
            Some(source),
            &conversation(&[(Speaker::User, "im_end")], ""),
            "«<|user|>»im_end<^|im_end|>",
        );
    }

    #[test]
    fn nothing_is_left_out() {
        let one = conversation(&[(Speaker::User, "u")], "");
        check(Some("hello"), &one, "error: the chat template leaves out message 1");
        let upper = "{% for m in messages %}{{ m.content | upper }}{{ m.content }}{% endfor %}";
        check(Some(upper), &conversation(&[(Speaker::User, "u")], ""), "Uu");
        let changed = "{% for m in messages %}{{ m.content.replace('a', '') }}{% endfor %}";
        check(Some(changed), &conversation(&[(Speaker::User, "bab")], ""), "bb");
        let mut call = one;
        call.messages[0].calls =
            vec![ToolCall { id: String::new(), name: "look".into(), arguments: json!({}) }];
        let tools = "{{ tools | tojson }}{% for m in messages %}{{ m.content }}{% endfor %}";
        let in_words = "nullu\n<tool_call>\n{\"name\": \"look\", \"arguments\": {}}\n</tool_call>";
        check(Some(tools), &call, in_words);
    }

    #[test]
    fn tools_are_put_into_words_where_the_template_shows_none() {
        let [mut prompt, _] = probes();
        let call = ToolCall { id: String::new(), name: "look".into(), arguments: json!({}) };
        prompt.messages.push(Message { calls: vec![call], ..Message::new(Speaker::Assistant, "") });
        prompt.messages.push(Message::new(Speaker::Tool, "42"));
        let common = template(None);
        let rendered = common.render(&prompt).unwrap().text;
        assert!(rendered.starts_with("<|im_start|>system\n# Tools\n"), "{rendered}");
        assert!(rendered.ends_with(
            "<|im_start|>assistant\n<tool_call>\n{\"name\": \"look\", \"arguments\": {}}\n</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\n42\n</tool_response><|im_end|>\n<|im_start|>assistant\n"
        ), "{rendered}");
        let reader = Reader::new(&common.format(&prompt), &prompt.tools, 1, false);
        let reply = reader.read("<tool_call>\n{\"name\": \"look\"}\n</tool_call>");
        assert_eq!(reply.calls.len(), 1);
    }

    #[test]
    fn text_beside_calls_may_be_dropped_and_it_is_said() {
        let source = "{{ tools | tojson }}{% for m in messages %}{% if m.tool_calls %}{{ m.tool_calls | tojson }}{% else %}{{ m.content }}{% endif %}{% endfor %}";
        let call = ToolCall { id: String::new(), name: "look".into(), arguments: json!({}) };
        let mut prompt = conversation(&[(Speaker::Assistant, "I look."), (Speaker::User, "u")], "");
        prompt.messages[0].calls = vec![call];
        let rendered = template(Some(source)).render(&prompt).unwrap();
        assert!(rendered.drops_text_of_calls && rendered.text.ends_with('u'), "{rendered:?}");
        prompt.messages[0].text.clear();
        assert!(!template(Some(source)).render(&prompt).unwrap().drops_text_of_calls);
    }

    #[test]
    fn calls_are_given_as_the_template_wants_them() {
        let mut prompt = conversation(&[(Speaker::Assistant, "")], "");
        let arguments = json!({ "b": 1, "a": "é" });
        prompt.messages[0].calls =
            vec![ToolCall { id: "abcdef123".into(), name: "look".into(), arguments }];
        let call = |arguments: &str| {
            format!(
                "{{% for m in messages %}}{{{{ m.tool_calls[0].function.name + {arguments} }}}}{{% endfor %}}"
            )
        };
        let arguments = "m.tool_calls[0].function.arguments";
        check(Some(&call(arguments)), &prompt, "look{\"b\": 1, \"a\": \"é\"}");
        check(Some(&call("m.content")), &prompt, "look");
        check(
            Some(&call(&format!("m.content + {arguments}|tojson"))),
            &prompt,
            "look{\"b\": 1, \"a\": \"é\"}",
        );
    }

    #[test]
    fn where_marks_disturb_a_template_its_tokens_are_still_known() {
        let source = "{% set end = '<|im_end|>' %}{% for m in messages %}{{ 'yes' if end in m.content else 'no' }}{{ m.content + end }}{% endfor %}";
        let prompt = conversation(&[(Speaker::User, "<|im_end|>")], "");
        let rendered = template(Some(source)).render(&prompt).unwrap();
        assert_eq!((rendered.text.as_str(), rendered.exact), ("no<|im_end|><|im_end|>", false));
        assert_eq!((rendered.tokens[0].clone(), rendered.tokens.len()), (12..22, 1));
        assert_eq!(rendered.pieces().collect::<Vec<_>>(), ["no<", "|im_end|><|im_end|>"]);
    }

    #[test]
    fn nothing_loops_for_ever() {
        let source =
            "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}";
        let one = conversation(&[(Speaker::User, "u")], "");
        assert!(template(Some(source)).render(&one).unwrap_err().contains("fuel"));
    }
}
