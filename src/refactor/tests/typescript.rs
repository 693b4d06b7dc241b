//! TypeScript and JavaScript.

use super::*;

#[test]
fn a_function_goes_with_its_imports_and_its_users_follow() {
    let fixture = "//- src/a.ts\nimport { x, y } from \"./x\";\nimport type { T } from \"./t\";\n\nconst LIMIT = 3;\n\n/** F. */\nexport function f(t: T) {\n  return x(t, LIMIT);\n}\n\nexport function g(): T {\n  return y();\n}\n\
//- src/index.ts\nexport * from \"./a\";\nexport { f as ff } from \"./a\";\n\
//- src/t.ts\nexport interface T {}\n//- src/x.ts\nexport const x = 1, y = 2;\n\
//- test/a.test.ts\nimport { f, g } from \"../src/a\";\nimport * as a from \"../src/a\";\n\nf(a.f, g);\n";
    let expected = "//- src/a.ts\nimport { y } from \"./x\";\nimport type { T } from \"./t\";\n\nexport const LIMIT = 3;\n\nexport function g(): T {\n  return y();\n}\n\
//- src/deep/b.ts\nimport { LIMIT } from \"../a\";\nimport type { T } from \"../t\";\nimport { x } from \"../x\";\n\n/** F. */\nexport function f(t: T) {\n  return x(t, LIMIT);\n}\n\
//- src/index.ts\nexport * from \"./a\";\nexport { f } from \"./deep/b\";\nexport { f as ff } from \"./deep/b\";\n\
//- test/a.test.ts\nimport { f } from \"../src/deep/b\";\nimport { g } from \"../src/a\";\nimport * as b from \"../src/deep/b\";\n\nf(b.f, g);\n";
    check(fixture, "f", "src/deep/b.ts", expected, &[]);
}

#[test]
fn what_was_private_is_exported_and_types_are_imported_as_types() {
    let fixture = "//- a.ts\nimport { z } from './z.js'\n\ninterface T { z: typeof z }\n\nexport const use = (t: T) => t\n//- z.ts\nexport const z = 1\n";
    let expected = "//- a.ts\nimport type { T } from './b.js'\n\nexport const use = (t: T) => t\n//- b.ts\nimport { z } from './z.js'\n\nexport interface T { z: typeof z }\n";
    check(fixture, "T", "b.ts", expected, &[]);
}

#[test]
fn lists_of_exports_follow() {
    let fixture = "//- a.js\nfunction f() {}\nfunction g() {}\n\nexport { f, g };\n//- use.js\nimport { f } from './a';\nf();\n";
    let expected = "//- a.js\nfunction g() {}\n\nexport { g };\n//- b.js\nexport function f() {}\n//- use.js\nimport { f } from './b';\nf();\n";
    check(fixture, "f", "b.js", expected, &[]);
}

#[test]
fn what_syntax_cannot_decide_is_refused_or_told() {
    refused("//- a.ts\nexport default function f() {}\n", "f", "b.ts", "default export");
    refused("//- a.ts\nexport const f = 1, g = 2;\n", "f", "b.ts", "together with others");
    let over = "//- a.ts\nexport function f(a: string): void;\nexport function f(a: any) {}\n";
    refused(over, "f", "b.ts", "more than once");
    let state =
        "//- a.ts\nlet n = 0;\nexport function f() { n += 1; }\nexport const g = () => n;\n";
    refused(state, "f", "b.ts", "assigns to `n`");
    let assigned =
        "//- a.js\nfunction f() {}\nmodule.exports = { f };\n//- b.js\nexport const x = 1;\n";
    refused(assigned, "f", "b.js", "CommonJS");
    let called = "//- a.js\nfunction f() {}\n//- b.js\nconst x = require('./x');\n";
    refused(called, "f", "b.js", "CommonJS");
    let lazy = "//- a.ts\nexport function f() {}\n//- u.ts\nconst { f } = await import('./a');\n";
    check(lazy, "f", "b.ts", "//- a.ts\n//- b.ts\nexport function f() {}\n", &["u.ts:1"]);
}

#[test]
fn an_index_goes_on_showing_it() {
    let fixture = "//- lib/index.ts\nexport function f() {}\n\nf();\n//- u.ts\nimport { f } from './lib';\nf();\n";
    let expected = "//- lib/b.ts\nexport function f() {}\n//- lib/index.ts\nexport { f } from \"./b\";\nimport { f } from \"./b\";\n\nf();\n";
    check(fixture, "f", "lib/b.ts", expected, &[]);
}
