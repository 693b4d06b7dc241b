//! Files that no person writes: what they cost is bounded, and what is left out is said.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::support::TestRepo;

/// What `index --json` reports of the work tree.
#[track_caller]
fn report(repo: &TestRepo) -> Value {
    repo.run(["index", "--json"]).exits(0).json()
}

/// The paths that a search finds, best first.
#[track_caller]
fn found(repo: &TestRepo, query: &str) -> Vec<String> {
    let hits = repo.run(["search", "--json", query]).exits(0).json();
    let path = |hit: &Value| hit["path"].as_str().expect("path").to_owned();
    let mut paths: Vec<String> = hits.as_array().expect("hits").iter().map(path).collect();
    paths.sort();
    paths.dedup();
    paths
}

/// A repository with one good file, which has to be found whatever stands beside it.
fn with_a_good_file() -> TestRepo {
    TestRepo::with(&[("good.rs", "fn zebra() {}\n")])
}

#[track_caller]
fn check_good_file(repo: &TestRepo) {
    assert_eq!(found(repo, "zebra"), ["good.rs"]);
    let map = repo.run(["map", "good.rs"]).exits(0);
    assert!(map.stdout.contains("fn zebra()"), "{}", map.stdout);
}

#[test]
fn a_line_of_fifty_megabytes_is_left_out_or_cut() {
    let repo = with_a_good_file();
    repo.write("long.js", "var a=1;".repeat(50 << 17));
    repo.write("lines.js", "var quagga=1;".repeat(70_000));
    let said = report(&repo);
    assert_eq!((&said["files"], &said["left_out"]["too_large"]), (&2.into(), &1.into()), "{said}");
    check_good_file(&repo);
    let hits = repo.run(["search", "--json", "quagga"]).exits(0).json();
    assert!(hits[0]["text"].as_str().expect("text").len() < 16 << 10);
    // A limit that a person raised lets it in, in pieces of 8 KiB.
    let all = repo.run(["-c", "index.max_file_bytes=104857600", "index", "--json"]).exits(0).json();
    assert_eq!((&all["files"], &all["unparsed"]), (&3.into(), &1.into()), "{all}");
    assert!(all["chunks"].as_u64().expect("chunks") > 6400, "{all}");
}

#[test]
fn nesting_of_any_depth_ends() {
    let repo = with_a_good_file();
    let nested = [
        ("json", "["),
        ("c", "("),
        ("rb", "module A;"),
        ("rb2.rb", "module A\n"),
        ("md", "> "),
        ("html", "<div>"),
        ("rs", "!"),
        ("py", "not "),
        ("java", "a."),
        ("lua", "if a then "),
    ];
    for (end, unit) in nested {
        repo.write(format!("nested.{end}"), unit.repeat(100_000));
    }
    let said = report(&repo);
    assert_eq!(said["files"], 11, "{said}");
    assert!(said["unparsed"].as_u64().expect("count") >= 2, "{said}");
    let text = repo.run(["index"]).exits(0).stdout;
    assert!(text.contains("kept as plain text: too long, too deep or too slow"), "{text}");
    check_good_file(&repo);
    assert!(found(&repo, "div").contains(&"nested.html".to_owned()));
}

#[test]
fn definitions_without_end_do_not_fill_the_memory() {
    let repo = with_a_good_file();
    let deep: String = (0..900).map(|n| format!("module {}{n}\n", "B".repeat(900))).collect();
    repo.write("long_names.rb", deep);
    let many = "class A;".repeat(400) + &"def quagga;end;".repeat(40_000);
    repo.write("many.rb", many);
    repo.write("comments.js", "/*a*/function b(){}".repeat(50_000));
    assert_eq!(report(&repo)["files"], 4);
    check_good_file(&repo);
    assert_eq!(found(&repo, "quagga"), ["many.rb"]);
}

