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
    shown.trim_end().to_owned()
}

#[test]
fn every_query_is_tried() {
    let folder = format!("{}/fixtures/imports", env!("CARGO_MANIFEST_DIR"));
    let tried = std::fs::read_dir(folder).unwrap().flatten().map(|it| it.path());
    let tried: Vec<_> = tried.map(|it| it.file_stem().unwrap().to_owned()).collect();
    for language in Language::all().filter(|it| it.references_query().is_some()) {
        assert!(tried.iter().any(|it| *it == language.name()), "{language:?}");
        shown(language.name());
    }
}

#[test]
fn rust() {
    insta::assert_snapshot!(shown("rust"), @r"
    Module crate::a::b
    Module crate::a::c::Thing
    Module super::near
    Child child
    b:Import Thing:Import near:Import Greet:Inherits Client:Type Port:Type Other:Type helper:Call connect:Call shout:Call
    ");
}

#[test]
fn python() {
    insta::assert_snapshot!(shown("python"), @r"
    Module ..up.more
    Module .near (Thing)
    Module .near (helper)
    Module a.b
    Module c
    a:Import b:Import c:Import Thing:Import helper:Import wrapped:Call Base:Inherits Port:Type Result:Type helper:Call connect:Call
    ");
}

#[test]
fn typescript() {
    insta::assert_snapshot!(shown("typescript"), @r"
    Module ../up
    Module ./late.js
    Module ./near
    Module ./old
    Thing:Import require:Call Client:Type Base:Inherits Greeter:Inherits Port:Type helper:Call Thing:Call connect:Call
    ");
}

#[test]
fn tsx() {
    insta::assert_snapshot!(shown("tsx"), @r"
    Module ../up
    Module ./late.js
    Module ./near
    Module ./old
    Thing:Import require:Call Client:Type Base:Inherits Greeter:Inherits Port:Type helper:Call Thing:Call connect:Call
    ");
}

#[test]
fn javascript() {
    insta::assert_snapshot!(shown("javascript"), @r"
    Module ../up
    Module ./near
    Module ./old
    Main:Import Thing:Import require:Call Base:Inherits helper:Call Thing:Call connect:Call
    ");
}

#[test]
fn go() {
    insta::assert_snapshot!(shown("go"), @r"
    Module example.org/a/b/near
    Module fmt
    Client:Type Base:Inherits Port:Type Client:Type Helper:Call connect:Call
    ");
}

#[test]
fn java() {
    insta::assert_snapshot!(shown("java"), @r"
    Module a.b.Tools.helper
    Module a.b.near.Thing
    All a.c
    Thing:Import helper:Import c:Import Base:Inherits Greeter:Inherits Result:Type Port:Type helper:Call Thing:Call connect:Call
    ");
}

#[test]
fn c() {
    insta::assert_snapshot!(shown("c"), @r"
    Module stdio.h
    Beside near/thing.h
    Result:Type client:Type Port:Type helper:Call connect:Call
    ");
}

#[test]
fn cpp() {
    insta::assert_snapshot!(shown("cpp"), @r"
    Module vector
    Beside near/Thing.hpp
    Client:Type Base:Inherits Result:Type Port:Type helper:Call Thing:Call connect:Call
    ");
}

#[test]
fn csharp() {
    insta::assert_snapshot!(shown("csharp"), @r"
    All Net.Near
    All System
    Base:Inherits Result:Type Port:Type Helper:Call Thing:Call Connect:Call
    ");
}

#[test]
fn kotlin() {
    insta::assert_snapshot!(shown("kotlin"), @r"
    Module a.b.near.Thing
    Module a.c.helper
    Thing:Import helper:Import Port:Type Base:Inherits Greeter:Inherits Result:Type helper:Call Thing:Call connect:Call
    ");
}

#[test]
fn ruby() {
    insta::assert_snapshot!(shown("ruby"), @r"
    Module net/near
    Beside ../up
    require:Call require:Call Client:Type Base:Inherits helper:Call Thing:Type new:Call connect:Call
    ");
}

#[test]
fn php() {
    insta::assert_snapshot!(shown("php"), @r"
    Module App\Near\Thing
    Module App\Up\More
    Module App\Up\Other
    Beside /old.php
    Thing:Import Base:Inherits Greeter:Inherits Port:Type Result:Type helper:Call Thing:Call connect:Call
    ");
}

#[test]
fn scala() {
    insta::assert_snapshot!(shown("scala"), @r"
    Module a.b.near.Old
    Module a.b.near.Thing
    All a.c
    Thing:Import Port:Type Base:Inherits Result:Type helper:Call Thing:Call connect:Call
    ");
}

#[test]
fn lua() {
    insta::assert_snapshot!(shown("lua"), @r"
    Module net.near
    Module old
    require:Call require:Call helper:Call thing:Call connect:Call
    ");
}

#[test]
fn swift() {
    insta::assert_snapshot!(shown("swift"), @r"
    All Foundation
    All Near
    Base:Inherits Port:Type Result:Type helper:Call Thing:Call connect:Call
    ");
}

#[test]
fn elixir() {
    insta::assert_snapshot!(shown("elixir"), @r"
    Module GenServer
    Module Net.Near.Thing
    Module Net.Up (More)
    Module Net.Up (Other)
    defmodule:Call Net:Type alias:Call Net:Type alias:Call Net:Type Other:Type More:Type use:Call GenServer:Type def:Call call:Call helper:Call Thing:Type new:Call
    ");
}

#[test]
fn zig() {
    insta::assert_snapshot!(shown("zig"), @r"
    Beside near/thing.zig
    Beside std
    Port:Type helper:Call thing:Call connect:Call
    ");
}

#[test]
fn ocaml() {
    insta::assert_snapshot!(shown("ocaml"), @r"
    Module Near
    Module Up
    Near:Type port:Type helper:Call Up:Type connect:Call
    ");
}

#[test]
fn haskell() {
    insta::assert_snapshot!(shown("haskell"), @r"
    Module Data.Map
    Module Net.Near
    helper:Import Port:Type Result:Type helper:Call connect:Call
    ");
}

#[test]
fn proto() {
    insta::assert_snapshot!(shown("proto"), @r"
    Module near/thing.proto
    ");
}
