//! Finds by a few letters in their order: commands, files, definitions.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// How well each label has the letters of `text`, more is better; none where it has them not. Where
/// nothing is typed all are alike.
pub(crate) fn scores<'a>(
    text: &str,
    labels: impl IntoIterator<Item = &'a str>,
) -> impl Iterator<Item = Option<u32>> {
    let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
    let pattern = Pattern::parse(text, CaseMatching::Smart, Normalization::Smart);
    let mut letters = Vec::new();
    labels
        .into_iter()
        .map(move |label| pattern.score(Utf32Str::new(label, &mut letters), &mut matcher))
}
