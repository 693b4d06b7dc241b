//! A report as workflow commands, which GitHub shows as annotations on the lines of a pull request.
//!
//! The format: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use std::fmt::Write;

use crate::agent::Severity;
use crate::hooks::Report;

/// One line for each finding: `::error`, or what a model says that it is.
pub fn github(report: &Report) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let (path, span) = (property(&finding.path.to_string()), finding.span);
        let (rule, message) = (finding.rule.id(), data(&finding.message));
        let kind = match finding.severity {
            None | Some(Severity::Error) => "error",
            Some(Severity::Warning) => "warning",
            Some(Severity::Note) => "notice",
        };
        let _ = writeln!(
            text,
            "::{kind} file={path},line={},endLine={},title={rule}::{message}",
            span.start, span.end
        );
    }
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{RepoPath, Span};
    use crate::hooks::{Finding, Rule};

    #[test]
    fn separators_in_names_and_messages_are_escaped() {
        let finding = Finding {
            rule: Rule::ConflictMarker,
            path: RepoPath::new("a,b:c.py").unwrap(),
            span: Span::new(2, 6),
            message: "50%\n::error::".to_owned(),
            severity: None,
            fingerprint: String::new(),
        };
        let report =
            Report { files: 1, findings: vec![finding], not_checked: Vec::new(), review: None };
        insta::assert_snapshot!(github(&report), @"::error file=a%2Cb%3Ac.py,line=2,endLine=6,title=conflict-marker::50%25%0A::error::");
    }
}
