//! What does each language's file in `fixtures/corpus` define?

use crate::syntax::{Language, Symbol, errors, symbols};

mod compiled;
mod scripts;
mod data;
mod links;

/// Lines, kind, path and signature of every definition; the file must be without errors.
#[track_caller]
fn shown(language: &str) -> String {
    let folder = format!("{}/fixtures/corpus", env!("CARGO_MANIFEST_DIR"));
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let text = std::fs::read(files.find(|file| file.file_stem().unwrap() == language).unwrap());
    let (language, text) = (Language::named(language).unwrap(), text.unwrap());
    let errors = errors(language, &text);
    assert!(errors.is_empty(), "{errors:?}");
    let line = |symbol: &Symbol| {
        let Symbol { span, kind, path, signature, .. } = symbol;
        format!("{span} {} {path} | {signature}\n", kind.name())
    };
    symbols(language, &text).iter().map(line).collect()
}
