//! What a confined command can do, shown by real ones.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use countersign::policy::sandbox::{CONFINED, around, offered};

use crate::support::{Said, TestRepo};

/// A repository, a folder to write in, and the sandbox around that. `None` where the kernel offers
/// none.
struct Place {
    repo: TestRepo,
    inside: PathBuf,
}

fn place() -> Option<Place> {
    offered()?;
    let repo = TestRepo::with(&[("a.txt", "public\n")]);
    let inside = repo.home().join("inside");
    fs::create_dir(&inside).expect("folder");
    Some(Place { repo, inside })
}

impl Place {
    fn run(&self, line: &str) -> Said {
        let sandbox = around(std::slice::from_ref(&self.inside), &self.repo.root());
        let sandbox = serde_json::to_string(&sandbox).expect("JSON");
        let mut command = self.repo.command([CONFINED, &sandbox, line]);
        command.env("HOME", std::env::var_os("HOME").unwrap_or_default());
        self.repo.finish(command)
    }

    /// Whether python does what `code` says, confined, where a plain python does.
    #[track_caller]
    fn python(&self, code: &str) -> bool {
        let file = self.inside.join("code.py");
        #[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
        fs::write(&file, code).expect("write");
        let line = format!("exec python3 '{}'", file.display());
        #[allow(clippy::disallowed_methods, reason = "the same without a sandbox")]
        let plain = std::process::Command::new("sh").args(["-c", &line]).output().expect("sh");
        assert!(plain.status.success(), "not confined: {plain:?}");
        let said = self.run(&line);
        assert!(said.code == 0 || said.stderr.contains("PermissionError"), "{said:?}");
        said.code == 0
    }
}

#[test]
fn a_confined_command_writes_in_its_folder_only() {
    let Some(place) = place() else { return };
    let (inside, outside) = (place.inside.join("x"), place.repo.home().join("x"));
    place.run(&format!("echo 1 >'{}' && cat '{0}'", inside.display())).exits(0);
    let said = place.run(&format!("echo 1 >'{}'", outside.display())).exits(2);
    assert!(said.stderr.contains("Permission denied"), "{}", said.stderr);
    assert!(inside.exists() && !outside.exists());

    let kept = place.repo.root().join("a.txt");
    for line in ["echo 2 >", "rm -f", "truncate -s 0", "ln", "mv"] {
        let target = if matches!(line, "ln" | "mv") { inside.parent() } else { None };
        let target = target.map(|to| to.join("y").display().to_string()).unwrap_or_default();
        let said = place.run(&format!("{line} '{}' {target}", kept.display()));
        assert_ne!(said.code, 0, "{line}: {said:?}");
    }
    assert_eq!(fs::read_to_string(kept).expect("still there"), "public\n");
}

#[test]
fn a_confined_command_reads_no_secrets() {
    let Some(place) = place() else { return };
    let ssh = place.repo.home().join(".ssh");
    fs::create_dir(&ssh).expect("folder");
    #[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
    fs::write(ssh.join("id"), "key").expect("write");
    place.repo.write(".env", "KEY=1\n");
    let root = place.repo.root();
    for file in [ssh.join("id"), root.join(".env"), root.join(".git/config")] {
        let said = place.run(&format!("cat '{}'", file.display())).exits(1);
        assert!(said.stdout.is_empty() && said.stderr.contains("Permission denied"), "{said:?}");
    }
    let said = place.run(&format!("cat '{}'", root.join("a.txt").display())).exits(0);
    assert_eq!(said.stdout, "public\n");
}

#[test]
fn a_confined_command_reaches_nobody() {
    let Some(place) = place() else { return };
    let tcp = TcpListener::bind("127.0.0.1:0").expect("TCP");
    let udp = UdpSocket::bind("127.0.0.1:0").expect("UDP");
    let path = place.repo.home().join("socket");
    let _service = UnixListener::bind(&path).expect("socket");
    let port = |address: std::io::Result<std::net::SocketAddr>| address.expect("address").port();
    for code in [
        format!(
            "import socket; socket.create_connection(('127.0.0.1', {}))",
            port(tcp.local_addr())
        ),
        format!(
            "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {}))",
            port(udp.local_addr())
        ),
        "import socket; socket.socket(socket.AF_INET6, socket.SOCK_STREAM)".to_owned(),
        format!("import socket; socket.socket(socket.AF_UNIX).connect('{}')", path.display()),
        format!("import os; os.kill({}, 0)", std::process::id()),
    ] {
        let signals = !code.contains("kill") || offered().is_some_and(|offered| offered.signals);
        assert_eq!(place.python(&code), !signals, "{code}");
    }
    assert!(place.python("import socket; a, b = socket.socketpair(); a.send(b'x'); b.recv(1)"));
    assert!(place.python("import multiprocessing; multiprocessing.Lock().acquire()"));
}

#[test]
fn what_it_starts_is_confined_too_and_has_no_terminal() {
    let Some(place) = place() else { return };
    let outside = place.repo.home().join("y");
    let said = place.run(&format!("sh -c 'sh -c \"echo >{}\"'", outside.display())).exits(2);
    assert!(said.stderr.contains("Permission denied"), "{}", said.stderr);
    place.run(": </dev/tty").exits(2);
}

#[test]
fn without_a_sandbox_nothing_runs() {
    let repo = TestRepo::bare_folder();
    let said = repo.run([CONFINED, "not json", "echo it ran"]).exits(125);
    assert_eq!(said.stdout, "");
    assert!(
        said.stderr.starts_with("countersign cannot confine this command: "),
        "{}",
        said.stderr
    );
}
