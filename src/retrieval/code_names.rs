//! Names that a text writes as code: `Client.connect`, `parse_hunk`, `HunkParser`.
//!
//! What looks like a name is enough: whether something is called so is asked of the index.

use crate::retrieval::intent::{is_code, prefix};
use crate::syntax::dotted;

/// Names that are written as code, in order, with the ends that each is looked up by. With `alone`
/// every word is a name.
pub(super) fn code_names(text: &str, alone: bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (piece, quoted) in behind_type(text).lines().flat_map(pieces) {
        let mut rest = piece;
        for part in piece.split_inclusive(is_gap) {
            let is_quoted = quoted && rest.len() == piece.len();
            rest = &rest[part.len()..];
            let word = part.strip_suffix(is_gap).unwrap_or(part);
            let name = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_' && c != '#');
            let is_called = part.ends_with('(') && is_called(name, rest);
            let member = of_class(name);
            let is_name = alone || is_quoted || is_called || member.is_some();
            let is_name = is_name || is_code(word) || is_code(name);
            if name.is_empty() || is_number(name) || !is_name {
                continue;
            }
            let name = dotted(member.as_deref().unwrap_or(name));
            for name in forms(&name) {
                if !name.is_empty() && !names.iter().any(|it| it == name) {
                    names.push(name.to_owned());
                }
            }
        }
    }
    names
}

/// What no name has in it.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || "(),;\"'<>{}[]=".contains(c)
}

/// The text behind a type of change, which calls nothing: `(parser): …` of `fix(parser): …`.
fn behind_type(text: &str) -> &str {
    match prefix(text) {
        Some((word, rest)) if rest.starts_with('(') && is_small(word) => rest,
        _ => text,
    }
}

fn is_small(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// The pieces of a line between back-ticks, and whether a mark that opens stands before each.
fn pieces(line: &str) -> Vec<(&str, bool)> {
    let (mut pieces, mut rest, mut opened) = (Vec::new(), line, false);
    loop {
        let (piece, behind) = rest.split_at(rest.find('`').unwrap_or(rest.len()));
        pieces.push((piece, opened));
        if behind.is_empty() {
            return pieces;
        }
        // A mark behind a gap opens, whatever was opened before; one in a word does not.
        let in_word = piece.ends_with(char::is_alphanumeric);
        opened = piece.ends_with(is_gap) || !(opened || in_word);
        rest = behind.trim_start_matches('`');
    }
}

/// Whether a name with a bracket behind it is called or defined. It is not in `file(s)`, which is a
/// plural, nor in `a.ts(12,5)`, which is a place.
fn is_called(name: &str, behind: &str) -> bool {
    let inner = behind.split(')').next().unwrap_or_default();
    let is_plural = matches!(inner, "s" | "es" | "ies");
    let is_place = name.contains('.')
        && inner.starts_with(|c: char| c.is_ascii_digit())
        && inner.chars().all(|c| c.is_ascii_digit() || c == ',' || c == ' ');
    let begins = name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '#');
    begins && !is_plural && !is_place && name.chars().all(is_of_name)
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || "_.:#$\\".contains(c)
}

/// `Foo#bar`, a method of a class, as `Foo.bar`; numbers of issues and places in pages are none.
fn of_class(name: &str) -> Option<String> {
    let (class, member) = name.split_once('#')?;
    let last = class.rsplit(['.', ':', '\\']).next()?;
    let is_class = last.starts_with(char::is_uppercase) && class.chars().all(is_of_name);
    let is_member = member.starts_with(|c: char| c.is_alphabetic() || c == '_');
    (is_class && is_member).then(|| format!("{class}.{member}"))
}

/// Whether it is the number of an issue: `#123`.
fn is_number(name: &str) -> bool {
    let number = name.strip_prefix('#');
    number.is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
}

/// What a dotted name is looked up by: itself, its last two parts, its last one, and the class that
/// it is of. Packages stand in front of it in a text and not in a file.
fn forms(name: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = name.rmatch_indices('.').take(2).map(|(at, _)| at + 1).collect();
    let end = |nth: usize| starts.get(nth).map(|start| &name[*start..]);
    let class = name.rsplit('.').skip(1).find(|part| part.starts_with(char::is_uppercase));
    [Some(name), end(1), end(0), class].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(code_names(text, false), expected, "{text}");
    }

    #[test]
    fn names_written_as_code() {
        check(
            "call Client::connect() when `x` fails",
            &["Client.connect", "connect", "Client", "x"],
        );
        assert_eq!(code_names("connect", true), ["connect"]);
        check("Fix the parser", &[]);
    }

    #[test]
    fn what_is_called_is_a_name() {
        check("bind() fails before setsockopt(fd) does", &["bind", "setsockopt"]);
        check("os.path.join(a)", &["os.path.join", "path.join", "join"]);
        check("the file(s) and box(es) of it (all)", &[]);
        check("a.ts(12,5): wrong", &[]);
        check("fix(parser): wait", &[]);
        check("fix(HunkParser): wait", &["HunkParser"]);
    }

    #[test]
    fn a_method_may_stand_behind_a_number_sign() {
        check("Foo#bar is slow", &["Foo.bar", "bar", "Foo"]);
        check("see Net::Client#open", &["Net.Client.open", "Client.open", "open", "Client"]);
        check("closes #123, owner/repo#12 and `#7`", &[]);
        check("page.html#install", &[]);
        assert_eq!(code_names("#secret", true), ["#secret"]);
    }

    #[test]
    fn longer_names_are_looked_up_by_their_ends() {
        let names = ["org.a.Shop.total", "Shop.total", "total", "Shop"];
        check("`org.a.Shop.total` is wrong", &names);
        check(r"`App\Shop\Cart`", &["App.Shop.Cart", "Shop.Cart", "Cart", "Shop"]);
    }

    #[test]
    fn marks_need_no_space_around_them() {
        check("`foo`/`bar` and **`baz`**", &["foo", "bar", "baz"]);
        check(":class:`page` and ``plain``", &["page", "plain"]);
        check("it`s `late`", &["late"]);
        check("run `cargo test` twice", &["cargo"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(`|#|\\(|\\)|\\.|::|[a-zA-Z_é1]| |\n){0,30}") {
            prop_assert!(code_names(&text, true).iter().all(|name| !name.is_empty()));
        }
    }
}