#[test]
fn bytes_that_are_no_text() {
    let repo = with_a_good_file();
    repo.write("high.rs", (128..=255).cycle().take(300_000).collect::<Vec<u8>>());
    repo.write("late_nul.rs", [&b"fn quagga() {}\n".repeat(1000)[..], &[0; 5000]].concat());
    repo.write("early_nul.rs", b"fn zebra() {}\n\0");
    repo.write("wide.rs", b"\xff\xfef\0n\0 \0z\0e\0b\0r\0a\0");
    repo.write("half.rs", b"fn quagga\xc3() { \xe2\x82 }\r\r\n\x1b[2J");
    let said = report(&repo);
    assert_eq!((&said["files"], &said["left_out"]["binary"]), (&4.into(), &2.into()), "{said}");
    check_good_file(&repo);
    assert_eq!(found(&repo, "quagga"), ["half.rs", "late_nul.rs"]);
    let shown = repo.run(["search", "--explain", "quagga"]).exits(0).stdout;
    assert!(!shown.contains(['\x1b', '\0', '\r']), "{shown:?}");
}

#[test]
fn a_folder_of_ignored_files_is_passed_by() {
    let repo = with_a_good_file();
    repo.write(".gitignore", "/out/*\n!/out/kept.rs\n/whole/\n");
    repo.write("out/kept.rs", "fn quagga() {}\n");
    for n in 0..2000 {
        repo.write(format!("out/{n}.rs"), "fn quagga() {}\n");
    }
    repo.write("whole/a.rs", "fn quagga() {}\n");
    assert_eq!(report(&repo)["files"], 3);
    assert_eq!(found(&repo, "quagga"), ["out/kept.rs"]);
    // What was just written may be read again, and nothing else.
    assert!(report(&repo)["read"].as_u64().expect("count") <= 3);
    check_good_file(&repo);
}

#[test]
fn links_lead_nowhere() {
    let repo = with_a_good_file();
    fs::create_dir(repo.home().join("outside")).expect("folder");
    let secret = repo.home().join("outside/secret.rs");
    fs::write(&secret, "fn quagga() {}\n").expect("write");
    let root = repo.root();
    symlink(&secret, root.join("secret.rs")).expect("link");
    symlink(repo.home().join("outside"), root.join("outside")).expect("link");
    symlink(".", root.join("loop")).expect("link");
    symlink("b", root.join("a")).expect("link");
    symlink("a", root.join("b")).expect("link");
    // Rules behind links, and folders in the place of rules.
    symlink("a", root.join(".countersignignore")).expect("link");
    fs::create_dir(root.join(".aiderignore")).expect("folder");
    fs::create_dir(root.join(".gitignore")).expect("folder");
    assert_eq!(report(&repo)["files"], 1);
    assert_eq!(found(&repo, "quagga"), [""; 0]);
    check_good_file(&repo);
}

#[test]
fn names_of_every_kind() {
    let repo = with_a_good_file();
    let long = "q".repeat(250) + ".rs";
    let deep = "d/".repeat(120) + "deep.rs";
    let names =
        ["Case.rs", "case.rs", "CASE.rs", "a\nb.rs", "-rf.rs", " .rs", "*.rs", &long, &deep];
    for name in names {
        repo.write(name, "fn quagga() {}\n");
    }
    let said = report(&repo);
    assert_eq!(said["files"], names.len() + 1, "{said}");
    assert_eq!(found(&repo, "quagga").len(), names.len());
    let shown = repo.run(["search", "quagga"]).exits(0).stdout;
    assert!(shown.contains("a\\nb.rs"), "{shown}");
    check_good_file(&repo);
}

