//! `install.sh`, with a cargo that only hands over the binary under test, and the demo's sample.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::source::root;
use crate::support::{Said, TestRepo};

/// Programs that stand in for a machine on which everything is there.
#[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
fn machine(repo: &TestRepo) -> PathBuf {
    let folder = repo.home().join("stubs");
    std::fs::create_dir(&folder).expect("folder");
    let target = repo.home().join("target");
    std::fs::create_dir_all(target.join("release")).expect("folder");
    let binary = env!("CARGO_BIN_EXE_countersign");
    std::os::unix::fs::symlink(binary, target.join("release/countersign")).expect("link");
    let cargo = format!(
        "#!/bin/sh\ncase $1 in metadata) echo '{{\"target_directory\":\"{0}\"}}';; esac\n",
        target.display()
    );
    let stubs = [("cargo", cargo.as_str()), ("rustc", "#!/bin/sh\necho 'rustc 99.0.0 (x)'\n")];
    let nothing = ["cc", "c++", "cmake", "libclang.so", "nvidia-smi"];
    let all = stubs.into_iter().chain(nothing.map(|name| (name, "#!/bin/sh\nexit 0\n")));
    for (name, text) in all.chain([("python3", "#!/bin/sh\nexit 0\n")]) {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("write");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("mode");
    }
    folder
}

#[allow(clippy::disallowed_methods, reason = "a test runs the script")]
fn script(repo: &TestRepo, stubs: &Path, args: &[&str]) -> Said {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("bash");
    command
        .arg(root().join("install.sh"))
        .args(args)
        .current_dir(repo.root())
        .env_clear()
        .env("HOME", repo.home())
        .env("LIBCLANG_PATH", stubs)
        .env("COUNTERSIGN_FEATURES", "")
        .env("PATH", format!("{}:{path}", stubs.display()));
    repo.finish(command)
}

const INSTALLED: [&str; 6] = [
    "bin/countersign",
    "share/bash-completion/completions/countersign",
    "share/zsh/site-functions/_countersign",
    "share/fish/vendor_completions.d/countersign.fish",
    "share/man/man1/countersign.1",
    "share/man/man1/countersign-hook-install.1",
];

#[test]
fn what_is_installed_is_removed_and_a_second_run_copies_nothing() {
    let repo = TestRepo::bare_folder();
    let stubs = machine(&repo);
    let prefix = repo.home().join("prefix");
    let args = ["--prefix", &prefix.to_string_lossy()];
    let first = script(&repo, &stubs, &args).exits(0);
    for file in INSTALLED {
        assert!(prefix.join(file).exists(), "{file}: {}", first.stderr);
        assert!(first.stderr.contains(file), "{file} is not named: {}", first.stderr);
    }
    let second = script(&repo, &stubs, &args).exits(0);
    assert!(!second.stderr.contains("_countersign"), "{}", second.stderr);

    script(&repo, &stubs, &["uninstall", args[0], args[1]]).exits(0);
    for file in INSTALLED {
        assert!(!prefix.join(file).exists(), "{file}");
    }
    script(&repo, &stubs, &["uninstall", args[0], args[1]]).exits(0);
}

#[test]
fn mistakes_and_failing_steps_are_explained() {
    let repo = TestRepo::bare_folder();
    let stubs = machine(&repo);
    assert!(script(&repo, &stubs, &["--help"]).exits(0).stdout.contains("demo"));
    let said = script(&repo, &stubs, &["--frobnicate"]).exits(2);
    assert!(said.stderr.contains("unknown argument: --frobnicate"), "{}", said.stderr);

    std::fs::remove_file(repo.home().join("target/release/countersign")).expect("remove");
    let said = script(&repo, &stubs, &[]);
    assert_ne!(said.code, 0);
    assert!(said.stderr.contains("error: failed at: install into"), "{}", said.stderr);
    assert!(said.stderr.contains("hint: "), "{}", said.stderr);
}

/// The demo shows a model one mistake to repair; the sample must hold exactly that one.
#[test]
#[allow(clippy::disallowed_methods, reason = "a test runs the sample's tests")]
fn the_sample_has_one_failing_test() {
    let output = Command::new("python3")
        .args(["-B", "-m", "unittest", "-q"])
        .current_dir(root().join("fixtures/sample"))
        .output()
        .expect("python3");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("FAILED (failures=1)"), "{said}");
    assert!(said.contains("test_negative"), "{said}");
}
