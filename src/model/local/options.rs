//! What a person can choose of how a model is loaded, and the words for it.
//!
//! What a choice comes to for one model is decided in [`plan`](crate::model::local::plan).

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::base::Tokens;
use crate::model::{Prompt, Sampling};

/// How exactly keys and values of what was read are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellType {
    /// 16 bits a number.
    #[default]
    F16,
    /// 8.5 bits a number; reading is slower on a processor.
    Q8_0,
    /// 4.5 bits a number; what was read long ago blurs.
    Q4_0,
    /// The most exact of these with which the context fits into memory.
    Auto,
}

/// Whether attention is computed piece by piece, without a table of all scores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flash {
    /// On where the model can: on a processor reading is a tenth to a fifth faster with it. What
    /// llama.cpp finds best on a graphics card, unless cells are quantised, which needs it.
    #[default]
    Auto,
    On,
    Off,
}

/// How positions are told to the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rope {
    /// As the model's own file says.
    #[default]
    Model,
    /// Stretched by YaRN, for a context longer than the one it was trained on.
    Yarn {
        /// How many times longer; 0 is as much as the context needs.
        factor: f32,
        /// Tokens it was trained on; 0 is what its file says.
        original: u32,
    },
}

/// Where the experts of a mixture are kept, which are most of its weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Experts {
    /// On the graphics card as far as its memory goes, once all else is there.
    #[default]
    Auto,
    Gpu,
    Cpu,
    /// Those of the first layers stay with the processor.
    First(u32),
}

/// A LoRA that is laid over the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adapter {
    pub path: PathBuf,
    /// How much of it; 1 is as it was trained, 0 is none.
    pub scale: f32,
}

/// A choice that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no choice `{found}`; there are {choices}")]
pub struct NoChoice {
    found: String,
    choices: &'static str,
}

impl NoChoice {
    fn new(found: &str, choices: &'static str) -> Self {
        Self { found: found.to_owned(), choices }
    }
}

/// How long a model thinks before it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thoughts {
    /// A while, if its template or the model itself begins to.
    #[default]
    Auto,
    /// So many tokens at most, before every answer; 0 is none.
    Most(Tokens),
}

/// Most tokens of thoughts where nobody says.
const SOME_THOUGHTS: Tokens = Tokens(1024);

impl Thoughts {
    /// Most tokens of thoughts before an answer; `in_reasoning` says that the layout of the prompt begins
    /// them. Without a word of anybody's, an answer that is held to a form is not thought about, and one
    /// whose beginning is given never is.
    pub(super) fn before(self, prompt: &Prompt, sampling: &Sampling, in_reasoning: bool) -> Tokens {
        let wanted = prompt.thinking.unwrap_or(in_reasoning || sampling.form.is_none());
        let set = match self {
            _ if sampling.thinking.is_some() => sampling.thinking,
            Self::Most(most) => Some(most),
            Self::Auto => None,
        };
        match set {
            _ if !prompt.prefill.is_empty() || prompt.thinking == Some(false) => Tokens(0),
            Some(most) => most,
            None if wanted => SOME_THOUGHTS,
            None => Tokens(0),
        }
    }
}

impl FromStr for Thoughts {
    type Err = NoChoice;

    fn from_str(text: &str) -> Result<Self, NoChoice> {
        let choices = "`auto` and a number of tokens";
        match text {
            "auto" => Ok(Self::Auto),
            _ => match text.parse() {
                Ok(most) => Ok(Self::Most(Tokens(most))),
                Err(_) => Err(NoChoice::new(text, choices)),
            },
        }
    }
}

impl FromStr for CellType {
    type Err = NoChoice;

    fn from_str(text: &str) -> Result<Self, NoChoice> {
        match text {
            "f16" => Ok(Self::F16),
            "q8_0" => Ok(Self::Q8_0),
            "q4_0" => Ok(Self::Q4_0),
            "auto" => Ok(Self::Auto),
            _ => Err(NoChoice::new(text, "`f16`, `q8_0`, `q4_0` and `auto`")),
        }
    }
}

