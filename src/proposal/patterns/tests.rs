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
        ("raise ValueError(a)", "raise TypeError(a)"),
        ("while a: key(a); return b", "while a: key(a)\n    return b"),
        ("total = 'Ab'", "total = 'aB'"),
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
fn changes_stay_within_the_body_and_the_defaults_and_change_something() {
    let text = format!("limit = 1\n\n{TEXT}\nother = 2\n");
    let (start, end) = (text.find("def").unwrap(), text.find("\nother").unwrap());
    let body = text.find("    found").unwrap();
    let default = text.find("False").unwrap();
    let is_default = |bytes: &Range<usize>| *bytes == (default..default + "False".len());
    let changes = small_changes(&text, start..end, &["5".to_owned()]);
    assert!(changes.len() > 300, "{}", changes.len());
    for change in &changes {
        let inside = body <= change.bytes.start && change.bytes.end <= end;
        assert!(inside || is_default(&change.bytes), "{change:?}");
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
fn what_is_missing_is_taken_from_elsewhere() {
    let other = "def g(a, b):\n    if isinstance(b, bytes):\n        pass\n    if a < 0:\n        raise ValueError(a)\n    b.close()\n    \
                 if a and b:\n        return a\n    return key(a, strict=True)\n\n\n";
    for (old, new) in [
        ("    return key(b)\n", "    return key(b, strict=True)\n"),
        ("    total = b\n", "    if a < 0:\n        raise ValueError(a)\n    total = b\n"),
        ("    return isinstance(a)\n", "    return isinstance(a, bytes)\n"),
        ("    total = b\n", "    b.close()\n    total = b\n"),
        ("    if b:\n        return 1\n", "    if a and b:\n        return 1\n"),
    ] {
        let wrap = |body: &str| format!("{other}def f(a, b):\n{body}");
        let text = wrap(old);
        let changes = small_changes(&text, other.len()..text.len(), &[]);
        let found = changes.iter().any(|change| applied(&text, change) == wrap(new));
        assert!(found, "{old} → {new} is none of {}", changes.len());
    }
}

#[test]
fn defaults_of_arguments_are_changed() {
    let text = "def f(a, b=1, *, c: bool = True):\n    return a\n";
    for wanted in [text.replace("b=1", "b=2"), text.replace("True", "False")] {
        assert!(
            changes(text, &[]).iter().any(|change| applied(text, change) == wanted),
            "{wanted}"
        );
    }
}

#[test]
fn constants_that_a_function_uses_are_changed() {
    let text = "MOST = 3\nLESS = MOST - 1\n\nclass A:\n    step = 2\n    other = 5\n\n    \
                def f(self):\n        return self.step + LESS\n";
    let start = text.find("def f").unwrap();
    let names = mentioned(text, &(start..text.len())).names;
    let found = values(text, &names);
    let mut said: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    said.sort_unstable();
    assert_eq!(said, ["A.step", "LESS", "MOST"]);
    let (_, bytes) = found.iter().find(|(name, _)| name == "MOST").unwrap();
    let changes = small_changes(text, bytes.clone(), &[]);
    assert!(changes.iter().any(|change| applied(text, change).starts_with("MOST = 4\n")));
}

#[test]
fn imports_say_where_constants_may_come_from() {
    let text = "from .near import A\nfrom far.away import B\nfrom . import c\n";
    assert_eq!(sorted(mentioned(text, &(0..0)).modules), ["away", "near"]);
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[test]
fn what_is_neither_gives_nothing() {
    assert_eq!(changes("print(1)\n", &[]), []);
    assert_eq!(changes("", &[]), []);
    assert_eq!(changes("def f(:", &[]), []);
}
