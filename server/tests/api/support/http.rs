//! A small HTTP/1.1 client: one request, one connection, every byte in the test's hands. It knows
//! no TLS, follows nothing and decodes nothing but chunks.

use std::io::ErrorKind;
use std::net::SocketAddr;

use ouinon_domain::ids::VisitorSecret;
use ouinon_stands::line::Line;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request being put together.
#[derive(Clone)]
pub struct Call {
    address: SocketAddr,
    head: String,
    body: Vec<u8>,
}

impl Call {
    /// `method` and `path` go on the wire as they are.
    pub fn new(address: SocketAddr, method: &str, path: &str) -> Self {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n");
        Self { address, head, body: Vec::new() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head += &format!("{name}: {value}\r\n");
        self
    }

    pub fn origin(self, origin: &str) -> Self {
        self.header("Origin", origin)
    }

    pub fn key(self, key: &str) -> Self {
        self.header("Authorization", &format!("Bearer {key}"))
    }

    pub fn visitor(self, secret: &VisitorSecret) -> Self {
        self.header("Authorization", &format!("Visitor {}", secret.expose()))
    }

    /// As if the trusted proxy beside us had seen this address.
    pub fn from(self, address: &str) -> Self {
        self.header("X-Forwarded-For", address)
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// What goes on the wire, on a connection that is kept or not.
    pub fn bytes(&self, connection: &str) -> Vec<u8> {
        let mut request = format!("{}Connection: {connection}\r\n", self.head).into_bytes();
        if !self.body.is_empty() {
            request.extend(format!("Content-Length: {}\r\n", self.body.len()).bytes());
        }
        request.extend(b"\r\n");
        request.extend(&self.body);
        request
    }

    /// Sends it and reads the answer to its end.
    pub async fn send(self) -> Answer {
        self.try_send().await.unwrap()
    }

    /// The same over a connection that is kept.
    pub async fn send_on(self, line: &mut Line) -> std::io::Result<Answer> {
        let answer = line.exchange(&self.bytes("keep-alive")).await?;
        Answer::read(&answer).ok_or_else(|| ErrorKind::InvalidData.into())
    }

    /// The same where the server may be gone, or go in the middle of its answer.
    pub async fn try_send(self) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(self.address).await?;
        let bodiless = self.head.starts_with("HEAD ");
        stream.write_all(&self.bytes("close")).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let answer = Answer::read(&answer);
        answer
            .filter(|answer| bodiless || answer.is_whole())
            .ok_or_else(|| ErrorKind::UnexpectedEof.into())
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// `None` where the head is cut off.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let split =
            |line: &str| line.split_once(':').map(|(n, v)| (n.to_lowercase(), v.trim().into()));
        let headers: Vec<(String, String)> = lines.filter_map(split).collect();
        let mut answer = Self { status, headers, body: bytes[end + 4..].to_vec() };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = joined(&answer.body)?;
        }
        Some(answer)
    }

    /// Whether as many bytes came as were announced.
    pub fn is_whole(&self) -> bool {
        let length = self.header("content-length").and_then(|text| text.parse::<usize>().ok());
        length.is_none_or(|length| length == self.body.len())
    }

    /// The first header of this name, written in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All headers of this name.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let own = self.headers.iter().filter(|(known, _)| known == name);
        own.map(|(_, value)| value.as_str()).collect()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }

    /// A whole problem document (RFC 9457) of this status and kind.
    #[track_caller]
    pub fn problem(&self, status: u16, slug: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let body = self.json();
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        assert!(text("type").ends_with(&format!("/problems/{slug}")), "{body}");
        assert_eq!(body["status"], status, "{body}");
        assert!(!text("title").is_empty() && !text("detail").is_empty(), "{body}");
        assert!(text("instance").starts_with("urn:uuid:"), "{body}");
        body
    }
}

/// The body without the frame of its chunks; `None` where it is cut off.
fn joined(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|two| two == b"\r\n")?;
        let length = std::str::from_utf8(&chunks[..end]).unwrap();
        let length = usize::from_str_radix(length.trim(), 16).unwrap();
        if length == 0 {
            return Some(body);
        }
        body.extend(chunks.get(end + 2..end + 2 + length)?);
        chunks = chunks.get(end + 4 + length..)?;
    }
}
