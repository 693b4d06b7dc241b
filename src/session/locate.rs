//! Finds the places that matter for a task and opens the conversation with them.

use serde_json::json;

use crate::base::{RepoPath, Span};
use crate::context::{self, ContextPack, Failing, Offer, Purpose, Spot, Templates, View};
use crate::journal::{Event, Source};
use crate::model::{Form, Message, Speaker};
use crate::proposal::{self, Editable, Scope};
use crate::retrieval::{self, Hit, Query, TaskState, Wanted};
use crate::session::driver::{Request, SessionError, Workshop};
use crate::session::read::read;
use crate::syntax::{self, Language};

/// Most places that a task's own words, and a failing command's output, lead to.
const HITS: usize = 8;
const HITS_OF_FAILURE: usize = 3;
/// A place that scores less than this share of the best one is noise for a small model.
const WORTH_SHOWING: f32 = 0.3;

/// How the conversation opens.
#[derive(Clone, Debug, Default)]
pub(super) struct Opening {
    /// Instructions, sources and task.
    pub(super) messages: Vec<Message>,
    /// The files that the model has seen and may change.
    pub(super) shown: Vec<RepoPath>,
    /// How the answer begins where the task names the one definition to change.
    pub(super) prefill: String,
    /// The form of an answer, and of what follows the prefill.
    pub(super) form: Option<Form>,
    pub(super) form_behind_prefill: Option<Form>,
}

/// A definition that the task names.
struct Target {
    path: RepoPath,
    symbol: String,
    span: Span,
}

/// Locates, packs and opens; `record` is told what was retrieved and what was packed.
pub(super) fn locate(
    workshop: &Workshop<'_>,
    request: &Request,
    templates: &Templates,
    role: &crate::agent::Role,
    failing: Option<&Failing>,
    record: &mut dyn FnMut(Event) -> Result<(), SessionError>,
) -> Result<Opening, SessionError> {
    let targets = targets(workshop, &request.text)?;
    let hits = hits(workshop, request, &request.text, HITS)?;
    let evidence = match failing {
        Some(failing) => hits_of_failure(workshop, request, &failing.output)?,
        None => Vec::new(),
    };
    let spots = spots(request, &targets, &hits, &evidence);
    record(Event::Retrieved {
        query: request.text.clone(),
        sources: hits.iter().chain(&evidence).map(source).collect(),
    })?;
    let system = templates.render(&role.prompts.system, json!({}))?;
    let task = |views: &[View]| {
        let values = json!({ "sources": views, "failure": failing, "task": request.text });
        templates.render(&role.prompts.task, values)
    };
    let pack = pack(workshop, request, role.shown_whole_lines, &spots, [&system, &task(&[])?])?;
    record(packed(&pack))?;
    let views: Vec<View> = pack.sources.iter().map(View::from).collect();
    let shown = shown(&pack);
    let editable = editable(workshop, request, &pack, failing.is_some());
    let named = named_files(&request.text);
    let scope = Scope {
        files: &editable,
        named: &named,
        dialects: &role.dialects,
        whole_file_lines: role.whole_file_lines,
    };
    let begun = only_target(&targets, &editable);
    let form = |begun| proposal::envelope(scope, begun).filter(|_| role.held).map(Form::Lark);
    Ok(Opening {
        form: form(None),
        form_behind_prefill: begun.and_then(|(file, _)| form(Some(file))),
        prefill: begun
            .map_or_else(String::new, |(file, symbol)| proposal::opening(file, Some(symbol))),
        messages: vec![
            Message::new(Speaker::System, system),
            Message::new(Speaker::User, task(&views)?),
        ],
        shown,
    })
}

/// The definitions that the text names, tests left out unless it is about tests.
fn targets(workshop: &Workshop<'_>, text: &str) -> Result<Vec<Target>, SessionError> {
    let about_tests = Wanted::of(text).tests;
    let mut targets = Vec::new();
    for named in retrieval::named(workshop.index, text)? {
        if !about_tests && retrieval::is_test(&named.path) {
            continue;
        }
        let Some(state) = read(workshop.desk, &named.path) else { continue };
        let Some(language) = Language::of(&named.path, &state.bytes) else { continue };
        let symbols = syntax::symbols(language, &state.bytes).into_iter();
        let meant = symbols.filter(|symbol| {
            symbol.kind.is_definition() && (symbol.name == named.name || symbol.path == named.name)
        });
        targets.extend(meant.map(|symbol| Target {
            path: named.path.clone(),
            symbol: symbol.path,
            span: symbol.span,
        }));
    }
    Ok(targets)
}

/// Hits for `text`; the files that the person named speak for what stands around them.
fn hits(
    workshop: &Workshop<'_>,
    request: &Request,
    text: &str,
    most: usize,
) -> Result<Vec<Hit>, SessionError> {
    let state = TaskState { open: request.files.clone(), ..TaskState::default() };
    let query = Query { state, ..Query::new(text) };
    let mut hits = retrieval::search(workshop.index, workshop.history, &query, most)?;
    let best = hits.iter().map(|hit| hit.score).fold(0.0, f32::max);
    hits.retain(|hit| hit.score >= best * WORTH_SHOWING);
    Ok(hits)
}

