//! Fetching models from servers of all kinds, all on this machine.

use std::process::Stdio;
use std::sync::{Arc, Mutex, mpsc};

use countersign::base::Digest;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Said, TestRepo};
use crate::weights_server::{Served, Server, gguf};

/// Bytes of a range that is asked for at once.
const PIECE: usize = 16 << 20;
/// The first bytes, which tell whether it is a model at all.
const LOOK: usize = 4;

fn pull(repo: &TestRepo, args: &[&str]) -> Said {
    let mut command = repo.command(["model", "pull"]);
    command.args(args).env("HF_HOME", repo.home().join("hub"));
    repo.finish(command)
}

/// `model pull` from the hub `hub`, with the token of a person.
fn pull_from(hub: &Server, repo: &TestRepo, args: &[&str]) -> Said {
    let mut command = repo.command(["model", "pull"]);
    command.args(args).env("HF_ENDPOINT", &hub.address).env("HF_TOKEN", "hf_of_this_person");
    command.env("HF_HOME", repo.home().join("hub"));
    repo.finish(command)
}

/// The bytes of the model `name` as they were installed.
fn installed(repo: &TestRepo, name: &str) -> Vec<u8> {
    let models = repo.home().join(".local/share/countersign/models");
    std::fs::read(models.join(name).join("model.gguf")).expect("model.gguf")
}

#[track_caller]
fn says(said: &Said, expected: &str) {
    assert!(said.stderr.contains(expected), "{}", said.stderr);
}

fn in_ranges(bytes: &Arc<Vec<u8>>) -> Served {
    Served { bytes: Arc::clone(bytes), etag: Some("\"one\""), ranges: true, ..Served::default() }
}

#[test]
fn an_address_is_fetched_in_parts_and_its_digest_recorded() {
    let repo = TestRepo::empty();
    let bytes = gguf(2 * PIECE + 1000, 1);
    let file = in_ranges(&bytes);
    let server = Server::new(move |path| (path == "/a/Tiny.gguf?x=1").then(|| file.clone()));
    let address = format!("{}/a/Tiny.gguf?x=1", server.address);
    let said = pull(&repo, &[&address]).exits(0);
    says(&said, &format!("SHA-256 {}", Digest::of(&bytes)));
    assert!(!said.stderr.contains("x=1"), "{}", said.stderr);
    assert!(installed(&repo, "tiny") == *bytes);
    assert_eq!(server.sent(), bytes.len() + LOOK, "every byte once");
    let mut ranges: Vec<_> = server.asked().into_iter().filter_map(|asked| asked.range).collect();
    ranges.sort_unstable();
    let end = bytes.len() - 1;
    let expected = [(0, 3), (0, PIECE - 1), (PIECE, 2 * PIECE - 1), (2 * PIECE, end)];
    assert_eq!(ranges, expected);
    says(&pull(&repo, &[&address]).exits(0), "`tiny` is installed already");
    let record = repo.run(["model", "show", "tiny", "--json"]).exits(0).json();
    assert_eq!(record["sha256"], Digest::of(&bytes).to_string());
}

#[test]
fn a_checksum_that_is_given_is_kept_to() {
    let repo = TestRepo::empty();
    let bytes = gguf(5000, 2);
    let file = in_ranges(&bytes);
    let server = Server::new(move |_| Some(file.clone()));
    let address = format!("{}/m.gguf", server.address);
    let wrong = Digest::of(b"other").to_string();
    let said = pull(&repo, &[&address, "--sha256", &wrong]).exits(1);
    says(&said, "checksum mismatch for `m`");
    says(
        &pull(&repo, &[&address, "--sha256", &Digest::of(&bytes).to_string()]).exits(0),
        "checksum verified",
    );
    says(&pull(&repo, &[&address, "--sha256", "12"]).exits(2), "64 hexadecimal digits");
}

