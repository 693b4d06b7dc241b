//! What each message does to the review, and what it asks the loop to do.

use ratatui::layout::{Position, Size};

use crate::proposal::{Verdict, Verdicts};
use crate::review::hints;
use crate::review::layout::{self, Row};
use crate::review::look::{self, LookMsg};
use crate::review::state::{Dialog, Pane, State};

/// Columns that one press moves long lines by.
const COLUMNS: usize = 8;

/// Lines that one notch of the wheel moves.
const NOTCH: usize = 3;

/// Something happened: a key with its meaning, the mouse, the terminal, an effect that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Msg {
    Resize(Size),
    Move(Step, Where),
    NextUndecided,
    Decide(Verdict),
    /// Decides what is undecided and leaves other decisions alone.
    DecideRest(Scope, Verdict),
    Toggle,
    TakeBack,
    ShowFiles,
    ShowWhy,
    Enter,
    Back,
    Help,
    AskApply,
    AskQuit,
    Yes,
    No,
    /// Ctrl-C: asks once, insists the second time.
    Interrupt,
    Suspend,
    Wheel(Position, Where),
    Click(Position),
    ApplyFailed(String),
    Look(LookMsg),
}

/// How far a move goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Line,
    Column,
    Page,
    All,
    Hunk,
    File,
}

/// Which way a move goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    Forward,
    Back,
}

/// What a decision is about when it is about more than one hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    File,
    Proposal,
}

/// What the loop is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Apply(Verdicts),
    Quit,
    Suspend,
}

/// Changes the state and says what is to be done about it.
pub(super) fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    state.notice = None;
    match msg {
        Msg::Resize(size) => resize(state, size),
        Msg::Suspend => return vec![Effect::Suspend],
        Msg::Interrupt if state.dialog == Some(Dialog::Quit) => return vec![Effect::Quit],
        Msg::Interrupt => return ask_quit(state),
        Msg::Look(msg) => return look::update(state, msg),
        Msg::ApplyFailed(text) => {
            state.dialog = Some(Dialog::Message { title: "Nothing was applied", text });
        }
        msg => match state.dialog.take() {
            Some(dialog) => return answer(state, dialog, &msg),
            None => return review(state, msg),
        },
    }
    Vec::new()
}

/// A message while a dialog lies over the panes.
fn answer(state: &mut State, dialog: Dialog, msg: &Msg) -> Vec<Effect> {
    match (dialog, msg) {
        (Dialog::Apply, Msg::Yes) => return vec![Effect::Apply(state.verdicts.clone())],
        (Dialog::Quit, Msg::Yes) => return vec![Effect::Quit],
        (_, Msg::Yes | Msg::No) => {}
        (Dialog::Help { scroll }, Msg::Move(step, direction)) => {
            let scroll = scrolled(scroll, *step, *direction, help_overhang(state));
            state.dialog = Some(Dialog::Help { scroll });
        }
        (dialog, _) => state.dialog = Some(dialog),
    }
    Vec::new()
}

/// A message to the panes.
fn review(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Move(step, direction) => walk(state, step, direction),
        Msg::NextUndecided => next_undecided(state),
        Msg::Decide(verdict) => decide(state, state.at..state.at + 1, verdict),
        Msg::DecideRest(scope, verdict) => decide_rest(state, scope, verdict),
        Msg::Toggle => toggle(state),
        Msg::TakeBack => take_back(state),
        Msg::ShowFiles => show(state, Pane::Files),
        Msg::ShowWhy => show(state, Pane::Why),
        Msg::Back => {
            state.look.search.clear();
            state.pane = Pane::Hunk;
        }
        Msg::Enter if state.pane != Pane::Hunk => state.pane = Pane::Hunk,
        Msg::Enter | Msg::AskApply => ask_apply(state),
        Msg::Help => state.dialog = Some(Dialog::Help { scroll: 0 }),
        Msg::AskQuit => return ask_quit(state),
        Msg::Wheel(at, direction) => wheel(state, at, direction),
        Msg::Click(at) => return click(state, at),
        // Answered by `update` or meant for dialogs only.
        Msg::Resize(_) | Msg::Suspend | Msg::Interrupt | Msg::ApplyFailed(_) | Msg::Look(_) => {}
        Msg::Yes | Msg::No => {}
    }
    Vec::new()
}

