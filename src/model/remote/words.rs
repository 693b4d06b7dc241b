//! What a server says, made fit for a message: short, on one line, without what moves a cursor.

/// Characters of a server's words that are shown.
const MOST: usize = 300;

/// `text` on one line; control characters are spaces, and what is too long ends in `…`.
pub(super) fn shown(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let line: String = plain.take(MOST * 4).collect();
    let words: Vec<&str> = line.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_short_and_plain() {
        assert_eq!(shown(" a\x1b[2J\r\nb\t "), "a [2J b");
        assert_eq!(shown(&"é".repeat(2000)).chars().count(), MOST + 1);
    }
}
