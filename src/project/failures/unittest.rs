//! unittest: `FAIL: test (case)`, a traceback, and what was wrong below it.

use crate::project::failures::{Failure, is_own, message, path, section};

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let follows_rule = at > 0 && lines[at - 1].starts_with("=====");
        let name = line.strip_prefix("FAIL: ").or_else(|| line.strip_prefix("ERROR: "));
        let Some(name) = name.filter(|_| follows_rule) else { continue };
        let is_rule = |line: &str| line.starts_with("=====") || line.starts_with("Ran ");
        let body = section(lines.get(at + 1..).unwrap_or_default(), is_rule);
        found.push(failure(name, body));
    }
    found
}

fn failure(name: &str, body: &[&str]) -> Failure {
    let place = last_own_place(body);
    // What is wrong stands behind the last line of the traceback, which is indented.
    let start = body.iter().rposition(|line| line.starts_with("  File ")).map_or(0, |at| at + 1);
    let rest = &body[start..];
    let wrong: Vec<&str> = rest.iter().skip_while(|line| line.starts_with("  ")).copied().collect();
    let wrong = wrong.strip_suffix(&[""]).unwrap_or(&wrong);
    let wrong: Vec<&str> =
        wrong.iter().filter(|line| !line.starts_with("-----")).copied().collect();
    Failure {
        test: Some(full_name(name)),
        path: place.and_then(|(_, file, _)| path(file)),
        line: place.map(|(_, _, number)| number),
        source: place.and_then(|(at, ..)| body.get(at + 1)).map(|line| line.trim().to_owned()),
        message: message(&wrong),
        ..Failure::default()
    }
}

/// The last `File "PATH", line N` of the project.
pub(super) fn last_own_place<'a>(body: &[&'a str]) -> Option<(usize, &'a str, u32)> {
    let places = body.iter().enumerate().rev().filter_map(|(at, line)| {
        let (file, rest) = line.trim().strip_prefix("File \"")?.split_once("\", line ")?;
        let number = rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        Some((at, file, number))
    });
    places.into_iter().find(|(_, file, _)| is_own(file))
}

/// `test (module.Case.test)`, or `test (module.Case)` of older versions, as one name.
fn full_name(name: &str) -> String {
    let Some((test, case)) = name.split_once(" (") else { return name.to_owned() };
    let case = case.split(')').next().unwrap_or_default();
    if case.ends_with(&format!(".{test}")) { case.to_owned() } else { format!("{case}.{test}") }
}
