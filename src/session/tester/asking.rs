//! What the model is asked: calls of a function, and calls that tell it from mutants that survive.

use serde_json::json;

use crate::base::RepoPath;
use crate::context::View;
use crate::journal::Event;
use crate::model::{Completion, Delta, Form, Message, Prompt, Sampling, Speaker, Step};
use crate::session::driver::SessionError;
use crate::session::recall::asked;
use crate::session::single::answered;
use crate::session::tester::Writing;
use crate::session::tester::function::short;
use crate::session::tester::targets::Target;
use crate::syntax::{self, Language, Mutant, SymbolKind};

/// Most assertions of an answer, and most characters of a call's arguments and of its value.
const MOST_LINES: usize = 7;
const LONGEST: usize = 80;
const LONGEST_VALUE: usize = 40;
/// Signatures of what a function calls that are shown with it.
const MOST_CALLED: usize = 6;
/// Survivors that are asked about at once.
const MOST_SURVIVORS: usize = 3;
/// How an answer begins.
const BEGINNING: &str = "```python\n";
/// The nucleus of warm answers: unlikely tokens break code.
const NUCLEUS: f32 = 0.95;

/// A conversation about one function.
pub(super) struct Asking {
    pub(super) messages: Vec<Message>,
}

impl Writing<'_> {
    /// The conversation as it begins: the function, what belongs to it, what is wanted.
    pub(super) fn open(&self, target: &Target) -> Result<Asking, SessionError> {
        let names = &self.writer.role.role.prompts;
        let templates = self.writer.templates;
        let system = templates.render(&names.system, json!({}))?;
        let mut sources = sources(target);
        loop {
            let task = templates.render(
                &names.task,
                json!({
                    "sources": sources,
                    "wish": self.request.wish,
                    "name": target.symbol.path,
                    "call": call_of(target),
                }),
            )?;
            let needed = self.writer.engine.count(&system) + self.writer.engine.count(&task);
            let budget = self.request.prompt_tokens;
            if needed <= budget {
                let messages =
                    vec![Message::new(Speaker::System, system), Message::new(Speaker::User, task)];
                return Ok(Asking { messages });
            }
            // What is said first is least needed; the function itself comes last, and is cut.
            if sources.len() > 1 {
                sources.remove(0);
            } else if !cut(&mut sources) {
                return Err(SessionError::NoRoom { needed, budget });
            }
        }
    }

    /// Assertions that call the function, as the model writes them.
    pub(super) fn ask_calls(
        &mut self,
        target: &Target,
        asking: &mut Asking,
    ) -> Result<Vec<String>, SessionError> {
        let samplings = (0..self.request.answers).map(|nth| self.sampling(nth, &form(target)));
        let answers = self.answers("tests", asking, BEGINNING, samplings.collect())?;
        if let Some(first) = answers.first() {
            asking.messages.push(Message::new(Speaker::Assistant, first.text.clone()));
        }
        Ok(lines(&answers))
    }

    /// Assertions for mutants that none of the calls so far fails with.
    pub(super) fn ask_about(
        &mut self,
        target: &Target,
        asking: &mut Asking,
        alive: &[&Mutant],
    ) -> Result<Vec<String>, SessionError> {
        let Some(template) = self.writer.role.role.prompts.others.get("survivors") else {
            return Ok(Vec::new());
        };
        let step = alive.len().div_ceil(MOST_SURVIVORS).max(1);
        let told: Vec<_> = alive
            .iter()
            .step_by(step)
            .map(|mutant| {
                let line = target.text.lines().nth(mutant.line - 1).unwrap_or_default();
                let old = target.text.get(mutant.bytes.clone()).unwrap_or_default();
                json!({ "line": line.trim(), "old": short(old), "new": short(&mutant.new) })
            })
            .collect();
        let values = json!({ "name": target.symbol.path, "survivors": told });
        let text = self.writer.templates.render(template, values)?;
        let begun = asking.messages.len();
        asking.messages.push(Message::new(Speaker::User, text));
        let sampling = self.sampling(0, &form(target));
        let answers = self.answers("tests, survivors", asking, BEGINNING, vec![sampling])?;
        asking.messages.truncate(begun);
        Ok(lines(&answers))
    }

    fn sampling(&self, nth: u32, form: &Option<Form>) -> Sampling {
        let role = &self.writer.role.role;
        let heat = role.warmer * nth as f32;
        Sampling {
            temperature: (self.request.temperature + heat).min(1.0),
            top_p: self.request.top_p.min(NUCLEUS),
            seed: self.request.seed.wrapping_add(nth),
            max_tokens: self.request.answer_tokens,
            form: form.clone().filter(|_| role.held),
            ..Sampling::default()
        }
    }

    /// The answers to a conversation, recorded.
    pub(super) fn answers(
        &mut self,
        what: &str,
        asking: &Asking,
        prefill: &str,
        samplings: Vec<Sampling>,
    ) -> Result<Vec<Completion>, SessionError> {
        let role = self.writer.role.role.name.clone();
        let prompt = Prompt {
            messages: asking.messages.clone(),
            prefill: prefill.to_owned(),
            ..Prompt::default()
        };
        self.recorder.observer().begins(what);
        self.recorder.record(Event::Asked {
            role: role.clone(),
            prompt: json!(prompt),
            sampling: json!(samplings),
        })?;
        let began = std::time::Instant::now();
        let mut deaths = Vec::new();
        let observer = self.recorder.observer();
        let mut on_step = |nth, step| match step {
            Step::Delta(Delta::Restarted(why)) if nth == 0 => deaths.push(why),
            Step::Delta(delta) if nth == 0 => observer.delta(&delta),
            Step::Delta(_) | Step::Ended(_) => {}
        };
        let engine = self.writer.engine;
        let answers = engine.candidates(&prompt, &samplings, &self.cancel, &mut on_step);
        for why in deaths {
            self.recorder.record(Event::EngineRestarted { why })?;
        }
        let answers = answers?;
        let all: Vec<&Completion> = answers.iter().collect();
        let asked_s = began.saturating_duration_since(self.request.started).as_secs_f64();
        self.cost.add(&all, asked_s, began.elapsed().as_secs_f64());
        for (sampling, answer) in samplings.iter().zip(&answers) {
            self.recorder.record(answered(&role, asked(&prompt, sampling), answer))?;
        }
        Ok(answers)
    }
}

