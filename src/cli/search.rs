//! `countersign search`

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::base::RepoPath;
use crate::cli::index::{fresh, say_unfinished};
use crate::cli::listing::cut;
use crate::cli::map::escaped;
use crate::cli::narrow::{Narrow, wrong};
use crate::cli::task_state::StateOptions;
use crate::cli::{Context, ExitCode, Failure};
use crate::index::words;
use crate::repo::{BlobId, Repo};
use crate::retrieval::{self, Filter, Hit, Query};
use crate::syntax::SymbolKind;

/// How many lines of a hit are shown.
const LINES_A_HIT: usize = 5;
/// How much of a line is shown, in characters: with its number, a narrow terminal's width.
const LINE_WIDTH: usize = 70;

/// What the help says at its end.
const FILTERS: &str = "\
Words of the query may be filters; a query of several lines is taken as it is:
  kind:struct,enum  Only definitions of these kinds
  sym:NAME          Only definitions with NAME in the name, or `sym:parse_*`
  file:PART         Only files with PART in the path, or `file:*.rs`
  lang:rust         Only files in this language
  \"a phrase\"        Only what says this, letter for letter
  /regex/           Only what has a line that matches
All of them have to hold; of several kinds or languages, one. Without other
words, what passes is listed by path. NAME and PART without capitals are found
in any case.";

/// Search the repository: ranked places, without a model
///
/// Finds the code that a question, a task, an error or a name is about. Ranks by text, names, paths
/// and by what past commits say. Exits with 0 even if nothing is found. With `--json` an array of
/// `{path, start_line, end_line, blob, symbol, kind, score, why, lines, text}`: `blob` is the
/// beginning of the name that git gives to the file as it stands; `lines` are there with filters, and
/// have the phrase, the match or the name.
///
/// A query that asks for the last changes (`latest change to the parser`, `what changed last week in
/// src/index`) gets the files that match in the order of the newest commits that changed them.
///
/// Who is at a task can say where: what is open or was touched, names that came up, what failed, and
/// what was shown before, which is not shown again unless it changed.
#[derive(Debug, clap::Args)]
#[command(after_help = FILTERS)]
pub struct Args {
    /// What you look for: a question, a task, an error, a name
    #[arg(required_unless_present_any = ["kind", "regex", "open", "touched", "seen", "error"], value_name = "QUERY")]
    query: Vec<String>,
    /// Most hits to show
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    narrow: Narrow,
    /// Only what has a line that matches this regular expression
    #[arg(long, value_name = "PATTERN")]
    regex: Option<String>,
    /// Take the query as it stands: nothing in it is a filter
    #[arg(long)]
    plain: bool,
    /// Say why each hit is one
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    state: StateOptions,
}

/// A hit as JSON has it.
#[derive(Serialize)]
struct Row<'a> {
    path: &'a RepoPath,
    start_line: u32,
    end_line: u32,
    blob: BlobId,
    symbol: Option<&'a str>,
    kind: Option<SymbolKind>,
    score: f32,
    why: &'a str,
    /// With `--explain`: what each signal adds.
    #[serde(skip_serializing_if = "Option::is_none")]
    signals: Option<&'a BTreeMap<&'static str, f32>>,
    /// Lines that the filters are about: with a phrase, a match, or the name of the definition.
    #[serde(skip_serializing_if = "<[u32]>::is_empty")]
    lines: &'a [u32],
    text: &'a str,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let mut query = query(&args)?;
    let repo = Repo::discover(&context.dir)?;
    query.state = args.state.read(context, &repo)?;
    let fresh = fresh(context, &repo, &|| false)?;
    say_unfinished(context, &fresh.report);
    // One more tells whether there are more.
    let most = args.limit.saturating_add(usize::from(query.is_all_filter));
    let mut hits = retrieval::search(&fresh.index, &fresh.history, &query, most)?;
    let more = hits.len() > args.limit;
    hits.truncate(args.limit);
    if context.out.json {
        context.out.document(&hits.iter().map(|hit| row(hit, args.explain)).collect::<Vec<_>>())?;
    } else {
        context.out.data(&listing(&hits, &query, args.explain))?;
    }
    if more {
        context.out.say(&format!("the first {}; `--limit N` shows more", args.limit));
    } else if hits.is_empty() {
        context.out.say(&nothing(&args, &query));
    }
    Ok(ExitCode::Done)
}