fn resize(state: &mut State, size: Size) {
    state.size = size;
    state.lay_out_if_needed();
    state.clamp_scroll();
}

fn help_overhang(state: &State) -> usize {
    let rows = super::commands::in_pane(state.pane).count();
    rows.saturating_sub(usize::from(state.size.height).saturating_sub(4))
}

fn walk(state: &mut State, step: Step, direction: Where) {
    match (state.pane, step) {
        (_, Step::Hunk) | (Pane::Files, Step::Line) => walk_hunks(state, direction, 1),
        (Pane::Files, Step::Page) => walk_hunks(state, direction, 10),
        (Pane::Files, Step::All) => walk_hunks(state, direction, state.hunks.len()),
        (_, Step::File) => walk_files(state, direction),
        (_, Step::Column) => shift(state, direction),
        (Pane::Why, _) => {
            state.why_scroll = scrolled(state.why_scroll, step, direction, 200);
        }
        (Pane::Hunk, _) => walk_lines(state, step, direction),
    }
}

/// Scrolls; a line or page past the end of the hunk is the next hunk, before its start the end of
/// the previous one, so that going back undoes going forward.
fn walk_lines(state: &mut State, step: Step, direction: Where) {
    let last = state.last_scroll();
    match (step, direction) {
        (Step::Line | Step::Page, Where::Forward) if state.scroll >= last => {
            walk_hunks(state, direction, 1);
        }
        (Step::Line | Step::Page, Where::Back) if state.scroll == 0 && state.at > 0 => {
            walk_hunks(state, direction, 1);
            state.scroll = state.last_scroll();
        }
        (Step::Page, _) => {
            let page = layout::visible_lines(state).saturating_sub(2).max(1);
            state.scroll = moved(state.scroll, page, direction).min(last);
        }
        _ => state.scroll = scrolled(state.scroll, step, direction, last),
    }
}

fn walk_hunks(state: &mut State, direction: Where, by: usize) {
    let to = moved(state.at, by, direction).min(state.hunks.len().saturating_sub(1));
    if to != state.at {
        state.go_to(to);
    } else {
        state.notice = Some(match direction {
            Where::Forward => "this is the last hunk".to_owned(),
            Where::Back => "this is the first hunk".to_owned(),
        });
    }
}

fn walk_files(state: &mut State, direction: Where) {
    let current = state.file_index();
    let has_hunks = |index: &usize| !state.files[*index].hunks.is_empty();
    let to = match direction {
        Where::Forward => (current + 1..state.files.len()).find(has_hunks),
        Where::Back => (0..current).rev().find(has_hunks),
    };
    if let Some(to) = to {
        state.go_to(state.files[to].hunks.start);
    }
}

fn shift(state: &mut State, direction: Where) {
    // A byte takes at most eight columns, as `\u{202e}` shows; most take one.
    let longest = state.look.page.lines.iter().map(|line| line.bytes.len()).max().unwrap_or(0) * 8;
    state.shift = moved(state.shift, COLUMNS, direction).min(longest);
}

fn next_undecided(state: &mut State) {
    let all = state.hunks.len();
    let after = (state.at + 1..all).chain(0..all.min(state.at + 1));
    match after.into_iter().find(|index| state.verdict(*index) == Verdict::Undecided) {
        Some(index) => state.go_to(index),
        None => state.notice = Some("every hunk is decided; `A` applies".to_owned()),
    }
}

/// Gives hunks a verdict, as one step that can be taken back.
fn decide(state: &mut State, hunks: impl Iterator<Item = usize>, verdict: Verdict) {
    let mut former = Vec::new();
    for index in hunks {
        let Some(hunk) = state.hunks.get(index) else { continue };
        let before = state.verdicts.of(hunk.number);
        if before != verdict {
            former.push((hunk.number, before));
            set(&mut state.verdicts, hunk.number, verdict);
        }
    }
    if !former.is_empty() {
        state.steps.push(former);
    }
}

/// Undecided hunks are left out of the map, so equal decisions are equal values.
fn set(verdicts: &mut Verdicts, number: u32, verdict: Verdict) {
    match verdict {
        Verdict::Undecided => verdicts.0.remove(&number),
        decided => verdicts.0.insert(number, decided),
    };
}

