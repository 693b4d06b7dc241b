//! How an answer looks: sentences, then the lines that they rest on; for programs a last JSON line.

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::cli::listing::cut;
use crate::cli::report::{add_cost, figures};
use crate::cli::{Context, ExitCode, Failure, printable};
use crate::context::Spot;
use crate::session::{Answered, Outcome, Places};

/// How wide sentences are on a terminal, and how much of a line of a file is shown, in columns.
const WIDTH: usize = 80;
const LINE_WIDTH: usize = 74;
/// Most places that are named where no model can be used.
const MOST_PLACES: usize = 10;

/// Says what came of a question.
pub(super) fn tell(context: &Context, answered: &Answered) -> Result<ExitCode, Failure> {
    let (code, failure) = ending(answered.outcome);
    if context.out.json {
        if let Some(failure) = &failure {
            context.out.line(&failure.event())?;
        }
        context.out.line(&last_line(context, code, &figured(answered)))?;
    } else if !answered.text.is_empty() {
        context.out.data(&words(answered))?;
    }
    for dropped in &answered.dropped {
        let (said, why) = (printable(&cut(&dropped.said, 0, LINE_WIDTH)), printable(&dropped.why));
        context.out.warn(&format!("dropped a citation: `{said}`: {why}"));
    }
    if answered.outcome == Outcome::Uncited {
        context.out.warn("the answer rests on no line that is there; do not rely on it");
    }
    if !context.out.json {
        context.out.say(figures(&answered.cost, answered.seconds).trim_end());
    }
    failure.map_or(Ok(code), Err)
}

/// Says what would have been read, where no model can be used.
pub(super) fn tell_places(
    context: &Context,
    places: &Places,
    failure: &Failure,
) -> Result<(), Failure> {
    let spots = || places.spots.iter().take(MOST_PLACES);
    if context.out.json {
        let place = |it: &Spot| {
            let (start, end) = (it.span.map(|span| span.start), it.span.map(|span| span.end));
            json!({ "path": it.path, "start_line": start, "end_line": end, "why": it.why })
        };
        let places =
            json!({ "outcome": "no_model", "places": spots().map(place).collect::<Vec<_>>() });
        context.out.line(&failure.event())?;
        return context.out.line(&last_line(context, failure.code, &places));
    }
    if places.spots.is_empty() {
        return Ok(());
    }
    context.out.say("no model answers; these places would have been read:");
    let place = |it: &Spot| match it.span {
        Some(span) => format!("{}:{span}\n", it.path),
        None => format!("{}\n", it.path),
    };
    context.out.data(&spots().map(place).collect::<String>())
}

/// The last line of a stream: `more`, and what every last line has.
pub(super) fn last_line(context: &Context, code: ExitCode, more: &Value) -> Value {
    let mut line = more.clone();
    line["v"] = json!(1);
    line["type"] = json!("task.completed");
    line["exit_code"] = json!(code as u8);
    if line.get("seconds").is_none() {
        line["seconds"] = json!(context.started.elapsed().as_secs_f64());
    }
    line
}

fn ending(outcome: Outcome) -> (ExitCode, Option<Failure>) {
    let failure = match outcome {
        Outcome::Answered | Outcome::Uncited => return (ExitCode::Done, None),
        Outcome::Interrupted => return (ExitCode::Interrupted, None),
        Outcome::TimeUp => Failure::new("the time limit was reached before the answer was whole")
            .code(ExitCode::BudgetSpent)
            .hint("give more time with `--time-limit`"),
        Outcome::NothingFound => Failure::new("nothing was found that the question is about")
            .hint("name a file with `--file`, or ask in words that the code has"),
    };
    (failure.code, Some(failure))
}

fn figured(answered: &Answered) -> Value {
    let citation = |it: &crate::session::Cited| {
        let blob = it.blob.as_ref().map(|blob| blob.short());
        json!({ "path": it.path, "line": it.line, "text": it.text, "blob": blob })
    };
    let shown = |(path, span): &(crate::base::RepoPath, crate::base::Span)| json!({ "path": path, "start_line": span.start, "end_line": span.end });
    let dropped = answered.dropped.iter().map(|it| json!({ "said": it.said, "why": it.why }));
    let mut figures = json!({
        "task": answered.task,
        "outcome": answered.outcome,
        "answer": answered.text,
        "citations": answered.citations.iter().map(citation).collect::<Vec<_>>(),
        "dropped": dropped.collect::<Vec<_>>(),
        "shown": answered.shown.iter().map(shown).collect::<Vec<_>>(),
        "seconds": answered.seconds,
    });
    add_cost(&mut figures, &answered.cost);
    figures
}

/// The sentences, and the lines under them.
fn words(answered: &Answered) -> String {
    let (path, dim) = (AnsiColor::Magenta.on_default().bold(), Style::new().dimmed());
    let width = if std::io::stdout().is_terminal() { WIDTH } else { usize::MAX };
    let sentences = answered.text.lines().map(|line| filled(&printable(line), width));
    let mut text = sentences.collect::<Vec<_>>().join("\n") + "\n";
    if !answered.citations.is_empty() {
        text.push('\n');
    }
    for it in &answered.citations {
        let line = printable(&cut(&it.text.trim().replace('\t', " "), 0, LINE_WIDTH));
        text.push_str(&format!("{path}{}:{}{path:#}\n    {dim}{line}{dim:#}\n", it.path, it.line));
    }
    text
}

/// `text` in lines of at most `width` columns, where its words allow that.
fn filled(text: &str, width: usize) -> String {
    let mut filled = String::new();
    let mut column: usize = 0;
    for word in text.split_whitespace() {
        if column > 0 && column + 1 + word.width() > width {
            filled.push('\n');
            column = 0;
        } else if column > 0 {
            filled.push(' ');
            column += 1;
        }
        filled.push_str(word);
        column += word.width();
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_filled_and_no_word_is_cut() {
        assert_eq!(filled("a bb  ccc d", 4), "a bb\nccc\nd");
        assert_eq!(filled("longer than", 3), "longer\nthan");
        assert_eq!(filled("äö 界 x", 5), "äö 界\nx");
        assert_eq!(filled("", 5), "");
    }
}
