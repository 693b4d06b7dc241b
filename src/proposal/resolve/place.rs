//! Which definition of the file a definition of the code replaces.

use crate::proposal::resolve::Refusal;
use crate::proposal::resolve::parts::{self, Part};
use crate::syntax::{self, Language, Symbol};

/// What becomes of one definition of the code.
#[derive(Debug)]
pub(super) enum Place {
    /// It replaces this symbol.
    Replace(Symbol),
    /// It is new, at the end of this class.
    Member(Symbol),
    /// It is new.
    New,
}

/// Whether the file with `text` is where the definitions of `code` live: each has just one place.
pub(super) fn is_home(language: Language, text: &[u8], code: &str) -> bool {
    let symbols = syntax::symbols(language, text);
    let split = parts::split(language, code);
    !split.definitions.is_empty()
        && split
            .definitions
            .iter()
            .all(|part| matches!(find(&symbols, None, part, ""), Ok(Place::Replace(_))))
}

/// Finds the place of `part`. The name that the code declares decides; `heading` breaks ties.
pub(super) fn find(
    symbols: &[Symbol],
    heading: Option<&str>,
    part: &Part,
    path: &str,
) -> Result<Place, Refusal> {
    let same: Vec<&Symbol> = symbols
        .iter()
        .filter(|symbol| symbol.name == part.symbol.name && alike(symbol, &part.symbol))
        .collect();
    let meant = heading.map(|heading| meant(&same, heading)).unwrap_or_default();
    let possible = if meant.is_empty() {
        same.into_iter().filter(|it| !names_other_class(symbols, heading, it)).collect()
    } else {
        meant
    };
    match possible.as_slice() {
        [] => new(symbols, heading, part, path),
        [only] => Ok(Place::Replace((*only).clone())),
        _ => match told_apart(&possible, &part.symbol) {
            Some(only) => Ok(Place::Replace(only.clone())),
            None => Err(Refusal::Ambiguous {
                path: path.to_owned(),
                name: part.symbol.name.clone(),
                places: possible.iter().map(|symbol| symbol.path.clone()).collect(),
            }),
        },
    }
}

/// The only one of `twins` with the signature of `new`, as an overload or a setter has its own, or else
/// the only one of its kind: a type and its implementation have one name.
fn told_apart<'a>(twins: &[&'a Symbol], new: &Symbol) -> Option<&'a Symbol> {
    let only = |is_it: &dyn Fn(&Symbol) -> bool| {
        let mut found = twins.iter().copied().filter(|it| is_it(it));
        found.next().filter(|_| found.next().is_none())
    };
    only(&|it| it.signature == new.signature).or_else(|| {
        // A method that is given alone looks like a function.
        only(&|it| it.kind == new.kind).filter(|it| it.kind.has_members())
    })
}

/// Where a definition that the file does not have yet goes.
fn new(
    symbols: &[Symbol],
    heading: Option<&str>,
    part: &Part,
    path: &str,
) -> Result<Place, Refusal> {
    let Some(heading) = heading else { return Ok(Place::New) };
    if let Some((class, member)) = heading.rsplit_once('.')
        && member == part.symbol.name
        && let Some(class) =
            symbols.iter().find(|symbol| symbol.path == class && symbol.kind.has_members())
    {
        return Ok(Place::Member(class.clone()));
    }
    let named = symbols.iter().any(|symbol| !symbol.kind.has_members() && fits(symbol, heading));
    if named && last_name(heading) != part.symbol.name {
        let name = part.symbol.name.clone();
        return Err(Refusal::Renamed { path: path.to_owned(), heading: heading.to_owned(), name });
    }
    Ok(Place::New)
}

/// Those of `same` that `heading` means: the one with just this path, or all that it fits.
fn meant<'a>(same: &[&'a Symbol], heading: &str) -> Vec<&'a Symbol> {
    let exact: Vec<_> = same.iter().copied().filter(|symbol| symbol.path == heading).collect();
    if exact.is_empty() {
        return same.iter().copied().filter(|symbol| fits(symbol, heading)).collect();
    }
    exact
}

/// Whether `heading` means `symbol`: its whole path, its end, or the class around it.
fn fits(symbol: &Symbol, heading: &str) -> bool {
    let ends = |long: &str, short: &str| long == short || long.ends_with(&format!(".{short}"));
    ends(&symbol.path, heading) || symbol.path.starts_with(&format!("{heading}."))
}

/// Whether the heading names a class of the file that is not the one around `symbol`.
fn names_other_class(symbols: &[Symbol], heading: Option<&str>, symbol: &Symbol) -> bool {
    let Some((class, _)) = heading.and_then(|heading| heading.rsplit_once('.')) else {
        return false;
    };
    let known = symbols.iter().any(|other| other.path == class && other.kind.has_members());
    known && symbol.path != class && !symbol.path.starts_with(&format!("{class}."))
}

/// The last part of a dotted path.
pub(super) fn last_name(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// A class never replaces a function of the same name, nor the other way round.
fn alike(one: &Symbol, other: &Symbol) -> bool {
    one.kind == other.kind || one.kind.has_members() == other.kind.has_members()
}