#[test]
fn a_checksum_that_is_given_holds_for_what_is_installed_too() {
    let repo = TestRepo::empty();
    let bytes = gguf(5000, 15);
    let file = in_ranges(&bytes);
    let server = Server::new(move |_| Some(file.clone()));
    pull(&repo, &[&format!("{}/m.gguf", server.address)]).exits(0);
    let (right, wrong) = (Digest::of(&bytes).to_string(), Digest::of(b"other").to_string());
    let said = pull(&repo, &["m", "--sha256", &wrong]).exits(1);
    says(&said, &format!("checksum mismatch for `m`: expected {wrong}, got {right}"));
    assert!(installed(&repo, "m") == *bytes);
    says(&pull(&repo, &["m", "--sha256", &right]).exits(0), "`m` is installed already");
    says(&pull(&repo, &["m"]).exits(0), "`m` is installed already");
}

#[test]
fn a_connection_that_is_cut_goes_on_where_it_was() {
    let repo = TestRepo::empty();
    let bytes = gguf(PIECE + 3_000_000, 3);
    let file = Served { cut: Some(5_000_000), ..in_ranges(&bytes) };
    let server = Server::new(move |_| Some(file.clone()));
    pull(&repo, &[&format!("{}/m.gguf", server.address)]).exits(0);
    assert!(installed(&repo, "m") == *bytes);
    assert_eq!(server.sent(), bytes.len() + LOOK, "what came is not fetched again");
    assert_eq!(server.asked().len(), 1 + 4 + 1);
}

