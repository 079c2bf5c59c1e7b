//! A web store that knows `GET` and `PUT` and wants a token: what a witness on the web is.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// The token it wants.
pub const TOKEN: &str = "t0ken";

/// The store; its thread ends with the test binary.
pub struct Store {
    pub port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    files: Mutex<HashMap<String, Vec<u8>>>,
    down: AtomicBool,
}

impl Store {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, shared) = (listener.local_addr().unwrap().port(), Arc::<Shared>::default());
        let its = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let its = Arc::clone(&its);
                std::thread::spawn(move || while its.answer(&stream).is_some() {});
            }
        });
        Self { port, shared }
    }

    /// What `OUINON_WITNESS` is set to.
    pub fn url(&self) -> String {
        format!("http://bearer:{TOKEN}@127.0.0.1:{}/logs", self.port)
    }

    /// From now on it breaks every connection, or does not any more.
    pub fn down(&self, down: bool) {
        self.shared.down.store(down, Ordering::SeqCst);
    }

    /// Stores something there, past the server.
    pub fn put(&self, path: &str, text: &str) {
        self.shared.files.lock().unwrap().insert(path.into(), text.into());
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.shared.files.lock().unwrap().clear();
    }

    /// What is stored there.
    pub fn file(&self, path: &str) -> Option<String> {
        let files = self.shared.files.lock().unwrap();
        files.get(path).map(|bytes| String::from_utf8(bytes.clone()).unwrap())
    }
}

impl Shared {
    /// Answers one request; `None` where the connection ends.
    fn answer(&self, mut stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let (mut first, mut length, mut known) = (String::new(), 0, false);
        reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim().split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().ok()?,
                "authorization" => known = value.trim() == format!("Bearer {TOKEN}"),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        if self.down.load(Ordering::SeqCst) {
            return None;
        }
        let mut words = first.split_whitespace();
        let (method, path) = (words.next()?, words.next()?.to_owned());
        let mut files = self.files.lock().unwrap();
        let (status, answer) = match (known, method) {
            (false, _) => ("401 Unauthorized", None),
            (true, "PUT") => {
                files.insert(path, body);
                ("201 Created", None)
            }
            (true, _) => match files.get(&path) {
                Some(bytes) => ("200 OK", Some(bytes.clone())),
                None => ("404 Not Found", None),
            },
        };
        let answer = answer.unwrap_or_default();
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", answer.len());
        stream.write_all(&[head.as_bytes(), &answer].concat()).ok()
    }
}