/// Where a failing command's output leads: lines of rules and dots say nothing.
fn hits_of_failure(
    workshop: &Workshop<'_>,
    request: &Request,
    output: &str,
) -> Result<Vec<Hit>, SessionError> {
    let says = |line: &&str| line.chars().filter(|c| c.is_alphanumeric()).count() > 2;
    let lines: Vec<&str> = output.lines().filter(says).collect();
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    hits(workshop, request, &lines.join("\n"), HITS_OF_FAILURE)
}

/// What to show, best first: what the person named, what the task names, what was found, and the
/// tests that say what is right.
fn spots(request: &Request, targets: &[Target], hits: &[Hit], evidence: &[Hit]) -> Vec<Spot> {
    let about_tests = Wanted::of(&request.text).tests;
    let spot = |path: &RepoPath, span, why: &str| Spot {
        path: path.clone(),
        span,
        purpose: match !about_tests && retrieval::is_test(path) {
            true => Purpose::Evidence,
            false => Purpose::Source,
        },
        why: why.to_owned(),
    };
    let mut spots: Vec<Spot> = Vec::new();
    spots.extend(
        request
            .files
            .iter()
            .map(|path| Spot { purpose: Purpose::Source, ..spot(path, None, "named by a person") }),
    );
    spots.extend(targets.iter().map(|it| spot(&it.path, Some(it.span), "named in the task")));
    spots.extend(evidence.iter().map(|hit| spot(&hit.path, Some(hit.span), &hit.why)));
    spots.extend(hits.iter().map(|hit| spot(&hit.path, Some(hit.span), &hit.why)));
    spots
}

/// Fits the spots into the budget beside the instructions and the task.
fn pack(
    workshop: &Workshop<'_>,
    request: &Request,
    whole_lines: usize,
    spots: &[Spot],
    [system, task]: [&str; 2],
) -> Result<ContextPack, SessionError> {
    let count = |text: &str| workshop.engine.count(text);
    let read = |path: &RepoPath| read(workshop.desk, path).map(|state| state.bytes);
    let offers = context::offers(spots, whole_lines, &read);
    let budget = request.prompt_tokens;
    let fixed = [("instructions", system), ("task", task)];
    let pack = context::pack(&fixed, offers, budget, &count);
    if pack.used() > budget {
        return Err(SessionError::NoRoom { needed: pack.used(), budget });
    }
    Ok(pack)
}

fn shown(pack: &ContextPack) -> Vec<RepoPath> {
    let mut shown: Vec<RepoPath> = Vec::new();
    for offer in pack.sources.iter().filter(|offer| offer.purpose == Purpose::Source) {
        if !shown.contains(&offer.path) {
            shown.push(offer.path.clone());
        }
    }
    shown
}

/// The files that an answer may change: what was shown, but for the tests that say what is wrong.
fn editable(
    workshop: &Workshop<'_>,
    request: &Request,
    pack: &ContextPack,
    fails: bool,
) -> Vec<Editable> {
    let may_change = |offer: &&Offer| {
        offer.purpose == Purpose::Source || !fails || request.files.contains(&offer.path)
    };
    let mut files: Vec<Editable> = Vec::new();
    for Offer { path, .. } in pack.sources.iter().filter(may_change) {
        if files.iter().any(|file| file.path == *path) {
            continue;
        }
        if let Some(state) = read(workshop.desk, path) {
            files.push(Editable { path: path.clone(), text: state.bytes });
        }
    }
    files
}

/// Words of the task that look like files.
fn named_files(text: &str) -> Vec<RepoPath> {
    let words = text.split_whitespace().map(|word| {
        word.trim_matches(|c: char| !c.is_alphanumeric() && !"._-/".contains(c))
            .trim_end_matches('.')
    });
    words.filter(|word| word.contains('.')).filter_map(|word| RepoPath::new(word).ok()).collect()
}

/// The one definition that the task is about, where there is no doubt about it.
fn only_target<'a>(
    targets: &'a [Target],
    editable: &'a [Editable],
) -> Option<(&'a Editable, &'a str)> {
    let [Target { path, symbol, .. }] = targets else { return None };
    Some((editable.iter().find(|file| file.path == *path)?, symbol))
}

fn packed(pack: &ContextPack) -> Event {
    let left_out = pack.left_out.iter();
    Event::Packed {
        budget: pack.budget,
        used: pack.used(),
        ledger: json!(pack.ledger),
        left_out: left_out.map(|it| format!("{}:{} ({})", it.path, it.span, it.tokens)).collect(),
    }
}

fn source(hit: &Hit) -> Source {
    Source {
        path: hit.path.clone(),
        span: hit.span,
        score: hit.score,
        why: hit.why.clone(),
        blob: Some(hit.blob.to_string()),
    }
}
