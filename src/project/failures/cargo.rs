//! cargo test: a section for each failing test, and where it panicked; the list of their names, for
//! those whose sections are not there; and the programs that died.

use crate::project::failures::{Failure, message, path, place, section};

/// What stands above the sections, and again above the names.
const FAILURES: &str = "failures:";
/// What is said of a test that should panic and did not, or in another way.
const NO_PANIC: &str = "note: test did not panic as expected";
const OTHER_PANIC: &str = "note: panic did not contain expected string";
/// What is said of a program that died, and how far below the line that names its target.
const DIED: &str = "process didn't exit successfully: ";
const BELOW: usize = 3;
/// Most lines of what it said.
const MORE: usize = 6;

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let mut found: Vec<Failure> = Vec::new();
    // The first of the target that the lines are about.
    let mut first = 0;
    for (at, line) in lines.iter().enumerate() {
        let below = &lines[at + 1..];
        let name = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"));
        if let Some(name) = name {
            let ends = |line: &str| line.starts_with("---- ") || line == FAILURES;
            found.push(failure(name, section(below, ends)));
        } else if *line == FAILURES {
            let cut = only_listed(below, &found[first..]);
            found.extend(cut);
        } else if let Some(target) = target(line) {
            for failure in &mut found[first..] {
                failure.origin = Some(target.to_owned());
            }
            first = found.len();
        } else if let Some(failure) = died(&lines[..at], line) {
            found.push(failure);
            first = found.len();
        }
    }
    found
}

/// Those of the names at the beginning of `lines` that are not `known`; the result stands below
/// them.
fn only_listed(lines: &[&str], known: &[Failure]) -> Vec<Failure> {
    let names: Vec<&str> = lines.iter().map_while(|line| line.strip_prefix("    ")).collect();
    let end = lines[names.len()..].iter().find(|line| !line.is_empty());
    if end.is_none_or(|line| !line.starts_with("test result: ")) {
        return Vec::new();
    }
    let is_known = |name: &str| known.iter().any(|it| it.test.as_deref() == Some(name));
    let cut = names.into_iter().filter(|name| !is_known(name));
    cut.map(|name| Failure { test: Some(name.to_owned()), ..Failure::default() }).collect()
}

/// The arguments that run a target again which failed.
fn target(line: &str) -> Option<&str> {
    let (_, arguments) = line.strip_prefix("error: ")?.split_once(", to rerun pass ")?;
    Some(arguments.trim_matches(['`', '\'']))
}

fn failure(name: &str, body: &[&str]) -> Failure {
    let panicked = body.iter().position(|line| line.contains("panicked at "));
    let rest = panicked.and_then(|at| body[at].split_once("panicked at "));
    let rest = rest.map_or("", |(_, rest)| rest);
    // Before 1.73 the message stood in front of the place, between quotes.
    let (quoted, where_) = match rest.strip_prefix('\'').and_then(|rest| rest.rsplit_once("', ")) {
        Some((quoted, place)) => (Some(quoted), place),
        None => (None, rest),
    };
    let declared = body.iter().find_map(|line| line.strip_prefix(NO_PANIC)?.strip_prefix(" at "));
    let found = place(declared.unwrap_or(where_));
    let said = without_trace(&body[panicked.map_or(0, |at| at + 1)..]);
    Failure {
        test: Some(name.to_owned()),
        path: found.and_then(|(file, ..)| path(file)),
        line: found.map(|(_, number, _)| number),
        message: quoted.map_or_else(|| message(&said), str::to_owned),
        ..Failure::default()
    }
}

/// What a test said, without its trace or how to get one; what it should have said may stand below.
fn without_trace<'a>(lines: &'a [&'a str]) -> Vec<&'a str> {
    let is_trace =
        |line: &str| line.starts_with("stack backtrace:") || line.starts_with("note: run with");
    let is_expected = |line: &str| line.starts_with(NO_PANIC) || line.starts_with(OTHER_PANIC);
    let above = section(lines, is_trace);
    let below = lines[above.len()..].iter().skip_while(|line| !is_expected(line));
    above.iter().chain(below).copied().collect()
}

/// The program of which `line` says that it died, and did not only end because tests failed: those
/// it has named.
fn died(above: &[&str], line: &str) -> Option<Failure> {
    let line = line.trim_start();
    let (command, how) = line.strip_prefix(DIED)?.strip_prefix('`')?.rsplit_once("` (")?;
    let near = &above[above.len().saturating_sub(BELOW)..];
    let target = near.iter().find_map(|line| target(line));
    let is_own_end = target.is_none() || how.ends_with(": 101)");
    let is_known = above.iter().any(|other| other.trim_start() == line);
    if is_known || is_own_end && !how.starts_with("signal: ") {
        return None;
    }
    let said = format!("{DIED}`{}` ({how}", program(command));
    let lines: Vec<String> = std::iter::once(said).chain(last_words(above)).collect();
    let origin = target.map(str::to_owned);
    Some(Failure { origin, message: lines.join("\n"), ..Failure::default() })
}

/// The name of a program without its folder, its arguments and what cargo puts behind it.
fn program(command: &str) -> &str {
    let path = command.split(' ').next().unwrap_or(command);
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_hash = |text: &str| text.len() == 16 && text.bytes().all(|it| it.is_ascii_hexdigit());
    name.rsplit_once('-').filter(|(_, end)| is_hash(end)).map_or(name, |(name, _)| name)
}

/// What a program said when it died.
fn last_words(lines: &[&str]) -> Vec<String> {
    let start = lines.iter().rposition(|line| line.starts_with("running ")).unwrap_or(0);
    let tells = |line: &str| {
        let of_thread = line.starts_with("thread ") && !line.contains("panicked at ");
        of_thread || line.starts_with("fatal runtime error: ")
    };
    let said = lines[start..].iter().filter(|line| tells(line));
    said.take(MORE).map(|line| without_number(line)).collect()
}

/// A line without the number behind the name of a thread, which is another in each run.
fn without_number(line: &str) -> String {
    let parts =
        line.split_once("' (").and_then(|(start, rest)| Some((start, rest.split_once(')')?)));
    match parts {
        Some((start, (number, end))) if number.bytes().all(|it| it.is_ascii_digit()) => {
            format!("{start}'{end}")
        }
        _ => line.to_owned(),
    }
}
