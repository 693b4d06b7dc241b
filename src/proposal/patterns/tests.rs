//! Mistakes as people make them, and what a change must not touch.

use super::*;

const TEXT: &str = "\
def pick(items, key, last=False):
    \"\"\"Picks one.\"\"\"
    found = [item for item in items if key(item) > 0]
    if not last and len(found) <= 2:
        return found[0]
    return sorted(found, key)
";

fn changes(text: &str, said: &[&str]) -> Vec<SmallChange> {
    let said: Vec<String> = said.iter().map(|literal| (*literal).to_owned()).collect();
    small_changes(text, 0..text.len(), &said)
}

fn applied(text: &str, change: &SmallChange) -> String {
    format!("{}{}{}", &text[..change.bytes.start], change.text, &text[change.bytes.end..])
}

/// `old` becomes `new` by one of the changes.
#[track_caller]
fn check(old: &str, new: &str, said: &[&str]) {
    let wrap =
        |line: &str| format!("def f(a, b, items, key):\n    total = 0\n    {line}\n    key(a)\n");
    let (text, wanted) = (wrap(old), wrap(new));
    let changes = changes(&text, said);
    let found = changes.iter().position(|change| applied(&text, change) == wanted);
    assert!(found.is_some(), "{old} → {new} is none of {}", changes.len());
}

#[test]
fn typical_mistakes_are_mended() {
    for (old, new) in [
        ("if a < b: pass", "if a <= b: pass"),
        ("if a and b: pass", "if a or b: pass"),
        ("if not a: pass", "if a: pass"),
        ("if a is None: pass", "if a is not None: pass"),
        ("if a in items: pass", "if a not in items: pass"),
        ("total = a - 1", "total = a - 2"),
        ("total += a", "total -= a"),
        ("total = a", "total = b"),
        ("total = a.first", "total = a.last"),
        ("total = min(a, b)", "total = max(a, b)"),
        ("total = a - b", "total = b - a"),
        ("total = a", "total = key(a)"),
        ("total = a", "total = abs(a)"),
        ("total = a", "total = a.strip()"),
        ("total = [item for item in items]", "total = [item for item in items[1:]]"),
        ("total = isinstance(a, b)", "total = isinstance(b, a)"),
        ("total = int(a)", "total = int(a, 16)"),
        ("total = int(a)", "total = a"),
        ("total = items[1:]", "total = items[:-1]"),
        ("total = 'v1'", "total = 'v2'"),
        ("total = f'{a:.1f}'", "total = f'{abs(a):.1f}'"),
        ("total = a if b else 0", "total = 0 if b else a"),
        ("return True", "return False"),
        ("items.append(a)", "pass"),
        ("for a in items: break", "for a in items: continue"),
        ("return a", "next(a)\n    return a"),
    ] {
        check(old, new, &[]);
    }
    check("if a in (1, 2): pass", "if a in (1, 2, 3): pass", &["3"]);
    check("total = 'one'", "total = 'two'", &["'two'"]);
}

#[test]
fn changes_stay_within_the_body_and_change_something() {
    let text = format!("limit = 1\n\n{TEXT}\nother = 2\n");
    let (start, end) = (text.find("def").unwrap(), text.find("\nother").unwrap());
    let body = text.find("    found").unwrap();
    let changes = small_changes(&text, start..end, &["5".to_owned()]);
    assert!(changes.len() > 300, "{}", changes.len());
    for change in &changes {
        assert!(body <= change.bytes.start && change.bytes.end <= end, "{change:?}");
        assert_ne!(text[change.bytes.clone()], change.text);
    }
    let costs: Vec<u32> = changes.iter().map(|change| change.cost).collect();
    assert!(costs.is_sorted());
}

#[test]
fn nearly_every_change_can_be_read() {
    let changes = changes(TEXT, &[]);
    let language = Language::named("python").unwrap();
    let broken: Vec<_> = changes
        .iter()
        .filter(|change| {
            let text = applied(TEXT, change);
            !crate::syntax::errors(language, text.as_bytes()).is_empty()
        })
        .collect();
    assert!(broken.len() * 50 < changes.len(), "{} of {}: {broken:?}", broken.len(), changes.len());
}

#[test]
fn what_is_no_function_gives_nothing() {
    assert_eq!(changes("x = 1\n", &[]), []);
    assert_eq!(changes("", &[]), []);
    assert_eq!(changes("def f(:", &[]), []);
}
