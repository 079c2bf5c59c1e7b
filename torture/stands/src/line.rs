//! One connection for many HTTP/1.1 requests, as a proxy or a browser holds it. It follows nothing and
//! decodes nothing: answers say how long they are.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is opened when it is needed, and anew after an answer that ended it, or none.
#[derive(Debug)]
pub struct Line {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

/// Where an answer's head ends, how long its body is, and whether it is the last on its connection.
struct Head {
    end: usize,
    body: usize,
    last: bool,
}

impl Line {
    /// To this address.
    pub fn to(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends a request as it is, and reads its answer as it is.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        // Whoever stops waiting, or fails, takes the connection along.
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(self.address).await?,
        };
        stream.set_nodelay(true)?;
        stream.write_all(request).await?;
        let mut read = Vec::with_capacity(4096);
        loop {
            if stream.read_buf(&mut read).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let Some(head) = Head::read(&read)? else { continue };
            if read.len() >= head.end + head.body {
                self.stream = (!head.last).then_some(stream);
                return Ok(read);
            }
        }
    }
}

impl Head {
    /// `None` where it is not whole yet.
    fn read(answer: &[u8]) -> Result<Option<Self>> {
        let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
        let header =
            |name: &str| Some(head.lines().find_map(|line| line.strip_prefix(name))?.trim());
        let length = header("content-length:").and_then(|length| length.parse().ok());
        let body = length.ok_or_else(|| Error::from(ErrorKind::InvalidData))?;
        Ok(Some(Self { end: end + 4, body, last: header("connection:") == Some("close") }))
    }
}
