//! Opens the conversation: what was found, packed into the prompt, and how answers begin.

use serde_json::json;

use crate::base::{RepoPath, Tokens};
use crate::context::{self, ContextPack, Failing, Offer, Purpose, Spot, Templates, View};
use crate::journal::{Event, Source};
use crate::model::{Form, Message, Speaker};
use crate::project::examples;
use crate::proposal::{self, Dialect, Editable, Scope, Window};
use crate::retrieval::{self, Hit, Wanted};
use crate::session::begun::{begun, written_anew};
use crate::session::driver::{Request, SessionError, Workshop};
use crate::session::find::{Found, hits_of_failure, is_function};
use crate::session::read::read;
use crate::session::selection::Selection;
use crate::syntax::{self, Language};

/// Tokens that an answer may have beyond what it says again: one that has more goes round. What is still
/// to be written has no length yet.
const ROOM: Tokens = Tokens(400);
const ROOM_TO_WRITE: Tokens = Tokens(1200);
/// Tokens of sources that a prompt has room for, however long the task is.
const SOURCES: Tokens = Tokens(800);
/// Most functions whose lines can be named, and most lines of them.
const MOST_WINDOWS: usize = 8;
const MOST_LINES: usize = 64;

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
    /// Whether code that fails tests is written anew: free answers come first then.
    pub(super) anew: bool,
    /// The same conversation with that code still to be written, for who is shown code says it again.
    pub(super) emptied: Option<Vec<Message>>,
    /// Changes of one line each, the places of the task first: how each begins, and the form of what
    /// follows.
    pub(super) lines: Vec<(String, Form)>,
    /// As many tokens as an answer can need that says again what is shown, and more beside it.
    pub(super) most_tokens: Tokens,
    /// What the template of the task was given.
    values: serde_json::Value,
}

impl Opening {
    /// The same instructions, sources and task in the words of another role.
    pub(super) fn messages_for(
        &self,
        role: &crate::agent::Role,
        templates: &Templates,
    ) -> Result<Vec<Message>, SessionError> {
        let system = templates.render(&role.prompts.system, json!({}))?;
        let task = templates.render(&role.prompts.task, &self.values)?;
        Ok(vec![Message::new(Speaker::System, system), Message::new(Speaker::User, task)])
    }
}

