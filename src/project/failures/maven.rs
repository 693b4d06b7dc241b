//! maven: `Class.test  Time elapsed … <<< FAILURE!` with what was thrown, and the list of all at the end.

use crate::project::failures::java::{frame, is_trace};
use crate::project::failures::{Failure, message, path, section};

const ERROR: &str = "[ERROR] ";
/// How the lines begin that maven says itself.
const LEVELS: &[&str] = &["[ERROR]", "[WARNING]", "[INFO]"];

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let mut found: Vec<Failure> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(name) = header(line) {
            found.push(thrown(name, body(&lines[at + 1..])));
        }
    }
    // The list says again what stands above, and also what was cut away.
    let is_heading = |line: &&&str| matches!(**line, "[ERROR] Failures:" | "[ERROR] Errors:");
    let list = lines.iter().skip_while(|line| !is_heading(line));
    for failure in list.filter_map(|line| listed(line)) {
        let name = failure.test.as_deref().unwrap_or_default();
        let is_it = |known: &Failure| known.test.as_deref().is_some_and(|it| it.starts_with(name));
        if !found.iter().any(is_it) {
            found.push(failure);
        }
    }
    found
}

/// The test of a line that says how long it took and that it failed, as it is named there.
fn header(line: &str) -> Option<&str> {
    let line = line.strip_prefix(ERROR).unwrap_or(line);
    let rest = line.strip_suffix("<<< FAILURE!").or_else(|| line.strip_suffix("<<< ERROR!"))?;
    let (name, _) = rest.split_once("Time elapsed")?;
    let name = name.trim_end_matches([' ', '-']);
    (!name.is_empty() && !name.starts_with("Tests run:")).then_some(name)
}

/// What was thrown, up to the empty line below its trace; there may be some in its message.
fn body<'a>(below: &'a [&'a str]) -> &'a [&'a str] {
    let is_other = |line: &str| LEVELS.iter().any(|level| line.starts_with(level));
    let said = section(below, |line| is_other(line) || header(line).is_some());
    let trace = said.iter().position(|line| is_trace(line)).unwrap_or(0);
    &said[..trace + section(&said[trace..], str::is_empty).len()]
}

/// `Class.test` of `package.Class.test`, or of `test(package.Class)` as older versions say.
fn short(name: &str) -> String {
    let (start, rest) = name.split_at(name.find(['(', '{', '[', ' ']).unwrap_or(name.len()));
    if start.contains('.') {
        let from = start.rmatch_indices('.').nth(1).map_or(0, |(at, _)| at + 1);
        return format!("{}{rest}", &start[from..]);
    }
    match rest.trim_matches(['(', ')']).rsplit('.').next() {
        Some(class) if !class.is_empty() => format!("{class}.{start}"),
        _ => start.to_owned(),
    }
}

fn thrown(name: &str, body: &[&str]) -> Failure {
    let found = body.iter().find_map(|line| frame(line));
    Failure {
        test: Some(short(name)),
        origin: Some(name.to_owned()),
        path: found.and_then(|(file, _)| path(file)),
        line: found.map(|(_, number)| number),
        message: message(section(body, is_trace)),
        ..Failure::default()
    }
}

/// `[ERROR]   Class.test:12 what was wrong`, also where the test is inherited: `Class>Base.test:12`.
fn listed(line: &str) -> Option<Failure> {
    let rest = line.strip_prefix("[ERROR]   ")?;
    let (name, rest) = rest.split_at(rest.find([':', ' ']).unwrap_or(rest.len()));
    let (class, test) = name.rsplit_once('.')?;
    let class = class.split('>').next().unwrap_or(class);
    let message = rest.split_once(' ').map_or("", |(_, message)| message);
    Some(Failure {
        test: Some(format!("{class}.{test}")),
        message: message.to_owned(),
        ..Failure::default()
    })
}
