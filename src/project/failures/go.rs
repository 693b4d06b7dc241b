//! go test: `--- FAIL: TestName`, and what it logged with the place in front or said in another
//! way; and the programs of packages that died before they could name a test.

use crate::project::failures::{Failure, message, path, place, section};

/// Lines of a message that goes on below its place, or that has none.
const MORE: usize = 6;
/// How lines begin that say what came of a package.
const PACKAGES: &[&str] = &["ok  \t", "FAIL\t", "?   \t"];
/// And how those begin that say what came of a test, behind some space.
const TESTS: &[&str] = &[FAIL, "--- PASS: ", "--- SKIP: "];
const FAIL: &str = "--- FAIL: ";
/// What `log` puts in front of a line, with a nought for each digit.
const STAMP: &str = "0000/00/00 00:00:00 ";

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let is_end = |line: &&str| PACKAGES.iter().any(|start| line.starts_with(start));
    lines.split_inclusive(is_end).flat_map(package).collect()
}

/// What failed in a package, of whose lines the last says what came of it.
fn package(lines: &[&str]) -> Vec<Failure> {
    let origin = lines.last().and_then(|line| failed(line));
    let mut found: Vec<Failure> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix(FAIL) else { continue };
        let name = rest.split(" (").next().unwrap_or(rest);
        found.extend(test(name, &lines[..at], &lines[at + 1..]));
    }
    let names_tests = !found.is_empty();
    found.extend(origin.and_then(|origin| died(origin, lines, names_tests)));
    let origin = origin.map(str::to_owned);
    found.into_iter().map(|failure| Failure { origin: origin.clone(), ..failure }).collect()
}

/// The package that ran and failed; none that could not be built.
fn failed(line: &str) -> Option<&str> {
    let (package, time) = line.strip_prefix("FAIL\t")?.split_once('\t')?;
    time.starts_with(|c: char| c.is_ascii_digit()).then_some(package)
}

/// What a test that failed said: below its line, or above it where it is told at once.
fn test(name: &str, above: &[&str], below: &[&str]) -> Vec<Failure> {
    let body = section(below, ends);
    let mut found = logged(name, body);
    found.extend(panicked(name, body));
    if !found.is_empty() {
        return found;
    }
    let said = told_at_once(name, above);
    found = logged(name, &said);
    // A test that fails only because one inside of it did says nothing itself.
    let inner = format!("{FAIL}{name}/");
    if found.is_empty() && !below.iter().any(|line| line.trim_start().starts_with(&inner)) {
        let message = unplaced(body, &said, above);
        found.push(Failure { test: Some(name.to_owned()), message, ..Failure::default() });
    }
    found
}

/// Whether what is said of a test ends at this line.
fn ends(line: &str) -> bool {
    let starts = ["=== ", "FAIL", "exit status "];
    is_result(line) || starts.iter().any(|start| line.starts_with(start))
}

fn is_result(line: &str) -> bool {
    TESTS.iter().any(|start| line.trim_start().starts_with(start))
}

/// Whether a line begins what is said when a program dies.
fn is_death(line: &str) -> bool {
    line.starts_with("panic: ") || line.starts_with("fatal error: ")
}

fn logged(name: &str, body: &[&str]) -> Vec<Failure> {
    let body = section(body, is_death);
    let mut found: Vec<Failure> = Vec::new();
    for line in body {
        match place(line.trim_start()) {
            Some((file, number, rest)) if file.ends_with(".go") => found.push(Failure {
                test: Some(name.to_owned()),
                path: path(file),
                line: Some(number),
                message: rest.trim_start_matches(':').trim().to_owned(),
                ..Failure::default()
            }),
            _ => {
                if let Some(last) =
                    found.last_mut().filter(|last| last.message.lines().count() < MORE)
                {
                    last.message = format!("{}\n{}", last.message, line.trim()).trim().to_owned();
                }
            }
        }
    }
    found
}

/// The lines below `=== RUN   name`, `=== NAME  name` and `=== CONT  name`.
fn told_at_once<'a>(name: &str, above: &[&'a str]) -> Vec<&'a str> {
    let mut is_own = false;
    let mut said = Vec::new();
    for line in above {
        if let Some(rest) = line.strip_prefix("=== ") {
            let test = rest.split_once(' ').filter(|(what, _)| *what != "PAUSE");
            is_own = test.is_some_and(|(_, test)| test.trim_start() == name);
        } else if is_result(line) {
            is_own = false;
        } else if is_own {
            said.push(*line);
        }
    }
    said
}

