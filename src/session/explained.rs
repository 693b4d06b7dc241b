//! What `explain` asks: the definition that a person means by a line or a name, as a question with its
//! places.

use crate::agent::Role;
use crate::base::{RepoPath, Span};
use crate::context::{Purpose, Spot};
use crate::retrieval;
use crate::session::driver::SessionError;
use crate::session::places::{Library, Places, places};
use crate::session::read::read;
use crate::syntax::{self, Language};

/// Lines around one that is in no definition.
const AROUND: u32 = 12;

/// What a person wants to have explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explained {
    File(RepoPath),
    /// The definition that this line is in, or the lines around it.
    Line(RepoPath, u32),
    /// Whatever is defined under this name.
    Name(String),
}

/// The question, and where its answer stands; none where there is no such line or name.
pub fn explained(
    library: Library<'_>,
    what: &Explained,
    role: &Role,
) -> Result<Option<(String, Places)>, SessionError> {
    match what {
        Explained::File(path) => {
            let question = format!("What is `{path}` for, and what are its main parts?");
            let found = places(library, &question, std::slice::from_ref(path), role)?;
            Ok(Some((question, found)))
        }
        Explained::Line(path, line) => {
            let Some((span, name)) = around(library, path, *line) else { return Ok(None) };
            let question = match &name {
                Some(name) => format!("What does `{name}` in `{path}` do, and how?"),
                None => format!("What do the lines {span} of `{path}` do?"),
            };
            let mut found = places(library, &question, &[], role)?;
            let spot = Spot {
                path: path.clone(),
                span: Some(span),
                purpose: Purpose::Source,
                why: "named by a person".to_owned(),
            };
            found.spots.retain(|other| *other != spot);
            found.spots.insert(0, spot);
            Ok(Some((question, found)))
        }
        Explained::Name(name) => {
            let question = format!("What does `{name}` do, and how?");
            let last = name.rsplit(['.', ':']).next().unwrap_or(name);
            let named = retrieval::named(library.index, &question)?;
            let is = |it: &retrieval::Named| it.name == *name || it.name == last;
            match named.iter().any(is) {
                true => Ok(Some((question.clone(), places(library, &question, &[], role)?))),
                false => Ok(None),
            }
        }
    }
}

/// The lines of the innermost definition that `line` is in, with its name, or the lines around it.
fn around(library: Library<'_>, path: &RepoPath, line: u32) -> Option<(Span, Option<String>)> {
    let state = read(library.desk, path)?;
    let last = u32::try_from(state.bytes.split_inclusive(|byte| *byte == b'\n').count()).ok()?;
    if line == 0 || line > last {
        return None;
    }
    let language = Language::of(path, &state.bytes);
    let symbols = language.map(|language| syntax::symbols(language, &state.bytes));
    let covers = |symbol: &&syntax::Symbol| {
        symbol.kind.is_definition() && symbol.span.overlaps(&Span::new(line, line))
    };
    let symbols = symbols.unwrap_or_default();
    let inner = symbols.iter().filter(covers).min_by_key(|symbol| symbol.span.lines());
    Some(match inner {
        Some(symbol) => (symbol.span, Some(symbol.path.clone())),
        None => {
            let first = line.saturating_sub(AROUND).max(1);
            (Span::new(first, line.saturating_add(AROUND).min(last)), None)
        }
    })
}