/// Packs what was found and opens the conversation; `record` is told what was retrieved and what was
/// packed.
pub(super) fn open(
    workshop: &Workshop<'_>,
    (request, selection): (&Request, &Selection),
    templates: &Templates,
    role: &crate::agent::Role,
    found: &Found,
    failing: Option<&Failing>,
    record: &mut dyn FnMut(Event) -> Result<(), SessionError>,
) -> Result<Opening, SessionError> {
    let evidence = match failing {
        Some(failing) => hits_of_failure(workshop, request, &failing.output)?,
        None => Vec::new(),
    };
    let mut spots = spots(request, found, &evidence);
    spots.splice(0..0, selection.spots(workshop.desk));
    record(Event::Retrieved {
        query: request.text.clone(),
        sources: found.hits.iter().chain(&evidence).map(source).collect(),
    })?;
    let system = templates.render(&role.prompts.system, json!({}))?;
    let text = examples::condensed(&request.text);
    let task = |views: &[View]| {
        let task = with_plan(&text, &found.plan);
        let values = json!({ "sources": views, "failure": failing, "task": task });
        templates.render(&role.prompts.task, values)
    };
    let pack = pack(
        workshop,
        (request, selection),
        role.shown_whole_lines,
        &spots,
        [&system, &task(&[])?],
    )?;
    record(packed(&pack))?;
    let views: Vec<View> = pack.sources.iter().map(View::from).collect();
    let shown = shown(&pack);
    let editable = editable(workshop, request, &pack, failing.is_some());
    let stubs = found.stubs.iter().filter(|stub| shown.contains(&stub.path));
    let places: Vec<_> = stubs.map(|stub| (stub.path.clone(), stub.symbol.clone())).collect();
    let scope = Scope {
        files: &editable,
        named: &found.named,
        places: &places,
        dialects: &role.dialects,
        whole_file_lines: role.whole_file_lines,
    };
    let shows_tests = examples::shows_tests(&request.text);
    let anew = written_anew(found, &editable).filter(|_| shows_tests);
    let begun = match anew {
        Some(file) => Some((file, None)),
        None => begun(found, &editable, role.whole_file_lines),
    };
    let emptied = anew.map(|file| emptied(&pack, &file.path));
    let emptied =
        match emptied.filter(|them| them.iter().zip(&views).any(|(a, b)| a.text != b.text)) {
            Some(views) => Some(vec![
                Message::new(Speaker::System, system.clone()),
                Message::new(Speaker::User, task(&views)?),
            ]),
            None => None,
        };
    let form = |begun| proposal::envelope(scope, begun).filter(|_| role.held).map(Form::Lark);
    let place = begun.and_then(|(file, symbol)| Some((file.path.clone(), symbol?.to_owned())));
    let mut windows = windows(&pack, &editable);
    let is_place = |window: &Window| {
        place.as_ref().is_some_and(|(path, name)| {
            *path == window.path && window.symbol.as_ref() == Some(name)
        })
    };
    let is_called = |window: &Window| {
        found
            .called
            .iter()
            .any(|it| it.path == window.path && window.symbol.as_ref() == Some(&it.symbol))
    };
    if windows.iter().any(is_place) {
        windows.retain(|window| is_place(window) || is_called(window));
    }
    windows.sort_by_key(|window| !is_place(window));
    let olds = windows.iter().flat_map(proposal::old_lines).take(MOST_LINES);
    let lines = olds.filter_map(|old| {
        let opening = old.opening();
        Some((opening, Form::Lark(proposal::line_form(&[old], true)?)))
    });
    let changes_lines = role.held && role.dialects.contains(&Dialect::Lines);
    let sources = pack.sources.iter().filter(|offer| offer.purpose == Purpose::Source);
    let sources = sources.map(|offer| workshop.engine.count(&offer.text));
    Ok(Opening {
        most_tokens: most_tokens(&sources.collect::<Vec<_>>(), !places.is_empty()),
        lines: lines.filter(|_| changes_lines).collect(),
        anew: anew.is_some(),
        emptied,
        form: form(None),
        form_behind_prefill: begun.and_then(|(file, _)| form(Some(file))),
        prefill: begun.map_or_else(String::new, |(file, symbol)| proposal::opening(file, symbol)),
        messages: vec![
            Message::new(Speaker::System, system),
            Message::new(Speaker::User, task(&views)?),
        ],
        shown,
        values: json!({
            "sources": views,
            "failure": failing,
            "task": with_plan(&text, &found.plan),
        }),
    })
}

/// The sources with the functions of a file still to be written.
fn emptied(pack: &ContextPack, path: &RepoPath) -> Vec<View> {
    let view = |offer: &Offer| {
        let view = View::from(offer);
        let language = Language::of(&offer.path, offer.text.as_bytes());
        let empty = language.filter(|_| offer.path == *path && offer.purpose == Purpose::Source);
        let text = empty.and_then(|language| syntax::emptied(language, &view.text));
        View { text: text.unwrap_or_else(|| view.text.clone()), ..view }
    };
    pack.sources.iter().map(view).collect()
}

/// Most tokens of an answer to sources of these lengths: all of the longest and a quarter more, half of
/// the others, which are seldom changed, and room.
fn most_tokens(sources: &[Tokens], is_to_write: bool) -> Tokens {
    let longest = sources.iter().copied().max().unwrap_or_default();
    let others = sources.iter().copied().sum::<Tokens>().saturating_sub(longest);
    let room = if is_to_write { ROOM_TO_WRITE } else { ROOM };
    longest + Tokens(longest.0 / 4) + Tokens(others.0 / 2) + room
}

/// The task, and how it is to be done where somebody planned that.
fn with_plan(task: &str, plan: &[String]) -> String {
    if plan.is_empty() {
        return task.to_owned();
    }
    let steps = (1..).zip(plan).map(|(number, step)| format!("\n{number}. {step}"));
    format!("{task}\nSteps:{}", steps.collect::<String>())
}