/// What a test said without a place: below its line as examples do, or else what was printed before
/// it.
fn unplaced(body: &[&str], said: &[&str], above: &[&str]) -> String {
    let below = message(section(body, is_death));
    if !below.is_empty() {
        return below;
    }
    let start = above.iter().rposition(|line| ends(line)).map_or(0, |at| at + 1);
    printed(if said.is_empty() { &above[start..] } else { said })
}

/// The last of the lines that are neither go's own nor those of a log.
fn printed(lines: &[&str]) -> String {
    let own = lines.iter().filter(|line| !line.is_empty() && !is_of_go(line));
    let own: Vec<&str> = own.map(|line| without_time(line)).collect();
    own[own.len().saturating_sub(MORE)..].join("\n")
}

/// Whether go says a line, or it is indented as logs are.
fn is_of_go(line: &str) -> bool {
    let starts = ["=== ", "FAIL", "PASS", "# ", "    "];
    let is_error = place(line).is_some_and(|(file, ..)| file.ends_with(".go"));
    is_error || is_result(line) || starts.iter().any(|start| line.starts_with(start))
}

/// A line without the time that `log` puts in front, which is another in each run.
fn without_time(line: &str) -> &str {
    let is_like = |(byte, like): (u8, u8)| byte == like || like == b'0' && byte.is_ascii_digit();
    match line.split_at_checked(STAMP.len()) {
        Some((stamp, rest)) if stamp.bytes().zip(STAMP.bytes()).all(is_like) => rest,
        _ => line,
    }
}

/// A panic of a test ends the whole program: its message, and the first place of the project in the
/// trace.
fn panicked(name: &str, body: &[&str]) -> Option<Failure> {
    let at = body.iter().position(|line| line.starts_with("panic: "))?;
    let trace = &body[at..];
    let own = own_place(trace);
    is_of_test(trace).then(|| Failure {
        test: Some(name.to_owned()),
        path: own.and_then(|(file, _)| path(file)),
        line: own.map(|(_, number)| number),
        message: trace[0].to_owned(),
        ..Failure::default()
    })
}

/// Whether a panic is that of a test: it was caught, the test was named, and it went on.
fn is_of_test(trace: &[&str]) -> bool {
    let said = section(trace, str::is_empty);
    let is_caught =
        |line: &str| line.contains(" [recovered") || line.starts_with("panic: test executed ");
    said.iter().any(|line| is_caught(line))
}

/// The first place of the project in a trace.
fn own_place<'a>(trace: &[&'a str]) -> Option<(&'a str, u32)> {
    let mut places = trace.iter().filter_map(|line| place(line.strip_prefix('\t')?));
    // go writes the main function of tests itself.
    let is_own = |file: &str| file != "_testmain.go" && path(file).is_some();
    let (file, number, _) = places.find(|(file, ..)| is_own(file))?;
    Some((file, number))
}

/// A package whose program did not come to its end, or did not name what failed. There is nothing
/// to say of it where that is told of a test.
fn died(package: &str, lines: &[&str], names_tests: bool) -> Option<Failure> {
    let death = lines.iter().rposition(|line| is_death(line));
    let trace = death.map_or(&[][..], |at| &lines[at..]);
    if names_tests && (lines.contains(&"FAIL") || is_of_test(trace)) {
        return None;
    }
    let said = if trace.is_empty() { printed(lines) } else { last_words(trace) };
    let own = own_place(trace);
    Some(Failure {
        path: own.and_then(|(file, _)| path(file)),
        line: own.map(|(_, number)| number),
        message: format!("FAIL {package}\n{said}").trim_end().to_owned(),
        ..Failure::default()
    })
}

/// What stands above a trace, without addresses: they are others in each run.
fn last_words(trace: &[&str]) -> String {
    let said = section(trace, str::is_empty).iter().map(|line| line.trim());
    let said: Vec<&str> = said.filter(|line| !line.starts_with('[')).take(MORE).collect();
    said.join("\n")
}