fn decide_rest(state: &mut State, scope: Scope, verdict: Verdict) {
    let hunks = match scope {
        Scope::File => state.file().map_or(0..0, |file| file.hunks.clone()),
        Scope::Proposal => 0..state.hunks.len(),
    };
    let rest: Vec<usize> =
        hunks.filter(|index| state.verdict(*index) == Verdict::Undecided).collect();
    state.notice = Some(format!("{} decided; `U` takes it back", counted(rest.len(), "hunk")));
    decide(state, rest.into_iter(), verdict);
}

/// `1 hunk`, `2 hunks`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn toggle(state: &mut State) {
    let next = match state.verdict(state.at) {
        Verdict::Undecided => Verdict::Accepted,
        Verdict::Accepted => Verdict::Rejected,
        Verdict::Rejected => Verdict::Undecided,
    };
    decide(state, state.at..state.at + 1, next);
}

/// Takes the last step back and goes where it was made.
fn take_back(state: &mut State) {
    let Some(step) = state.steps.pop() else {
        state.notice = Some("nothing is decided yet".to_owned());
        return;
    };
    for (number, former) in &step {
        set(&mut state.verdicts, *number, *former);
    }
    let first = |(number, _): &(u32, Verdict)| *number;
    let place = state.hunks.iter().position(|hunk| Some(hunk.number) == step.first().map(first));
    if let Some(place) = place.filter(|place| *place != state.at) {
        state.go_to(place);
    }
}

fn show(state: &mut State, pane: Pane) {
    state.pane = if state.pane == pane { Pane::Hunk } else { pane };
    state.clamp_scroll();
}

fn ask_apply(state: &mut State) {
    let count = state.count_all();
    state.dialog = Some(if count.accepted > 0 {
        Dialog::Apply
    } else if count.rejected > 0 && count.undecided == 0 {
        let text = format!(
            "Every hunk is rejected. Leave with `q`, then `countersign reject {}` sets the \
             proposal aside.",
            state.id
        );
        Dialog::Message { title: "Nothing to apply", text }
    } else {
        let text = "No hunk is accepted yet. `a` accepts the one in front.".to_owned();
        Dialog::Message { title: "Nothing to apply", text }
    });
}

fn ask_quit(state: &mut State) -> Vec<Effect> {
    if state.verdicts.0.is_empty() {
        return vec![Effect::Quit];
    }
    state.dialog = Some(Dialog::Quit);
    Vec::new()
}

fn wheel(state: &mut State, at: Position, direction: Where) {
    let Some(areas) = layout::areas(state.size, state.pane) else { return };
    let over = |pane: Option<ratatui::layout::Rect>| pane.is_some_and(|pane| pane.contains(at));
    if over(areas.files) {
        walk_hunks(state, direction, 1);
    } else if over(areas.hunk) {
        state.scroll = moved(state.scroll, NOTCH, direction).min(state.last_scroll());
    } else if over(areas.why) {
        state.why_scroll = scrolled(state.why_scroll, Step::Line, direction, 200);
    }
}

fn click(state: &mut State, at: Position) -> Vec<Effect> {
    let Some(areas) = layout::areas(state.size, state.pane) else { return Vec::new() };
    if areas.footer.contains(at) {
        let meant = hints::at(state, usize::from(at.x));
        return meant.map(|msg| update(state, msg)).unwrap_or_default();
    }
    click_on_files(state, &areas, at);
    Vec::new()
}

fn click_on_files(state: &mut State, areas: &layout::Areas, at: Position) {
    let Some(inside) = areas.files.map(|pane| areas.inside(pane)) else { return };
    if !inside.contains(at) {
        return;
    }
    let row = layout::tree(state, usize::from(inside.height)).nth(usize::from(at.y - inside.y));
    match row {
        Some(Row::Hunk(index)) => state.go_to(index),
        Some(Row::File(index)) if !state.files[index].hunks.is_empty() => {
            state.go_to(state.files[index].hunks.start);
        }
        Some(Row::File(_)) | None => {}
    }
}

/// `from` after a step of lines, pages or all of it, at most `last`.
fn scrolled(from: usize, step: Step, direction: Where, last: usize) -> usize {
    let by = match step {
        Step::Line => 1,
        Step::Page => 10,
        Step::All => last.max(from),
        Step::Column | Step::Hunk | Step::File => 0,
    };
    moved(from, by, direction).min(last)
}

