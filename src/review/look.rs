//! How the review is looked at: what the person chose about the view, and what was worked out for it.
//!
//! All of it can be thrown away without losing a decision.

use crate::review::around::Around;
use crate::review::layout;
use crate::review::moved::Moves;
use crate::review::page::{Layout, Page, Row, Subject};
use crate::review::painter::Painter;
use crate::review::search::{Haystack, Search};
use crate::review::state::{Dialog, State};
use crate::review::update::Effect;
use crate::review::way::Where;
use crate::review::{overlay, palette};
use crate::session::Evidence;

/// Lines that the first press of `z` shows more on both sides.
const MORE: usize = 20;

/// What the screen shows beyond the decisions.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// Old and new beside each other, if the person said so; else by the width.
    sides: Option<bool>,
    around: Around,
    pub(super) ignores_space: bool,
    pub(super) page: Page,
    /// The choices that `page` was made with.
    laid: Option<Layout>,
    moves: Moves,
    pub(super) search: Search,
    pub(super) evidence: Evidence,
    pub(super) painter: Painter,
}

/// What lies over the panes and takes what is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Overlay {
    Search(String),
    Palette {
        text: String,
        selected: usize,
    },
    /// A place that the hunk rests on, by its number on the screen from 0.
    Source {
        nth: usize,
        scroll: usize,
    },
}

/// Something about the view only: no decision is made by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LookMsg {
    Sides,
    Around,
    Space,
    Search,
    Found(Where),
    Palette,
    Source(usize),
    Type(char),
    Erase,
    EraseAll,
    Move(Where),
    Page(Where),
    Accept,
    /// Takes this one of a list.
    Pick(usize),
    Close,
}

/// Changes how the review is looked at. Only the palette may lead to an effect.
pub(super) fn update(state: &mut State, msg: LookMsg) -> Vec<Effect> {
    if let Some(Dialog::Over(overlay)) = state.dialog.take_if(|it| matches!(it, Dialog::Over(_))) {
        return overlay::answer(state, overlay, msg);
    }
    if state.dialog.is_some() {
        return Vec::new();
    }
    match msg {
        LookMsg::Sides => {
            let sides = !layout(state).sides;
            state.look.sides = Some(sides);
            state.lay_out();
            let seen = layout(state).sides == sides;
            state.notice = (!seen).then(|| "too narrow for two sides".to_owned());
        }
        LookMsg::Space => toggle_space(state),
        LookMsg::Around => more_around(state),
        LookMsg::Search => {
            state.look.search.all = Haystack::new(state);
            state.dialog = Some(Dialog::Over(Overlay::Search(String::new())));
        }
        LookMsg::Found(direction) => crate::review::search::go(state, direction),
        LookMsg::Palette => state.dialog = Some(palette::open()),
        LookMsg::Source(nth) => overlay::open_source(state, nth),
        // Keys of what lies over the panes.
        LookMsg::Type(_) | LookMsg::Erase | LookMsg::EraseAll | LookMsg::Accept => {}
        LookMsg::Move(_) | LookMsg::Page(_) | LookMsg::Pick(_) | LookMsg::Close => {}
    }
    Vec::new()
}

fn toggle_space(state: &mut State) {
    state.look.ignores_space = !state.look.ignores_space;
    state.lay_out();
    let said = match state.look.ignores_space {
        true => "lines that differ in white space only are shown as unchanged",
        false => "white space counts again",
    };
    state.notice = Some(said.to_owned());
}

/// More of the file: some lines, all of it, and back. The hunk stays in sight.
fn more_around(state: &mut State) {
    let whole = |row: &Row| matches!(row, Row::Fold { .. });
    let everything = !state.look.page.rows.iter().any(whole);
    let (around, said) = match state.look.around {
        Around::Hunk if everything => {
            state.notice = Some("all of the file is in this hunk".to_owned());
            return;
        }
        Around::Hunk => (Around::Lines(MORE), "more around the hunk; `z` again for the whole file"),
        Around::Lines(_) if !everything => (Around::File, "the whole file; `z` again for the hunk"),
        Around::Lines(_) | Around::File => (Around::Hunk, "the hunk only"),
    };
    state.look.around = around;
    state.lay_out();
    let context = layout::visible_lines(state) / 3;
    state.scroll = state.look.page.first.saturating_sub(context);
    state.clamp_scroll();
    state.notice = Some(said.to_owned());
}

/// How the hunk in front is to be laid out on this screen.
fn layout(state: &State) -> Layout {
    let width = layout::hunk_width(state);
    let sides = match state.look.sides {
        Some(sides) => sides && width >= layout::NARROWEST_SIDES,
        None => width >= layout::COMFORTABLE_SIDES,
    };
    Layout { sides, around: state.look.around, ignores_space: state.look.ignores_space }
}

impl Look {
    /// Nothing chosen yet.
    pub(super) fn new(evidence: Evidence) -> Self {
        Self { evidence, ..Self::default() }
    }
}

impl State {
    /// Finds out what does not change while the review is open.
    pub(super) fn learn(&mut self) {
        self.look.moves = Moves::find(&self.files, &self.pieces);
    }

    /// Lays the hunk in front out anew. Whoever changes a hunk, its place among the others or the
    /// size of the screen calls this.
    pub(super) fn lay_out(&mut self) {
        let layout = layout(self);
        let subject = Subject {
            files: &self.files,
            pieces: &self.pieces,
            at: self.at,
            file: self.file_index(),
            moves: &self.look.moves,
        };
        self.look.page = Page::new(&subject, layout);
        self.look.laid = Some(layout);
        self.clamp_scroll();
    }

    /// Lays out where the choices or the width ask for something else than there is.
    pub(super) fn lay_out_if_needed(&mut self) {
        if self.look.laid != Some(layout(self)) {
            self.lay_out();
        }
    }

    /// Forgets what was unfolded around the hunk before.
    pub(super) fn fold_again(&mut self) {
        self.look.around = Around::Hunk;
    }

    pub(super) fn clamp_scroll(&mut self) {
        self.scroll = self.scroll.min(self.last_scroll());
    }

    /// The greatest scroll that still fills the pane.
    pub(super) fn last_scroll(&self) -> usize {
        self.look.page.rows.len().saturating_sub(layout::visible_lines(self))
    }

    /// The line of the hunk that stands first on the screen, as an index of its lines.
    pub(super) fn line_in_front(&self) -> Option<usize> {
        self.look.page.own_from(self.scroll)
    }
}
