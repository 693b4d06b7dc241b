//! `countersign diff`

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};
use bstr::ByteSlice;

use crate::cli::desk::{open_repo, pick};
use crate::cli::{Context, ExitCode, Failure, apply, hunk};
use crate::proposal::{Subject, decided, patch};

/// Print a proposal as a patch
///
/// The patch is against the files as the proposal knew them, and `git apply` takes it. Binary files
/// are named, not carried.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The proposal, for example `p-7f3a`; may be left out when only one waits
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Only these hunks, for example `1,3-5`; all by default
    #[arg(long, value_name = "LIST")]
    hunks: Option<String>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let repo = open_repo(context)?;
    let proposal = pick(&repo, args.id.as_deref())?;
    let verdicts = apply::verdicts(args.hunks.as_deref(), apply::total(&proposal))?;
    let subject = Subject::of(&proposal);
    let (changes, renames) = subject.chosen(&decided(subject.hunks(), &verdicts));
    let patch = patch(&changes, &renames);
    if std::io::stdout().is_terminal() {
        context.out.data(&coloured(&patch))?;
    } else {
        context.out.bytes(&patch)?;
    }
    Ok(ExitCode::Done)
}

/// The patch as a person reads it. A terminal gets no byte of it that could move the cursor.
fn coloured(patch: &[u8]) -> String {
    let mut text = String::new();
    for line in patch.lines() {
        let style = match line {
            [b'@', b'@', ..] => AnsiColor::Cyan.on_default(),
            [b'd', ..] => Style::new().bold(),
            [b'+', ..] => AnsiColor::Green.on_default(),
            [b'-', ..] => AnsiColor::Red.on_default(),
            _ => Style::new(),
        };
        let line = hunk::shown(line);
        text.push_str(&format!("{style}{line}{style:#}\n"));
    }
    text
}