#[test]
fn a_killed_fetch_goes_on_with_what_is_whole() {
    let repo = TestRepo::empty();
    let bytes = gguf(3 * PIECE, 4);
    let (tell, stalled) = mpsc::channel();
    let stall = Arc::new(Mutex::new(Some(PIECE + PIECE / 2)));
    let (file, stop) = (in_ranges(&bytes), Arc::clone(&stall));
    let serve = move |_: &str| Some(Served { stall: *stop.lock().unwrap(), ..file.clone() });
    let server = Server::telling(serve, Some(tell));
    let address = format!("{}/m.gguf", server.address);
    let mut command = repo.command(["model", "pull", &address]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // The second piece stalls in its middle, the third at once.
    for _ in 0..2 {
        stalled.recv().unwrap();
    }
    let state = repo.home().join(".local/share/countersign/models/m/model.gguf.part.json");
    let whole = |text: &str| text.contains(&format!("[{PIECE},"));
    while !std::fs::read_to_string(&state).is_ok_and(|text| whole(&text)) {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    *stall.lock().unwrap() = None;
    let before = server.sent();
    assert_eq!(before, LOOK + PIECE + PIECE / 2);
    says(&pull(&repo, &[&address]).exits(0), "are here already");
    assert!(installed(&repo, "m") == *bytes);
    let twice = server.sent() - LOOK - LOOK - bytes.len();
    assert!(twice <= PIECE / 2, "{twice} bytes were fetched twice");
}

#[test]
fn an_interrupted_fetch_says_how_to_go_on() {
    let repo = TestRepo::empty();
    let bytes = gguf(2 * PIECE, 5);
    let (tell, stalled) = mpsc::channel();
    let file = Served { stall: Some(PIECE + 1000), ..in_ranges(&bytes) };
    let server = Server::telling(move |_| Some(file.clone()), Some(tell));
    let mut command = repo.command(["model", "pull", &format!("{}/m.gguf", server.address)]);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    stalled.recv().unwrap();
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(
        said.contains("what was fetched is kept: run the same command again to go on"),
        "{said}"
    );
}

#[test]
fn a_server_without_parts_is_read_from_its_beginning() {
    let repo = TestRepo::empty();
    let bytes = gguf(1_000_000, 6);
    let times = Mutex::new(0);
    let file = Served { ranges: false, ..in_ranges(&bytes) };
    let server = Server::new(move |_| {
        // The first answer is the look, the second is cut.
        let mut times = times.lock().unwrap();
        *times += 1;
        Some(Served { cut: (*times == 2).then_some(700_000), ..file.clone() })
    });
    let said = pull(&repo, &[&format!("{}/m.gguf", server.address)]).exits(0);
    says(&said, "its server gives no parts of it");
    assert!(installed(&repo, "m") == *bytes);
    let file = Served { ranges: false, cut: Some(700_000), ..in_ranges(&bytes) };
    let short = Server::new(move |_| Some(file.clone()));
    let said = pull(&repo, &[&format!("{}/n.gguf", short.address)]).exits(1);
    says(&said, "it gives no parts of the file to go on with");
    assert_eq!(short.asked().len(), 1 + 3);
}

#[test]
fn a_file_that_changed_is_not_glued_to_the_old_one() {
    let repo = TestRepo::empty();
    let (old, new) = (gguf(2 * PIECE, 7), gguf(2 * PIECE, 8));
    let version = Arc::new(Mutex::new(0));
    let now = Arc::clone(&version);
    let expected = Arc::clone(&new);
    let server = Server::new(move |_| {
        let mut version = now.lock().unwrap();
        *version += 1;
        // The look and the first range are of the old one; then the new one is there.
        let (bytes, tag) = if *version <= 2 { (&old, "\"old\"") } else { (&new, "\"new\"") };
        Some(Served { etag: Some(tag), ..in_ranges(bytes) })
    });
    let address = format!("{}/m.gguf", server.address);
    let said = pull(&repo, &[&address]).exits(1);
    says(&said, "is not the file that it was when the fetch began");
    says(&said, "what was fetched of the old one is dropped");
    pull(&repo, &[&address]).exits(0);
    assert!(installed(&repo, "m") == *expected);
}

/// A hub that leads to `elsewhere` for files, and lists them with size and digest.
fn hub(files: Vec<(&'static str, Arc<Vec<u8>>)>, elsewhere: &str) -> Server {
    let elsewhere = elsewhere.to_owned();
    let siblings: Vec<_> = files
        .iter()
        .map(|(path, bytes)| {
            let sha256 = Digest::of(bytes).to_string();
            serde_json::json!({ "rfilename": path, "size": bytes.len(), "lfs": { "sha256": sha256, "size": bytes.len() } })
        })
        .collect();
    let listing = serde_json::json!({ "sha": "c0ffee", "tags": ["gguf", "license:mit"], "siblings": siblings });
    Server::new(move |path| {
        if path.starts_with("/api/models/") {
            let listed = path == "/api/models/o/r?blobs=true";
            let bytes = Arc::new(listing.to_string().into_bytes());
            return listed.then(|| Served { bytes, ..Served::default() });
        }
        let file = path.strip_prefix("/o/r/resolve/c0ffee/")?;
        let (_, bytes) = files.iter().find(|(name, _)| *name == file)?;
        let head = format!("X-Linked-ETag: \"{}\"\r\nX-Repo-Commit: c0ffee\r\n", Digest::of(bytes));
        Some(Served { head, elsewhere: Some(format!("{elsewhere}/{file}")), ..Served::default() })
    })
}

/// A server that gives `files` by name.
fn cdn(files: Vec<(&'static str, Arc<Vec<u8>>)>) -> Server {
    Server::new(move |path| {
        let found = files.iter().find(|(name, _)| path == format!("/{name}"));
        found.map(|(_, bytes)| in_ranges(bytes))
    })
}

#[test]
fn a_bare_repository_is_asked_what_it_has() {
    let repo = TestRepo::empty();
    let (small, large) = (gguf(3000, 9), gguf(5_000_000, 10));
    let files = vec![("m-Q4_K_M.gguf", Arc::clone(&small)), ("m-Q8_0.gguf", Arc::clone(&large))];
    let cdn = cdn(files.clone());
    let hub = hub(files, &cdn.address);
    let said = pull_from(&hub, &repo, &["o/r"]).exits(0);
    says(&said, "m-q4_k_m: licence MIT, 1 MB from hub o/r m-Q4_K_M.gguf");
    says(&said, "checksum verified");
    assert!(installed(&repo, "m-q4_k_m") == *small);
    let said = pull_from(&hub, &repo, &["o/r:Q5_K_M"]).exits(1);
    says(&said, "there are Q4_K_M (1 MB), Q8_0 (5 MB)");
    says(&said, "hint: name one: `countersign model pull o/r:QUANTIZATION`");
    pull_from(&hub, &repo, &["hf://o/r/m-Q8_0.gguf"]).exits(0);
    assert!(installed(&repo, "m-q8_0") == *large);
    says(&pull_from(&hub, &repo, &["o/none"]).exits(1), "status 404 (there is no such file)");
    assert!(hub.asked().iter().all(|asked| asked.token), "the hub knows who asks");
    assert!(cdn.asked().iter().all(|asked| !asked.token), "nobody else does");
}

#[test]
fn every_host_on_the_way_passes_the_gate() {
    let repo = TestRepo::empty();
    let files = vec![("m-Q4_K_M.gguf", gguf(3000, 11))];
    let cdn = cdn(files.clone());
    let hub = hub(files, &cdn.address);
    let host = cdn.address.trim_start_matches("http://");
    let rule = format!(
        "@id(\"no-cdn\") @why(\"not there\")\nforbid (principal, action == Action::\"reach\", resource) when {{ resource.host == \"{host}\" }};\n"
    );
    let folder = repo.home().join(".config/countersign");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("policy.cedar"), rule).unwrap();
    let said = pull_from(&hub, &repo, &["o/r"]).exits(11);
    says(&said, "not there (rule `no-cdn`)");
    assert!(cdn.asked().is_empty());
}

#[test]
fn parts_of_a_model_are_fetched_together() {
    let repo = TestRepo::empty();
    let (one, two) = (gguf(3000, 12), gguf(4000, 13));
    let files = vec![
        ("q/m-Q4_K_M-00001-of-00002.gguf", Arc::clone(&one)),
        ("q/m-Q4_K_M-00002-of-00002.gguf", Arc::clone(&two)),
    ];
    let cdn = cdn(files.clone());
    let hub = hub(files, &cdn.address);
    says(
        &pull_from(&hub, &repo, &["o/r:q4_k_m"]).exits(0),
        "installed `m-q4_k_m`, checksum verified",
    );
    let shown = repo.run(["model", "show", "m-q4_k_m", "--json"]).exits(0).json();
    assert_eq!((&shown["bytes"], &shown["installed"]), (&7000.into(), &true.into()));
    let models = repo.home().join(".local/share/countersign/models/m-q4_k_m");
    let read = |name: &str| std::fs::read(models.join(name)).expect("a part");
    assert!(read("model-00001-of-00002.gguf") == *one);
    assert!(read("model-00002-of-00002.gguf") == *two);
}

#[test]
fn what_is_no_model_is_not_fetched() {
    let repo = TestRepo::empty();
    let page = Served { bytes: Arc::new(vec![b'<'; 9000]), ..Served::default() };
    let huge = Served { bytes: gguf(64, 14), ranges: true, ..Served::default() };
    let server = Server::new(move |path| match path {
        "/page.gguf" => Some(page.clone()),
        "/huge.gguf" => Some(Served {
            head: "Content-Range: bytes 0-3/900000000000000\r\n".into(),
            status: Some("206 Partial Content"),
            ranges: false,
            ..huge.clone()
        }),
        "/late.gguf" => Some(Served { status: Some("503 Later"), ..huge.clone() }),
        _ => None,
    });
    let at = |path: &str| pull(&repo, &[&format!("{}{path}", server.address)]);
    says(&at("/page.gguf").exits(1), "it does not start with `GGUF`");
    says(&at("/none.gguf").exits(1), "status 404");
    says(&at("/huge.gguf").exits(1), "not enough disk for `huge`");
    says(&at("/late.gguf").exits(1), "status 503 (it has trouble of its own)");
    says(&pull(&repo, &["http://example.org/m.gguf"]).exits(2), "without encryption");
}
