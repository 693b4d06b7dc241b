//! What can happen to a session, and what it asks to be done: plain data, so that it can be tested and told.

use ratatui::layout::Size;
use ratatui_textarea::Input;

use crate::base::ProposalId;
use crate::console::job::{Job, News, ProposalRow, Target};
use crate::console::state::Now;
use crate::review::Where;
use crate::session::{Approval, Selection};

/// Lines that one notch of the wheel, or one press, scrolls.
const NOTCH: usize = 3;
const PAGE: usize = 12;
/// The places of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Desk,
    Context,
    Proposals,
}

/// Something happened: a key with its meaning, the terminal, news from backstage, what came of an effect.
#[derive(Clone, Debug)]
pub(super) enum Msg {
    Resize(Size),
    Tick(Now),
    News(Box<News>),
    Type(Input),
    Paste(String),
    Send,
    Newline,
    Recall(Where),
    Scroll(usize, Where),
    Ends(Where),
    Go(Place),
    NextPlace,
    Move(Where),
    /// The row of a list was clicked on.
    Pick(usize),
    /// Whether what is typed is a task, a question, or what it looks like.
    Take(Option<bool>),
    ToggleTake,
    Details,
    Background,
    Stop,
    ClearQueue,
    Interrupt,
    Suspend,
    Help,
    Palette,
    AskQuit,
    AskUndo,
    AskRedo,
    Pin,
    Drop,
    Add,
    ClearSelection,
    Approve(Approval),
    /// A no whose reason is to be typed.
    Reason,
    Choose,
    Mark,
    Compare,
    Yes,
    No,
    Targets(Vec<Target>),
    Proposals(Vec<ProposalRow>),
    /// What came of a review, an undo: good or bad.
    Said(Result<String, String>),
}

/// What the loop is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Effect {
    Start(Job),
    Stop,
    Answer(Approval),
    Select(Selection),
    /// Ask for the files and definitions that there are.
    Targets,
    /// Ask for the proposals that wait.
    List,
    Review(ProposalId),
    Compare(ProposalId, ProposalId),
    Undo,
    Redo,
    Ring,
    Suspend,
    Quit,
}

impl Msg {
    pub(super) fn notch(direction: Where) -> Self {
        Self::Scroll(NOTCH, direction)
    }

    pub(super) fn page(direction: Where) -> Self {
        Self::Scroll(PAGE, direction)
    }
}
