//! Findings about a change: a pure function from changed files to a report.
//!
//! Only what the change brings is reported; what was wrong before is not its fault.

use serde::Serialize;

use crate::agent::Severity;
use crate::base::{Digest, RepoPath, Span};
use crate::hooks::{markers, parse, secrets};
use crate::repo::changes::{Changes, NotRead, added_lines};
use crate::repo::{FileChange, Mode};
use crate::session::Reviewed;

/// A line that has this in it is taken as meant, whatever a rule says about it.
const ALLOW: &[u8] = b"countersign:allow";

/// What can be wrong with a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    ConflictMarker,
    ModelReview,
    Secret,
    SyntaxError,
}

impl Rule {
    /// Every rule, in the order of their names.
    pub const ALL: [Self; 4] =
        [Self::ConflictMarker, Self::ModelReview, Self::Secret, Self::SyntaxError];

    /// The name in reports.
    pub fn id(self) -> &'static str {
        match self {
            Self::ConflictMarker => "conflict-marker",
            Self::ModelReview => "model-review",
            Self::Secret => "secret",
            Self::SyntaxError => "syntax-error",
        }
    }

    /// What the rule looks for, as a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::ConflictMarker => "The change adds a merge conflict that nobody resolved.",
            Self::ModelReview => "A model that read the change sees a problem in this line.",
            Self::Secret => "The change adds what looks like a password, token or private key.",
            Self::SyntaxError => "The file parsed before the change and does not parse after it.",
        }
    }

    /// What to do about it, as a sentence.
    pub fn advice(self) -> &'static str {
        match self {
            Self::ConflictMarker => "Resolve the conflict and remove its three marker lines.",
            Self::ModelReview => {
                "Look for yourself: models see problems that are none, and miss others. A line with \
                 `countersign:allow` in a comment is left alone."
            }
            Self::Secret => {
                "Remove it and revoke it if it ever left this machine; if it is no secret, write \
                 `countersign:allow` in a comment on the line."
            }
            Self::SyntaxError => {
                "Fix the line; if it is meant so, write `countersign:allow` in a comment on it."
            }
        }
    }
}

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub rule: Rule,
    pub path: RepoPath,
    /// Lines of the file after the change.
    pub span: Span,
    /// What is wrong, lower-case without full stop. Never holds a secret.
    pub message: String,
    /// How bad a model says that it is; what a rule finds is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The same for the same finding in another run, whatever moved around it.
    pub fingerprint: String,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many files were checked.
    pub files: usize,
    /// In the order of path, line, rule.
    pub findings: Vec<Finding>,
    /// Changed files that were not checked.
    pub not_checked: Vec<NotRead>,
    /// What a model read of it, where one was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Reading>,
}

/// How much of a change a model read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Whether it came to its end.
    pub whole: bool,
    /// What nobody read, and why.
    pub unread: Vec<String>,
    /// How much was said of no line of the change.
    pub dropped: usize,
}

impl Report {
    /// Adds what a model found. A line that is taken as meant is left alone.
    pub fn add(&mut self, reviewed: Reviewed) {
        let Reviewed { found, dropped, unread, whole, .. } = reviewed;
        let found = found.into_iter().filter(|it| !is_allowed(it.code.as_bytes()));
        self.findings.extend(found.map(|it| Finding {
            rule: Rule::ModelReview,
            path: it.path,
            span: Span::new(it.line, it.line),
            message: it.text,
            severity: Some(it.severity),
            fingerprint: String::new(),
        }));
        sort(&mut self.findings);
        self.review = Some(Reading { whole, unread, dropped: dropped.len() });
    }
}

/// Checks every file of `changes`.
pub fn check(changes: &Changes) -> Report {
    let mut findings: Vec<Finding> = changes.files.iter().flat_map(check_file).collect();
    sort(&mut findings);
    let not_checked = changes.not_read.clone();
    Report { files: changes.files.len(), findings, not_checked, review: None }
}

/// Orders findings and gives them their fingerprints.
fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (&a.path, a.span, a.rule, &a.message).cmp(&(&b.path, b.span, b.rule, &b.message))
    });
    number(findings);
}

/// What one rule found in a file: lines and message.
pub(super) type Found = (Span, String);

