//! An address that leads to a port, or to another one, or loses, holds, delays or garbles what
//! passes: the address of a database that fails over, and a network that fails.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener as Listener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::watch;

/// What callers get to hear from a proxy that answers rubbish.
const RUBBISH: &[u8] = b"\x00\xff$-7\r\n*999999999\r\n\x17\x03\x03rubbish\r\n:\xc3\x28\r\n";

/// What becomes of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// They pass.
    Pass,
    /// They pass so much later, in both directions.
    Delay(Duration),
    /// They wait until this ends, and nobody is told.
    Hole,
    /// They vanish, and of connections that were open meanwhile so do all that follow.
    Swallow,
    /// Connections break, and new ones do at once.
    Cut,
    /// Callers are answered rubbish.
    Garbage,
}

/// The address; it is gone when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// On the loopback address.
    pub port: u16,
    target: Arc<AtomicU16>,
    way: watch::Sender<Way>,
}

impl Proxy {
    /// An address on this machine that leads to a port.
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let own = listener.local_addr().unwrap().port();
        let (target, (way, watched)) = (Arc::new(AtomicU16::new(port)), watch::channel(Way::Pass));
        let its = Arc::clone(&target);
        std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serve(listener, its, watched));
        });
        Self { port: own, target, way }
    }

    /// Where new connections go from now on; open ones stay where they are.
    pub fn lead_to(&self, port: u16) {
        self.target.store(port, Ordering::SeqCst);
    }

    /// What becomes of the bytes from now on.
    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

async fn serve(listener: TcpListener, target: Arc<AtomicU16>, mut way: watch::Receiver<Way>) {
    let listener = Listener::from_std(listener).unwrap();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((caller, _)) = accepted {
                    tokio::spawn(connect(caller, target.load(Ordering::SeqCst), way.clone()));
                }
            }
            changed = way.changed() => if changed.is_err() { return },
        }
    }
}

/// One connection, until either side goes or it is cut.
async fn connect(caller: TcpStream, port: u16, way: watch::Receiver<Way>) {
    if *way.borrow() == Way::Cut {
        return;
    }
    let Ok(called) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    let _ = (caller.set_nodelay(true), called.set_nodelay(true));
    let ((mut from, mut back), (mut answers, mut to)) = (caller.into_split(), called.into_split());
    let mut end = way.clone();
    let swallows = async {
        let end = end.wait_for(|way| matches!(way, Way::Cut | Way::Swallow)).await;
        end.is_ok_and(|way| *way == Way::Swallow)
    };
    tokio::select! {
        biased;
        swallows = swallows => if swallows {
            tokio::join!(swallow(&mut from), swallow(&mut answers));
        },
        _ = pass(&mut from, &mut to, way.clone(), false) => {}
        _ = pass(&mut answers, &mut back, way, true) => {}
    }
}

/// Takes what comes until nothing does.
async fn swallow(from: &mut OwnedReadHalf) {
    let mut buffer = [0; 1024];
    while matches!(from.read(&mut buffer).await, Ok(1..)) {}
}

async fn pass(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    mut way: watch::Receiver<Way>,
    answers: bool,
) -> std::io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    let gone = |_| std::io::Error::from(ErrorKind::NotConnected);
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let now = *way.wait_for(|way| *way != Way::Hole).await.map_err(gone)?;
        match now {
            Way::Delay(delay) => tokio::time::sleep(delay).await,
            Way::Garbage if answers => {
                to.write_all(RUBBISH).await?;
                continue;
            }
            _ => {}
        }
        to.write_all(&buffer[..read]).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream as Plain;

    /// Somebody who says everything back.
    fn echo() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for mut caller in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    let mut byte = [0];
                    while let Ok(1) = caller.read(&mut byte) {
                        caller.write_all(&byte).unwrap();
                    }
                });
            }
        });
        port
    }

    fn call(port: u16) -> Plain {
        let stream = Plain::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        stream
    }

    fn say(stream: &mut Plain) -> std::io::Result<u8> {
        stream.write_all(b"a")?;
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    #[test]
    fn each_way_does_what_it_says() {
        let proxy = Proxy::to(echo());
        let mut stream = call(proxy.port);
        assert_eq!(say(&mut stream).unwrap(), b'a');
        proxy.set(Way::Hole);
        assert_eq!(say(&mut stream).unwrap_err().kind(), ErrorKind::WouldBlock);
        proxy.set(Way::Pass);
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        assert_eq!(byte[0], b'a', "what was held comes on");
        proxy.set(Way::Swallow);
        let mut during = call(proxy.port);
        assert!(say(&mut during).is_err());
        proxy.set(Way::Pass);
        assert!(say(&mut stream).is_err() && say(&mut during).is_err(), "it does not come back");
        let mut stream = call(proxy.port);
        assert_eq!(say(&mut stream).unwrap(), b'a');
        proxy.set(Way::Garbage);
        assert_eq!(say(&mut stream).unwrap(), RUBBISH[0]);
        proxy.set(Way::Cut);
        assert!(say(&mut call(proxy.port)).is_err());
        proxy.set(Way::Pass);
        assert_eq!(say(&mut call(proxy.port)).unwrap(), b'a');
        proxy.lead_to(1);
        assert!(say(&mut call(proxy.port)).is_err(), "nobody there");
    }
}
