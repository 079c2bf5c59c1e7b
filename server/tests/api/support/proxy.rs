//! An address that leads to one port or another, as the address of a database that fails over:
//! connections that are open stay where they are.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

/// The address; its threads end with the test binary.
pub struct Proxy {
    pub port: u16,
    target: Arc<AtomicU16>,
}

impl Proxy {
    /// An address on this machine that leads to a port.
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (own, target) = (listener.local_addr().unwrap().port(), Arc::new(AtomicU16::new(port)));
        let its = Arc::clone(&target);
        std::thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                if let Ok(called) = TcpStream::connect(("127.0.0.1", its.load(Ordering::SeqCst))) {
                    join(caller, called);
                }
            }
        });
        Self { port: own, target }
    }

    /// Where new connections go from now on.
    pub fn lead_to(&self, port: u16) {
        self.target.store(port, Ordering::SeqCst);
    }
}

/// Passes on what each of them sends, until one ends.
pub fn join(caller: TcpStream, called: TcpStream) {
    let (back, forth) = (called.try_clone().unwrap(), caller.try_clone().unwrap());
    std::thread::spawn(move || pass(caller, called));
    std::thread::spawn(move || pass(back, forth));
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // The other side may have gone first.
    let _ = to.shutdown(Shutdown::Both);
}
