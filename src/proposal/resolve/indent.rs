//! Indentation: code moves to the column of what it replaces, all of it by the same amount.

/// Moves `code` so that its first line starts with `target`. Lines of white space stay empty, and
/// lines with less indentation than the first (text inside a string) are left where they are when
/// moving left.
pub(super) fn reindent(code: &str, target: &str) -> String {
    let own = indentation(code.lines().find(|line| !line.trim().is_empty()).unwrap_or_default());
    if own == target {
        return code.to_owned();
    }
    let mut out = String::with_capacity(code.len() + 64);
    for line in code.lines() {
        match line.strip_prefix(own) {
            _ if line.trim().is_empty() => {}
            Some(rest) => {
                out.push_str(target);
                out.push_str(rest);
            }
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// The white space that `line` starts with.
pub(super) fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_as_a_block() {
        assert_eq!(
            reindent("def f():\n    x\n\n    y\n", "    "),
            "    def f():\n        x\n\n        y\n"
        );
        assert_eq!(reindent("    def f():\n        x\n", ""), "def f():\n    x\n");
        assert_eq!(reindent("  f\n", "  "), "  f\n");
    }
}