/// The form of an answer: assertions that call the function.
fn form(target: &Target) -> Option<Form> {
    let name = &target.symbol.name;
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let before = match target.symbol.kind {
        SymbolKind::Method => format!(r"[A-Za-z][^\n`#]{{0,{LONGEST}}}\."),
        _ => String::new(),
    };
    let call = format!(r"{before}{name}\([^\n`#]{{0,{LONGEST}}}\)");
    let value = format!(r"[^ \n`#][^\n`#]{{0,{LONGEST_VALUE}}}");
    let line = format!(
        r"(assert (not )?(list\()?{call}\)?( (==|is) {value})?|with pytest\.raises\([A-Za-z]+\): {call})\n"
    );
    let grammar = format!("start: LINE{{1,{MOST_LINES}}} END\nLINE: /{line}/\nEND: /`{{3}}\\n?/\n");
    Some(Form::Lark(grammar))
}

/// The assertions in the answers, each once.
fn lines(answers: &[Completion]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in answers.iter().flat_map(|answer| answer.text.lines()).map(str::trim) {
        let is_one = line.starts_with("assert ") || line.starts_with("with ");
        if is_one && line.len() <= 4 * LONGEST && !found.iter().any(|known| known == line) {
            found.push(line.to_owned());
        }
    }
    found
}

/// How a call of the function looks.
fn call_of(target: &Target) -> String {
    let name = &target.symbol.name;
    match target.symbol.path.rsplit_once('.') {
        Some((class, _)) => format!("{class}(…).{name}(…)"),
        None => format!("{name}(…)"),
    }
}

/// What belongs to the function, and the function last.
fn sources(target: &Target) -> Vec<View> {
    let view = |heading: String, text: String| View { heading, language: "python".into(), text };
    let mut sources = Vec::new();
    let language = Language::named("python");
    let symbols =
        language.map(|it| syntax::symbols(it, target.text.as_bytes())).unwrap_or_default();
    let own = target.text.get(target.symbol.bytes.clone()).unwrap_or_default();
    let is_called = |it: &&syntax::Symbol| {
        let function = matches!(it.kind, SymbolKind::Function | SymbolKind::Method);
        function && it.path != target.symbol.path && own.contains(&format!("{}(", it.name))
    };
    let called: Vec<String> =
        symbols.iter().filter(is_called).take(MOST_CALLED).map(|it| it.signature.clone()).collect();
    if !called.is_empty() {
        sources.push(view("It calls:".into(), called.join("\n")));
    }
    if let Some((class, _)) = target.symbol.path.rsplit_once('.') {
        let made = symbols.iter().find(|it| it.path == format!("{class}.__init__"));
        if let Some(made) = made.and_then(|it| target.text.get(it.bytes.clone())) {
            sources.push(view(format!("How a `{class}` is made:"), made.to_owned()));
        }
    }
    sources.push(view(heading(&target.module.path), own.to_owned()));
    sources
}

fn heading(path: &RepoPath) -> String {
    format!("From the file {path}:")
}

/// Leaves out the last third of what is left of a function; whether there was something to leave out.
fn cut(sources: &mut [View]) -> bool {
    let Some(source) = sources.last_mut() else { return false };
    let lines: Vec<&str> = source.text.lines().collect();
    let keep = lines.len() * 2 / 3;
    if keep < 3 {
        return false;
    }
    source.text = lines[..keep].join("\n");
    true
}
