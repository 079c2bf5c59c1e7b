//! A small HTTP/1.1 client that keeps its connection. It follows nothing and decodes nothing: the
//! server's answers here have a length.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection to one server, opened when it is needed.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

/// What came back, whole.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Whether it says when to come again.
    pub retry_after: bool,
    /// The body.
    pub body: Vec<u8>,
}

impl Link {
    /// To this address.
    pub fn to(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends a request and waits so long for its answer. `head` is the request line and headers,
    /// each with its end. Without an answer the connection is given up.
    pub async fn ask(&mut self, head: &str, body: &str, patience: Duration) -> Result<Answer> {
        let answer = tokio::time::timeout(patience, self.exchange(head, body)).await;
        let answer = answer.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    async fn exchange(&mut self, head: &str, body: &str) -> Result<Answer> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            self.stream = Some(stream);
        }
        let stream = self.stream.as_mut().ok_or(ErrorKind::NotConnected)?;
        let length = body.len();
        let request = format!("{head}Host: torture\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).await?;
        let mut read = Vec::with_capacity(4096);
        let end = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            more(stream, &mut read).await?;
        };
        let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
        let wrong = || Error::from(ErrorKind::InvalidData);
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(wrong)?;
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
        let length = header("content-length:").and_then(|text| text.trim().parse::<usize>().ok());
        let whole = end + length.ok_or_else(wrong)?;
        while read.len() < whole {
            more(stream, &mut read).await?;
        }
        let retry_after = header("retry-after:").is_some();
        if header("connection:").is_some_and(|value| value.trim() == "close") {
            self.stream = None;
        }
        Ok(Answer { status, retry_after, body: read.split_off(end) })
    }
}

async fn more(stream: &mut TcpStream, read: &mut Vec<u8>) -> Result<()> {
    match stream.read_buf(read).await? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}
