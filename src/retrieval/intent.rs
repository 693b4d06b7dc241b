//! What kind of query is it?

/// What a query is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// A name to be found.
    Lookup,
    /// An error or a stack trace to be explained.
    Trace,
    /// Something to be told.
    Question,
    /// Something to be changed.
    Change,
}

/// What stack traces and compilers say, in lower case.
const TRACE_MARKS: [&str; 8] = [
    "traceback (most recent call last)",
    "panicked at",
    "stack backtrace",
    "exception in thread",
    "\n    at ",
    "\n  file \"",
    "segmentation fault",
    "goroutine ",
];

const QUESTION_WORDS: [&str; 9] =
    ["how", "what", "where", "why", "which", "who", "when", "does", "is"];

impl Intent {
    /// Judges by the words alone.
    pub fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        if TRACE_MARKS.iter().any(|mark| lower.contains(mark)) {
            Self::Trace
        } else if lower.trim_end().ends_with('?')
            || words.first().is_some_and(|it| QUESTION_WORDS.contains(&&*it.to_lowercase()))
        {
            Self::Question
        } else if words.len() == 1
            || ((2..=3).contains(&words.len()) && words.iter().all(|it| is_code(it)))
        {
            Self::Lookup
        } else {
            Self::Change
        }
    }
}

/// Whether a word is written as only code is: `parse_hunk`, `HunkParser`, `a::b`, `run()`.
pub(super) fn is_code(word: &str) -> bool {
    let inner = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
    let mixed =
        inner.chars().skip(1).any(char::is_uppercase) && inner.chars().any(char::is_lowercase);
    inner.contains('_') || inner.contains("::") || word.contains("()") || mixed
}

/// Which kinds of files a query asks for by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub tests: bool,
    pub documents: bool,
    pub settings: bool,
}

/// How far into a query a word says what the whole is about: `docs: …`, `fix the tests of …`.
const SUBJECT_WORDS: usize = 3;

impl Wanted {
    /// Judges by the first words.
    pub fn of(text: &str) -> Self {
        let subject: Vec<String> =
            crate::index::words(text).into_iter().take(SUBJECT_WORDS).collect();
        let says = |words: &[&str]| subject.iter().any(|it| words.contains(&&**it));
        Self {
            tests: says(&["test", "tests"]),
            documents: says(&["doc", "docs", "documentation", "readme", "changelog"]),
            settings: says(&["ci", "workflow", "workflows", "dependencies"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intents() {
        let check = |text, expected| assert_eq!(Intent::of(text), expected, "{text}");
        check("parse_hunk", Intent::Lookup);
        check("HunkParser run()", Intent::Lookup);
        check("where are hunks parsed", Intent::Question);
        check("can a hunk be empty?", Intent::Question);
        check("fix hunk parser", Intent::Change);
        check("", Intent::Change);
        check("thread 'main' panicked at src/a.rs:3:5", Intent::Trace);
    }

    #[test]
    fn wanted_files_are_said_first() {
        assert!(Wanted::of("docs: explain hunks").documents);
        assert!(!Wanted::of("explain hunks better in the docs").documents);
    }
}
