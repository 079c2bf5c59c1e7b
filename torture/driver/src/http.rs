//! Requests over a connection that is kept, and what the driver looks at in their answers.

use ouinon_stands::line::Line;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;

/// A connection to one server, opened when it is needed.
#[derive(Debug)]
pub struct Link(Line);

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
        Self(Line::to(address))
    }

    /// Sends a request and waits so long for its answer. `head` is the request line and headers,
    /// each with its end. Without an answer the connection is given up.
    pub async fn ask(&mut self, head: &str, body: &str, patience: Duration) -> Result<Answer> {
        let length = body.len();
        let request = format!("{head}Host: torture\r\nContent-Length: {length}\r\n\r\n{body}");
        let answer = tokio::time::timeout(patience, self.0.exchange(request.as_bytes())).await;
        let mut answer = answer.map_err(|_| Error::from(ErrorKind::TimedOut))??;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_default() + 4;
        let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| Error::from(ErrorKind::InvalidData))?;
        let retry_after = head.lines().any(|line| line.starts_with("retry-after:"));
        Ok(Answer { status, retry_after, body: answer.split_off(end) })
    }
}
