//! Secrets in added lines, found by a published rule set.
//!
//! The rules are those of the `secretscan` crate: the exact formats of some seventy providers, and
//! private keys, connection strings and named assignments, which also need enough entropy. Rules
//! that go by a mere name or shape (a client id, a long hexadecimal string) are left out: they
//! stop too many commits that are in order. What is found is never shown whole.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, RegexSet};
use secretscan::patterns::{Rule, Severity, rules};
use secretscan::{placeholder, shannon_entropy, validate};

use crate::base::Span;
use crate::hooks::check::Found;

/// Below this, in bits per character, a match is a stand-in such as `AKIAAAAAAAAAAAAAAAAA`.
const MIN_ENTROPY: f64 = 2.5;
/// A value that is suspicious for its name alone must look random.
const MIN_ENTROPY_OF_NAMED: f64 = 3.5;
/// A password in an address: `postgres:postgres@` is in every manual.
const MIN_ENTROPY_OF_PASSWORD: f64 = 2.9;

/// Rules of medium weight that are exact enough; all heavier ones are used.
const ALSO: [&str; 3] = ["Google API Key", "JWT Token", "Generic Secret"];

static RULES: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    rules().iter().filter(|rule| is_heavy(rule) || ALSO.contains(&rule.name)).collect()
});

// Without the set every rule is tried on every line, which is slower and finds the same.
static ANY: LazyLock<Option<RegexSet>> =
    LazyLock::new(|| RegexSet::new(RULES.iter().map(|rule| rule.regex.as_str())).ok());

/// The secrets in the `added` lines, with the lines' numbers.
pub(super) fn find(added: &[(u32, &[u8])]) -> Vec<Found> {
    let mut found = Vec::new();
    for (number, line) in added {
        let line = String::from_utf8_lossy(line);
        for (rule, range) in in_line(&line) {
            found.push((Span::new(*number, *number), message(rule, &line[range])));
        }
    }
    found
}