#[test]
fn pipes_block_nothing() {
    let repo = with_a_good_file();
    let pipe = |name: &str| {
        let made = std::process::Command::new("mkfifo").arg(repo.root().join(name)).status();
        assert!(made.expect("mkfifo").success());
    };
    pipe("pipe.rs");
    assert_eq!(report(&repo)["files"], 1);
    // What rules would keep back is not known, so their folder stays closed.
    repo.write("closed/a.rs", "fn quagga() {}\n");
    repo.write("closed/inner/b.rs", "fn quagga() {}\n");
    assert_eq!(found(&repo, "quagga").len(), 2);
    pipe("closed/.gitignore");
    for _ in 0..2 {
        let said = report(&repo);
        let left_out = &said["left_out"]["unreadable"];
        assert_eq!((&said["files"], left_out), (&1.into(), &1.into()), "{said}");
        check_good_file(&repo);
    }
    fs::remove_file(repo.root().join("closed/.gitignore")).expect("remove");
    assert_eq!(found(&repo, "quagga").len(), 2);
    pipe(".aiderignore");
    assert_eq!(report(&repo)["files"], 0);
    fs::remove_file(repo.root().join(".aiderignore")).expect("remove");
    check_good_file(&repo);
}

#[test]
fn links_to_devices_are_not_read() {
    let repo = with_a_good_file();
    repo.write("sub/a.rs", "fn quagga() {}\n");
    symlink("/dev/zero", repo.root().join("sub/.gitignore")).expect("link");
    let said = report(&repo);
    assert_eq!((&said["files"], &said["left_out"]["unreadable"]), (&1.into(), &1.into()), "{said}");
    check_good_file(&repo);
    fs::create_dir(repo.root().join(".countersign")).expect("folder");
    for name in ["config.toml", "policy.cedar"] {
        let path = repo.root().join(".countersign").join(name);
        symlink("/dev/zero", &path).expect("link");
        let said = repo.run(["index"]);
        assert!(said.code != 0 && said.stderr.contains(name), "{}", said.whole());
        fs::remove_file(path).expect("remove");
    }
}

#[test]
fn a_folder_that_became_a_link_is_not_followed() {
    let repo = TestRepo::with(&[("good.rs", "fn zebra() {}\n"), ("sub/a.rs", "fn quagga() {}\n")]);
    repo.write(".gitignore", "/sub/\n");
    assert_eq!(found(&repo, "quagga"), ["sub/a.rs"]);
    let outside = repo.home().join("sub");
    fs::rename(repo.root().join("sub"), &outside).expect("rename");
    fs::write(outside.join("a.rs"), "fn quagga() {}\nfn okapi() {}\n").expect("write");
    symlink(&outside, repo.root().join("sub")).expect("link");
    for _ in 0..2 {
        assert_eq!(found(&repo, "quagga okapi"), [""; 0]);
        check_good_file(&repo);
    }
}

#[test]
fn files_that_change_while_they_are_read() {
    let repo = with_a_good_file();
    let paths: Vec<_> = (0..20).map(|n| repo.root().join(format!("moving{n}.rs"))).collect();
    let write = |round: usize| {
        for (n, path) in paths.iter().enumerate() {
            let text = format!("fn quagga{round}() {{}}\n").repeat(1 + (round * 7 + n) % 50);
            match (round + n) % 9 {
                0 => drop(fs::remove_file(path)),
                1 => drop(fs::write(path, &text[..text.len() / 2])),
                _ => drop(fs::write(path, text)),
            }
        }
    };
    write(0);
    let running = std::sync::atomic::AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 1;
            while running.load(std::sync::atomic::Ordering::Relaxed) {
                write(round);
                round += 1;
            }
        });
        for _ in 0..10 {
            repo.run(["search", "--json", "quagga zebra"]).exits(0).json();
            repo.run(["map"]).exits(0);
        }
        running.store(false, std::sync::atomic::Ordering::Relaxed);
    });
    // Once all is quiet, what is found is what is there.
    write(3);
    let there: Vec<String> = paths
        .iter()
        .filter(|path| path.exists())
        .map(|path| path.file_name().expect("name").to_string_lossy().into_owned())
        .collect();
    let mut found = found(&repo, "quagga3");
    found.retain(|path| path != "good.rs");
    let mut expected = there;
    expected.sort();
    assert_eq!(found, expected);
    check_good_file(&repo);
}
