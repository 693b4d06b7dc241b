//! A server on this machine that answers as it is told: in parts or not, cut short, slow, elsewhere.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};

/// A file, and how it is served.
#[derive(Clone, Default)]
pub(crate) struct Served {
    pub(crate) bytes: Arc<Vec<u8>>,
    pub(crate) etag: Option<&'static str>,
    /// Whether ranges are given.
    pub(crate) ranges: bool,
    /// Where to cut a connection, counted from its first byte.
    pub(crate) cut: Option<usize>,
    /// From which byte of the file on nothing comes any more, though the connection stays.
    pub(crate) stall: Option<usize>,
    /// Where to go instead.
    pub(crate) elsewhere: Option<String>,
    /// More lines of the head.
    pub(crate) head: String,
    pub(crate) status: Option<&'static str>,
}

/// What was asked, and how many bytes were sent for it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) range: Option<(usize, usize)>,
    pub(crate) token: bool,
    pub(crate) sent: usize,
}

/// The server; it serves until the tests end.
pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) log: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Serves what `files` gives for a path.
    pub(crate) fn new(files: impl Fn(&str) -> Option<Served> + Send + Sync + 'static) -> Self {
        Self::telling(files, None)
    }

    /// The same; `stalled` hears of every connection that stalls.
    pub(crate) fn telling(
        files: impl Fn(&str) -> Option<Served> + Send + Sync + 'static,
        stalled: Option<Sender<()>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        let address = format!("http://{}", listener.local_addr().expect("address"));
        let log: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (files, kept) = (Arc::new(files), Arc::clone(&log));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (files, log, stalled) =
                    (Arc::clone(&files), Arc::clone(&kept), stalled.clone());
                std::thread::spawn(move || {
                    let (asked, stream) = read(stream);
                    let served = files(&asked.path);
                    let at = log.lock().map(|mut log| {
                        log.push(asked.clone());
                        log.len() - 1
                    });
                    let mut count = |bytes| {
                        if let (Ok(at), Ok(mut log)) = (&at, log.lock()) {
                            log[*at].sent += bytes;
                        }
                    };
                    // A client that has heard enough hangs up.
                    let _ = answer(stream, &asked, served, &mut count, stalled.as_ref());
                });
            }
        });
        Self { address, log }
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.log.lock().expect("log").clone()
    }

    /// Bytes of files that were sent so far.
    pub(crate) fn sent(&self) -> usize {
        self.asked().iter().map(|asked| asked.sent).sum()
    }
}

/// A file that begins like a model, is one of no tensors, and goes on for `length` bytes.
pub(crate) fn gguf(length: usize, seed: u8) -> Arc<Vec<u8>> {
    let mut bytes = b"GGUF\x03\0\0\0".to_vec();
    bytes.resize(24, 0);
    let mut state = u32::from(seed) | 1;
    bytes.resize_with(length.max(24), || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    Arc::new(bytes)
}

fn read(stream: TcpStream) -> (Asked, TcpStream) {
    let mut asked = Asked { path: String::new(), range: None, token: false, sent: 0 };
    let reader = BufReader::new(stream.try_clone().expect("stream"));
    for line in reader.lines().map_while(Result::ok).take_while(|line| !line.is_empty()) {
        let lower = line.to_lowercase();
        if asked.path.is_empty() {
            asked.path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        } else if let Some(range) = lower.strip_prefix("range: bytes=") {
            let (first, last) = range.split_once('-').expect("range");
            asked.range = Some((first.parse().expect("first"), last.parse().expect("last")));
        }
        asked.token |= lower.starts_with("authorization:");
    }
    (asked, stream)
}

fn answer(
    mut stream: TcpStream,
    asked: &Asked,
    served: Option<Served>,
    count: &mut dyn FnMut(usize),
    stalled: Option<&Sender<()>>,
) -> std::io::Result<()> {
    let Some(served) = served else {
        return stream.write_all(
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        );
    };
    let mut head = served.head.clone();
    if let Some(tag) = served.etag {
        head += &format!("ETag: {tag}\r\n");
    }
    if let Some(location) = &served.elsewhere {
        let text = format!(
            "HTTP/1.1 302 Found\r\n{head}Location: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        return stream.write_all(text.as_bytes());
    }
    let all = served.bytes.len();
    let (first, end, status) = match asked.range.filter(|_| served.ranges) {
        Some((first, last)) => {
            head += &format!("Content-Range: bytes {first}-{last}/{all}\r\n");
            (first, (last + 1).min(all), "206 Partial Content")
        }
        None => (0, all, "200 OK"),
    };
    let status = served.status.unwrap_or(status);
    let length = end - first;
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    let stop = served.stall.map_or(end, |stall| stall.clamp(first, end));
    let stop = served.cut.map_or(stop, |cut| stop.min(first + cut));
    for piece in served.bytes[first..stop].chunks(64 << 10) {
        stream.write_all(piece)?;
        count(piece.len());
    }
    if served.stall.is_some_and(|stall| stop == stall.clamp(first, end) && stop < end) {
        if let Some(stalled) = stalled {
            let _ = stalled.send(());
        }
        // Until the other side hangs up.
        let _ = std::io::Read::read(&mut stream, &mut [0]);
    }
    Ok(())
}
