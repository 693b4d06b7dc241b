//! Has the calls follow what changed in signatures, file by file, until all that can fit does.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::rc::Rc;

use crate::base::RepoPath;
use crate::refactor::Doubt;
use crate::refactor::callers::arguments::{Call, Use, used};
use crate::refactor::callers::changed::{Changed, changed, is_reordered, takers};
use crate::refactor::callers::fit::{Filling, Reading, Unfit, refitted};
use crate::refactor::callers::gain::{declared, default_of, meant, name_of, put};
use crate::refactor::callers::parameters::{Parameter, Signature, signatures};
use crate::refactor::callers::pass::{Way, ways};
use crate::refactor::callers::reach::reach;
use crate::refactor::callers::{Asked, Followed, Open, OpenKey};
use crate::refactor::edits::Edits;
use crate::refactor::sources::{Family, File, Sources};
use crate::syntax::errors;

/// How far up a parameter is handed through, and how often a file is looked at again for one function.
const MOST_DEPTH: usize = 3;
const MOST_PASSES: usize = 4;
/// More functions change in no one draft.
const MOST_FUNCTIONS: usize = 64;

/// Following under way.
struct Work<'a> {
    asked: &'a Asked,
    choice: usize,
    answers: &'a BTreeMap<OpenKey, String>,
    before: &'a Sources,
    sources: Sources,
    done: Vec<String>,
    doubts: BTreeSet<(RepoPath, u32, String)>,
    open: Vec<Open>,
    choices: usize,
}

/// Has all calls follow the signatures that are other in `after` than in `before`, and those that are
/// `asked` for; the `choice`-th of the ways to fill a place is taken where there are several.
pub fn follow(
    before: &Sources,
    after: &Sources,
    asked: &Asked,
    choice: usize,
    answers: &BTreeMap<OpenKey, String>,
) -> Followed {
    let sources = after.with(&BTreeMap::new());
    let mut work = Work {
        asked,
        choice,
        answers,
        before,
        sources,
        done: Vec::new(),
        doubts: BTreeSet::new(),
        open: Vec::new(),
        choices: 1,
    };
    work.complete();
    let mut queue: VecDeque<Changed> = changed(before, &work.sources).into();
    for it in takers(&work.sources, asked) {
        let known = |other: &Changed| other.home == it.home && other.new.symbol == it.new.symbol;
        if !queue.iter().any(known) {
            queue.push_back(it);
        }
    }
    let mut all: Vec<Changed> = Vec::new();
    while let Some(next) = queue.pop_front().filter(|_| all.len() < MOST_FUNCTIONS) {
        let threaded = work.update(&next);
        all.push(next);
        for it in threaded {
            let same =
                |other: &&mut Changed| other.home == it.home && other.old.symbol == it.old.symbol;
            match queue.iter_mut().find(same) {
                Some(known) => known.new = it.new,
                None => queue.push_back(it),
            }
        }
    }
    let unfit: BTreeSet<_> = all.iter().flat_map(|it| work.unfit(it)).collect();
    let doubt = |(path, line, why): (RepoPath, u32, String)| Doubt { path, line, why };
    let mut files = BTreeMap::new();
    for path in work.sources.paths() {
        if work.sources.text(path) != after.text(path) {
            files.extend(work.sources.text(path).map(|it| (path.clone(), it.to_vec())));
        }
    }
    Followed {
        files,
        done: work.done,
        unfit: unfit.into_iter().map(doubt).collect(),
        doubts: work.doubts.into_iter().map(doubt).collect(),
        open: work.open,
        choices: work.choices,
    }
}

