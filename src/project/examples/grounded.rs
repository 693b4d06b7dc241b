//! Is an example taken from a text, or made up?

use std::sync::LazyLock;

use regex::Regex;

/// Shorter texts and numbers stand in any task.
const DISTINCT: usize = 3;

static LITERAL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#""([^"\\]*)"|'([^'\\]*)'|\b\d+(?:\.\d+)?\b"#).ok());

/// How far from one another, in bytes, a text may say what belongs together.
const FAR: usize = 160;

/// Whether `line` says what `text` says: the call itself stands there, or its strings do, and one of its
/// values is long enough to be no coincidence and has all others near it. What a model works out by itself
/// is often wrong.
pub fn is_grounded(line: &str, text: &str) -> bool {
    let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let call = line.trim_start_matches("assert ").trim_start_matches("not ");
    let call = call.split(" == ").next().unwrap_or_default();
    if call.ends_with(')') && plain(text).contains(&plain(call)) {
        return true;
    }
    let Some(literal) = LITERAL.as_ref() else { return false };
    let said: Vec<(&str, bool)> = literal
        .captures_iter(line)
        .map(|found| {
            let string = found.get(1).or(found.get(2));
            (string.unwrap_or_else(|| found.get_match()).as_str(), string.is_some())
        })
        .collect();
    let made_up =
        |(value, is_string): &(&str, bool)| *is_string && value.len() > 1 && !text.contains(*value);
    let longest = said.iter().filter(|(value, _)| text.contains(*value));
    let Some((longest, _)) = longest.max_by_key(|(value, _)| value.len()) else { return false };
    if longest.len() < DISTINCT || said.iter().any(made_up) {
        return false;
    }
    text.match_indices(longest).any(|(at, _)| {
        let start = (0..=at.saturating_sub(FAR)).rev().find(|at| text.is_char_boundary(*at));
        let end = (at + longest.len() + FAR).min(text.len());
        let end = (end..=text.len()).find(|at| text.is_char_boundary(*at));
        let near = &text[start.unwrap_or(0)..end.unwrap_or(text.len())];
        said.iter().all(|(value, _)| near.contains(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_task_says_is_told_from_what_is_made_up() {
        let text = "The word \"cabbage\" is worth 14 points. `valfilter(iseven, {1: 2,  2: 3})` should\ngive `{1: 2}`. A dart at 10, 5 scores 5 points.";
        for line in
            ["assert score(\"cabbage\") == 14", "assert valfilter(iseven, {1: 2, 2: 3}) == {1: 2}"]
        {
            assert!(is_grounded(line, text), "{line}");
        }
        for line in [
            "assert score(5, 5) == 5",
            "assert score(\"cabbages\") == 15",
            "assert score(\"cabbage\") == score(\"lettuce\")",
            "assert score(\"c\") == 3",
            "assert valfilter(iseven, {3: 4}) == {3: 4}",
        ] {
            assert!(!is_grounded(line, text), "{line}");
        }
    }
}
