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

/// The type of a conventional message, `docs` of `docs(x)!: …`, and what follows it.
pub(super) fn prefix(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let (word, rest) = text.split_at(text.find(|c: char| !c.is_ascii_alphanumeric())?);
    let behind = match rest.strip_prefix('(') {
        Some(scope) => scope.split_once(')')?.1,
        None => rest,
    };
    let behind = behind.strip_prefix('!').unwrap_or(behind).strip_prefix(':')?;
    let ends = behind.chars().next().is_none_or(char::is_whitespace);
    (ends && !word.is_empty()).then_some((word, rest))
}

/// Files that stand back unless a query asks for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Tests,
    Documents,
    Settings,
    Translations,
}

impl Class {
    pub(super) const ALL: [Self; 4] =
        [Self::Tests, Self::Documents, Self::Settings, Self::Translations];

    /// What it is called.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Tests => &["test", "tests"],
            Self::Documents => &["doc", "docs", "documentation", "readme", "changelog"],
            Self::Settings => &["ci", "workflow", "workflows", "dependencies"],
            Self::Translations => {
                &["translation", "translations", "locale", "locales", "i18n", "l10n"]
            }
        }
    }

    fn is_called(self, word: &str) -> bool {
        self.words().iter().any(|it| word.eq_ignore_ascii_case(it))
    }
}

/// How far a query asks for a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Not,
    /// One of its first words names it, and it may be about something else.
    Spoken,
    /// The query says that it is about nothing else.
    Wholly,
}

/// Which kinds of files a query asks for by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub tests: bool,
    pub documents: bool,
    pub settings: bool,
    pub translations: bool,
    /// The class that a conventional prefix names.
    prefix: Option<Class>,
}

/// How far into a query a word says what the whole is about: `docs: …`, `fix the tests of …`.
const SUBJECT_WORDS: usize = 3;

impl Wanted {
    /// Judges by the first words.
    pub fn of(text: &str) -> Self {
        let subject: Vec<String> =
            crate::index::words(text).into_iter().take(SUBJECT_WORDS).collect();
        let says = |class: Class| subject.iter().any(|word| class.is_called(word));
        let named = |word: &str| Class::ALL.into_iter().find(|class| class.is_called(word));
        Self {
            tests: says(Class::Tests),
            documents: says(Class::Documents),
            settings: says(Class::Settings),
            translations: says(Class::Translations),
            prefix: prefix(text).and_then(|(word, _)| named(word)),
        }
    }

    /// How far a class is asked for.
    pub(super) fn asked(self, class: Class) -> Asked {
        let spoken = match class {
            Class::Tests => self.tests,
            Class::Documents => self.documents,
            Class::Settings => self.settings,
            Class::Translations => self.translations,
        };
        match spoken {
            _ if self.prefix == Some(class) => Asked::Wholly,
            true => Asked::Spoken,
            false => Asked::Not,
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

    #[test]
    fn a_class_is_asked_for_as_a_whole_by_a_prefix_alone() {
        let check = |text: &str, class, expected| {
            assert_eq!(Wanted::of(text).asked(class), expected, "{text}");
        };
        check("docs: explain hunks", Class::Documents, Asked::Wholly);
        check("Test(parser)!: more cases", Class::Tests, Asked::Wholly);
        check("ci: run on two systems", Class::Settings, Asked::Wholly);
        check("i18n: plural forms", Class::Translations, Asked::Wholly);
        check("fix the tests of hunks", Class::Tests, Asked::Spoken);
        check("fix(tests): wait longer", Class::Tests, Asked::Spoken);
        check("docs::parse panics", Class::Documents, Asked::Spoken);
        check("docs: explain hunks", Class::Tests, Asked::Not);
    }
}
