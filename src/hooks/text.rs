//! A report for a person: `path:line: rule: message`, then the advice for each rule once.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::hooks::{Report, Rule};

/// The report as text; empty where there are no findings. Styled; whoever prints it drops styles
/// that are not wanted.
pub fn text(report: &Report) -> String {
    let (place, rule_style, advice) =
        (Style::new().bold(), AnsiColor::Red.on_default(), AnsiColor::Cyan.on_default());
    let mut text = String::new();
    for finding in &report.findings {
        let (path, line, rule) = (&finding.path, finding.span.start, finding.rule.id());
        let message = printable(&finding.message);
        let _ = writeln!(
            text,
            "{place}{path}:{line}{place:#}: {rule_style}{rule}{rule_style:#}: {message}"
        );
    }
    for rule in Rule::ALL {
        if report.findings.iter().any(|finding| finding.rule == rule) {
            let _ = writeln!(text, "{advice}{}{advice:#}: {}", rule.id(), rule.advice());
        }
    }
    text
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
    fn places_first_then_advice_and_nothing_moves_the_cursor() {
        let finding = |line, message: &str| Finding {
            rule: Rule::SyntaxError,
            path: RepoPath::new("a\x1b.py").unwrap(),
            span: Span::new(line, line),
            message: message.to_owned(),
            fingerprint: String::new(),
        };
        let findings = vec![finding(3, "unexpected `\x1b[2J`"), finding(9, "missing `)`")];
        let report = Report { files: 1, findings, not_checked: Vec::new() };
        let plain = anstream::adapter::strip_str(&text(&report)).to_string();
        insta::assert_snapshot!(plain, @r"
        a\u{1b}.py:3: syntax-error: unexpected `\u{1b}[2J`
        a\u{1b}.py:9: syntax-error: missing `)`
        syntax-error: Fix the line; if it is meant so, write `countersign:allow` in a comment on it.
        ");
    }
}
