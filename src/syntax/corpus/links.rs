//! What each language imports and names, as `fixtures/imports` shows it.

use std::fmt::Write;

use crate::syntax::{Language, errors, links, parse, used_as};

/// The imports, then the names that the grammar tells a use of.
#[track_caller]
fn shown(language: &str) -> String {
    let folder = format!("{}/fixtures/imports", env!("CARGO_MANIFEST_DIR"));
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let text = std::fs::read(files.find(|file| file.file_stem().unwrap() == language).unwrap());
    let (language, text) = (Language::named(language).unwrap(), text.unwrap());
    let errors = errors(language, &text);
    assert!(errors.is_empty(), "{errors:?}");
    let mut shown = String::new();
    for link in links(language, &text) {
        let name = link.name.map(|it| format!(" ({it})")).unwrap_or_default();
        writeln!(shown, "{:?} {}{name}", link.how, link.module).unwrap();
    }
    let tree = parse(language, &text).unwrap();
    let at: Vec<usize> = (0..text.len()).collect();
    let uses = used_as(language, &tree, &text, &at);
    let word = |at: usize| text[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric());
    for (at, used) in at.into_iter().zip(uses) {
        if let Some(used) = used {
            let word: Vec<u8> = word(at).copied().collect();
            write!(shown, "{}:{used:?} ", String::from_utf8(word).unwrap()).unwrap();
        }
    }
    shown
}

#[test]
fn all_languages() {
    for language in Language::all().filter(|it| it.references_query().is_some()) {
        println!("==== {}\n{}", language.name(), shown(language.name()));
    }
}
