//! Where imports lead, by language, and that edges follow what changes.

use std::fs;

use tempfile::TempDir;

use crate::base::{Digest, RepoPath};
use crate::index::{FileId, Index, Settings, refresh};
use crate::repo::{Limits, list};

struct Tree {
    root: TempDir,
    index: TempDir,
}

impl Tree {
    fn of(files: &[(&str, &str)]) -> Self {
        let tree = Self { root: tempfile::tempdir().unwrap(), index: tempfile::tempdir().unwrap() };
        files.iter().for_each(|(path, text)| tree.write(path, text));
        tree
    }

    #[expect(clippy::disallowed_methods, reason = "a test makes its own files")]
    fn write(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The edges after a refresh: `a > b, c`, both ways told alike.
    fn edges(&self) -> Vec<String> {
        let settings = Settings {
            dir: self.index.path().to_owned(),
            list: &|old| list(self.root.path(), None, &Limits::default(), old),
            may_read: &|_| true,
            rulings: Digest::of(b""),
            progress: &|_, _| {},
            stop: &|| false,
        };
        refresh(self.root.path(), &settings).unwrap();
        let index = Index::open(self.index.path(), self.root.path()).unwrap();
        let path = |file: &FileId| String::from_utf8_lossy(index.path_of(*file)).into_owned();
        let mut shown = Vec::new();
        for file in (0..index.file_count() as u32).map(FileId) {
            let imports = index.imports(file).unwrap();
            for to in &imports {
                assert!(index.importers(*to).unwrap().contains(&file));
                assert_ne!(*to, file);
            }
            for from in index.importers(file).unwrap() {
                assert!(index.imports(from).unwrap().contains(&file));
            }
            if !imports.is_empty() {
                let to: Vec<String> = imports.iter().map(path).collect();
                shown.push(format!("{} > {}", path(&file), to.join(", ")));
            }
        }
        shown
    }
}

/// `files` with their texts, and the edges between them.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(Tree::of(files).edges(), expected);
}

#[test]
fn python() {
    check(
        &[
            ("pkg/__init__.py", ""),
            ("pkg/near.py", "import os\nfrom . import deep\nfrom .deep.low import thing\n"),
            ("pkg/deep/__init__.py", "from ..near import thing\n"),
            ("pkg/deep/low.py", "import pkg.near as n\nfrom pkg import nothing\n"),
            ("tools/os.py", ""),
        ],
        &[
            "pkg/deep/__init__.py > pkg/near.py",
            "pkg/deep/low.py > pkg/__init__.py, pkg/near.py",
            "pkg/near.py > pkg/deep/__init__.py, pkg/deep/low.py",
        ],
    );
}

#[test]
fn typescript_and_javascript() {
    check(
        &[
            ("web/src/a.ts", "import x from './b.js'\nexport * from './c'\nimport 'react'\n"),
            ("web/src/b.ts", "const d = require('../lib/d')\nimport e from '@/c/e'\n"),
            ("web/src/c/index.tsx", "import type { A } from '../types'\n"),
            ("web/src/c/e.vue.ts", ""),
            ("web/src/c/e.ts", ""),
            ("web/src/types.d.ts", ""),
            ("web/lib/d.cjs", ""),
            ("react.ts", ""),
        ],
        &[
            "web/src/a.ts > web/src/b.ts, web/src/c/index.tsx",
            "web/src/b.ts > web/lib/d.cjs, web/src/c/e.ts",
            "web/src/c/index.tsx > web/src/types.d.ts",
        ],
    );
}

#[test]
fn rust() {
    check(
        &[
            ("one/src/lib.rs", "mod a;\npub use a::Thing;\nuse std::io;\n"),
            ("one/src/a.rs", "mod b;\nuse crate::c::{self, deep::Item};\n"),
            ("one/src/a/b.rs", "use super::Thing;\nuse super::super::c::f;\n"),
            ("one/src/c/mod.rs", "pub mod deep;\n"),
            ("one/src/c/deep.rs", ""),
            ("two-parts/src/lib.rs", ""),
            ("two-parts/src/x.rs", ""),
            ("one/tests/t.rs", "use two_parts::x::f;\n"),
        ],
        &[
            "one/src/a.rs > one/src/a/b.rs, one/src/c/deep.rs, one/src/c/mod.rs",
            "one/src/a/b.rs > one/src/a.rs, one/src/c/mod.rs",
            "one/src/c/mod.rs > one/src/c/deep.rs",
            "one/src/lib.rs > one/src/a.rs",
            "one/tests/t.rs > two-parts/src/x.rs",
        ],
    );
}

#[test]
fn go_imports_packages() {
    check(
        &[
            ("main.go", "package main\n\nimport (\n\t\"fmt\"\n\t\"example.org/me/it/near\"\n)\n"),
            ("near/a.go", "package near\n"),
            ("near/b.go", "package near\n"),
            ("near/c.txt", ""),
            ("fmt/x.go", "package fmt\n"),
        ],
        &["main.go > near/a.go, near/b.go"],
    );
}

