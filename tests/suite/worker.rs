//! The process in which a model runs: it may die, and nothing else does.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use countersign::base::Tokens;
use countersign::model::{
    Cancel, Delta, Engine, EngineError, ModelFile, Sampling, Settings, StopReason, WORKER,
    WorkerEngine,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::model::{user, weights};

const BINARY: &str = env!("CARGO_BIN_EXE_countersign");

fn file() -> ModelFile {
    ModelFile { name: "smollm2-135m".into(), path: weights(), digest: None }
}

fn start(program: &Path) -> WorkerEngine {
    WorkerEngine::start(program, &file(), Settings::default()).expect("the model loads")
}

fn greedy(max_tokens: u32) -> Sampling {
    Sampling { max_tokens: Tokens(max_tokens), ..Sampling::default() }
}

fn end(process: u32) {
    kill(Pid::from_raw(process.cast_signed()), Signal::SIGKILL).expect("it runs");
}

/// A program in `folder` that writes its number into the file `process` and becomes the worker.
#[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
fn noting_itself(folder: &TempDir) -> (PathBuf, PathBuf) {
    let (program, process) = (folder.path().join("program"), folder.path().join("process"));
    let text = format!("#!/bin/sh\necho $$ >'{}'\nexec '{BINARY}' \"$@\"\n", process.display());
    fs::write(&program, text).expect("write");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("mode");
    (program, process)
}

fn noted(process: &Path) -> u32 {
    let text = fs::read_to_string(process).expect("it noted itself");
    text.trim().parse().expect("a number")
}

#[test]
fn a_worker_that_is_killed_is_replaced_and_the_answer_is_the_same() {
    let engine = start(Path::new(BINARY));
    let prompt = user("The lighthouse keeper is called Ingrid. Who keeps the lighthouse?");
    let whole =
        engine.complete(&prompt, &greedy(24), &Cancel::default(), &mut |_| {}).expect("an answer");
    let (process, alive) = (engine.process(), Cell::new(true));
    let (mut deaths, mut text) = (Vec::new(), String::new());
    let mut on_delta = |delta| match delta {
        Delta::Written(tokens) if tokens.0 >= 5 && alive.replace(false) => end(process),
        Delta::Restarted(why) => {
            deaths.push(why);
            text.clear();
        }
        Delta::Text(more) => text += &more,
        _ => {}
    };
    let again = engine.complete(&prompt, &greedy(24), &Cancel::default(), &mut on_delta);
    let again = again.expect("an answer");
    assert_eq!(deaths, ["SIGKILL"]);
    assert_eq!((&again.text, &text), (&whole.text, &whole.text));
    assert_ne!(engine.process(), process);

    end(engine.process());
    assert_eq!(engine.count("one two three"), Tokens(3), "a new one counts");
}

#[test]
fn a_prompt_that_kills_every_worker_is_an_error_and_the_next_one_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let (program, process) = noting_itself(&folder);
    let engine = start(&program);
    let mut killed = 0;
    let mut on_delta = |delta| {
        if matches!(delta, Delta::Written(_)) && killed < 2 {
            end(noted(&process));
            killed += 1;
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    let prompt = user("Count to a thousand.");
    match engine.complete(&prompt, &greedy(500), &Cancel::default(), &mut on_delta) {
        Err(EngineError::Died { how, .. }) => assert_eq!(how, "SIGKILL"),
        other => panic!("{other:?}"),
    }
    let next = engine.complete(&prompt, &greedy(3), &Cancel::default(), &mut |_| {}).unwrap();
    assert_eq!(next.usage.completion, Tokens(3));
}

#[test]
fn cancels_reach_the_worker_and_are_over_with_the_answer() {
    let engine = start(Path::new(BINARY));
    let cancel = Cancel::default();
    let prompt = user("Count to a thousand.");
    let mut on_delta = |delta| {
        if matches!(delta, Delta::Written(Tokens(3..))) {
            cancel.cancel();
        }
    };
    let cut = engine.complete(&prompt, &greedy(2000), &cancel, &mut on_delta).unwrap();
    assert_eq!(cut.stop, StopReason::Cancelled);
    assert!(cut.usage.completion < Tokens(2000), "{:?}", cut.usage);
    let next = engine.complete(&prompt, &greedy(8), &Cancel::default(), &mut |_| {}).unwrap();
    assert_eq!((next.stop, next.usage.completion), (StopReason::Length, Tokens(8)));
}

#[test]
fn what_cannot_be_loaded_is_said_as_without_a_worker() {
    let missing = ModelFile { name: "m".into(), path: "/no/such.gguf".into(), digest: None };
    let error = WorkerEngine::start(Path::new(BINARY), &missing, Settings::default());
    let error = error.err().expect("no such file").to_string();
    assert!(error.starts_with("cannot load the model `m`: "), "{error}");

    let error = WorkerEngine::start(Path::new("/no/such/program"), &file(), Settings::default());
    let error = error.err().expect("no such program").to_string();
    assert!(error.contains("its process cannot be started"), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let (program, _) = noting_itself(&folder);
    #[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
    fs::write(&program, "#!/bin/sh\necho 'GGML_ASSERT(ne > 0) failed' >&2\nkill -ABRT $$\n")
        .unwrap();
    let error = WorkerEngine::start(&program, &file(), Settings::default());
    let error = error.err().expect("it aborts").to_string();
    assert!(error.ends_with("its process ended: SIGABRT: GGML_ASSERT(ne > 0) failed"), "{error}");
}

#[test]
fn a_worker_ends_with_whoever_started_it() {
    let folder = tempfile::tempdir().unwrap();
    let (program, process) = noting_itself(&folder);
    let engine = start(&program);
    drop(engine);
    assert!(!Path::new(&format!("/proc/{}", noted(&process))).exists());

    // The other end of its input goes, and nothing is said before.
    #[allow(clippy::disallowed_methods, reason = "the program under test")]
    let mut child = Command::new(BINARY)
        .arg(WORKER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
