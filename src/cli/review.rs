//! `countersign review`

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal};

use anstream::{AutoStream, ColorChoice};

use crate::base::ProposalId;
use crate::cli::review_actions::AtDesk;
use crate::cli::review_subject::{self, Reviewed};
use crate::cli::reviser::{Reviser, Revises};
use crate::cli::{Context, ExitCode, Failure, desk};
use crate::proposal::{SavedReview, Standing};
use crate::review::{self, Outcome, ReviewInput, Terminal, Theme};
use crate::session::{self, Desk};

/// Decide on a change, hunk by hunk
///
/// Without more words it is the proposal that waits. Any other change can be reviewed too: what is
/// not committed, what a branch adds, or a patch. No model is needed for it.
///
/// Nothing is written before you apply and answer `y`; leaving changes nothing, and what you decided
/// is kept for the next time. Accepted hunks of a proposal or a patch are put into the files; of a
/// change that is in the files already, rejected hunks are taken out. `countersign undo` takes either
/// back.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The proposal, for example `p-7f3a`, which may be left out when only one waits; or `-` for a
    /// patch on stdin
    #[arg(value_name = "ID", conflicts_with_all = ["uncommitted", "base"])]
    id: Option<String>,
    /// What the work tree has that HEAD has not, untracked files included
    #[arg(long, conflicts_with = "base")]
    uncommitted: bool,
    /// What the work tree has that the commit where HEAD and REV parted has not
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Line by line in plain words: for screen readers and pipes
    #[arg(long)]
    plain: bool,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let desk = desk::open(context)?;
    let reviewed = if args.uncommitted {
        review_subject::uncommitted(context, desk.repo())?
    } else if let Some(revision) = &args.base {
        review_subject::since(context, desk.repo(), revision)?
    } else if args.id.as_deref() == Some("-") {
        review_subject::patch(desk.repo(), &mut io::stdin().lock())?
    } else {
        review_subject::proposal(desk.repo(), args.id.as_deref())?
    };
    let is_patch = args.id.as_deref() == Some("-");
    if !args.plain && !can_draw(is_patch) {
        return Err(no_terminal(&reviewed));
    }
    let mut reviser = Reviser::new(context);
    let (input, mut actions) = opened(&desk, &reviewed, &mut reviser);
    let outcome = if args.plain {
        let mut answers = answers(is_patch)?;
        review::run_plain(input, &mut *answers, &mut io::stdout().lock(), &mut actions)?
    } else {
        review::run(input, theme(), &mut actions)?
    };
    match outcome {
        Outcome::Applied(said) => context.out.say(&said),
        Outcome::Quit => context.out.say("Nothing was applied."),
        Outcome::Ended => {
            context.out.say("Nothing was applied; what you decided is kept.");
            return Ok(ExitCode::Interrupted);
        }
    }
    Ok(ExitCode::Done)
}

/// A review as it was left, and what is done for it.
fn opened<'a>(
    desk: &'a Desk,
    reviewed: &'a Reviewed,
    reviser: &'a mut dyn Revises,
) -> (ReviewInput, AtDesk<'a>) {
    let hunks = reviewed.subject.hunks();
    let saved = SavedReview::of(desk.repo(), &reviewed.subject, &hunks);
    let input = input(desk, reviewed, saved.resume(hunks));
    (input, AtDesk { desk, reviewed, saved, reviser })
}

/// Has a person decide about a proposal on a terminal that was taken over already.
pub(super) fn decide_on(
    terminal: &mut Terminal,
    desk: &Desk,
    id: &ProposalId,
    reviser: &mut dyn Revises,
) -> Result<Outcome, Failure> {
    let reviewed = review_subject::proposal(desk.repo(), Some(id.as_str()))?;
    let (input, mut actions) = opened(desk, &reviewed, reviser);
    Ok(review::run_on(terminal, input, theme(), &mut actions)?)
}

/// Whether there is a screen, and keys: where stdin is the patch they come from the terminal itself.
fn can_draw(is_patch: bool) -> bool {
    let has_keys = if is_patch { terminal().is_ok() } else { io::stdin().is_terminal() };
    has_keys && io::stdout().is_terminal()
}

fn terminal() -> io::Result<File> {
    File::open("/dev/tty")
}

/// Where answers come from when nothing is drawn.
fn answers(is_patch: bool) -> Result<Box<dyn BufRead>, Failure> {
    if !is_patch {
        return Ok(Box::new(io::stdin().lock()));
    }
    match terminal() {
        Ok(terminal) => Ok(Box::new(BufReader::new(terminal))),
        Err(_) => Err(Failure::new("stdin is the patch, and there is no terminal to answer from")
            .code(ExitCode::Usage)
            .hint("apply the whole patch with `git apply`")),
    }
}

fn no_terminal(reviewed: &Reviewed) -> Failure {
    let failure = Failure::new("a review needs a terminal to read keys from and to draw on")
        .code(ExitCode::Usage);
    match &reviewed.proposal {
        Some(proposal) => {
            let id = &proposal.id;
            failure.hint(format!(
                "look at it with `countersign show {id}`, then write what you accept with \
                 `countersign apply {id} --hunks 1,3-5`"
            ))
        }
        None => failure.hint("answer line by line: add `--plain`"),
    }
}

/// As stdout is coloured: by flag, `NO_COLOR` and what the terminal can do.
pub(super) fn theme() -> Theme {
    match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => Theme::Plain,
        ColorChoice::Auto | ColorChoice::AlwaysAnsi | ColorChoice::Always => Theme::Ansi,
    }
}

fn input(desk: &Desk, reviewed: &Reviewed, resumed: crate::proposal::Resumed) -> ReviewInput {
    let goes_on = match resumed.kept {
        0 => None,
        1 => Some("going on where you left: 1 hunk is decided".to_owned()),
        more => Some(format!("going on where you left: {more} hunks are decided")),
    };
    let in_tree = (reviewed.subject.standing == Standing::InTree)
        .then(|| "these lines are in your files; `x` marks what is to go".to_owned());
    let said: Vec<String> = resumed.problem.into_iter().chain(goes_on.or(in_tree)).collect();
    ReviewInput {
        id: reviewed.name.clone(),
        title: reviewed.title.clone(),
        model: reviewed.model.clone(),
        verification: reviewed.verification.clone(),
        files: reviewed.subject.changes.clone(),
        renames: reviewed.subject.renames.clone(),
        pieces: resumed.pieces,
        at: resumed.at,
        notice: (!said.is_empty()).then(|| said.join("; ")),
        standing: reviewed.subject.standing,
        evidence: reviewed
            .proposal
            .as_ref()
            .map(|it| session::evidence(desk, it))
            .unwrap_or_default(),
    }
}