/// The secrets of a line from left to right; where rules overlap, the one that matched least text.
fn in_line(line: &str) -> Vec<(&'static Rule, Range<usize>)> {
    let candidates: Vec<usize> = match &*ANY {
        Some(set) => set.matches(line).into_iter().collect(),
        None => (0..RULES.len()).collect(),
    };
    let mut all: Vec<(&'static Rule, Range<usize>)> = candidates
        .into_iter()
        .filter_map(|index| RULES.get(index))
        .flat_map(|rule| {
            let plausible = rule.regex.captures_iter(line).filter(|it| is_plausible(rule, it));
            plausible.filter_map(|it| it.get(0)).map(|it| (*rule, it.range())).collect::<Vec<_>>()
        })
        .collect();
    all.sort_by_key(|(_, range)| (range.len(), range.start));
    let mut kept: Vec<(&'static Rule, Range<usize>)> = Vec::new();
    for (rule, range) in all {
        if !kept.iter().any(|(_, it)| it.start < range.end && range.start < it.end) {
            kept.push((rule, range));
        }
    }
    kept.sort_by_key(|(_, range)| range.start);
    kept
}

fn is_heavy(rule: &Rule) -> bool {
    matches!(rule.severity, Severity::High | Severity::Critical)
}

fn is_plausible(rule: &Rule, captures: &Captures<'_>) -> bool {
    let whole = captures.get(0).map_or("", |it| it.as_str());
    let value = captures.iter().flatten().last().map_or(whole, |it| it.as_str());
    if placeholder::applies_to(rule.name) && placeholder::is_placeholder(value) {
        return false;
    }
    if let Some(password) = password_of_address(whole) {
        return !placeholder::is_placeholder(password)
            && shannon_entropy(password) >= MIN_ENTROPY_OF_PASSWORD;
    }
    match rule.name {
        "JWT Token" => validate::is_well_formed_jwt(whole),
        "Generic Secret" => {
            let has = |what: fn(&u8) -> bool| value.bytes().any(|byte| what(&byte));
            has(u8::is_ascii_digit)
                && has(u8::is_ascii_alphabetic)
                && shannon_entropy(value) >= MIN_ENTROPY_OF_NAMED
        }
        _ => shannon_entropy(whole) >= MIN_ENTROPY,
    }
}

/// What stands between the colon and the `@` of `scheme://user:password@host`.
fn password_of_address(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let (credentials, _) = rest.rsplit_once('@')?;
    credentials.split_once(':').map(|(_, password)| password)
}

/// Names what was found and shows its first four characters.
fn message(rule: &Rule, text: &str) -> String {
    if text.starts_with("-----BEGIN") {
        return rule.name.to_owned();
    }
    let start: String = text.chars().take(4).collect();
    format!("{}, `{start}…` ({} characters)", rule.name, text.chars().count())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(parts: &[&str], expected: &str) {
        let line = parts.concat();
        let found: Vec<String> =
            find(&[(1, line.as_bytes())]).into_iter().map(|(_, message)| message).collect();
        assert_eq!(found.join("; "), expected, "{line}");
    }

    // Each is cut in two, so that no scanner takes this file for a leak.
    #[test]
    fn formats_of_providers_are_found() {
        check(&["key = 'AK", "IAQYLPMN5HHHFPZAM2'"], "AWS Access Key ID, `AKIA…` (20 characters)");
        check(&["key = 'AK", "IAIOSFODNN7EXAMPLE'"], "AWS Access Key ID, `AKIA…` (20 characters)");
        check(
            &["aws_secret_access_key = 'wJalrXUtnFEMI", "/K7MDENG/bPxRfiCYzQ9tVbN2mk'"],
            "AWS Secret Key, `aws_…` (66 characters)",
        );
        check(
            &["t: gh", "p_16C7e42F292c6912E7710c838347Ae178B4a"],
            "GitHub Token, `ghp_…` (40 characters)",
        );
        check(&["xox", "b-123456789012abcDEF345"], "Slack Token, `xoxb…` (26 characters)");
        check(&["sk_", "live_4eC39HqLyjWDarjtT1zdp7dc"], "Stripe API Key, `sk_l…` (32 characters)");
        check(&["-----BEGIN RSA PRI", "VATE KEY-----"], "RSA Private Key");
        check(&["-----BEGIN PRI", "VATE KEY-----"], "Generic Private Key");
        check(
            &[
                "eyJhbGciOiJIUzI1NiJ9.",
                "eyJzdWIiOiIxMjM0NTY3ODkwIn0.",
                "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
            ],
            "JWT Token, `eyJh…` (81 characters)",
        );
        check(
            &["postgres://app:Xk29", "fLq8w@db.internal/app"],
            "PostgreSQL URL, `post…` (40 characters)",
        );
        check(
            &["api_key = \"a8f5f167f44", "f4964e6c998dee827110c\""],
            "Generic Secret, `api_…` (44 characters)",
        );
    }

    #[test]
    fn what_is_no_secret_is_left_alone() {
        check(&["api_key = settings.credentials.api_key_name"], "");
        check(&["api_key = \"your_api_key_goes_here_1234\""], "");
        check(&["url = postgres://postgres:postgres@localhost/test"], "");
        check(&["url = postgres://user:password@localhost/test"], "");
        check(
            &["sha256 = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\""],
            "",
        );
        check(&["client_id = \"com.example.application.mobile.client\""], "");
        check(&["password = get_password_from_keyring()"], "");
        check(&["AK", "IAAAAAAAAAAAAAAAAA"], "");
        check(&["eyJhbGciOi.not_a_token_at_all.but_looks_like_one"], "");
    }

    proptest! {
        #[test]
        fn no_line_breaks_it_and_no_secret_is_shown(line in "\\PC{0,60}", tail in "[A-Z2-7]{16}") {
            let secret = format!("{}{tail}", ["AK", "IA"].concat());
            for (_, message) in find(&[(1, format!("{line} {secret} {line}").as_bytes())]) {
                prop_assert!(!message.contains(&secret));
            }
        }
    }
}
