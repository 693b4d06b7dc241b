//! `countersign defs`

use serde::Serialize;

use crate::base::RepoPath;
use crate::cli::index::looked_up;
use crate::cli::listing::{self, Block};
use crate::cli::narrow::Narrow;
use crate::cli::{Context, ExitCode, Failure, printable};
use crate::index::Index;
use crate::repo::Repo;
use crate::retrieval::{self, Definition, Filter};
use crate::syntax::SymbolKind;

/// List where a name is defined
///
/// Code comes before tests and documents, then the order of paths. With `--json` an array of
/// `{path, line, start_line, end_line, symbol, kind, signature}`: `line` has the name, and the others
/// are those of the whole definition with its doc comment. Where nothing is found, names that look
/// like it are told, and the exit code is 0 all the same.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A name, or a path such as `Client.connect` or `Client::connect`
    name: String,
    /// Most definitions to show
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    narrow: Narrow,
}

/// A definition as JSON has it.
#[derive(Serialize)]
struct Row<'a> {
    path: &'a RepoPath,
    line: u32,
    start_line: u32,
    end_line: u32,
    symbol: &'a str,
    kind: SymbolKind,
    signature: &'a str,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let mut filter = Filter::default();
    args.narrow.add_to(&mut filter)?;
    let name = named(&args.name)?;
    let repo = Repo::discover(&context.dir)?;
    let index = looked_up(context, &repo)?;
    let mut found = retrieval::definitions(&index, name, &filter)?;
    let all = found.len();
    found.truncate(args.limit);
    if context.out.json {
        context.out.document(&found.iter().map(row).collect::<Vec<_>>())?;
    } else {
        context.out.data(&listing::text(&found.iter().map(block).collect::<Vec<_>>()))?;
    }
    if found.is_empty() {
        context.out.say(&nothing(&index, name, "defined", &filter)?);
    } else if found.len() < all {
        context.out.say(&format!("{} of {all}; `--limit N` shows more", found.len()));
    }
    Ok(ExitCode::Done)
}

/// The name that was typed.
pub(super) fn named(name: &str) -> Result<&str, Failure> {
    match name.trim() {
        "" => Err(Failure::new("the name is empty").code(ExitCode::Usage)),
        name => Ok(name),
    }
}

/// What to say where there is nothing: names that look like it.
pub(super) fn nothing(
    index: &Index,
    name: &str,
    what: &str,
    filter: &Filter,
) -> Result<String, Failure> {
    let shown = printable(name);
    if !filter.is_empty() {
        return Ok(format!("`{shown}` is not {what} where these filters look"));
    }
    let near: Vec<String> = retrieval::near_names(index, name)?
        .iter()
        .map(|it| format!("`{}`", printable(it)))
        .collect();
    Ok(match near.split_last() {
        None => format!("`{shown}` is not {what} here"),
        Some((only, [])) => format!("`{shown}` is not {what} here; did you mean {only}?"),
        Some((last, others)) => {
            format!("`{shown}` is not {what} here; did you mean {} or {last}?", others.join(", "))
        }
    })
}

fn row(it: &Definition) -> Row<'_> {
    Row {
        path: &it.path,
        line: it.line,
        start_line: it.span().start,
        end_line: it.span().end,
        symbol: &it.symbol.path,
        kind: it.symbol.kind,
        signature: &it.symbol.signature,
    }
}

fn block(it: &Definition) -> Block<'_> {
    Block {
        path: &it.path,
        heading: format!("{} {} {}", it.span(), it.symbol.kind.name(), printable(&it.symbol.path)),
        line: it.line,
        text: &it.symbol.signature,
        focus: 0,
    }
}