fn moved(from: usize, by: usize, direction: Where) -> usize {
    match direction {
        Where::Forward => from.saturating_add(by),
        Where::Back => from.saturating_sub(by),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::testing::{hunk, input, press, sample};

    const SCREEN: Size = Size::new(80, 24);

    /// The decisions after a line of keys, by hunk number, and the number of the hunk in front.
    #[track_caller]
    fn check(keys: &str, expected: &str) {
        let (state, _) = press(sample(), SCREEN, keys);
        let verdicts: String = state
            .verdicts
            .0
            .iter()
            .map(|(number, verdict)| match verdict {
                Verdict::Accepted => format!("{number}✓ "),
                Verdict::Rejected => format!("{number}✗ "),
                Verdict::Undecided => format!("{number}· "),
            })
            .collect();
        let front = state.hunk().unwrap().number;
        assert_eq!(format!("{verdicts}at {front}"), expected, "{keys}");
    }

    #[test]
    fn decisions() {
        check("", "at 5");
        check("a", "5✓ at 5");
        check("ax", "5✗ at 5");
        check("au", "at 5");
        check("   ", "at 5");
        check("jja<tab>x", "2✓ 3✗ at 3");
        check("nx+", "1✗ 2✓ 3✓ at 1");
        check("nx-", "1✗ 2✗ 3✗ at 1");
        check("nx*", "1✗ 2✓ 3✓ 4✓ 5✓ at 1");
    }

    #[test]
    fn decisions_are_taken_back_step_by_step_where_they_were_made() {
        check("nx*U", "1✗ at 5");
        check("nx*nnUU", "at 1");
        check("U", "at 5");
    }

    #[test]
    fn moving() {
        check("p", "at 5");
        check("nn", "at 2");
        check("}}", "at 4");
        check("}}{", "at 1");
        check("ffG", "at 5");
        check("fG", "at 4");
        check("a<tab>a<tab><tab>", "1✓ 5✓ at 3");
        check("*<tab>", "1✓ 2✓ 3✓ 4✓ 5✓ at 5");
    }

    #[test]
    fn lines_scroll_before_the_next_hunk_comes() {
        let long = "+line\n".repeat(40);
        let hunks = vec![hunk(1, "a.txt", 1, &long), hunk(2, "b.txt", 1, &long)];
        let place = |keys: &str| {
            let (state, _) = press(input(hunks.clone()), SCREEN, keys);
            (state.at, state.scroll)
        };
        assert_eq!(place("jj"), (0, 2));
        assert_eq!(place("G"), (0, 19));
        assert_eq!(place("Gj"), (1, 0));
        assert_eq!(place("Gjk"), (0, 19));
        assert_eq!(place("<pgdn>"), (0, 19));
        assert_eq!(place("<pgdn><pgdn>"), (1, 0));
        assert_eq!(place("k"), (0, 0));
    }

    #[test]
    fn effects_only_after_a_yes() {
        let effects = |keys: &str| press(sample(), SCREEN, keys).1;
        assert_eq!(effects("q"), [Effect::Quit]);
        assert_eq!(effects("aq"), []);
        assert_eq!(effects("aqn"), []);
        assert_eq!(effects("aqy"), [Effect::Quit]);
        assert_eq!(effects("Ay"), []);
        assert_eq!(effects("a<enter><enter>"), []);
        let accepted = Verdicts([(5, Verdict::Accepted)].into());
        assert_eq!(effects("aAy"), [Effect::Apply(accepted.clone())]);
        assert_eq!(effects("aAnaAy"), [Effect::Apply(accepted)]);
    }

    #[test]
    fn the_mouse_goes_where_it_points() {
        let (mut state, _) = press(sample(), Size::new(120, 40), "");
        update(&mut state, Msg::Click(Position::new(5, 4)));
        assert_eq!(state.hunk().unwrap().number, 1);
        update(&mut state, Msg::Click(Position::new(5, 5)));
        assert_eq!(state.hunk().unwrap().number, 2);
        update(&mut state, Msg::Wheel(Position::new(5, 5), Where::Back));
        assert_eq!(state.hunk().unwrap().number, 1);
        update(&mut state, Msg::Click(Position::new(60, 5)));
        assert_eq!(state.hunk().unwrap().number, 1);
    }

    #[test]
    fn a_proposal_without_hunks_can_be_left() {
        let (state, effects) = press(input(Vec::new()), SCREEN, "jkanpfwG<tab>+U*q");
        assert_eq!(effects, [Effect::Quit]);
        assert!(state.verdicts.0.is_empty());
    }
}
