//! Names that stand in strings and yet are code: what `__all__` lists.

use crate::syntax::Tree;

/// Whether the string around the byte `at` is an element of Python's `__all__` and nothing but the
/// name of `length` bytes that begins there.
pub fn is_listed(tree: &Tree, text: &[u8], at: usize, length: usize) -> bool {
    let whole = at..at + length;
    let Some(content) = tree.root().descendant_for_byte_range(at, at + length) else {
        return false;
    };
    if content.kind() != "string_content" || content.byte_range() != whole {
        return false;
    }
    let list = content.parent().and_then(|string| string.parent());
    let list = list.filter(|it| matches!(it.kind(), "list" | "tuple"));
    let statement = list.and_then(|list| list.parent());
    let left = statement
        .filter(|it| matches!(it.kind(), "assignment" | "augmented_assignment"))
        .and_then(|it| it.child_by_field_name("left"));
    left.is_some_and(|left| text.get(left.byte_range()) == Some(b"__all__"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Language, parse};

    #[track_caller]
    fn check(text: &str, expected: &[bool]) {
        let tree = parse(Language::named("python").unwrap(), text.as_bytes()).unwrap();
        let found: Vec<bool> = text
            .match_indices("abc")
            .map(|(at, name)| is_listed(&tree, text.as_bytes(), at, name.len()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn only_what_all_lists() {
        check("__all__ = ['abc', 'abc.d']\n", &[true, false]);
        check("__all__ += ('abc',)\n", &[true]);
        check("others = ['abc']\nabc = 'abc'\n", &[false, false, false]);
    }
}
