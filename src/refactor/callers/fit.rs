//! Whether a call gives what a function takes, and the same call for other parameters.

use std::ops::Range;

use crate::refactor::callers::arguments::{Argument, Call, has_names};
use crate::refactor::callers::parameters::{Parameter, ParameterKind, Signature};
use crate::refactor::sources::{Family, File};

/// What a call gives: for each parameter its arguments, by their places in the call.
type Given = Vec<Vec<usize>>;

/// Why a call does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It spreads a list, or may give several values at once.
    Unclear,
    Lacks(String),
    TooMany,
    Unknown(String),
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unclear => write!(f, "gives a list that only a run can count"),
            Self::Lacks(name) => write!(f, "gives no `{name}`"),
            Self::TooMany => write!(f, "gives more than is taken"),
            Self::Unknown(name) => write!(f, "gives `{name}`, which is not taken"),
        }
    }
}

/// How a call of a file is read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'f> {
    pub(super) file: &'f File,
    pub(super) family: Family,
}

impl Reading<'_> {
    /// The parameters that the call gives or leaves out; the receiver too where it is an argument.
    fn taken<'s>(&self, call: &Call, signature: &'s Signature) -> Vec<&'s Parameter> {
        let through_type = signature.has_receiver() && self.names_type(call, signature);
        let own = |it: &&Parameter| through_type || it.kind != ParameterKind::Receiver;
        signature.parameters.iter().filter(own).collect()
    }

    /// Whether what stands before the name is the type and not a value of it.
    fn names_type(&self, call: &Call, signature: &Signature) -> bool {
        let Some(before) = call.before.clone() else { return false };
        let (Some(holder), text) = (&signature.holder, self.file.slice(before.clone())) else {
            return false;
        };
        match self.family {
            Family::Rust => self.file.slice(before.end..call.at).starts_with("::"),
            Family::Python => !signature.of_class && text.rsplit('.').next() == Some(holder),
            Family::TypeScript | Family::Go => false,
        }
    }

    /// What the call gives of the parameters.
    pub(super) fn given(&self, call: &Call, signature: &Signature) -> Result<Given, Unfit> {
        let taken = self.taken(call, signature);
        let mut given: Given = vec![Vec::new(); taken.len()];
        let mut next = 0;
        for (at, argument) in call.arguments.iter().enumerate() {
            let name = argument.name.clone().map(|(name, _)| self.file.slice(name));
            if argument.spread && !self.is_rest(&taken, next) {
                return Err(Unfit::Unclear);
            }
            let place = match name {
                Some(name) => {
                    let own = taken.iter().position(|it| {
                        it.name == name
                            && !matches!(it.kind, ParameterKind::OnlyByPlace | ParameterKind::Rest)
                    });
                    let all = || taken.iter().position(|it| it.kind == ParameterKind::Names);
                    let place = own.or_else(all).ok_or_else(|| Unfit::Unknown(name.to_owned()))?;
                    if !given[place].is_empty() && taken[place].kind != ParameterKind::Names {
                        return Err(Unfit::TooMany);
                    }
                    place
                }
                None => {
                    let by_name = [ParameterKind::OnlyByName, ParameterKind::Names];
                    let place = (next < taken.len() && !by_name.contains(&taken[next].kind))
                        .then_some(next)
                        .ok_or(Unfit::TooMany)?;
                    next += usize::from(taken[place].kind != ParameterKind::Rest);
                    place
                }
            };
            given[place].push(at);
        }
        // One call may give all that another takes.
        let several = self.family == Family::Go && call.arguments.len() == 1;
        let is_call = |it: &Argument| self.file.slice(it.bytes.clone()).ends_with(')');
        for (parameter, given) in taken.iter().zip(&given) {
            let many = matches!(parameter.kind, ParameterKind::Rest | ParameterKind::Names);
            if given.is_empty() && !parameter.optional && !many {
                let unclear = several && call.arguments.first().is_some_and(is_call);
                return Err(match unclear {
                    true => Unfit::Unclear,
                    false => Unfit::Lacks(parameter.name.clone()),
                });
            }
        }
        Ok(given)
    }

    fn is_rest(&self, taken: &[&Parameter], next: usize) -> bool {
        taken.get(next).is_some_and(|it| it.kind == ParameterKind::Rest)
    }
}

/// What a new parameter gets at a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filling {
    Value(String),
    /// Its default.
    LeftOut,
    /// Nobody knows.
    Open,
}

/// An argument of the new call.
enum Item {
    /// One of the old call, perhaps under another name.
    Old(usize, Option<String>),
    New(String),
    /// The same behind its name.
    Named(String),
}

