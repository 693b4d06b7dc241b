//! Is an example taken from a text, or made up?

use std::sync::LazyLock;

use regex::Regex;

/// Shorter texts and numbers stand in any task.
const DISTINCT: usize = 3;

static LITERAL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#""([^"\\]*)"|'([^'\\]*)'|\b\d+(?:\.\d+)?\b"#).ok());

/// Whether `line` says what `text` says: the call itself stands there, or its strings do, and one of its
/// values is long enough to be no coincidence. What a model works out by itself is often wrong.
pub fn is_grounded(line: &str, text: &str) -> bool {
    let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let call = line.trim_start_matches("assert ").trim_start_matches("not ");
    let call = call.split(" == ").next().unwrap_or_default();
    if call.ends_with(')') && plain(text).contains(&plain(call)) {
        return true;
    }
    let Some(literal) = LITERAL.as_ref() else { return false };
    let mut distinct = false;
    for found in literal.captures_iter(line) {
        let string = found.get(1).or(found.get(2));
        let value = string.unwrap_or_else(|| found.get_match()).as_str();
        let there = text.contains(value);
        if string.is_some() && value.len() > 1 && !there {
            return false;
        }
        distinct |= there && value.len() >= DISTINCT;
    }
    distinct
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
