//! TypeScript, TSX and JavaScript.

use super::*;

#[test]
fn optional_parameters_are_handed_on_where_that_is_asked() {
    let fixture = "//- a.ts\nexport function f(k: string, v: number): string {\n  return k;\n}\nexport const g = (q: number): string => f(\"a\", q);\nconst h = (x) => x.f(1) + f(\"b\", x);\n//- index.ts\nexport * from \"./a\";\n//- t.tsx\nimport { f as e } from \"./index\";\nimport * as all from \"./a\";\nconst x = <p title={e(\"c\", 1)}>{all.f(\"d\", 2)}</p>;\n";
    let asked = Asked {
        gains: vec![gain("f", "enc: (v: string) => string = plain"), gain("g", "enc")],
        on: true,
        ..Asked::default()
    };
    let expected = "//- a.ts\nexport function f(k: string, v: number, enc: (v: string) => string = plain): string {\n  return k;\n}\nexport const g = (q: number, enc: (v: string) => string = plain): string => f(\"a\", q, enc);\nconst h = (x) => x.f(1) + f(\"b\", x);\n";
    check(fixture, ("const", "const"), &asked, expected, &[]);
    let asked = passing("f", "enc: string", "\"u\"");
    let found = run(fixture, ("const", "const"), &asked);
    let text = shown(&found.files);
    for new in [
        "f(\"a\", q, \"u\")",
        "x.f(1) + f(\"b\", x, \"u\")",
        "e(\"c\", 1, \"u\")",
        "all.f(\"d\", 2, \"u\")",
    ] {
        assert!(text.contains(new), "{new}: {text}");
    }
}

#[test]
fn classes_and_bare_arrows_follow() {
    let fixture = "//- a.js\nclass A {\n  constructor(n) {\n    this.n = n;\n  }\n  m(x) {\n    return this.m(x);\n  }\n}\nconst f = x => x;\nf(1);\nnew A(2).m(3);\n";
    let found = run(fixture, ("class", "class"), &passing("f", "y", "0"));
    let text = shown(&found.files);
    assert!(text.contains("const f = (x, y) => x;\nf(1, 0);"), "{text}");
    let found = run(fixture, ("class", "class"), &passing("A.constructor", "y", "0"));
    let text = shown(&found.files);
    assert!(text.contains("constructor(n, y)") && text.contains("new A(2, 0).m(3)"), "{text}");
    let found = run(fixture, ("class", "class"), &passing("A.m", "y", "0"));
    let text = shown(&found.files);
    assert!(
        text.contains("m(x, y)") && text.contains("this.m(x, y)") && text.contains(".m(3)"),
        "{text}"
    );
    assert_eq!(found.doubts.len(), 1, "{found:?}");
}
