//! Crowds of clients that send a byte a second, beside the load: as soon as a server has had enough of
//! one, the next comes.

use crate::body::Target;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

/// At each server.
const CLIENTS: usize = 300;
/// Between two bytes.
const PAUSE: Duration = Duration::from_secs(1);

/// The crowds; they go when this is dropped.
#[derive(Debug)]
pub struct Slow(Option<Runtime>);

impl Slow {
    /// They come.
    pub fn crowd(target: &Arc<Target>) -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let site = &target.sites[0].id;
        // Half of them are slow with the head already.
        let head = format!("POST /v1/sites/{site}/consents HTTP/1.1\r\nHost: torture\r\nX-Slow: ");
        let body = format!("{head}y\r\nContent-Length: 4000\r\n\r\n{{");
        for server in target.servers {
            for number in 0..CLIENTS {
                let begin = if number % 2 == 0 { head.clone() } else { body.clone() };
                runtime.spawn(async move {
                    loop {
                        // Whoever was turned away comes again, not at once.
                        let _ = bear(server, &begin).await;
                        tokio::time::sleep(PAUSE).await;
                    }
                });
            }
        }
        Ok(Self(Some(runtime)))
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.0.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

/// One connection, until the server closes it.
async fn bear(server: SocketAddr, begin: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(begin.as_bytes()).await?;
    let (mut read, mut write) = stream.split();
    let slowly = async {
        loop {
            tokio::time::sleep(PAUSE).await;
            write.write_all(b" ").await?;
        }
    };
    let mut answer = [0; 1024];
    let gone = async {
        while read.read(&mut answer).await? > 0 {}
        Ok(())
    };
    tokio::select! { done = slowly => done, done = gone => done }
}