/// What to show, best first: what the person named, what the task names, what was found, and the
/// tests that say what is right.
fn spots(request: &Request, found: &Found, evidence: &[Hit]) -> Vec<Spot> {
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
    let targets = found.stubs.iter().map(|stub| (stub, "still to be written"));
    let targets = targets.chain(found.targets.iter().map(|target| (target, "named in the task")));
    let called = found.called.iter().map(|target| (target, "called by what the task names"));
    spots.extend(targets.chain(called).map(|(it, why)| spot(&it.path, Some(it.span), why)));
    spots.extend(evidence.iter().map(|hit| spot(&hit.path, Some(hit.span), &hit.why)));
    spots.extend(found.hits.iter().map(|hit| spot(&hit.path, Some(hit.span), &hit.why)));
    spots
}

/// Fits the spots into the budget beside the instructions and the task.
fn pack(
    workshop: &Workshop<'_>,
    (request, selection): (&Request, &Selection),
    whole_lines: usize,
    spots: &[Spot],
    [system, task]: [&str; 2],
) -> Result<ContextPack, SessionError> {
    let count = |text: &str| workshop.engine.count(text);
    let read = |path: &RepoPath| read(workshop.desk, path).map(|state| state.bytes);
    let mut offers = context::offers(spots, whole_lines, &read);
    selection.keep(&mut offers);
    let fixed = [("instructions", system), ("task", task)];
    let needed = fixed.iter().map(|(_, text)| count(text)).sum::<Tokens>() + SOURCES;
    // A long task, with the output of a test in it, is of no use without the source.
    let longest = workshop.engine.info().context.saturating_sub(request.answer_tokens);
    let budget = request.prompt_tokens.max(needed.min(longest));
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

/// The functions that are shown as a whole, best first.
fn windows(pack: &ContextPack, editable: &[Editable]) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    for offer in pack.sources.iter().filter(|offer| offer.purpose == Purpose::Source) {
        let Some(file) = editable.iter().find(|file| file.path == offer.path) else { continue };
        let Some(language) = Language::of(&file.path, &file.text) else { continue };
        for symbol in syntax::symbols(language, &file.text) {
            let shown = offer.span.start <= symbol.span.start && symbol.span.end <= offer.span.end;
            // Once, and not again inside a function that is there already.
            let known = windows.iter().any(|window| {
                let outer = window.symbol.as_deref().unwrap_or_default();
                let inside = symbol.path.strip_prefix(outer);
                window.path == file.path
                    && inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
            if !shown || known || !is_function(&symbol) || windows.len() >= MOST_WINDOWS {
                continue;
            }
            let skipped = symbol.span.start.saturating_sub(1) as usize;
            let text = String::from_utf8_lossy(&file.text);
            let lines: Vec<&str> =
                text.lines().skip(skipped).take(symbol.span.lines() as usize).collect();
            let text = lines.join("\n");
            windows.push(Window { path: file.path.clone(), symbol: Some(symbol.path), text });
        }
    }
    windows
}

pub(super) fn packed(pack: &ContextPack) -> Event {
    let left_out = pack.left_out.iter();
    Event::Packed {
        budget: pack.budget,
        used: pack.used(),
        ledger: json!(pack.ledger),
        left_out: left_out.map(|it| format!("{}:{} ({})", it.path, it.span, it.tokens)).collect(),
        counts: None,
    }
}

pub(super) fn source(hit: &Hit) -> Source {
    Source {
        path: hit.path.clone(),
        span: hit.span,
        score: hit.score,
        why: hit.why.clone(),
        blob: Some(hit.blob.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_room_for_what_it_may_say_again_and_for_what_is_new() {
        let most = |sources: &[u32], is_to_write| {
            let sources: Vec<Tokens> = sources.iter().copied().map(Tokens).collect();
            most_tokens(&sources, is_to_write).0
        };
        assert_eq!(most(&[], false), 400);
        assert_eq!(most(&[100], true), 1325);
        assert_eq!(most(&[40, 400, 60], false), 950);
    }
}
