//! Traces of programs that run on Java's machine.

use crate::project::failures::place;

/// How the names begin of what is none of the project's.
const FOREIGN: &[&str] = &[
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "junit.",
    "org.junit.",
    "org.opentest4j.",
    "org.hamcrest.",
    "org.assertj.",
    "org.mockito.",
    "org.apache.maven.",
    "org.gradle.",
    "kotlin.",
    "kotlinx.",
    "scala.",
    "groovy.",
    "org.codehaus.groovy.",
];

/// `at [module/]package.Class.method(File.java:12)` as a file and a line, if it may be of the project.
pub(super) fn frame(line: &str) -> Option<(&str, u32)> {
    let (method, rest) = line.trim_start().strip_prefix("at ")?.split_once('(')?;
    let method = method.rsplit('/').next().unwrap_or(method);
    if FOREIGN.iter().any(|start| method.starts_with(start)) {
        return None;
    }
    let (file, number, _) = place(rest)?;
    Some((file, number))
}

/// Whether a line begins the trace below what was thrown.
pub(super) fn is_trace(line: &str) -> bool {
    // `at index 0` may stand in what is said of a list.
    line.trim_start().starts_with("at ") && line.contains('(')
}