fn check_file(change: &FileChange) -> Vec<Finding> {
    let Some(after) = &change.after else { return Vec::new() };
    let added: Vec<(u32, &[u8])> =
        added_lines(change).into_iter().filter(|(_, line)| !is_allowed(line)).collect();
    let secrets = secrets::find(&added);
    let mut broken =
        if after.mode == Mode::Symlink { Vec::new() } else { parse::newly_broken(change) };
    let lines: Vec<&[u8]> = after.bytes.split(|byte| *byte == b'\n').collect();
    broken.retain(|(span, _)| !lines.get(span.start as usize - 1).is_some_and(|it| is_allowed(it)));
    hide(&mut broken, &secrets);
    let named = |rule: Rule, found: Vec<Found>| {
        found.into_iter().map(move |(span, message)| Finding {
            rule,
            path: change.path.clone(),
            span,
            message,
            severity: None,
            fingerprint: String::new(),
        })
    };
    named(Rule::ConflictMarker, markers::find(&added))
        .chain(named(Rule::Secret, secrets))
        .chain(named(Rule::SyntaxError, broken))
        .collect()
}

fn is_allowed(line: &[u8]) -> bool {
    line.windows(ALLOW.len()).any(|part| part == ALLOW)
}

/// A syntax error quotes the text it stands in; where that may be a secret, it must not.
fn hide(broken: &mut [Found], secrets: &[Found]) {
    for (span, message) in broken {
        if secrets.iter().any(|(secret, _)| secret.overlaps(span)) {
            *message = "does not parse".to_owned();
        }
    }
}

/// Fingerprints leave line numbers out, so equal findings of a file are told apart by their order.
fn number(findings: &mut [Finding]) {
    let mut seen = std::collections::BTreeMap::new();
    for finding in findings {
        let key = format!("{}\0{}\0{}", finding.rule.id(), finding.path, finding.message);
        let nth: &mut u32 = seen.entry(key.clone()).or_default();
        finding.fingerprint = Digest::of(format!("{key}\0{nth}").as_bytes()).to_string();
        *nth += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::repo::FileState;

    fn change(path: &str, before: Option<&[u8]>, after: &[u8]) -> FileChange {
        let state = |bytes: &[u8]| FileState { bytes: bytes.to_vec(), mode: Mode::Regular };
        FileChange {
            path: RepoPath::new(path).unwrap(),
            before: before.map(state),
            after: Some(state(after)),
        }
    }

    #[track_caller]
    fn check_one(path: &str, before: Option<&str>, after: &str, expected: &[&str]) {
        let files = vec![change(path, before.map(str::as_bytes), after.as_bytes())];
        let report = check(&Changes { files, not_read: Vec::new() });
        let found: Vec<String> = report
            .findings
            .iter()
            .map(|it| format!("{} {}: {}", it.span, it.rule.id(), it.message))
            .collect();
        assert_eq!(found, expected);
    }

    /// Put together here, so that no check of this file takes it for a real key.
    fn key() -> String {
        ["AKIA", "QYLPMN5HHHFPZAM2"].concat()
    }

    #[test]
    fn only_what_the_change_adds_is_reported() {
        let line = format!("key = \"{}\"\n", key());
        check_one("a.txt", Some(&line), &format!("{line}more\n"), &[]);
        check_one(
            "a.txt",
            Some("more\n"),
            &format!("more\n{line}"),
            &["2 secret: AWS Access Key ID, `AKIA…` (20 characters)"],
        );
    }

    #[test]
    fn an_allowed_line_is_silent() {
        check_one("a.txt", None, &format!("key = \"{}\" # countersign:allow\n", key()), &[]);
    }

    #[test]
    fn the_same_change_gives_the_same_fingerprints_wherever_it_stands() {
        let prints = |above: &str| -> Vec<String> {
            let text = format!("{above}a = \"{0}\"\nb = \"{0}\"\n", key());
            let files = vec![change("a.txt", None, text.as_bytes())];
            let report = check(&Changes { files, not_read: Vec::new() });
            report.findings.into_iter().map(|it| it.fingerprint).collect()
        };
        let here = prints("");
        assert_eq!(here.len(), 2);
        assert_ne!(here[0], here[1]);
        assert_eq!(here, prints("\n\nmoved\n"));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it_and_no_deletion_is_a_finding(
            before in any::<Vec<u8>>(), after in any::<Vec<u8>>(), text in ".{0,80}",
        ) {
            for (old, new) in [(&before[..], &after[..]), (&before[..], text.as_bytes())] {
                let files = vec![change("a.py", Some(old), new)];
                check(&Changes { files, not_read: Vec::new() });
            }
            let mut gone = change("a.py", Some(&before), b"");
            gone.after = None;
            let report = check(&Changes { files: vec![gone], not_read: Vec::new() });
            prop_assert!(report.findings.is_empty());
        }
    }
}