/// The replacements that make a call that fits `old` fit `new`; `fill` says what new parameters get.
/// `None` where an argument that may do something would have to go, or a value is open.
pub(super) fn refitted(
    reading: Reading<'_>,
    call: &Call,
    (old, new): (&Signature, &Signature),
    fill: &mut dyn FnMut(&Parameter) -> Filling,
) -> Option<Vec<(Range<usize>, String)>> {
    let given = reading.given(call, old).ok()?;
    let (before, after) = (reading.taken(call, old), reading.taken(call, new));
    let pairs = paired(&before, &after);
    let named = has_names(reading.family);
    let (mut items, mut by_name) = (Vec::new(), false);
    for (place, parameter) in after.iter().enumerate() {
        let from = pairs.iter().find(|(_, to)| *to == place).map(|(from, _)| *from);
        let arguments = from.map(|from| given[from].as_slice()).unwrap_or_default();
        if !arguments.is_empty() {
            for at in arguments {
                let said = call.arguments[*at].name.clone();
                let old_name = said.map(|(name, _)| reading.file.slice(name).to_owned());
                let many = matches!(parameter.kind, ParameterKind::Names);
                let renamed = old_name.as_ref().is_some_and(|it| *it != parameter.name && !many);
                let needs = named && old_name.is_none() && by_name;
                let only = parameter.kind == ParameterKind::OnlyByName && old_name.is_none();
                let name = (renamed || needs || only).then(|| parameter.name.clone());
                by_name |= old_name.is_some() || name.is_some();
                items.push(Item::Old(*at, name));
            }
            continue;
        }
        let filling = match from {
            // It was left out, and can be no longer.
            Some(from) if !parameter.optional => {
                before[from].default.clone().map_or(Filling::Open, Filling::Value)
            }
            Some(_) => Filling::LeftOut,
            None if matches!(parameter.kind, ParameterKind::Rest | ParameterKind::Names) => {
                Filling::LeftOut
            }
            None => fill(parameter),
        };
        match filling {
            Filling::Value(value) => {
                let own = parameter.optional || parameter.kind == ParameterKind::OnlyByName;
                let is_named = named && (by_name || own);
                by_name |= is_named;
                items.push(match is_named {
                    true => Item::Named(format!("{}={value}", parameter.name)),
                    false => Item::New(value),
                });
            }
            Filling::LeftOut if named => {
                by_name |=
                    parameter.kind != ParameterKind::Rest && parameter.kind != ParameterKind::Names;
            }
            Filling::LeftOut => {
                // Only an end of the list can be left out where arguments have no names.
                items.push(Item::New("undefined".to_owned()));
            }
            Filling::Open => return None,
        }
    }
    while !named && matches!(items.last(), Some(Item::New(text)) if text == "undefined") {
        items.pop();
    }
    // What is given by its name stays in the order that it has.
    items.sort_by_key(|item| match item {
        Item::Old(at, name) if name.is_some() || call.arguments[*at].name.is_some() => (1, *at),
        Item::Named(_) => (2, 0),
        Item::Old(..) | Item::New(_) => (0, 0),
    });
    written(reading.file, call, &items)
}

/// Which parameter is which: by their names, and where as many are gone as have come, by their places.
fn paired(before: &[&Parameter], after: &[&Parameter]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (from, it) in before.iter().enumerate() {
        let same = after.iter().position(|other| {
            other.name == it.name || it.kind == other.kind && it.kind == ParameterKind::Receiver
        });
        pairs.extend(same.map(|to| (from, to)));
    }
    let gone = (0..before.len()).filter(|at| !pairs.iter().any(|(from, _)| from == at));
    let come = (0..after.len()).filter(|at| !pairs.iter().any(|(_, to)| to == at));
    let (gone, come): (Vec<usize>, Vec<usize>) = (gone.collect(), come.collect());
    if gone == come {
        pairs.extend(gone.into_iter().zip(come));
    }
    pairs
}

/// The replacements that give a call these arguments: insertions where all old ones stay in order.
fn written(file: &File, call: &Call, items: &[Item]) -> Option<Vec<(Range<usize>, String)>> {
    let olds: Vec<usize> = items
        .iter()
        .filter_map(|it| if let Item::Old(at, _) = it { Some(*at) } else { None })
        .collect();
    let all = olds.iter().copied().eq(0..call.arguments.len());
    let value = |at: usize, name: &Option<String>| {
        let argument = &call.arguments[at];
        let value = argument.name.clone().map_or(argument.bytes.clone(), |(_, value)| value);
        match name {
            Some(name) => format!("{name}={}", file.slice(value)),
            None => file.slice(argument.bytes.clone()).to_owned(),
        }
    };
    if !all {
        let gone = (0..call.arguments.len()).filter(|at| !olds.contains(at));
        let plain = |at: usize| !file.slice(call.arguments[at].bytes.clone()).contains('(');
        let texts: Vec<String> = items
            .iter()
            .map(|it| match it {
                Item::Old(at, name) => value(*at, name),
                Item::New(text) | Item::Named(text) => text.clone(),
            })
            .collect();
        return gone.into_iter().all(plain).then(|| vec![(call.list.clone(), texts.join(", "))]);
    }
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let bytes: Vec<Range<usize>> = call.arguments.iter().map(|it| it.bytes.clone()).collect();
    let mut place = 0;
    for item in items {
        match item {
            Item::Old(at, name) => {
                place = at + 1;
                if name.is_some() {
                    edits.push((call.arguments[*at].bytes.clone(), value(*at, name)));
                }
            }
            Item::New(text) | Item::Named(text) => {
                edits.push(inserted(file, &call.list, &bytes, place, text))
            }
        }
    }
    Some(edits)
}

/// What puts `text` at `place` into a list of things parted by commas, laid out as they are.
pub(super) fn inserted(
    file: &File,
    list: &Range<usize>,
    things: &[Range<usize>],
    place: usize,
    text: &str,
) -> (Range<usize>, String) {
    let Some(before) = place.checked_sub(1).and_then(|at| things.get(at)) else {
        let Some(first) = things.first() else { return (list.start..list.start, text.to_owned()) };
        let gap = gap(file, list.start, first.start);
        let inside = file.slice(list.start..first.start);
        // Marks such as `*` stand before the first thing.
        let at = list.start + (inside.len() - inside.trim_start().len());
        return (at..at, format!("{text},{gap}"));
    };
    let above = place.checked_sub(2).and_then(|at| things.get(at)).map_or(list.start, |it| it.end);
    (before.end..before.end, format!(",{}{text}", gap(file, above, before.start)))
}

/// A new line with the indent that follows where one begins between the two places, or a space.
fn gap(file: &File, from: usize, to: usize) -> String {
    let between = file.slice(from..to);
    match between.rfind('\n') {
        Some(at) if between[at..].trim().is_empty() => between[at..].to_owned(),
        _ => " ".to_owned(),
    }
}
