//! Tells the special tokens that a template wrote from the same letters in somebody's text.
//!
//! Marks are two characters that occur in nothing that is rendered. Every special token of the
//! template's source stands between them (`source`), so in the result a token with marks is the
//! template's, and one without is text: of a message, a tool, or put together from both. Such text
//! is cut inside the token, and a tokeniser that never sees the token whole cannot read it as one.

use std::ops::Range;

use aho_corasick::AhoCorasick;

/// What roles are called in templates. Some templates put tokens together from them.
pub(super) const ROLES: [&str; 4] = ["system", "user", "assistant", "tool"];

/// The two characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) open: char,
    pub(super) close: char,
}

impl Marks {
    /// Two private-use characters that are in none of `texts`; none where all of them are used.
    pub(super) fn absent_from(texts: &[&str]) -> Option<Self> {
        let free = |c: &char| texts.iter().all(|text| !text.contains(*c));
        let mut free = ('\u{f8d0}'..='\u{f8ff}').chain('\u{e000}'..='\u{f8cf}').filter(free);
        Some(Self { open: free.next()?, close: free.next()? })
    }

    /// `text` without marks, and where the tokens between them stand in it.
    pub(super) fn take_out(&self, text: &str) -> (String, Vec<Range<usize>>) {
        let mut out = String::with_capacity(text.len());
        let mut ranges = Vec::new();
        let mut start = None;
        for c in text.chars() {
            if c == self.open {
                start = Some(out.len());
            } else if c == self.close {
                ranges.extend(start.take().map(|start| start..out.len()));
            } else {
                out.push(c);
            }
        }
        (out, ranges)
    }
}

/// `tokens` and, as one, those that are put together around the name of a role, like `<|`, `user`
/// and `|>`; what is no special token is dropped.
pub(super) fn whole_tokens(
    text: &str,
    tokens: &[Range<usize>],
    is_special: impl Fn(&str) -> bool,
) -> Vec<Range<usize>> {
    let mut whole = Vec::new();
    let mut i = 0;
    while let Some(token) = tokens.get(i) {
        i += 1;
        if is_special(&text[token.clone()]) {
            whole.push(token.clone());
        } else if let Some(next) = tokens.get(i) {
            let joined = token.start..next.end;
            let role = text.get(token.end..next.start).is_some_and(|role| ROLES.contains(&role));
            if role && is_special(&text[joined.clone()]) {
                whole.push(joined);
                i += 1;
            }
        }
    }
    whole
}

/// Where `text` has to be cut so that no special token but those at `own` is left whole.
pub(super) fn cuts(text: &str, own: &[Range<usize>], specials: &AhoCorasick) -> Vec<usize> {
    let mut cuts: Vec<usize> = Vec::new();
    for found in specials.find_overlapping_iter(text) {
        let is_own =
            |token: &Range<usize>| token.start <= found.start() && found.end() <= token.end;
        let first = own.partition_point(|token| token.end <= found.start());
        if own.get(first).is_some_and(is_own) {
            continue;
        }
        // Anywhere inside, but not in a token of the template.
        let inside = |at: &usize| {
            let in_own = own.get(own.partition_point(|token| token.end <= *at));
            text.is_char_boundary(*at) && in_own.is_none_or(|token| token.start >= *at)
        };
        cuts.extend((found.start() + 1..found.end()).find(inside));
    }
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Own tokens are between « and »; the result shows cuts as |.
    #[track_caller]
    fn check(marked: &str, expected: &str) {
        let specials = ["<a>", "<|user|>", "<a><b>", "|>x"];
        let marks = Marks { open: '«', close: '»' };
        let (text, tokens) = marks.take_out(marked);
        let own = whole_tokens(&text, &tokens, |token| specials.contains(&token));
        let cuts = cuts(&text, &own, &AhoCorasick::new(specials).unwrap());
        let mut shown = text;
        for at in cuts.iter().rev() {
            shown.insert(*at, '^');
        }
        assert_eq!(shown, expected);
    }

    #[test]
    fn only_tokens_of_the_template_stay_whole() {
        check("«<a>»x<a>", "<a>x<^a>");
        check("<«<a>»a><<a>a>", "<<a>a><<^a>a>");
        check("«<|»user«|>» «<|»evil«|>»<|user|>", "<|user|> <|evil|><^|user|>");
        check("«<|»user«|>»x", "<|user|>^x");
        check("<a><b>", "<^a><b>");
        check("«<a>»<b>", "<a>^<b>");
    }
}