impl Work<'_> {
    /// Gives the functions that are asked for the parameters that they have not got yet.
    fn complete(&mut self) {
        for gain in &self.asked.gains {
            let Some((file, signature)) = meant(&self.sources, gain) else { continue };
            let declaration = declared(self.asked, gain);
            if signature.parameter(name_of(&declaration)).is_some() {
                continue;
            }
            let optional = gain.optional
                || default_of(&declaration).is_some()
                || declaration.starts_with(&format!("{}?", name_of(&declaration)));
            let edit = put(&file, &signature, &declaration, gain.place, optional);
            if edit.is_some_and(|edit| self.apply(&file, vec![edit])) {
                self.done.push(format!("`{}` takes `{declaration}`", signature.symbol));
            }
        }
    }

    /// Has the calls of one function follow; gives the callers that take the parameter for that.
    fn update(&mut self, changed: &Changed) -> Vec<Changed> {
        let (mut threaded, mut count, mut files) = (Vec::new(), 0, BTreeSet::new());
        // In another order a call may fit as before and mean something else: each is looked at once.
        let passes = if is_reordered(changed) { 1 } else { MOST_PASSES };
        for _ in 0..passes {
            self.open.retain(|it| it.function != changed.new.symbol);
            let mut any = false;
            for (file, calls) in self.calls(changed) {
                let mut edits: Vec<(Range<usize>, String)> = Vec::new();
                let mut gained = Vec::new();
                for (nth, call) in calls.iter().enumerate() {
                    let Some(own) = self.refit(changed, (&file, call, nth), &mut gained) else {
                        continue;
                    };
                    let meets = |edit: &(Range<usize>, String)| {
                        edits.iter().any(|(it, _)| it.start <= edit.0.end && edit.0.start <= it.end)
                    };
                    if own.iter().any(meets) && passes == 1 {
                        let why = format!("calls `{}` within a call of it", changed.new.symbol);
                        self.doubts.insert((file.path.clone(), file.line(call.at), why));
                    }
                    if own.is_empty() || own.iter().any(meets) {
                        continue;
                    }
                    edits.extend(own);
                    count += 1;
                }
                for (caller, parameter) in &gained {
                    let parameter: &Parameter = parameter;
                    edits.extend(put(&file, caller, &parameter.text, None, parameter.optional));
                }
                if edits.is_empty() || !self.apply(&file, edits) {
                    continue;
                }
                any = true;
                files.insert(file.path.clone());
                let Some(new) = self.sources.file(&file.path) else { continue };
                for (old, parameter) in gained {
                    let now = signatures(&new).into_iter().find(|it| it.symbol == old.symbol);
                    let (home, depth) = (file.path.clone(), changed.depth + 1);
                    self.done.push(format!("`{}` takes `{}` too", old.symbol, parameter.text));
                    threaded.extend(now.map(|new| Changed { home, old, new, depth }));
                }
            }
            if !any {
                break;
            }
        }
        if count > 0 {
            let (calls, count_files) = (plural(count, "call"), plural(files.len(), "file"));
            let name = &changed.new.symbol;
            self.done.push(format!("{calls} of `{name}` in {count_files} made to fit"));
        }
        threaded
    }

    /// The calls of a function, file by file; other uses are doubts.
    fn calls(&mut self, changed: &Changed) -> Vec<(Rc<File>, Vec<Call>)> {
        let found = reach(&self.sources, &changed.home, &changed.new);
        for (path, places) in &found.doubtful {
            let Some(file) = self.sources.file(path) else { continue };
            for (at, name) in places {
                let Some(Use::Call(call)) = used(&file, *at, name) else { continue };
                let Some(reading) = reading(&file) else { continue };
                let fits = |it: &Signature| reading.given(&call, it).is_ok();
                if fits(&changed.old) && !fits(&changed.new) {
                    let why = format!(
                        "may call `{}`, by something of an unknown type",
                        changed.new.symbol
                    );
                    self.doubts.insert((path.clone(), file.line(*at), why));
                }
            }
        }
        let mut all = Vec::new();
        for (path, places) in found.certain {
            let Some(file) = self.sources.file(&path) else { continue };
            let mut calls = Vec::new();
            for (at, name) in places {
                match used(&file, at, &name) {
                    Some(Use::Call(call)) => calls.push(call),
                    Some(Use::Value) if is_code(&file, at) => {
                        let why = format!("hands `{}` on or keeps it", changed.new.symbol);
                        self.doubts.insert((path.clone(), file.line(at), why));
                    }
                    _ => {}
                }
            }
            all.push((file, calls));
        }
        all
    }

    /// The edits that make one call fit, or have it give what is handed on.
    fn refit(
        &mut self,
        changed: &Changed,
        (file, call, nth): (&Rc<File>, &Call, usize),
        gained: &mut Vec<(Signature, Parameter)>,
    ) -> Option<Vec<(Range<usize>, String)>> {
        let reading = reading(file)?;
        let (old, new) = (&changed.old, &changed.new);
        let fits = reading.given(call, new);
        if fits == Err(Unfit::Unclear) || reading.given(call, old).is_err() {
            return None;
        }
        let mut callers: Vec<Signature> = signatures(file);
        callers.retain(|it| it.bytes.contains(&call.at));
        callers.sort_by_key(|it| std::cmp::Reverse(it.bytes.start));
        let in_tests = crate::retrieval::is_test(&file.path);
        let (choice, deep) = (self.choice, changed.depth >= MOST_DEPTH);
        let (asked, answers, choices) = (self.asked, self.answers, &mut self.choices);
        let key: OpenKey = (file.path.clone(), new.symbol.clone(), nth);
        let (mut waiting, mut takes, mut gives) = (None, Vec::new(), false);
        let mut fill = |parameter: &Parameter| {
            let mut all = ways(asked, new, parameter, &callers, (file, call.at), in_tests);
            all.retain(|it| !(deep && *it == Way::Thread));
            all.dedup();
            *choices = (*choices).max(all.len());
            match all.get(choice.min(all.len().saturating_sub(1))) {
                Some(Way::Value(value)) => {
                    gives = true;
                    Filling::Value(value.clone())
                }
                Some(Way::LeftOut) => Filling::LeftOut,
                Some(Way::Thread) => {
                    takes.push(parameter.clone());
                    Filling::Value(parameter.name.clone())
                }
                None => match answers.get(&key) {
                    Some(answer) => Filling::Value(answer.clone()),
                    None => {
                        waiting = Some(parameter.text.clone());
                        Filling::Open
                    }
                },
            }
        };
        let edits = refitted(reading, call, (old, new), &mut fill);
        if let Some(parameter) = waiting {
            let line = file.line(call.at);
            let text = line_of(file, call.at);
            self.open.push(Open { key, line, parameter, function: new.symbol.clone(), text });
            return None;
        }
        // A call that fits is left alone unless it has something to hand on, or means something else now.
        let text = self.before.text(&file.path).unwrap_or_default();
        let as_before = || bstr::ByteSlice::find(text, file.slice(call.bytes.clone())).is_some();
        if fits.is_ok() && !gives && !(is_reordered(changed) && as_before()) {
            return None;
        }
        if let Some(caller) = callers.first().filter(|_| edits.is_some()) {
            for parameter in takes {
                let known = |it: &(Signature, Parameter)| {
                    it.0.symbol == caller.symbol && it.1.name == parameter.name
                };
                if !gained.iter().any(known) {
                    gained.push((caller.clone(), parameter));
                }
            }
        }
        edits
    }

    /// The calls that do not fit as it stands.
    fn unfit(&mut self, changed: &Changed) -> Vec<(RepoPath, u32, String)> {
        let Some(home) = self.sources.file(&changed.home) else { return Vec::new() };
        let now = signatures(&home).into_iter().find(|it| it.symbol == changed.new.symbol);
        let Some(new) = now else { return Vec::new() };
        let changed = Changed { new, ..changed.clone() };
        let mut found = Vec::new();
        for (file, calls) in self.calls(&changed) {
            let Some(reading) = reading(&file) else { continue };
            for call in calls {
                let Err(why) = reading.given(&call, &changed.new) else { continue };
                // What did not fit before either is called by other rules: those of a decorator, say.
                let text = self.before.text(&file.path).unwrap_or_default();
                let said = file.slice(call.bytes.clone());
                let is_old = bstr::ByteSlice::find(text, said).is_some();
                let never_fit = |it: Unfit| it != Unfit::Unclear;
                if is_old && reading.given(&call, &changed.old).is_err_and(never_fit) {
                    continue;
                }
                let said = format!("calls `{}` and {why}", changed.new.symbol);
                let place = (file.path.clone(), file.line(call.at), said);
                match why {
                    Unfit::Unclear => drop(self.doubts.insert(place)),
                    _ => found.push(place),
                }
            }
        }
        found
    }

    /// Puts edits into a file, unless it could be read less well with them.
    fn apply(&mut self, file: &Rc<File>, edits: Vec<(Range<usize>, String)>) -> bool {
        let mut all = Edits::default();
        for (range, text) in edits {
            all.replace(range, text);
        }
        let Some(text) = all.applied(&file.text).filter(|it| *it != file.text) else {
            return false;
        };
        if errors(file.language, &text).len() > errors(file.language, &file.text).len() {
            return false;
        }
        self.sources = self.sources.with(&BTreeMap::from([(file.path.clone(), text)]));
        true
    }
}

fn reading(file: &File) -> Option<Reading<'_>> {
    Family::of(file.language).map(|family| Reading { file, family })
}

/// Whether a place is one of code that runs, and no import or list of names.
fn is_code(file: &File, at: usize) -> bool {
    let node = file.tree.root().descendant_for_byte_range(at, at);
    let mut above = std::iter::successors(node, |it| it.parent());
    !above.any(|it| {
        let kind = it.kind();
        kind.contains("import")
            || kind.contains("export") && kind.ends_with("specifier")
            || kind == "use_declaration"
    })
}

fn line_of(file: &File, at: usize) -> String {
    let line = file.line(at) as usize;
    let text = String::from_utf8_lossy(&file.text);
    text.lines().nth(line - 1).unwrap_or_default().trim().to_owned()
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
