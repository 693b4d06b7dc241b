//! go test: `--- FAIL: TestName`, and what it logged with the place in front.

use crate::project::failures::{Failure, path, place, section};

/// Lines of a message that goes on below its place.
const MORE: usize = 6;

pub(super) fn read(lines: &[&str]) -> Vec<Failure> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix("--- FAIL: ") else { continue };
        let name = rest.split(" (").next().unwrap_or(rest);
        let ends = |line: &str| line.trim_start().starts_with("--- ") || line.starts_with("FAIL");
        let body = section(&lines[at + 1..], ends);
        found.extend(logged(name, body));
        found.extend(panicked(name, body));
        // A test that fails only because one inside of it did says nothing itself.
    }
    found
}

fn logged(name: &str, body: &[&str]) -> Vec<Failure> {
    let body = section(body, |line| line.starts_with("panic: "));
    let mut found: Vec<Failure> = Vec::new();
    for line in body {
        match place(line.trim_start()) {
            Some((file, number, rest)) if file.ends_with(".go") => found.push(Failure {
                test: Some(name.to_owned()),
                path: path(file),
                line: Some(number),
                source: None,
                message: rest.trim_start_matches(':').trim().to_owned(),
                unready: false,
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

/// A panic ends the whole program: its message, and the first place of the project in the trace.
fn panicked(name: &str, body: &[&str]) -> Option<Failure> {
    let message = body.iter().find_map(|line| line.strip_prefix("panic: "))?;
    let places = body.iter().filter_map(|line| place(line.strip_prefix('\t')?));
    let own = places.into_iter().find(|(file, ..)| path(file).is_some());
    Some(Failure {
        test: Some(name.to_owned()),
        path: own.and_then(|(file, ..)| path(file)),
        line: own.map(|(_, number, _)| number),
        source: None,
        message: format!("panic: {message}"),
        unready: false,
    })
}
