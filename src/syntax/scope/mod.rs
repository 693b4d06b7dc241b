//! Which names does code refer to, and which does it bind?
//!
//! One walk over a tree. What an identifier is, is said by a table for each language; a reference that
//! no enclosing function, block or class binds is one to the module. Types are not known.

mod go;
mod python;
mod rust;
mod typescript;

use std::collections::HashSet;

use crate::syntax::{Language, Tree};

/// A name that a module's code refers to and that nothing nearer than the module binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub name: String,
    /// Where it begins, in bytes.
    pub at: usize,
    /// Where the inline module that it stands in ends; 0 in the file's own.
    pub module: usize,
}

/// The names of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// In the order of the text.
    pub references: Vec<Reference>,
    /// What the module binds, and where; not by its imports.
    pub bound: Vec<Reference>,
    /// Names of the module that functions bind anew (`global x`).
    pub rebound: HashSet<String>,
}

/// What an identifier is, by the nodes that it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Reference,
    /// Leads to a name: no variable can be meant.
    Path,
    /// Names something in the innermost scope.
    Binds,
    /// Names the scope that it stands in, for the one around.
    BindsAround,
    /// Says that the name is the module's.
    Global,
    /// A member, a key, a label.
    Nothing,
}

/// What a node is for names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    /// What it binds is not seen by the functions in it.
    Class,
    /// A module within the file.
    Module,
}

/// A node by its kind, and the field of its parent that it is.
type Step<'t> = (&'t str, Option<&'t str>);

/// What a language says of identifiers.
struct Table {
    identifiers: &'static [&'static str],
    scope: fn(&[Step<'_>]) -> Option<Kind>,
    /// The path from the root to an identifier, that one last; its text; what stands before it.
    part: fn(&[Step<'_>], &str, &[u8]) -> Part,
}

struct Scope {
    parent: usize,
    kind: Kind,
    module: usize,
    names: HashSet<String>,
    globals: HashSet<String>,
}

/// The names of a parsed text; none for a language that has no table.
pub fn names(language: Language, tree: &Tree, text: &[u8]) -> Names {
    let Some(table) = table(language) else { return Names::default() };
    let root = Scope::new(0, Kind::Module, 0);
    let mut scopes = vec![root];
    let mut open: Vec<(usize, usize)> = vec![(0, 0)];
    let mut path: Vec<Step<'_>> = Vec::new();
    let mut found: Vec<(Reference, usize)> = Vec::new();
    let mut names = Names::default();
    let mut cursor = tree.root().walk();
    loop {
        let node = cursor.node();
        let depth = cursor.depth() as usize;
        path.truncate(depth);
        path.push((node.kind(), cursor.field_name()));
        while open.len() > 1 && open.last().is_some_and(|(at, _)| *at >= depth) {
            open.pop();
        }
        let here = open.last().map_or(0, |(_, scope)| *scope);
        if depth > 0
            && let Some(kind) = (table.scope)(&path)
        {
            let module = if kind == Kind::Module { node.end_byte() } else { scopes[here].module };
            scopes.push(Scope::new(here, kind, module));
            open.push((depth, scopes.len() - 1));
        }
        if table.identifiers.contains(&node.kind())
            && let Ok(word) = std::str::from_utf8(&text[node.byte_range()])
        {
            let (name, at) = (word.to_owned(), node.start_byte());
            let module = scopes[here].module;
            let reference = Reference { name, at, module };
            match (table.part)(&path, word, &text[..at]) {
                Part::Reference => found.push((reference, here)),
                Part::Path => {
                    let all = std::iter::successors(Some(here), |at| Some(scopes[*at].parent));
                    let module = all.take(scopes.len()).find(|at| scopes[*at].kind == Kind::Module);
                    found.push((reference, module.unwrap_or(0)));
                }
                Part::Binds => bind(&mut scopes, here, reference, &mut names),
                Part::BindsAround => {
                    let around = scopes[here].parent;
                    let module = scopes[around].module;
                    bind(&mut scopes, around, Reference { module, ..reference }, &mut names);
                }
                Part::Global => {
                    scopes[here].globals.insert(reference.name.clone());
                    names.rebound.insert(reference.name.clone());
                    found.push((reference, 0));
                }
                Part::Nothing => {}
            }
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                let free = found.into_iter().filter(|(it, scope)| is_free(&scopes, it, *scope));
                names.references = free.map(|(it, _)| it).collect();
                return names;
            }
        }
    }
}

fn bind(scopes: &mut [Scope], scope: usize, name: Reference, names: &mut Names) {
    scopes[scope].names.insert(name.name.clone());
    if scopes[scope].kind == Kind::Module {
        names.bound.push(name);
    }
}

/// Whether no scope between the reference and its module binds the name.
fn is_free(scopes: &[Scope], reference: &Reference, scope: usize) -> bool {
    let (mut here, mut is_first) = (scope, true);
    loop {
        let it = &scopes[here];
        if it.kind == Kind::Module || it.globals.contains(&reference.name) {
            return true;
        }
        if it.names.contains(&reference.name) && (it.kind == Kind::Plain || is_first) {
            return false;
        }
        (here, is_first) = (it.parent, false);
    }
}

impl Scope {
    fn new(parent: usize, kind: Kind, module: usize) -> Self {
        let (names, globals) = (HashSet::new(), HashSet::new());
        Self { parent, kind, module, names, globals }
    }
}

fn table(language: Language) -> Option<&'static Table> {
    match language.name() {
        "python" => Some(&python::TABLE),
        "typescript" | "tsx" | "javascript" => Some(&typescript::TABLE),
        "rust" => Some(&rust::TABLE),
        "go" => Some(&go::TABLE),
        _ => None,
    }
}

/// The kind of the `up`-th node above the last one of `path`.
fn above<'t>(path: &[Step<'t>], up: usize) -> &'t str {
    path.len().checked_sub(up + 1).and_then(|at| path.get(at)).map_or("", |step| step.0)
}

