//! `countersign map`

use crate::base::{RepoPath, Tokens};
use crate::cli::index::looked_up;
use crate::cli::{Context, ExitCode, Failure};
use crate::repo::{Repo, read_regular};
use crate::retrieval;

/// Outline the repository within a token budget
///
/// Shows the definitions whose names are used most. A token counts as four bytes; the outline never
/// exceeds the budget.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only files below this path, counted from the root of the repository
    path: Option<String>,
    /// Tokens that the outline may take
    #[arg(long, value_name = "N", default_value_t = 1024)]
    tokens: u32,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let repo = Repo::discover(&context.dir)?;
    let within = args.path.as_deref().map(within).transpose()?.flatten();
    if let Some(path) = within.as_ref().filter(|path| !path.under(repo.root()).exists()) {
        return Err(Failure::new(format!("there is no `{path}` in the repository"))
            .code(ExitCode::Usage)
            .hint("paths start at the root of the repository"));
    }
    let index = looked_up(context, &repo)?;
    let limit = context.config()?.index.max_file_bytes;
    let text = retrieval::map(&index, within.as_ref(), Tokens(args.tokens), |path: &RepoPath| {
        read_regular(&path.under(repo.root()), limit).ok()
    })?;
    if text.is_empty() {
        context.out.say("nothing to outline");
    }
    if context.out.json {
        context.out.document(&serde_json::json!({ "tokens": args.tokens, "map": text }))?;
    } else {
        context.out.data(&escaped(&text))?;
    }
    Ok(ExitCode::Done)
}

/// The path below the root; `.` is the root itself.
fn within(path: &str) -> Result<Option<RepoPath>, Failure> {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    if path.is_empty() || path == "." {
        return Ok(None);
    }
    let usage =
        |error: crate::base::PathError| Failure::new(error.to_string()).code(ExitCode::Usage);
    RepoPath::new(path).map(Some).map_err(usage)
}

/// Text of the repository with its control characters made visible, but for line ends and tabs.
pub(super) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => shown.push(c),
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}
