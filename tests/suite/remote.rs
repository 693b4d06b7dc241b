//! Models behind servers: what is asked, what is heard, and what goes wrong.

use std::process::Stdio;

use countersign::base::{Hint, Tokens};
use countersign::config::Mode;
use countersign::model::remote::{Endpoint, Kind, RemoteEngine};
use countersign::model::{
    Cancel, Completion, Delta, Engine, EngineError, Form, Sampling, Step, StopReason,
};
use countersign::policy::{Actor, Rules, judge};

use crate::model::user;
use crate::server::{Answer, Server, json, models, says, stream};
use crate::support::TestRepo;

const OLLAMA: &str = include_str!("../../fixtures/streams/ollama.sse");
const VLLM: &str = include_str!("../../fixtures/streams/vllm.sse");

fn connect(server: &Server, model: &str) -> Result<RemoteEngine, EngineError> {
    let endpoint = Endpoint::parse(&format!("{}{model}", server.url())).expect("an address");
    let rules = Rules::open(&std::env::temp_dir(), Mode::default()).expect("rules");
    let permit = judge(&rules, Actor::Person, endpoint.reach()).permit().expect("a permit");
    RemoteEngine::connect(endpoint, Tokens(8192), &permit, &Cancel::default())
}

fn ask(engine: &RemoteEngine) -> Result<Completion, EngineError> {
    engine.complete(&user("hi"), &Sampling::default(), &Cancel::default(), &mut |_| {})
}

/// What is said of an answer that fails, with its hint.
fn failure(answer: Answer) -> String {
    let server = Server::start(models("library"), vec![answer]);
    let error = connect(&server, "").and_then(|engine| ask(&engine)).err();
    shown(&error.expect("it fails"), &server)
}

fn shown(error: &EngineError, server: &Server) -> String {
    let hint = error.hint().unwrap_or_default();
    format!("{error} ({hint})").replace(&server.url(), "URL")
}

#[test]
fn an_answer_streams_and_is_whole() {
    let server = Server::start(models("library"), vec![stream(OLLAMA)]);
    let engine = connect(&server, "").unwrap();
    assert_eq!(engine.server().kind, Kind::Ollama);
    assert_eq!(engine.info().name, format!("{}#big", server.url()));
    let mut said = String::new();
    let mut hear = |delta| {
        if let Delta::Text(text) = delta {
            said += &text;
        }
    };
    let prompt = user("hi");
    let answer =
        engine.complete(&prompt, &Sampling::default(), &Cancel::default(), &mut hear).unwrap();
    assert_eq!((answer.text.as_str(), said.as_str()), ("It is so.", "It is so."));
    assert_eq!((answer.usage.prompt, answer.usage.completion), (Tokens(9), Tokens(8)));
    assert_eq!(server.conversations()[0]["messages"][0]["content"], "hi");
}

#[test]
fn an_answer_that_is_no_stream_is_one_too() {
    let whole = r#"{"choices":[{"message":{"role":"assistant","content":"all"},"finish_reason":"stop"}],
                    "usage":{"prompt_tokens":3,"completion_tokens":1}}"#;
    let server = Server::start(models("library"), vec![json(200, whole)]);
    let answer = ask(&connect(&server, "").unwrap()).unwrap();
    assert_eq!((answer.text.as_str(), answer.usage.completion), ("all", Tokens(1)));
}

#[test]
fn a_stream_that_marks_its_end_need_not_say_why_it_ended() {
    let event = "data: {\"choices\":[{\"delta\":{\"content\":\"all\"}}]}\n\n";
    let server = Server::start(models("x"), vec![stream(&format!("{event}data: [DONE]\n\n"))]);
    let answer = ask(&connect(&server, "").unwrap()).unwrap();
    assert_eq!((answer.text.as_str(), answer.stop), ("all", StopReason::Finished));
}

