//! `install.sh`, with a cargo that only hands over the binary under test, and the demo's sample.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::source::root;
use crate::support::{Said, TestRepo};

/// What the script itself uses of a bare system.
const SYSTEM: [&str; 19] = [
    "basename", "bash", "cat", "chmod", "cmp", "cp", "dirname", "env", "grep", "head", "mkdir",
    "mktemp", "mv", "rm", "rmdir", "sed", "sh", "sort", "uname",
];

/// A folder of programs, the only ones on the script's PATH: the system's, and stand-ins for a
/// machine on which everything is there.
fn machine(repo: &TestRepo) -> PathBuf {
    let folder = repo.home().join("stubs");
    std::fs::create_dir(&folder).expect("folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    for name in SYSTEM {
        let mut places = std::env::split_paths(&path).map(|place| place.join(name));
        let program = places.find(|place| place.is_file()).expect(name);
        std::os::unix::fs::symlink(program, folder.join(name)).expect("link");
    }
    let target = repo.home().join("target");
    std::fs::create_dir_all(target.join("release")).expect("folder");
    let binary = env!("CARGO_BIN_EXE_countersign");
    std::os::unix::fs::symlink(binary, target.join("release/countersign")).expect("link");
    let metadata = format!("{{\"target_directory\":\"{}\"}}", target.display());
    stub(&folder, "cargo", &format!("case $1 in metadata) echo '{metadata}';; esac"));
    stub(&folder, "rustc", "echo 'rustc 99.0.0 (x)'");
    stub(&folder, "id", "echo 0");
    for name in ["cc", "c++", "cmake", "git", "libclang.so", "python3"] {
        stub(&folder, name, "exit 0");
    }
    folder
}

fn stub(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    // What is written goes through a link, into a program of this machine.
    if path.is_symlink() {
        std::fs::remove_file(&path).expect("remove");
    }
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("write");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("mode");
}

fn script(repo: &TestRepo, stubs: &Path, args: &[&str]) -> Said {
    let mut command = Command::new(stubs.join("bash"));
    command
        .arg(root().join("install.sh"))
        .args(args)
        .current_dir(repo.root())
        .env_clear()
        .env("HOME", repo.home())
        .env("LIBCLANG_PATH", stubs)
        .env("COUNTERSIGN_FEATURES", "")
        .env("PATH", stubs);
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
fn a_portable_build_brings_its_libraries_and_takes_them_along() {
    let repo = TestRepo::bare_folder();
    let stubs = machine(&repo);
    let built = repo.home().join("built");
    for name in ["lib/libllama.so.0", "lib/libllama.so", "backends/libggml-cpu-haswell.so"] {
        let path = built.join(name);
        std::fs::create_dir_all(path.parent().expect("folder")).expect("folders");
        std::fs::write(path, name).expect("write");
    }
    let target = repo.home().join("target");
    let said = format!(
        "case \"$*\" in metadata*) echo '{{\"target_directory\":\"{}\"}}';; \
         *--features\\ portable*--message-format*) echo '{{\"reason\":\"build-script-executed\",\
         \"package_id\":\"x#llama-cpp-sys-2@0\",\"out_dir\":\"{}\"}}';; esac",
        target.display(),
        built.display()
    );
    stub(&stubs, "cargo", &said);
    stub(&stubs, "uname", "echo Linux");
    let prefix = repo.home().join("prefix");
    let args = ["--portable", "--prefix", &prefix.to_string_lossy()];
    script(&repo, &stubs, &args).exits(0);
    let library = |name: &str| prefix.join("lib/countersign").join(name);
    assert!(library("libllama.so.0").exists() && library("libggml-cpu-haswell.so").exists());
    assert!(!library("libllama.so").exists(), "only the linker needs it");

    script(&repo, &stubs, &["uninstall", args[1], args[2]]).exits(0);
    assert!(!prefix.join("lib/countersign").exists());
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

#[test]
fn what_is_missing_is_asked_from_the_package_manager_and_only_that() {
    let repo = TestRepo::bare_folder();
    let stubs = machine(&repo);
    std::fs::remove_file(stubs.join("cmake")).expect("remove");
    std::fs::remove_file(stubs.join("c++")).expect("remove");
    let (log, bin) = (repo.home().join("asked"), stubs.display());
    let installs = format!("for tool in cmake c++; do cp {bin}/cc {bin}/$tool; done");
    let text = format!("echo \"$@\" >> {}; case $1 in install) {installs};; esac", log.display());
    stub(&stubs, "apt-get", &text);
    stub(&stubs, "apt-cache", "exit 100");
    let prefix = repo.home().join("prefix");
    script(&repo, &stubs, &["--prefix", &prefix.to_string_lossy()]).exits(0);
    let asked = std::fs::read_to_string(&log).expect("log");
    insta::assert_snapshot!(asked, @r"
    update -qq
    install -y -qq -o=Dpkg::Use-Pty=0 --no-install-recommends build-essential cmake
    ");
    script(&repo, &stubs, &["--prefix", &prefix.to_string_lossy()]).exits(0);
    assert_eq!(std::fs::read_to_string(&log).expect("log"), asked);
}

#[test]
fn a_machine_without_a_package_manager_is_told_what_to_install() {
    let repo = TestRepo::bare_folder();
    let stubs = machine(&repo);
    std::fs::remove_file(stubs.join("cmake")).expect("remove");
    std::fs::remove_file(stubs.join("libclang.so")).expect("remove");
    let said = script(&repo, &stubs, &[]).exits(1);
    assert!(said.stderr.contains("cmake"), "{}", said.stderr);
    assert!(said.stderr.contains("hint: install these by hand"), "{}", said.stderr);
}

/// The demo shows a model one mistake to repair; the sample must hold exactly that one.
#[test]
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
