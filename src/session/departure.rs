//! Where a replay departs from its record: the first thing that is asked otherwise than it was.

use serde_json::{Value, json};

use crate::journal::Event;
use crate::model::{Prompt, Sampling};

/// How much of a line is quoted, in characters.
const QUOTED: usize = 80;

/// Something that a model is asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    prompt: Value,
    samplings: Vec<Value>,
}

impl Asked {
    pub(super) fn new(prompt: &Prompt, samplings: &[Sampling]) -> Self {
        let samplings = samplings.iter().map(|sampling| json!(sampling)).collect();
        Self { prompt: json!(prompt), samplings }
    }

    /// What an event says was asked.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let Event::Asked { prompt, sampling, .. } = event else { return None };
        let samplings = match sampling {
            Value::Array(samplings) => samplings.clone(),
            one => vec![one.clone()],
        };
        Some(Self { prompt: prompt.clone(), samplings })
    }

    /// Says how this differs from what is most like it in the record.
    pub(super) fn departs_from(&self, recorded: &[Self]) -> String {
        let alike = |other: &&Self| common(&self.prompt.to_string(), &other.prompt.to_string());
        let Some(nearest) = recorded.iter().max_by_key(alike) else {
            return "no model was asked in it".to_owned();
        };
        if let Some(difference) = difference(&nearest.prompt, &self.prompt, "prompt") {
            return difference;
        }
        let same = recorded.iter().filter(|other| other.prompt == self.prompt);
        let were: Vec<&Value> = same.flat_map(|other| &other.samplings).collect();
        for sampling in &self.samplings {
            let differences: Vec<String> =
                were.iter().filter_map(|it| difference(it, sampling, "sampling")).collect();
            if differences.len() == were.len() {
                return differences.into_iter().next().unwrap_or_default();
            }
        }
        "the answer to this was broken off".to_owned()
    }
}

/// How many bytes two texts begin with alike.
fn common(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

/// The first place in which two values differ, with what stood and what stands there. Fractions
/// differ where they do as the numbers that a model is given.
fn difference(was: &Value, is: &Value, place: &str) -> Option<String> {
    match (was, is) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
            keys.dedup();
            keys.into_iter().find_map(|key| {
                let (a, b) =
                    (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                difference(a, b, &format!("{place}.{key}"))
            })
        }
        (Value::Array(a), Value::Array(b)) => (0..a.len().max(b.len())).find_map(|at| {
            let (a, b) = (a.get(at).unwrap_or(&Value::Null), b.get(at).unwrap_or(&Value::Null));
            difference(a, b, &format!("{place}[{at}]"))
        }),
        (Value::String(a), Value::String(b)) if a != b => {
            let lines = a.lines().map(Some).chain(std::iter::repeat(None));
            let mut pairs =
                (1..).zip(lines.zip(b.lines().map(Some).chain(std::iter::repeat(None))));
            let (line, (was, is)) = pairs.find(|(_, (a, b))| a != b || a.is_none())?;
            let quote = |line: Option<&str>| match line {
                Some(line) => format!("`{}`", line.chars().take(QUOTED).collect::<String>()),
                None => "nothing".to_owned(),
            };
            Some(format!("{place}, line {line}: it was {}, it is {}", quote(was), quote(is)))
        }
        (Value::Number(a), Value::Number(b))
            if a.as_f64().map(single) == b.as_f64().map(single) =>
        {
            None
        }
        (a, b) if a == b => None,
        (a, b) => Some(format!("{place}: it was {}, it is {}", short(a), short(b))),
    }
}

#[allow(clippy::cast_possible_truncation, reason = "models are given single precision")]
fn single(number: f64) -> f32 {
    number as f32
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(QUOTED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Message, Speaker};

    fn prompt(text: &str) -> Prompt {
        let messages = vec![Message::new(Speaker::System, "s"), Message::new(Speaker::User, text)];
        Prompt { messages, ..Prompt::default() }
    }

    #[track_caller]
    fn check(now: (&str, u32), expected: &str) {
        let sampling = |seed| Sampling { temperature: 0.2, seed, ..Sampling::default() };
        let recorded = [
            Asked::new(&prompt("other"), &[sampling(9)]),
            Asked::new(&prompt("one\ntwo\nthree"), &[sampling(1), sampling(2)]),
        ];
        let now = Asked::new(&prompt(now.0), &[sampling(now.1)]);
        assert_eq!(now.departs_from(&recorded), expected);
    }

    #[test]
    fn the_first_difference_is_named() {
        let place = "prompt.messages[1].text";
        check(("one\n2\nthree", 1), &format!("{place}, line 2: it was `two`, it is `2`"));
        check(("one\ntwo", 1), &format!("{place}, line 3: it was `three`, it is nothing"));
        check(("one\ntwo\nthree", 3), "sampling.seed: it was 1, it is 3");
        check(("one\ntwo\nthree", 2), "the answer to this was broken off");
        let none = Asked::new(&prompt("x"), &[]).departs_from(&[]);
        assert_eq!(none, "no model was asked in it");
    }
}
