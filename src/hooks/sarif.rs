//! A report in SARIF 2.1.0, which code hosts read and show on the lines of a change.
//!
//! The format: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::collections::BTreeMap;

use serde_sarif::sarif::{
    ArtifactLocation, Location, Message, MultiformatMessageString, PhysicalLocation, Region,
    ReportingDescriptor, Result as SarifResult, ResultLevel, Run, Sarif, Tool, ToolComponent,
};

use crate::agent::Severity;
use crate::base::RepoPath;
use crate::hooks::{Finding, Report, Rule};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The report as one SARIF run. Paths are relative to the root of the repository.
pub fn sarif(report: &Report) -> Sarif {
    let driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .rules(Rule::ALL.map(descriptor).to_vec())
        .build();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .results(report.findings.iter().map(result).collect::<Vec<_>>())
        .build();
    Sarif::builder().schema(SCHEMA).version("2.1.0").runs(vec![run]).build()
}

fn descriptor(rule: Rule) -> ReportingDescriptor {
    let words = |text: &str| MultiformatMessageString::builder().text(text).build();
    ReportingDescriptor::builder()
        .id(rule.id())
        .short_description(words(rule.about()))
        .help(words(rule.advice()))
        .build()
}

fn result(finding: &Finding) -> SarifResult {
    let region = Region::builder()
        .start_line(i64::from(finding.span.start))
        .end_line(i64::from(finding.span.end))
        .build();
    let place = PhysicalLocation::builder()
        .artifact_location(ArtifactLocation::builder().uri(uri(&finding.path)).build())
        .region(region)
        .build();
    let index = Rule::ALL.iter().position(|rule| *rule == finding.rule).unwrap_or_default();
    let print = ("countersign/v1".to_owned(), finding.fingerprint.clone());
    SarifResult::builder()
        .rule_id(finding.rule.id())
        .rule_index(i64::try_from(index).unwrap_or_default())
        .level(level(finding))
        .message(Message::builder().text(finding.message.as_str()).build())
        .locations(vec![Location::builder().physical_location(place).build()])
        .partial_fingerprints(BTreeMap::from([print]))
        .build()
}

fn level(finding: &Finding) -> ResultLevel {
    match finding.severity {
        None | Some(Severity::Error) => ResultLevel::Error,
        Some(Severity::Warning) => ResultLevel::Warning,
        Some(Severity::Note) => ResultLevel::Note,
    }
}

/// The path as a relative URI reference (RFC 3986): everything but plain characters is percent-encoded.
fn uri(path: &RepoPath) -> String {
    let mut text = String::new();
    for byte in path.as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(char::from(*byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;

    #[test]
    fn rules_results_and_places_refer_to_each_other() {
        let finding = Finding {
            rule: Rule::Secret,
            path: RepoPath::new("src/ä b:1.py").unwrap(),
            span: Span::new(2, 3),
            message: "x".to_owned(),
            severity: None,
            fingerprint: "f00".to_owned(),
        };
        let report =
            Report { files: 1, findings: vec![finding], not_checked: Vec::new(), review: None };
        let json = serde_json::to_value(sarif(&report)).unwrap();
        let run = &json["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let result = &run["results"][0];
        assert_eq!(json["version"], "2.1.0");
        assert_eq!(rules.len(), Rule::ALL.len());
        assert_eq!(rules[result["ruleIndex"].as_u64().unwrap() as usize]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "src/%C3%A4%20b%3A1.py");
        assert_eq!(
            (&place["region"]["startLine"], &place["region"]["endLine"]),
            (&2.into(), &3.into())
        );
        assert_eq!(result["partialFingerprints"]["countersign/v1"], "f00");
    }
}