/// The field that the `up`-th node above the last one of `path` is.
fn field<'t>(path: &[Step<'t>], up: usize) -> &'t str {
    path.len().checked_sub(up + 1).and_then(|at| path.get(at)).and_then(|it| it.1).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    #[track_caller]
    fn check(language: &str, text: &str, expected: &str) {
        let language = Language::named(language).unwrap();
        let tree = parse(language, text.as_bytes()).unwrap();
        let names = names(language, &tree, text.as_bytes());
        let found: Vec<&str> = names.references.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(found.join(" "), expected, "{text}");
    }

    #[test]
    fn python() {
        check(
            "python",
            "def f(a, *b, c: int = d, **e):\n    return a + x.y(b, k=c) + e\n",
            "int d x",
        );
        check("python", "def f():\n    with o() as g, h:\n        pass\n    g, h = 1, z\n", "o z");
        check("python", "class A(B):\n    n = 1\n    def m(self):\n        return n\n", "B n");
        check("python", "x = [i for i in y if i]\nlambda q: q + w\n", "y w");
        check("python", "def f():\n    global s\n    s = 1\n    return s\n", "s s");
        check("python", "import a.b as c\nfrom d import e\n@c.g\ndef h(): return e\n", "c e");
        check("python", "try:\n    pass\nexcept E as e:\n    raise\n", "E");
        check("python", "def f(x):\n    match x:\n        case K(a=1) as b:\n            b\n", "K");
    }

    #[test]
    fn typescript() {
        let text = "export function f<T>({ a, b: c = d }: P<T>, ...r): T { let q = a; return g(c, r, q.x) }\n";
        check("typescript", text, "d P g");
        check("typescript", "const k = (v) => ({ v, w, y: z })\n", "w z");
        check("typescript", "for (const i of m) { n(i) }\ntry {} catch (e) { e }\n", "m n");
        check("typescript", "type A<T> = T extends B<infer U> ? U : C.D\n", "B C");
        check("tsx", "const x = <Foo bar={baz} />\n", "Foo baz");
        check("javascript", "function f(a, b = c) { return a + b }\n", "c");
    }

    #[test]
    fn rust() {
        let text = "fn f<T: Tr>(a: &str, b: T) -> Res<T> { let x = a; g(x, b.c)?; K::new(a::z) }\n";
        check("rust", text, "Tr Res g K a");
        check(
            "rust",
            "impl Foo { fn m(&self) -> Self { m!(y, z.w, p::q) } }\n",
            "Foo Self m y z p",
        );
        check(
            "rust",
            "fn f() { match v { Some(n) if n > LIMIT => n, E::A { b } => b, x => x } }\n",
            "v Some LIMIT E",
        );
        check("rust", "#[derive(Debug, Ser)]\nstruct S { a: T }\n", "derive Debug Ser T");
        check("rust", "use a::b;\nfn f() { for i in it { |c| c + i + d; } }\n", "it d");
    }

    #[test]
    fn go() {
        let text = "package a\nimport \"fmt\"\nfunc f(b int, c ...T) (d E) { x := b; fmt.Println(x, c, y.z); return }\n";
        check("go", text, "int T E fmt y");
        check("go", "package a\nfunc (r *R) m() { for i, v := range w { i = v } }\n", "R w");
        check("go", "package a\nvar x = p.Q{k: 1}\n", "p k");
    }
}