#[test]
fn failures_say_what_to_do() {
    let missing = r#"{"error":{"message":"model 'big' not found"}}"#;
    let long = r#"{"error":{"code":"context_length_exceeded","message":"no"}}"#;
    let broken = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"cho\n\n";
    let filtered = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\n";
    let mid_error = "data: {\"error\":{\"message\":\"out of\\u001b[2J memory\"}}\n\n";
    let elsewhere = "location: http://elsewhere.example/v1\r\n".to_owned();
    let page = || b"<html>hello</html>".to_vec();
    let said = [
        failure(json(401, r#"{"error":{"message":"bad key abc"}}"#)),
        failure(json(404, missing)),
        failure(json(400, long)),
        failure(json(400, r#"{"error":{"message":"temperature is wrong"}}"#)),
        failure(json(500, "oh\r\n\r\nno")),
        failure(json(429, "{}")),
        failure(Answer::Whole(307, elsewhere, Vec::new())),
        failure(Answer::Whole(200, "content-type: text/html\r\n".into(), page())),
        failure(Answer::Whole(200, String::new(), page())),
        failure(stream(broken)),
        failure(stream(filtered)),
        failure(stream(mid_error)),
        failure(stream("")),
        failure(Answer::Cut(b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n".to_vec())),
    ];
    insta::assert_snapshot!(said.join("\n"), @r"
    `URL` wants a key (put the key into a variable, and its name into your own configuration: `[remotes.NAME]` with `url` and `key_env`)
    `URL` has no model `big` (put one behind the address: `#big`)
    the prompt has 1 tok and may be answered with 256 tok, but the context of `big` holds 8192 tok (give fewer or smaller files with `--file`, or set `model.context` higher)
    `URL` said no (HTTP 400): temperature is wrong (the log of the server may say more)
    `URL` said no (HTTP 500): oh no (the log of the server may say more)
    `URL` is busy (HTTP 429) (try again later)
    `URL` sends elsewhere, to `http://elsewhere.example/v1` (redirects are not followed; if that is the right place, name it)
    what answers at `URL` is no model: it sent a web page (the address of an API mostly ends in `/v1`: http://127.0.0.1:8080/v1)
    what answers at `URL` is no model: it sent a web page (the address of an API mostly ends in `/v1`: http://127.0.0.1:8080/v1)
    what `URL` sent cannot be read: EOF while parsing a string at line 1 column 5 (the server, or what stands before it, does not keep to the interface)
    `URL` broke off: it ended the answer itself (`content_filter`) (the log of the server may say more)
    `URL` broke off: out of [2J memory (the log of the server may say more)
    the connection to `URL` was lost in the middle of an answer (the server may have ended, or the prompt may be longer than it holds; see its own log)
    the connection to `URL` was lost in the middle of an answer (the server may have ended, or the prompt may be longer than it holds; see its own log)
    ");
}

#[test]
fn what_never_ends_is_given_up() {
    let line = failure(Answer::Endless(vec![b'x'; 1 << 16]));
    assert!(line.contains("an event is too large"), "{line}");
    let event = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n",
        "x".repeat(1 << 20)
    );
    let text = failure(Answer::Endless(event.into_bytes()));
    assert!(text.contains("the answer is too large"), "{text}");
}

#[test]
fn a_server_that_cannot_take_a_request_is_asked_again_a_few_times() {
    let busy = || Answer::Whole(503, "retry-after: 0\r\n".into(), b"{}".to_vec());
    let server = Server::start(models("library"), vec![busy(), Answer::Nothing, says("there")]);
    let answer = ask(&connect(&server, "").unwrap()).unwrap();
    assert_eq!((answer.text.as_str(), server.conversations().len()), ("there", 3));
    let server = Server::start(models("library"), vec![busy()]);
    let error = ask(&connect(&server, "").unwrap()).unwrap_err();
    assert_eq!(shown(&error, &server), "`URL` is busy (HTTP 503) (try again later)");
    assert_eq!(server.conversations().len(), 4);
}

#[test]
fn nothing_is_sent_twice_once_a_word_was_heard() {
    let begun = b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n".to_vec();
    let server = Server::start(models("library"), vec![Answer::Cut(begun), says("again")]);
    ask(&connect(&server, "").unwrap()).unwrap_err();
    assert_eq!(server.conversations().len(), 1);
}

#[test]
fn what_the_model_does_not_support_is_not_sent_again() {
    let refused = r#"{"error":{"code":"unsupported_value","param":"temperature","message":"no"}}"#;
    let server = Server::start(models("x"), vec![json(400, refused), says("yes")]);
    let engine = connect(&server, "").unwrap();
    assert_eq!(ask(&engine).unwrap().text, "yes");
    ask(&engine).unwrap();
    let sent = server.conversations();
    let has = |at: usize| sent[at].get("temperature").is_some();
    assert_eq!((sent.len(), has(0), has(1), has(2)), (3, true, false, false));
}

#[test]
fn a_form_that_the_server_refuses_is_still_checked() {
    let refused = r#"{"error":{"message":"cannot compile this grammar"}}"#;
    let server = Server::start(models("vllm"), vec![json(400, refused), says("yes"), says("hm")]);
    let engine = connect(&server, "").unwrap();
    let form = Some(Form::Lark("start: \"yes\"".into()));
    let sampling = Sampling { form, ..Sampling::default() };
    let ask = || engine.complete(&user("hi"), &sampling, &Cancel::default(), &mut |_| {}).unwrap();
    assert_eq!([ask().stop, ask().stop], [StopReason::Finished, StopReason::DeadEnd]);
    let sent = server.conversations();
    let has = |at: usize| sent[at].get("structured_outputs").is_some();
    assert_eq!((sent.len(), has(0), has(1), has(2)), (3, true, false, false));
}

#[test]
fn a_silent_server_is_left_when_asked_to_stop() {
    let begun = b"data: {\"choices\":[{\"delta\":{\"content\":\"so far\"}}]}\n\n".to_vec();
    for (said, expected) in [(Vec::new(), ""), (begun, "so far")] {
        let server = Server::start(models("library"), vec![Answer::Hang(said)]);
        let engine = connect(&server, "").unwrap();
        let cancel = Cancel::default();
        let answer = std::thread::scope(|scope| {
            let asking = scope.spawn(|| {
                let mut hear = |delta| {
                    if matches!(delta, Delta::Text(_)) {
                        cancel.cancel();
                    }
                };
                engine.complete(&user("hi"), &Sampling::default(), &cancel, &mut hear).unwrap()
            });
            server.begun.recv().unwrap();
            if expected.is_empty() {
                cancel.cancel();
            }
            asking.join().unwrap()
        });
        assert_eq!((answer.text.as_str(), answer.stop), (expected, StopReason::Cancelled));
        // The connection is closed, so that the server can stop, too.
        server.left.recv().unwrap();
    }
}

#[test]
fn a_time_limit_ends_the_wait_for_a_silent_server() {
    let server = Server::start(models("library"), vec![Answer::Hang(Vec::new())]);
    let engine = connect(&server, "").unwrap();
    let cancel = Cancel::default().until(Some(std::time::Instant::now()));
    let answer = engine.complete(&user("hi"), &Sampling::default(), &cancel, &mut |_| {}).unwrap();
    assert_eq!((answer.text.as_str(), answer.stop), ("", StopReason::Cancelled));
    assert!(server.conversations().is_empty());
}

#[test]
fn a_server_that_falls_silent_is_given_up_after_its_time() {
    let server = Server::start(models("library"), vec![Answer::Hang(Vec::new())]);
    let mut endpoint = Endpoint::parse(&server.url()).unwrap();
    endpoint.silence = std::time::Duration::from_millis(300);
    let rules = Rules::open(&std::env::temp_dir(), Mode::default()).unwrap();
    let permit = judge(&rules, Actor::Person, endpoint.reach()).permit().unwrap();
    let engine =
        RemoteEngine::connect(endpoint, Tokens(8192), &permit, &Cancel::default()).unwrap();
    let error = ask(&engine).unwrap_err();
    assert!(shown(&error, &server).starts_with("`URL` said nothing for 0 s"), "{error}");
}

#[test]
fn candidates_come_side_by_side_and_in_order() {
    let server = Server::start(models("vllm"), vec![stream(VLLM)]);
    let engine = connect(&server, "").unwrap();
    let samplings: Vec<Sampling> =
        (0..11).map(|seed| Sampling { seed, ..Sampling::default() }).collect();
    let mut ended = Vec::new();
    let mut on_step = |at, step| {
        if let Step::Ended(answer) = step {
            ended.push((at, answer.text));
        }
    };
    let answers =
        engine.candidates(&user("hi"), &samplings, &Cancel::default(), &mut on_step).unwrap();
    assert!(answers.len() == 11 && answers.iter().all(|answer| answer.text == "one two"));
    ended.sort();
    let expected: Vec<_> = (0..11).map(|at| (at, "one two".to_owned())).collect();
    assert_eq!(ended, expected);
    let mut seeds: Vec<_> =
        server.conversations().iter().filter_map(|body| body["seed"].as_u64()).collect();
    seeds.sort_unstable();
    assert_eq!(seeds, (0..11).collect::<Vec<u64>>());
}

#[test]
fn one_candidate_that_fails_ends_the_others() {
    let hangs = Answer::Hang(Vec::new());
    let server =
        Server::start(models("vllm"), vec![hangs, json(400, r#"{"error":{"message":"no"}}"#)]);
    let engine = connect(&server, "").unwrap();
    let samplings = vec![Sampling::default(); 2];
    let error =
        engine.candidates(&user("hi"), &samplings, &Cancel::default(), &mut |_, _| {}).unwrap_err();
    assert_eq!(
        shown(&error, &server),
        "`URL` said no (HTTP 400): no (the log of the server may say more)"
    );
    server.left.recv().unwrap();
}

#[test]
fn a_model_is_chosen_from_what_the_server_has() {
    let list = r#"{"data":[{"id":"qwen-7b","owned_by":"vllm","max_model_len":4096},
                   {"id":"qwen-coder-32b","owned_by":"vllm","max_model_len":32768}]}"#;
    let server = Server::start(list.to_owned(), vec![says("x")]);
    let said = |model: &str| match connect(&server, model) {
        Ok(engine) => format!("{} {}", engine.server().model, engine.info().context),
        Err(error) => shown(&error, &server),
    };
    insta::assert_snapshot!(["", "#qwen-7b", "#qwen-coder-23b"].map(said).join("\n"), @r"
    `URL` has several models, and none is named (put one behind the address: `#qwen-7b`, `#qwen-coder-32b`)
    qwen-7b 4096 tok
    `URL` has no model `qwen-coder-23b` (put one behind the address: `#qwen-coder-32b`, `#qwen-7b`)
    ");
}

#[test]
fn tokens_are_counted_by_the_server_and_estimated_without_it() {
    let questions =
        |server: &Server| server.asked().iter().filter(|asked| asked.path == "/tokenize").count();
    for owner in ["vllm", "llamacpp"] {
        let server = Server::start(models(owner), vec![says("x")]);
        let engine = connect(&server, "").unwrap();
        let before = questions(&server);
        assert_eq!([engine.count("a b c"), engine.count("a b c")], [Tokens(3), Tokens(3)]);
        assert_eq!((engine.count(""), questions(&server)), (Tokens(0), before + 1));
        // A tokenizer that broke once is not asked again.
        assert_eq!([engine.count("BREAK"), engine.count("a b c d")], [Tokens(2), Tokens(2)]);
        assert_eq!(questions(&server), before + 2);
    }
    let server = Server::start(models("library"), vec![says("x")]);
    assert_eq!(connect(&server, "").unwrap().count("1234567"), Tokens(2));
    assert_eq!(questions(&server), 0);
}

#[test]
fn what_cannot_fit_is_refused_before_it_is_sent_unless_the_server_minds_it() {
    let long = user(&"word ".repeat(9000));
    let ask = |server: &Server| {
        let engine = connect(server, "").unwrap();
        let answer = engine.complete(&long, &Sampling::default(), &Cancel::default(), &mut |_| {});
        (engine.info().context, answer.is_err())
    };
    // Nobody says how much Ollama takes, and it would cut the prompt.
    let server = Server::start(models("library"), vec![says("x")]);
    assert_eq!(ask(&server), (Tokens(8192), true));
    assert!(server.conversations().is_empty());
    let server = Server::start(models("llamacpp"), vec![says("x")]);
    assert_eq!(ask(&server), (Tokens(2048), false));
}

#[test]
fn what_is_no_server_is_told_at_once() {
    let page = Answer::Whole(200, "content-type: text/html\r\n".into(), b"<p>hi".to_vec());
    let server = Server::start(page, vec![says("x")]);
    let error = connect(&server, "").unwrap_err();
    assert!(
        shown(&error, &server).starts_with("what answers at `URL` is no model: it sent a web page")
    );
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let repo = TestRepo::with(&[("a.py", "def f():\n    return 1\n")]);
    let said = repo.run(["-m", &format!("http://{free}/v1"), "propose", "change f"]).exits(13);
    let said = said.whole().replace(&free.to_string(), "ADDRESS");
    insta::assert_snapshot!(said, @r"
    exit: 13
    ----- stdout
    ----- stderr
    error: nothing answers at `http://ADDRESS/v1`: the connection was refused
    hint: is the server running, and is the port right?
    ");
}

#[test]
fn a_server_of_the_configuration_proposes_and_its_key_is_nowhere() {
    let secret = ["sk", "live", "0123456789"].join("-");
    let reply = "EDIT a.py f\n```python\ndef f():\n    return 2\n```\n";
    let server = Server::start(models("library"), vec![says(reply)]);
    let repo = TestRepo::with(&[("a.py", "def f():\n    return 1\n")]);
    let config = format!("[remotes.big]\nurl = \"{}\"\nkey_env = \"BIG_KEY\"\n", server.url());
    repo.write("../home/.config/countersign/config.toml", config);
    let listed = repo.run(["model", "list"]).exits(0).stdout.replace(&server.url(), "URL");
    let first = listed.lines().next().unwrap_or_default().to_owned();
    assert_eq!(first.split_whitespace().collect::<Vec<_>>()[..3], ["big", "remote", "URL,"]);
    let shown = repo.run(["model", "show", "big"]).exits(0).stdout.replace(&server.url(), "URL");
    insta::assert_snapshot!(shown, @r"
    name     big
    state    remote
    url      URL
    key      $BIG_KEY is not set
    ");
    assert!(repo.run(["doctor"]).exits(0).stdout.contains("BIG_KEY is not set"));
    assert!(server.asked().is_empty(), "{:?}", server.asked());
    let said = repo.run(["-m", "big", "propose", "let f return 2"]).exits(13);
    assert!(said.stderr.contains("the variable `BIG_KEY`"), "{}", said.stderr);

    let run = |args: &[&str]| {
        let mut command = repo.command(args);
        command.env("BIG_KEY", &secret).env("RUST_LOG", "trace").env("COUNTERSIGN_LOG", "trace");
        repo.finish(command)
    };
    let said = run(&["-m", "big", "propose", "let f return 2"]).exits(0);
    let sent = format!("authorization: Bearer {secret}");
    assert!(server.asked().iter().all(|asked| asked.head.contains(&sent)));
    let shown = run(&["model", "show", "big", "--reach"]).exits(0);
    assert!(shown.stdout.contains("Ollama"), "{}", shown.stdout);
    let mut everything = said.whole() + &shown.whole();
    for args in
        [&["journal", "list"][..], &["config", "show"], &["doctor"], &["journal", "show", "4"]]
    {
        everything += &run(args).whole();
    }
    let journal = repo.root().join(".git/countersign");
    for entry in std::fs::read_dir(journal).unwrap().flatten() {
        everything += &String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap_or_default());
    }
    assert!(everything.contains("let f return 2") && !everything.contains(&secret));
}

#[test]
fn a_key_that_a_server_repeats_is_blanked() {
    let secret = ["sk", "live", "abc"].join("-");
    let echo = format!(r#"{{"error":{{"message":"no such field, {secret}"}}}}"#);
    let repo = TestRepo::with(&[("a.py", "def f():\n    return 1\n")]);
    for status in [400, 401, 404, 500] {
        let server = Server::start(models("library"), vec![json(status, &echo)]);
        let url = format!("remotes.big.url={}", server.url());
        let args = ["-c", &url, "-c", "remotes.big.key_env=BIG_KEY", "-m", "big", "propose", "x f"];
        let mut command = repo.command(args);
        command.env("BIG_KEY", &secret);
        let said = repo.finish(command).exits(1).whole();
        assert!(said.contains("HTTP ") || said.contains("BIG_KEY"), "{said}");
        assert!(!said.contains(&secret), "{said}");
    }
}

#[test]
fn a_clone_sends_nothing_anywhere() {
    let server = Server::start(models("library"), vec![says("x")]);
    let repo = TestRepo::with(&[("a.py", "def f():\n    return 1\n")]);
    let config = format!("model.name = \"{0}\"\n[remotes.big]\nurl = \"{0}\"\n", server.url());
    repo.write(".countersign/config.toml", config);
    let said = repo.run(["propose", "change f"]).exits(13);
    assert!(
        said.stderr.contains("a clone must not choose where your code is sent"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("a clone may name a model, not bring one"), "{}", said.stderr);
    assert!(server.asked().is_empty());
}

#[test]
fn a_rule_keeps_a_host_from_being_reached() {
    let server = Server::start(models("library"), vec![says("x")]);
    let repo = TestRepo::with(&[("a.py", "def f():\n    return 1\n")]);
    let rule = "@id(\"no-servers\")\n@why(\"code stays here\")\n\
                forbid (principal, action == Action::\"reach\", resource);\n";
    repo.write(".countersign/policy.cedar", rule);
    let said = repo.run(["-m", &server.url(), "propose", "change f"]).exits(11);
    assert!(said.stderr.contains("code stays here (rule `no-servers`)"), "{}", said.stderr);
    assert!(server.asked().is_empty());
}

#[test]
fn a_rule_of_the_repository_holds_in_its_folders() {
    let server = Server::start(models("library"), vec![says("x")]);
    let repo = TestRepo::with(&[("sub/a.py", "def f():\n    return 1\n")]);
    let rule = "@id(\"no-servers\") forbid (principal, action == Action::\"reach\", resource);\n";
    repo.write(".countersign/policy.cedar", rule);
    let url = server.url();
    let (remote, file) = (format!("remotes.big.url={url}"), format!("{url}/m.gguf"));
    for args in [
        &["-c", remote.as_str(), "model", "show", "big", "--reach"][..],
        &["-m", url.as_str(), "model", "calibrate", "--tools"],
        &["model", "pull", file.as_str()],
    ] {
        let said = repo.run(["-C", "sub"].iter().chain(args)).exits(11);
        assert!(said.stderr.contains("(rule `no-servers`)"), "{args:?}: {}", said.stderr);
    }
    assert!(server.asked().is_empty(), "{:?}", server.asked());
}

#[test]
fn an_interrupt_ends_a_task_whose_server_is_silent() {
    let server = Server::start(models("library"), vec![Answer::Hang(Vec::new())]);
    let repo = TestRepo::with(&[("a.py", "def f():\n    return 1\n")]);
    let mut command = repo.command(["-m", &server.url(), "propose", "change f"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    server.begun.recv().unwrap();
    let id = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGINT).unwrap();
    server.left.recv().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    repo.run(["journal", "verify"]).exits(0);
}
