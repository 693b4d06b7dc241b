//! Of changes that all pass: which is written most as the code around it is? What people write repeats
//! itself (Hindle et al., *On the Naturalness of Software*, 2012), and what only happens to pass does not.

use std::collections::HashSet;
use std::ops::Range;

/// The threes of tokens that follow each other.
type Threes<'t> = HashSet<[&'t str; 3]>;

/// How many threes of tokens a change brings that stand nowhere else, and how many tokens it takes away.
/// `others` are texts beside the changed one.
pub(super) fn strangeness(
    text: &str,
    bytes: &Range<usize>,
    new: &str,
    others: &[&str],
) -> (usize, usize) {
    let start = text[..bytes.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[bytes.end..].find('\n').map_or(text.len(), |at| bytes.end + at);
    let after = format!("{}{new}{}", &text[start..bytes.start], &text[bytes.end..end]);
    let mut known = threes(text);
    for other in others {
        known.extend(threes(other));
    }
    let strange = threes(&after).into_iter().filter(|three| !known.contains(three)).count();
    let count = |text| tokens(text).len();
    (strange, count(&text[bytes.clone()]).saturating_sub(count(new)))
}

fn threes(text: &str) -> Threes<'_> {
    tokens(text).windows(3).map(|three| [three[0], three[1], three[2]]).collect()
}

/// Words, and every other character that is no space.
fn tokens(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut found, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let end = match is_word(first) {
            true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        found.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_signs_are_tokens() {
        assert_eq!(tokens(" a_1<= 'é'\n"), ["a_1", "<", "=", "'", "é", "'"]);
    }

    #[test]
    fn what_stands_elsewhere_too_is_less_strange() {
        let text = "if a < b:\n    raise ValueError(a)\nif b < c:\n    raise TypeError(b)\n";
        let of = |old: &str, new: &str, others: &[&str]| {
            let start = text.find(old).unwrap();
            strangeness(text, &(start..start + old.len()), new, others)
        };
        assert_eq!(of("TypeError(b)", "ValueError(b)", &[]), (1, 0));
        assert_eq!(of("TypeError(b)", "KeyError(b)", &[]), (2, 0));
        assert_eq!(of("b < c", "c < c", &[]), (2, 0));
        assert_eq!(of("b < c", "c < c", &["if c < c:"]), (0, 0));
        assert_eq!(of("raise TypeError(b)", "pass", &[]), (0, 4));
    }
}