impl Display for CellType {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F16 => "f16",
            Self::Q8_0 => "q8_0",
            Self::Q4_0 => "q4_0",
            Self::Auto => "auto",
        })
    }
}

impl FromStr for Flash {
    type Err = NoChoice;

    fn from_str(text: &str) -> Result<Self, NoChoice> {
        match text {
            "auto" => Ok(Self::Auto),
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err(NoChoice::new(text, "`auto`, `on` and `off`")),
        }
    }
}

impl FromStr for Experts {
    type Err = NoChoice;

    fn from_str(text: &str) -> Result<Self, NoChoice> {
        match text {
            "auto" => Ok(Self::Auto),
            "gpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            _ => {
                let choices = "`auto`, `gpu`, `cpu` and a number of layers";
                text.parse().map(Self::First).map_err(|_| NoChoice::new(text, choices))
            }
        }
    }
}

impl FromStr for Adapter {
    type Err = NoChoice;

    /// Reads `PATH` or `PATH:SCALE`.
    fn from_str(text: &str) -> Result<Self, NoChoice> {
        let scaled = text.rsplit_once(':').and_then(|(path, scale)| {
            scale.parse().ok().filter(|it: &f32| it.is_finite()).map(|scale| (path, scale))
        });
        let (path, scale) = scaled.unwrap_or((text, 1.0));
        if path.is_empty() {
            return Err(NoChoice::new(text, "paths of `.gguf` files, with `:SCALE` or without"));
        }
        Ok(Self { path: path.into(), scale })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Form;

    #[test]
    fn words_are_read_and_others_refused_with_those_that_there_are() {
        for word in ["f16", "q8_0", "q4_0", "auto"] {
            assert_eq!(word.parse::<CellType>().unwrap().to_string(), word);
        }
        assert_eq!("off".parse(), Ok(Flash::Off));
        assert_eq!("12".parse(), Ok(Experts::First(12)));
        let error = "q5".parse::<CellType>().unwrap_err().to_string();
        assert_eq!(error, "there is no choice `q5`; there are `f16`, `q8_0`, `q4_0` and `auto`");
        assert!("-1".parse::<Experts>().is_err());
        assert!("".parse::<Flash>().is_err());
    }

    #[test]
    fn thoughts_are_as_many_as_somebody_says() {
        let plain = (Prompt::default(), Sampling::default());
        let formed = Sampling { form: Some(Form::Regex("a".into())), ..Sampling::default() };
        let before = |set: &str, (prompt, sampling): (&Prompt, &Sampling), begun| {
            set.parse::<Thoughts>().unwrap().before(prompt, sampling, begun).0
        };
        let asked = Sampling { thinking: Some(Tokens(7)), ..formed.clone() };
        let begun = Prompt { prefill: "a".into(), ..Prompt::default() };
        let with = |thinking| Prompt { thinking: Some(thinking), ..Prompt::default() };
        assert_eq!(before("auto", (&plain.0, &plain.1), false), SOME_THOUGHTS.0);
        assert_eq!(before("auto", (&plain.0, &formed), false), 0);
        assert_eq!(before("auto", (&plain.0, &formed), true), SOME_THOUGHTS.0);
        assert_eq!(before("9", (&plain.0, &formed), false), 9);
        assert_eq!(before("9", (&plain.0, &asked), false), 7);
        assert_eq!(before("9", (&begun, &asked), false), 0);
        assert_eq!(before("9", (&with(false), &plain.1), true), 0);
        assert_eq!(before("auto", (&with(true), &formed), false), SOME_THOUGHTS.0);
        assert!("some".parse::<Thoughts>().is_err());
    }

    #[test]
    fn an_adapter_may_have_a_scale() {
        let adapter = |path: &str, scale| Ok(Adapter { path: path.into(), scale });
        assert_eq!("a.gguf".parse(), adapter("a.gguf", 1.0));
        assert_eq!("/b:c/a.gguf:0.5".parse(), adapter("/b:c/a.gguf", 0.5));
        assert_eq!("/b:c".parse(), adapter("/b:c", 1.0));
        assert_eq!("a:inf".parse(), adapter("a:inf", 1.0));
        assert!(":1".parse::<Adapter>().is_err());
    }
}
