//! Line endings, the final newline and the byte order mark stay as the file had them.

use similar::{ChangeTag, TextDiff};

const BOM: &str = "\u{feff}";

/// `text` (with `\n` endings) as a new version of `before`: unchanged lines keep their very bytes,
/// new ones get the ending that `before` mostly has.
pub(super) fn rewrite(before: &str, text: &str) -> String {
    let (mark, body) = match before.strip_prefix(BOM) {
        Some(body) => (BOM, body),
        None => ("", before),
    };
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let old: Vec<&str> = body.split_inclusive('\n').collect();
    let new: Vec<&str> = text.lines().collect();
    let bare: Vec<&str> = old.iter().map(|line| bare(line)).collect();
    let ending = ending_of(body);

    let mut out = String::from(mark);
    for change in TextDiff::from_slices(&bare, &new).iter_all_changes() {
        match (change.tag(), change.old_index()) {
            (ChangeTag::Delete, _) => {}
            (ChangeTag::Equal, Some(i)) => {
                end_line(&mut out, ending);
                out.push_str(old[i]);
            }
            _ => {
                end_line(&mut out, ending);
                out.push_str(change.value());
                out.push_str(ending);
            }
        }
    }
    if !body.is_empty() && !body.ends_with('\n') {
        out.truncate(bare_length(&out));
    } else {
        end_line(&mut out, ending);
    }
    out
}

/// The ending that most lines of `text` have.
pub(super) fn ending_of(text: &str) -> &'static str {
    let all = text.matches('\n').count();
    let crlf = text.matches("\r\n").count();
    if crlf * 2 > all { "\r\n" } else { "\n" }
}

fn bare(line: &str) -> &str {
    &line[..bare_length(line)]
}

fn bare_length(text: &str) -> usize {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text).len()
}

/// Ends the last line if it has no ending, as the old last line may have had none.
fn end_line(out: &mut String, ending: &str) {
    let body = out.strip_prefix(BOM).unwrap_or(out);
    if !body.is_empty() && !body.ends_with('\n') {
        out.push_str(ending);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keeps_what_the_file_had() {
        assert_eq!(rewrite("a\r\nb\r\n", "a\nx\nb\n"), "a\r\nx\r\nb\r\n");
        assert_eq!(rewrite("\u{feff}a\nb", "a\nc\n"), "\u{feff}a\nc");
        assert_eq!(rewrite("a\r\nb\nc\n", "a\nb\nd\n"), "a\r\nb\nd\n");
        assert_eq!(rewrite("a\nb", "a\nb\nc\n"), "a\nb\nc");
    }

    proptest! {
        #[test]
        fn the_same_text_gives_the_same_bytes(before in "\u{feff}?([ab]{0,2}(\n|\r\n)){0,6}[ab]{0,2}") {
            let plain = before.trim_start_matches(BOM).replace("\r\n", "\n");
            prop_assert_eq!(rewrite(&before, &plain), before);
        }
    }
}