#[test]
fn java_kotlin_and_scala() {
    check(
        &[
            (
                "x/src/org/it/A.java",
                "package org.it;\nimport org.it.b.B;\nimport static org.it.C.f;\n",
            ),
            ("x/src/org/it/b/B.kt", "package org.it.b\nimport org.it.A\nimport java.util.List\n"),
            ("x/src/org/it/C.scala", "package org.it\nimport org.it.b._\n"),
            ("y/src/org/it/A.java", "package org.it;\n"),
        ],
        &[
            "x/src/org/it/A.java > x/src/org/it/C.scala, x/src/org/it/b/B.kt",
            "x/src/org/it/C.scala > x/src/org/it/b/B.kt",
            "x/src/org/it/b/B.kt > x/src/org/it/A.java",
        ],
    );
}

#[test]
fn c_and_cpp() {
    check(
        &[
            (
                "src/a.c",
                "#include <stdio.h>\n#include \"a.h\"\n#ifdef X\n#include <lib/b.h>\n#endif\n",
            ),
            ("src/a.h", "#include \"../src/c.hpp\"\n"),
            ("include/lib/b.h", "#include \"only.h\"\n"),
            ("other/b.h", ""),
            ("src/c.hpp", ""),
            ("deep/down/only.h", ""),
        ],
        &[
            "include/lib/b.h > deep/down/only.h",
            "src/a.c > include/lib/b.h, src/a.h",
            "src/a.h > src/c.hpp",
        ],
    );
}

#[test]
fn other_languages() {
    check(
        &[
            ("cs/It/Near/A.cs", "using System.Text;\nusing Me.It.Far;\n"),
            ("cs/It/Far/B.cs", ""),
            ("rb/lib/net/a.rb", "require 'net/b'\nrequire_relative '../up'\nrequire 'json'\n"),
            ("rb/lib/net/b.rb", ""),
            ("rb/lib/up.rb", ""),
            ("php/src/Models/User.php", "<?php\nuse App\\Models\\{Post, Tag as T};\n"),
            ("php/src/Models/Post.php", "<?php\nrequire_once __DIR__ . '/Tag.php';\n"),
            ("php/src/Models/Tag.php", "<?php\n"),
            ("lua/net/a.lua", "local b = require(\"net.b\")\n"),
            ("lua/net/b.lua", ""),
            ("ex/lib/my_app/a.ex", "defmodule MyApp.A do\n  alias MyApp.{BigThing}\nend\n"),
            ("ex/lib/my_app/big_thing.ex", ""),
            ("hs/Net/A.hs", "module Net.A where\nimport Net.B\nimport Data.List\n"),
            ("hs/Net/B.hs", "module Net.B where\n"),
            ("ml/a.ml", "open Bee\nlet x = Bee.y\n"),
            ("ml/bee.ml", "let y = 1\n"),
            ("zig/a.zig", "const std = @import(\"std\");\nconst b = @import(\"in/b.zig\");\n"),
            ("zig/in/b.zig", ""),
            ("swift/Sources/Near/A.swift", ""),
            ("swift/Sources/Far/B.swift", "import Near\nimport Foundation\n"),
            ("proto/a.proto", "syntax = \"proto3\";\nimport \"in/b.proto\";\n"),
            ("proto/in/b.proto", "syntax = \"proto3\";\n"),
        ],
        &[
            "cs/It/Near/A.cs > cs/It/Far/B.cs",
            "ex/lib/my_app/a.ex > ex/lib/my_app/big_thing.ex",
            "hs/Net/A.hs > hs/Net/B.hs",
            "lua/net/a.lua > lua/net/b.lua",
            "ml/a.ml > ml/bee.ml",
            "php/src/Models/Post.php > php/src/Models/Tag.php",
            "php/src/Models/User.php > php/src/Models/Post.php, php/src/Models/Tag.php",
            "proto/a.proto > proto/in/b.proto",
            "rb/lib/net/a.rb > rb/lib/net/b.rb, rb/lib/up.rb",
            "swift/Sources/Far/B.swift > swift/Sources/Near/A.swift",
            "zig/a.zig > zig/in/b.zig",
        ],
    );
}

#[test]
fn edges_follow_files_that_come_change_and_go() {
    let tree = Tree::of(&[("a.py", "import b\nimport c\n"), ("b.py", "import c\n")]);
    assert_eq!(tree.edges(), ["a.py > b.py"]);
    tree.write("c.py", "");
    assert_eq!(tree.edges(), ["a.py > b.py, c.py", "b.py > c.py"]);
    tree.write("a.py", "import c\n");
    assert_eq!(tree.edges(), ["a.py > c.py", "b.py > c.py"]);
    fs::remove_file(tree.root.path().join("c.py")).unwrap();
    assert_eq!(tree.edges(), [""; 0]);
}

#[test]
fn what_leaves_the_repository_or_is_said_by_many_leads_nowhere() {
    check(
        &[
            ("a.py", "from ...up import x\n"),
            ("b.ts", "import '../../c'\nimport '.'\n"),
            ("c.ts", ""),
            ("p/1/t/u.py", ""),
            ("p/2/t/u.py", ""),
            ("p/3/t/u.py", ""),
            ("p/4/t/u.py", ""),
            ("q.py", "import t.u\n"),
        ],
        &[],
    );
}

#[test]
fn a_path_is_named_as_it_is() {
    let path = RepoPath::new("a/b.rs").unwrap();
    let links = crate::syntax::links(
        crate::syntax::Language::named("rust").unwrap(),
        b"use crate::x::Y;\n",
    );
    let lines = super::written::imports(path.as_bytes(), "rust", &links);
    assert_eq!(lines.into_iter().collect::<Vec<_>>(), ["=a/x|Y"]);
}
