//! A load balancer as small as can be: it leads each connection to a server whose `/readyz` said
//! 200 when it last looked, and looks often.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// How often it looks.
pub const LOOK: Duration = Duration::from_millis(50);

/// A server and whether it was ready.
struct Behind {
    address: SocketAddr,
    ready: AtomicBool,
}

/// The balancer; its threads end with the test binary.
pub struct Balancer {
    pub address: SocketAddr,
    behind: Arc<Vec<Behind>>,
}

impl Balancer {
    /// In front of these servers.
    pub fn of(servers: &[SocketAddr]) -> Self {
        let behind = |address: &SocketAddr| Behind { address: *address, ready: false.into() };
        let behind: Arc<Vec<_>> = Arc::new(servers.iter().map(behind).collect());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (looked, led) = (Arc::clone(&behind), Arc::clone(&behind));
        std::thread::spawn(move || {
            loop {
                for one in looked.iter() {
                    one.ready.store(is_ready(one.address).unwrap_or(false), Ordering::SeqCst);
                }
                std::thread::sleep(LOOK);
            }
        });
        std::thread::spawn(move || {
            let turn = AtomicUsize::new(0);
            for caller in listener.incoming().flatten() {
                let ready = led.iter().filter(|one| one.ready.load(Ordering::SeqCst));
                let ready: Vec<_> = ready.map(|one| one.address).collect();
                let first = turn.fetch_add(1, Ordering::Relaxed);
                let in_turn = (0..ready.len()).map(|n| ready[(first + n) % ready.len()]);
                if let Some(called) = in_turn.flat_map(TcpStream::connect).next() {
                    join(caller, called);
                }
            }
        });
        Self { address, behind }
    }

    /// Waits until it leads to all of them.
    pub async fn leads_to_all(&self) {
        while !self.behind.iter().all(|one| one.ready.load(Ordering::SeqCst)) {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Passes on what each of them sends until one ends.
fn join(caller: TcpStream, called: TcpStream) {
    let (back, forth) = (called.try_clone().unwrap(), caller.try_clone().unwrap());
    for (mut from, mut to) in [(caller, called), (back, forth)] {
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            // The other side may have gone first.
            let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
        });
    }
}

fn is_ready(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    Ok(head == *b"HTTP/1.1 200")
}