fn query(args: &Args) -> Result<Query, Failure> {
    let text = args.query.join(" ");
    let mut query =
        if args.plain { Query::new(text) } else { Query::parse(&text).map_err(wrong)? };
    let given = args.regex.as_deref().map(retrieval::pattern).transpose().map_err(wrong)?;
    query.filter.patterns.extend(given);
    query.is_all_filter |= query.text.trim().is_empty();
    let has_filter = !query.filter.is_empty();
    args.narrow.add_to(&mut query.filter)?;
    if query.is_all_filter && !has_filter && query.filter.kinds.is_empty() {
        // What the state of a task leads to is ranked; there is nothing to list.
        query.is_all_filter = false;
        if args.state.says_something() {
            return Ok(query);
        }
        return Err(Failure::new("the query is empty").code(ExitCode::Usage));
    }
    Ok(query)
}

/// What to say where nothing is found: a filter may have been a word.
fn nothing(args: &Args, query: &Query) -> String {
    let inline = Query::parse(&args.query.join(" ")).is_ok_and(|it| !it.filter.is_empty());
    match inline && !args.plain && !query.filter.is_empty() {
        true => "nothing found with these filters; `--plain` takes the query as it stands".into(),
        false => "nothing found".into(),
    }
}

fn row(hit: &Hit, explain: bool) -> Row<'_> {
    Row {
        path: &hit.path,
        start_line: hit.span.start,
        end_line: hit.span.end,
        blob: hit.blob.short(),
        symbol: hit.symbol.as_deref(),
        kind: hit.kind,
        score: hit.score,
        why: &hit.why,
        signals: explain.then_some(&hit.signals),
        lines: &hit.lines,
        text: &hit.text,
    }
}

/// Hits by file, in the order of each file's best.
fn listing(hits: &[Hit], query: &Query, explain: bool) -> String {
    let words = words(&query.text);
    let path = AnsiColor::Magenta.on_default().bold();
    let mut text = String::new();
    let mut paths: Vec<&RepoPath> = Vec::new();
    for hit in hits {
        if !paths.contains(&&hit.path) {
            paths.push(&hit.path);
        }
    }
    for (place, it) in paths.into_iter().enumerate() {
        if place > 0 {
            text.push('\n');
        }
        text.push_str(&format!("{path}{it}{path:#}\n"));
        for hit in hits.iter().filter(|hit| hit.path == *it) {
            text.push_str(&block(hit, &words, &query.filter, explain));
        }
    }
    text
}

/// The symbol, and the lines that say most of the words.
fn block(hit: &Hit, words: &[String], filter: &Filter, explain: bool) -> String {
    let dim = Style::new().dimmed();
    let kind = hit.kind.map(|kind| format!(" {}", kind.name())).unwrap_or_default();
    let symbol = hit.symbol.as_deref().map(|it| format!(" {}", escaped(it))).unwrap_or_default();
    let mut text = format!("  {}{kind}{symbol}\n", hit.span);
    if explain {
        text.push_str(&format!("  {dim}{:.2}: {}{dim:#}\n", hit.score, escaped(&hit.why)));
    }
    for (number, line) in telling_lines(hit, words) {
        let before = filter.first_in(line).and_then(|at| line.get(..at));
        let focus = before.map_or(0, |before| before.chars().count());
        let shown = cut(line, focus, LINE_WIDTH);
        text.push_str(&format!("  {dim}{number:>5}:{dim:#} {}\n", marked(&escaped(&shown), words)));
    }
    text
}

/// The lines that the filter is about; else those that say most different words, in their order; the
/// first line where none says any.
fn telling_lines<'a>(hit: &'a Hit, wanted: &[String]) -> Vec<(usize, &'a str)> {
    let count = |line: &str| {
        let said = words(line);
        wanted.iter().filter(|word| said.contains(word)).count()
    };
    let meant = |number: usize| hit.lines.iter().any(|line| *line as usize == number);
    let lines = (hit.span.start as usize..).zip(hit.text.lines());
    let mut counted: Vec<_> =
        lines.map(|(number, line)| (meant(number), count(line), number, line)).collect();
    counted.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)).then(a.2.cmp(&b.2)));
    if counted.first().is_some_and(|it| it.0 || it.1 > 0) {
        counted.retain(|it| it.0 || it.1 > 0);
        counted.truncate(LINES_A_HIT);
    } else {
        counted.truncate(1);
    }
    counted.sort_by_key(|it| it.2);
    counted.into_iter().map(|(_, _, number, line)| (number, line)).collect()
}

/// Makes every identifier bold that has one of the words.
fn marked(line: &str, wanted: &[String]) -> String {
    let bold = Style::new().bold();
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    for identifier in crate::index::identifiers(line) {
        let Some((before, after)) = rest.split_once(identifier) else { break };
        text.push_str(before);
        if words(identifier).iter().any(|word| wanted.contains(word)) {
            text.push_str(&format!("{bold}{identifier}{bold:#}"));
        } else {
            text.push_str(identifier);
        }
        rest = after;
    }
    text.push_str(rest);
    text
}
