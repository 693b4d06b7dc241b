//! Why this hunk: what makes it risky, how the proposal was verified, what the hunk rests on.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Text};
use ratatui::widgets::{Paragraph, Wrap};

use super::Titles;
use super::overlay::words;
use crate::base::RepoPath;
use crate::proposal::{Hunk, Piece};
use crate::review::state::State;
use crate::review::text;
use crate::review::theme::Paint;
use crate::session::{Outside, Rest};

/// Commands that are named; the last ones count.
const RUNS: usize = 4;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) -> Titles {
    let scroll = u16::try_from(state.why_scroll).unwrap_or(u16::MAX);
    let lines: Vec<Line<'_>> = lines(state)
        .into_iter()
        .map(|(text, style)| Line::styled(format!(" {text}"), style))
        .collect();
    let reasons = Paragraph::new(Text::from(lines)).wrap(Wrap { trim: false });
    frame.render_widget(reasons.scroll((scroll, 0)), area);
    Titles { left: "Why this hunk".to_owned(), right: String::new() }
}

fn lines(state: &State) -> Vec<(String, Style)> {
    let Some(hunk) = state.hunk() else { return Vec::new() };
    let warning = state.theme.style(Paint::Warning);
    let mut lines = Vec::new();
    for risk in state.file().map(|file| file.risks.as_slice()).unwrap_or_default() {
        lines.extend(risk.reason().map(|reason| (format!("! this file {reason}"), warning)));
    }
    let (added, removed) = hunk.counts();
    let name = state.piece().map(Piece::name).unwrap_or_default();
    let size = format!("hunk {name} of the proposal: +{added} -{removed} lines");
    lines.push((size, Style::new()));
    let comments = state.piece().into_iter().flat_map(|piece| &piece.comments);
    lines.extend(comments.map(|said| (format!("you said: {}", text::plain(said)), Style::new())));
    lines.extend(steps(state).into_iter().map(plain));
    lines.extend(places(state));
    let verification = state.verification.iter().cloned();
    lines.extend(verification.map(|line| (line, Style::new())));
    lines.extend(runs(state).into_iter().map(plain));
    lines.extend(said(state, hunk).into_iter().map(plain));
    lines
}

fn plain(text: String) -> (String, Style) {
    (text::plain(&text), Style::new())
}

/// The steps of the plan that name the file; where none does, how many there are.
fn steps(state: &State) -> Vec<String> {
    let plan = &state.look.evidence.plan;
    let all = plan.len();
    let named = (1..).zip(plan).filter(|(_, step)| {
        step.path.as_ref().is_some_and(|path| state.file().is_some_and(|file| file.is_at(path)))
    });
    let lines: Vec<String> =
        named.map(|(nth, step)| format!("step      {nth} of {all}: {}", step.words)).collect();
    match (lines.is_empty(), all) {
        (true, 1..) => vec![format!("step      none of the {all} of the plan names this file")],
        _ => lines,
    }
}

/// The places that the model was shown, each with its key: what the hunk rests on, with the names that
/// it has in common with it, all others, and which of them are no code.
fn places(state: &State) -> Vec<(String, Style)> {
    let sources = state.sources();
    if sources.is_empty() {
        return Vec::new();
    }
    let warning = state.theme.style(Paint::Warning);
    let named = |at: usize, it: &Rest<'_>| {
        let sign = if it.place.outside.is_some() { " ⚠" } else { "" };
        let path = text::plain(&it.place.path.to_string());
        format!("[{}] {path}:{}{sign}", at + 1, it.place.span)
    };
    let (mut lines, mut others) = (Vec::new(), Vec::new());
    for (at, it) in sources.iter().enumerate() {
        if it.names.is_empty() {
            others.push(named(at, it));
            continue;
        }
        let names: Vec<String> = it.names.iter().map(|it| text::plain(it)).collect();
        let line = format!("rests on  {}, which says {}", named(at, it), names.join(", "));
        let style = if it.place.outside.is_some() { warning } else { Style::new() };
        lines.push((line, style));
    }
    let more = state.look.evidence.shown.len() - sources.len();
    let more = if more > 0 { format!("  and {more} more") } else { String::new() };
    if !others.is_empty() || !more.is_empty() {
        lines.push((format!("shown     {}{more}", others.join("  ")), Style::new()));
    }
    let mut seen: Vec<Outside> = Vec::new();
    for outside in sources.iter().filter_map(|it| it.place.outside) {
        if !seen.contains(&outside) {
            seen.push(outside);
            lines.push((words(outside).to_owned(), warning));
        }
    }
    lines
}

fn runs(state: &State) -> Vec<String> {
    let ran = state.look.evidence.runs.iter().rev().take(RUNS);
    ran.map(|run| {
        let ended = match (run.timed_out, run.exit) {
            (true, _) => "ran too long".to_owned(),
            (false, Some(0)) => "✓".to_owned(),
            (false, Some(exit)) => format!("✗ exit {exit}"),
            (false, None) => "✗ ended by a signal".to_owned(),
        };
        let (seconds, tenths) = (run.tenths / 10, run.tenths % 10);
        format!("ran       {ended} `{}` {seconds}.{tenths} s: {}", run.line, run.last)
    })
    .collect()
}

/// Rulings and findings about the file, and what else was said.
fn said(state: &State, hunk: &Hunk) -> Vec<String> {
    let evidence = &state.look.evidence;
    let is_about = |path: &RepoPath| state.file().is_some_and(|file| file.is_at(path));
    let rulings = evidence.rulings.iter().filter(|it| is_about(&it.path)).map(|it| {
        let lay = if it.path == hunk.path { String::new() } else { format!(" of `{}`", it.path) };
        format!("policy    {}{lay} by `{}`: {}", it.ruling, it.rule, it.why)
    });
    let path = hunk.path.to_string();
    let findings = evidence.findings.iter().filter_map(|finding| {
        let rest = finding.strip_prefix(path.as_str())?.strip_prefix(':')?;
        Some(format!("finding   line {rest}"))
    });
    let notes = evidence.notes.iter().map(|note| format!("note      {note}"));
    rulings.chain(findings).chain(notes).collect()
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Size;

    use super::*;
    use crate::review::testing::{press, sample};

    #[track_caller]
    fn check(shown: &str, expected: &[&str]) {
        let mut input = sample();
        input.evidence.shown[0].text = shown.to_owned();
        let (state, _) = press(input, Size::new(120, 40), "jjj");
        let found: Vec<String> = places(&state).into_iter().map(|it| it.0).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_a_hunk_rests_on_is_told_with_the_names_that_it_brings_in() {
        let prose = words(Outside::Prose);
        check(
            "Such a wait is a ValueError.\n",
            &[
                "rests on  [2] docs/api.md:120-126 ⚠, which says ValueError",
                "shown     [1] src/client.py:31-58",
                prose,
            ],
        );
        check(
            "Such a wait is an error\u{1b}[2J.\n",
            &["shown     [1] src/client.py:31-58  [2] docs/api.md:120-126 ⚠", prose],
        );
    }
}
