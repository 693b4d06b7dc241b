//! Prompts from templates in minijinja: files in `prompts/`, carried in the binary, with those of a
//! person and of a repository laid over them.

use std::collections::BTreeMap;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;

use crate::base::Digest;
use crate::config::OwnedText;
use crate::context::{Offer, Purpose};

/// A template that cannot be rendered.
#[derive(Debug, thiserror::Error)]
#[error("the prompt template `{name}` cannot be rendered")]
pub struct RenderError {
    name: String,
    #[source]
    source: minijinja::Error,
}

/// The prompt templates.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
    /// Their names and texts, by name.
    texts: BTreeMap<String, String>,
}

/// Steps that a template may take: whoever wrote it may be a stranger.
const FUEL: u64 = 1_000_000;

/// A command that fails, as a prompt shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Failing {
    pub command: String,
    pub output: String,
}

/// A source as a template sees it.
#[derive(Clone, Debug, Serialize)]
pub struct View {
    pub heading: String,
    pub language: String,
    pub text: String,
}

const FILES: &[(&str, &str)] = &[
    ("agent/system.md", include_str!("../../prompts/agent/system.md")),
    ("agent/task.md", include_str!("../../prompts/agent/task.md")),
    ("agent/before.md", include_str!("../../prompts/agent/before.md")),
    ("agent/failed.md", include_str!("../../prompts/agent/failed.md")),
    ("agent/flawed.md", include_str!("../../prompts/agent/flawed.md")),
    ("agent/refused.md", include_str!("../../prompts/agent/refused.md")),
    ("agent/silent.md", include_str!("../../prompts/agent/silent.md")),
    ("agent/stuck.md", include_str!("../../prompts/agent/stuck.md")),
    ("coder/system.md", include_str!("../../prompts/coder/system.md")),
    ("coder/task.md", include_str!("../../prompts/coder/task.md")),
    ("coder/refused.md", include_str!("../../prompts/coder/refused.md")),
    ("coder/flawed.md", include_str!("../../prompts/coder/flawed.md")),
    ("coder/unlike.md", include_str!("../../prompts/coder/unlike.md")),
    ("coder/arguments.md", include_str!("../../prompts/coder/arguments.md")),
    ("coder/examples.md", include_str!("../../prompts/coder/examples.md")),
    ("coder/failed.md", include_str!("../../prompts/coder/failed.md")),
    ("explainer/system.md", include_str!("../../prompts/explainer/system.md")),
    ("explainer/task.md", include_str!("../../prompts/explainer/task.md")),
    ("tester/system.md", include_str!("../../prompts/tester/system.md")),
    ("tester/task.md", include_str!("../../prompts/tester/task.md")),
    ("tester/survivors.md", include_str!("../../prompts/tester/survivors.md")),
    ("tester/names.md", include_str!("../../prompts/tester/names.md")),
    ("reviewer/system.md", include_str!("../../prompts/reviewer/system.md")),
    ("reviewer/task.md", include_str!("../../prompts/reviewer/task.md")),
    ("fixer/found.md", include_str!("../../prompts/fixer/found.md")),
    ("planner/system.md", include_str!("../../prompts/planner/system.md")),
    ("planner/task.md", include_str!("../../prompts/planner/task.md")),
    ("reviser/system.md", include_str!("../../prompts/reviser/system.md")),
    ("reviser/task.md", include_str!("../../prompts/reviser/task.md")),
    ("documenter/system.md", include_str!("../../prompts/documenter/system.md")),
    ("documenter/task.md", include_str!("../../prompts/documenter/task.md")),
    ("locator/system.md", include_str!("../../prompts/locator/system.md")),
    ("locator/task.md", include_str!("../../prompts/locator/task.md")),
];

impl Templates {
    /// The templates that the binary carries.
    pub fn shipped() -> Result<Self, RenderError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        let mut templates = Self { environment, texts: BTreeMap::new() };
        for (name, text) in FILES {
            templates.set(name, text)?;
        }
        Ok(templates)
    }

    /// The shipped templates with `texts` laid over them in their order, and those that cannot be
    /// used, with the reason.
    pub fn load(texts: &[OwnedText]) -> Result<(Self, Vec<(String, String)>), RenderError> {
        let mut templates = Self::shipped()?;
        let mut left_out = Vec::new();
        for OwnedText { place, name, text, .. } in texts {
            let set = match text {
                Ok(text) => templates.set(name, text).map_err(|error| error.source.to_string()),
                Err(why) => Err(why.clone()),
            };
            left_out.extend(set.err().map(|why| (place.display().to_string(), why)));
        }
        Ok((templates, left_out))
    }

    fn set(&mut self, name: &str, text: &str) -> Result<(), RenderError> {
        self.environment
            .add_template_owned(name.to_owned(), text.to_owned())
            .map_err(|source| RenderError { name: name.to_owned(), source })?;
        self.texts.insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// What the template `name` says.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// The values that the template `name` asks for, in order; none where there is no such template.
    pub fn values(&self, name: &str) -> Option<Vec<String>> {
        let template = self.environment.get_template(name).ok()?;
        let mut values: Vec<String> = template.undeclared_variables(false).into_iter().collect();
        values.sort();
        Some(values)
    }

    /// Renders the template `name`.
    pub fn render(&self, name: &str, values: impl Serialize) -> Result<String, RenderError> {
        let wrong = |source| RenderError { name: name.to_owned(), source };
        self.environment
            .get_template(name)
            .and_then(|template| template.render(Value::from(Serde(values))))
            .map_err(wrong)
    }

    /// Names all templates together, for the journal.
    pub fn digest(&self) -> Digest {
        let parts = self.texts.iter().flat_map(|(name, text)| [name, "\0", text, "\0"]);
        Digest::of(&parts.flat_map(str::bytes).collect::<Vec<u8>>())
    }
}

impl From<&Offer> for View {
    fn from(offer: &Offer) -> Self {
        let heading = match offer.purpose {
            Purpose::Evidence => {
                format!(
                    "From the test {}, lines {}; it is right and stays as it is:",
                    offer.path, offer.span
                )
            }
            Purpose::Source if offer.whole => format!("The file {}:", offer.path),
            Purpose::Source => format!("From the file {}, lines {}:", offer.path, offer.span),
        };
        Self {
            heading,
            language: offer.language.clone(),
            text: offer.text.trim_end_matches('\n').to_owned(),
        }
    }
}
