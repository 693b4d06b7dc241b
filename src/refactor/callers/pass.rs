//! What a call gives for a parameter that is new.

use crate::refactor::callers::gain::name_of;
use crate::refactor::callers::parameters::{Parameter, Signature};
use crate::refactor::callers::{Asked, Gain};
use crate::refactor::sources::File;

/// A way to get the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Value(String),
    /// The caller takes it too.
    Thread,
    LeftOut,
}

/// The ways to fill `parameter` of `function` at a call in `callers`, from the innermost; best first.
pub(super) fn ways(
    asked: &Asked,
    function: &Signature,
    parameter: &Parameter,
    callers: &[Signature],
    (file, at): (&File, usize),
    in_tests: bool,
) -> Vec<Way> {
    let name = parameter.name.as_str();
    let gain = gain_of(asked, function, name);
    let in_scope = callers.iter().any(|it| it.parameter(name).is_some());
    let named = callers.iter().any(|it| gain_of(asked, it, name).is_some());
    let own = Way::Value(name.to_owned());
    let mut ways = Vec::new();
    // Whoever has it from the task hands it on; another parameter of that name is a guess.
    let hands_on = in_scope && (named || asked.on);
    if hands_on {
        ways.push(own.clone());
    }
    // What is said of a parameter holds for whoever takes one of that name for its sake.
    let same = || asked.gains.iter().filter(|it| name_of(&it.declaration) == name);
    let said = match gain {
        Some(gain) => gain.pass.clone(),
        None if parameter.optional => None,
        None => same().find_map(|it| it.pass.clone()).or(asked.pass.clone()),
    };
    ways.extend(said.map(Way::Value));
    if in_scope && !hands_on && !parameter.optional {
        ways.push(own.clone());
    }
    if parameter.optional {
        ways.push(Way::LeftOut);
        return ways;
    }
    let may_thread = callers.last().is_some_and(|it| it.name != "main") && !in_tests;
    if asked.on && may_thread && !in_scope {
        ways.push(Way::Thread);
    }
    if callers.iter().any(|it| is_bound(file, it, name, at)) && !in_scope {
        ways.push(own);
    }
    ways
}

/// What is asked of a function and a parameter of that name.
pub(super) fn gain_of<'a>(asked: &'a Asked, function: &Signature, name: &str) -> Option<&'a Gain> {
    asked.gains.iter().find(|it| {
        let said = it.function.replace("::", ".");
        let is_it = said == function.name
            || said == function.symbol
            || function.symbol.ends_with(&format!(".{said}"));
        is_it && name_of(&it.declaration) == name
    })
}

/// Whether a name is bound in a function before a place, as one reads it.
fn is_bound(file: &File, function: &Signature, name: &str, at: usize) -> bool {
    let text = file.slice(function.bytes.start..at.max(function.bytes.start));
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(place, _)| {
        let before = &text[..place];
        let after = text[place + name.len()..].trim_start();
        let whole = !before.ends_with(word) && !text[place + name.len()..].starts_with(word);
        let is_set = after.starts_with(":=")
            || after.starts_with('=') && !after.starts_with("==")
            || after.starts_with(':') && (before.ends_with("let ") || before.ends_with("const "));
        whole && is_set && !before.trim_end().ends_with(['.', ',', '('])
    })
}
