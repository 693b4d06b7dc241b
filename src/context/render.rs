//! Prompts from templates: files in `prompts/`, carried in the binary, in minijinja.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;

use crate::base::Digest;
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
}

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
    ("coder/system.md", include_str!("../../prompts/coder/system.md")),
    ("coder/task.md", include_str!("../../prompts/coder/task.md")),
    ("coder/refused.md", include_str!("../../prompts/coder/refused.md")),
    ("coder/flawed.md", include_str!("../../prompts/coder/flawed.md")),
    ("coder/unlike.md", include_str!("../../prompts/coder/unlike.md")),
    ("coder/examples.md", include_str!("../../prompts/coder/examples.md")),
    ("coder/failed.md", include_str!("../../prompts/coder/failed.md")),
];

impl Templates {
    /// The templates that the binary carries.
    pub fn shipped() -> Result<Self, RenderError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in FILES {
            environment
                .add_template(name, text)
                .map_err(|source| RenderError { name: (*name).to_owned(), source })?;
        }
        Ok(Self { environment })
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
        let all: Vec<u8> = FILES
            .iter()
            .flat_map(|(name, text)| [*name, "\0", *text, "\0"])
            .flat_map(str::bytes)
            .collect();
        Digest::of(&all)
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
