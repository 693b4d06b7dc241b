//! `countersign refs`

use serde::Serialize;

use crate::base::RepoPath;
use crate::cli::defs::{named, nothing};
use crate::cli::index::looked_up;
use crate::cli::listing::{self, Block};
use crate::cli::narrow::Narrow;
use crate::cli::{Context, ExitCode, Failure, printable};
use crate::repo::Repo;
use crate::retrieval::{self, Filter, Reach, Use};
use crate::syntax::{self, SymbolKind};

/// List where a name is used
///
/// Lines that have the name as a whole identifier, without those that define it. Files that define it
/// come first, then those that import these or lie beside them; code before tests and documents. Uses are found by the name
/// alone: of `Client.connect` they are those of any `connect`, also one of another type. Comments and
/// strings do not count unless `--comments` is given; documents and files that no grammar reads count
/// in full.
///
/// `--kind` is about the definition that a use stands in. With `--json` an array of `{path, line,
/// column, in, as, symbol, kind, text}`: `in` is `code`, `comment`, `string` or `text`, `as` is `call`,
/// `type`, `inherits` or `import` where the grammar tells, and `symbol` and `kind` are those of the
/// definition around. Where nothing is found, names that look like it are
/// told, and the exit code is 0 all the same.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A name, or a path such as `Client.connect` or `Client::connect`
    name: String,
    /// Count comments and strings too
    #[arg(long)]
    comments: bool,
    /// Most lines to show
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    narrow: Narrow,
}

/// A use as JSON has it.
#[derive(Serialize)]
struct Row<'a> {
    path: &'a RepoPath,
    line: u32,
    column: u32,
    r#in: syntax::Context,
    r#as: Option<syntax::UsedAs>,
    symbol: Option<&'a str>,
    kind: Option<SymbolKind>,
    text: &'a str,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let mut filter = Filter::default();
    args.narrow.add_to(&mut filter)?;
    let name = named(&args.name)?;
    let repo = Repo::discover(&context.dir)?;
    let index = looked_up(context, &repo)?;
    let reach = if args.comments { Reach::Everything } else { Reach::Code };
    let found = retrieval::uses(&index, name, &filter, reach, args.limit)?;
    if context.out.json {
        context.out.document(&found.uses.iter().map(row).collect::<Vec<_>>())?;
    } else {
        context.out.data(&listing::text(&found.uses.iter().map(block).collect::<Vec<_>>()))?;
    }
    if found.more {
        context.out.say(&format!("the first {}; `--limit N` shows more", args.limit));
    } else if found.unspoken > 0 {
        let plural = if found.unspoken == 1 { "line says" } else { "lines say" };
        context.out.say(&format!(
            "{} more {plural} it in comments and strings; `--comments` shows them",
            found.unspoken
        ));
    } else if found.uses.is_empty() {
        let known = !retrieval::definitions(&index, name, &Filter::default())?.is_empty();
        context.out.say(&match known && filter.is_empty() {
            true => format!("`{}` is defined and not used", printable(name)),
            false => nothing(&index, name, "used", &filter)?,
        });
    }
    Ok(ExitCode::Done)
}

fn row(it: &Use) -> Row<'_> {
    let (symbol, kind) = it.within.as_ref().map(|it| (it.0.as_str(), it.1)).unzip();
    Row {
        path: &it.path,
        line: it.line,
        column: it.column,
        r#in: it.context,
        r#as: it.used_as,
        symbol,
        kind,
        text: &it.text,
    }
}

fn block(it: &Use) -> Block<'_> {
    let heading = it.within.as_ref();
    Block {
        path: &it.path,
        heading: heading
            .map(|(symbol, kind)| format!("{} {}", kind.name(), printable(symbol)))
            .unwrap_or_default(),
        line: it.line,
        text: &it.text,
        focus: it.column as usize - 1,
    }
}
