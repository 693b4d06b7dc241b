//! Places that name the definition in words: strings, documents, loads by name.

use crate::refactor::moving::Work;
use crate::refactor::python;
use crate::refactor::sources::{Family, File};
use crate::refactor::typescript;

/// At most so many places are told.
const MOST: usize = 40;

pub(super) fn look(work: &mut Work<'_>) {
    match work.definition.family {
        Family::Python => paths(work),
        Family::TypeScript => loads(work),
        Family::Rust | Family::Go => {}
    }
    work.doubts.truncate(MOST);
}

/// `pkg.old.name` as a text: changed where the string says nothing else, told elsewhere.
fn paths(work: &mut Work<'_>) {
    let name = work.definition.name.clone();
    let old = python::absolute(work.sources, &work.old.path);
    let new = python::absolute(work.sources, &work.new.path);
    let (Some(old), Some(new)) = (old, new) else { return };
    let whole = format!("{old}.{name}");
    let all: Vec<_> = work.sources.paths().cloned().collect();
    for path in all {
        let text = work.sources.text(&path).unwrap_or_default().to_vec();
        for said in [whole.clone(), format!("{old}:{name}")] {
            for at in bstr::ByteSlice::find_iter(text.as_slice(), said.as_bytes()) {
                let end = at + said.len();
                let inner = |byte: Option<&u8>| {
                    byte.is_some_and(|b| b.is_ascii_alphanumeric() || b"_.".contains(b))
                };
                if inner(at.checked_sub(1).and_then(|at| text.get(at)))
                    || text.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
                {
                    continue;
                }
                let file = work.sources.file(&path);
                let context = file.as_ref().map_or(Said::Words, |file| said_in(file, at, &said));
                let line = text[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                match context {
                    Said::Code => {}
                    Said::String
                        if !(work.is_kept || path == work.old.path && work.definition.has(at)) =>
                    {
                        work.edits(&path).replace(at..end, format!("{new}.{name}"));
                    }
                    Said::String => {
                        let why = format!(
                            "says `{said}`, and `{old}` still has it: decide which is meant"
                        );
                        work.doubt(&path, line, why);
                    }
                    Said::Words => work.doubt(&path, line, format!("says `{said}`")),
                }
            }
        }
    }
    by_text(work, &name);
}

enum Said {
    Code,
    /// A string that says it and nothing else.
    String,
    Words,
}

fn said_in(file: &File, at: usize, said: &str) -> Said {
    if crate::syntax::contexts(&file.tree, &[at]) == [crate::syntax::Context::Code] {
        return Said::Code;
    }
    let node = file.tree.root().descendant_for_byte_range(at, at + said.len());
    let is_whole =
        node.is_some_and(|it| file.slice(it.byte_range()) == said && it.kind().contains("string"));
    if is_whole { Said::String } else { Said::Words }
}

/// `getattr(old, "name")` and the like, in files that import the old one.
fn by_text(work: &mut Work<'_>, name: &str) {
    for path in work.sources.of_family(Family::Python) {
        let text = work.sources.text(&path).unwrap_or_default();
        let quoted = [format!("\"{name}\""), format!("'{name}'")];
        let found = quoted.iter().find_map(|it| bstr::ByteSlice::find(text, it.as_bytes()));
        let Some((at, file)) = found.and_then(|at| Some((at, work.sources.file(&path)?))) else {
            continue;
        };
        let imports = file.imports.iter().any(|import| {
            import.items.iter().any(|item| {
                use crate::refactor::rules::Target;
                work.rules.target(work.sources, &file, import, item)
                    == Target::Module(work.old.path.clone())
            })
        });
        if imports {
            work.doubt(
                &path,
                file.line(at),
                format!("has `{name}` as a text, and imports its old file"),
            );
        }
    }
}

/// `import("./old")`, `require("./old")`, `vi.mock("./old")`.
fn loads(work: &mut Work<'_>) {
    let name = work.definition.name.clone();
    for path in work.sources.of_family(Family::TypeScript) {
        let text = work.sources.text(&path).unwrap_or_default();
        if bstr::ByteSlice::find(text, name.as_bytes()).is_none() {
            continue;
        }
        let Some(file) = work.sources.file(&path) else { continue };
        let mut found = Vec::new();
        let mut cursor = file.tree.root().walk();
        'walk: loop {
            let node = cursor.node();
            if node.kind() == "call_expression"
                && let Some(arguments) = node.child_by_field_name("arguments")
                && let Some(first) = arguments.named_child(0).filter(|it| it.kind() == "string")
            {
                let said = file.slice(first.start_byte() + 1..first.end_byte() - 1);
                if typescript::resolved(work.sources, &file, said) == Some(work.old.path.clone()) {
                    found.push((node.start_byte(), said.to_owned()));
                }
            }
            if cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    break 'walk;
                }
            }
        }
        for (at, said) in found {
            work.doubt(
                &path,
                file.line(at),
                format!("loads `{said}` when it runs, and says `{name}`"),
            );
        }
        for import in &file.imports {
            let aliased = import.items.iter().find(|it| {
                let last = it.from.rsplit('/').next().unwrap_or_default();
                let stem = work.old.path.to_string();
                let stem =
                    stem.rsplit('/').next().and_then(|it| it.split('.').next()).unwrap_or_default();
                !it.from.starts_with('.')
                    && it.local == name
                    && last.split('.').next() == Some(stem)
            });
            if let Some(item) = aliased {
                let why =
                    format!("imports `{name}` from `{}`, which is perhaps the old file", item.from);
                work.doubt(&path, file.line(import.bytes.start), why);
            }
        }
    }
}
