//! A report for a person: `path:line: rule: message`, and what to do about it.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::agent::Severity;
use crate::hooks::{Report, Rule};

/// A line for each finding. Styled; whoever prints it drops styles that are not wanted.
pub fn text(report: &Report) -> String {
    let (place, style) = (Style::new().bold(), AnsiColor::Red.on_default());
    let mut text = String::new();
    for finding in &report.findings {
        let (path, line, rule) = (&finding.path, finding.span.start, finding.rule.id());
        let message = printable(&finding.message);
        let severity = match finding.severity {
            None => "",
            Some(Severity::Error) => " (error)",
            Some(Severity::Warning) => " (warning)",
            Some(Severity::Note) => " (note)",
        };
        let rule = format!("{style}{rule}{style:#}{severity}");
        let _ = writeln!(text, "{place}{path}:{line}{place:#}: {rule}: {message}");
    }
    text
}

/// What to do about each kind of finding that there is.
pub fn advice(report: &Report) -> Vec<String> {
    let found = |rule: &Rule| report.findings.iter().any(|finding| finding.rule == *rule);
    let rules = Rule::ALL.into_iter().filter(found);
    rules.map(|rule| format!("{}: {}", rule.id(), rule.advice())).collect()
}

/// Control characters escaped: a message may quote the repository, which may try to move the cursor.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{RepoPath, Span};
    use crate::hooks::Finding;

    #[test]
    fn every_finding_has_a_place_and_nothing_moves_the_cursor() {
        let finding = |line, message: &str| Finding {
            rule: Rule::SyntaxError,
            path: RepoPath::new("a\x1b.py").unwrap(),
            span: Span::new(line, line),
            message: message.to_owned(),
            severity: None,
            fingerprint: String::new(),
        };
        let findings = vec![finding(3, "unexpected `\x1b[2J`"), finding(9, "missing `)`")];
        let report = Report { files: 1, findings, not_checked: Vec::new(), review: None };
        let plain = anstream::adapter::strip_str(&text(&report)).to_string();
        insta::assert_snapshot!(plain, @r"
        a\u{1b}.py:3: syntax-error: unexpected `\u{1b}[2J`
        a\u{1b}.py:9: syntax-error: missing `)`
        ");
        assert_eq!(advice(&report).len(), 1);
    }
}
