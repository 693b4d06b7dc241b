//! A server on this machine that says what a script says: one answer for each request, in turn for
//! conversations, and the same always for questions about itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

/// How the server answers one conversation.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Status, further headers (each with its line end), and a body.
    Whole(u16, String, Vec<u8>),
    /// These bytes of a stream, and then the connection is kept open without a word.
    Hang(Vec<u8>),
    /// These bytes of a stream, and then the connection is cut.
    Cut(Vec<u8>),
    /// The connection is cut before anything is said.
    Nothing,
    /// This over and over, until nobody listens.
    Endless(Vec<u8>),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    /// Lines of the head, in small letters up to the colon.
    pub(crate) head: Vec<String>,
    pub(crate) body: String,
}

/// The server. It ends with the process.
pub(crate) struct Server {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// One word for each answer that hung and whose connection was then closed by the other side.
    pub(crate) left: Receiver<()>,
    /// One word for each conversation that has begun.
    pub(crate) begun: Receiver<()>,
}

/// The list of one model that belongs to `owner`.
pub(crate) fn models(owner: &str) -> String {
    format!(r#"{{"object":"list","data":[{{"id":"big","owned_by":"{owner}"}}]}}"#)
}

/// A stream with these bytes as its answer.
pub(crate) fn stream(body: &str) -> Answer {
    Answer::Whole(200, "content-type: text/event-stream\r\n".into(), body.as_bytes().to_vec())
}

/// JSON with a status.
pub(crate) fn json(status: u16, body: &str) -> Answer {
    Answer::Whole(status, "content-type: application/json\r\n".into(), body.as_bytes().to_vec())
}

/// A stream in which a model says `text` in words.
pub(crate) fn says(text: &str) -> Answer {
    let event = |delta: serde_json::Value, finish: Option<&str>| {
        let choice = serde_json::json!({ "index": 0, "delta": delta, "finish_reason": finish });
        format!("data: {}\n\n", serde_json::json!({ "choices": [choice] }))
    };
    let words =
        text.split_inclusive(' ').map(|it| event(serde_json::json!({ "content": it }), None));
    let words: String = words.collect();
    stream(&format!("{words}{}data: [DONE]\n\n", event(serde_json::json!({}), Some("stop"))))
}

impl Server {
    /// Starts a server that lists `models` and answers conversations with `answers` in turn, the
    /// last one ever after.
    pub(crate) fn start(models: impl Into<Answer>, answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("address").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let ((leaving, left), (beginning, begun)) = (mpsc::channel(), mpsc::channel());
        let (seen, models) = (asked.clone(), models.into());
        let turn = Arc::new(Mutex::new(0_usize));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, models, answers) = (seen.clone(), models.clone(), answers.clone());
                let (turn, leaving, beginning) = (turn.clone(), leaving.clone(), beginning.clone());
                std::thread::spawn(move || {
                    let Some(request) = read(&stream) else { return };
                    let is_conversation = request.path.ends_with("/chat/completions");
                    let is_list = request.path.ends_with("/models");
                    let own = own(&request);
                    seen.lock().expect("asked").push(request);
                    let answer = if is_conversation {
                        let mut turn = turn.lock().expect("turn");
                        let at = (*turn).min(answers.len() - 1);
                        *turn += 1;
                        let _ = beginning.send(());
                        answers[at].clone()
                    } else if is_list {
                        models
                    } else {
                        own
                    };
                    play(&stream, answer, &leaving);
                });
            }
        });
        Self { port, asked, left, begun }
    }

    /// The address of its API.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("asked").clone()
    }

    /// The bodies of the conversations so far.
    pub(crate) fn conversations(&self) -> Vec<serde_json::Value> {
        let asked = self.asked();
        let conversations = asked.iter().filter(|it| it.path.ends_with("/chat/completions"));
        conversations.map(|it| serde_json::from_str(&it.body).expect("JSON")).collect()
    }
}

/// What servers have beside the interface: a tokenizer that counts words, and breaks at one of them;
/// the context that llama-server was started with.
fn own(request: &Asked) -> Answer {
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap_or_default();
    let text = body["prompt"].as_str().or(body["content"].as_str()).unwrap_or_default();
    match request.path.as_str() {
        "/tokenize" if text.contains("BREAK") => json(500, "{}"),
        "/tokenize" => {
            let tokens: Vec<usize> = (0..text.split_whitespace().count()).collect();
            json(200, &serde_json::json!({ "count": tokens.len(), "tokens": tokens }).to_string())
        }
        "/props" => json(200, r#"{"default_generation_settings":{"n_ctx":2048}}"#),
        _ => json(404, "{}"),
    }
}

impl From<String> for Answer {
    fn from(models: String) -> Self {
        json(200, &models)
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        let Some((name, value)) = line.split_once(':') else { break };
        let name = name.to_lowercase();
        if name == "content-length" {
            length = value.trim().parse().ok()?;
        }
        head.push(format!("{name}:{value}"));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { path, head, body: String::from_utf8(body).ok()? })
}

fn play(mut stream: &TcpStream, answer: Answer, leaving: &Sender<()>) {
    let opening =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk =
        |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    // Whoever asked may have gone, which ends the answer.
    let _ = match answer {
        Answer::Whole(status, head, body) => {
            let head = format!(
                "HTTP/1.1 {status} X\r\n{head}content-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(&[head.as_bytes(), &body].concat())
        }
        Answer::Hang(bytes) => {
            let begin = [opening.as_bytes(), &if bytes.is_empty() { bytes } else { chunk(&bytes) }];
            let sent = stream.write_all(&begin.concat());
            // Ends when the other side closes.
            let _ = stream.read(&mut [0]);
            let _ = leaving.send(());
            sent
        }
        Answer::Cut(bytes) => stream.write_all(&[opening.as_bytes(), &chunk(&bytes)].concat()),
        Answer::Nothing => Ok(()),
        Answer::Endless(bytes) => {
            let mut sent = stream.write_all(opening.as_bytes());
            while sent.is_ok() {
                sent = stream.write_all(&chunk(&bytes));
            }
            sent
        }
    };
}
