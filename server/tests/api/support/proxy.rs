//! An address that leads to one port or another, as the address of a database that fails over:
//! connections that are open stay where they are. Or it leads to nowhere, as when a cable is cut.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often a connection that says nothing looks at what becomes of it.
const LOOK: Duration = Duration::from_millis(20);

/// What becomes of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Passed,
    /// It vanishes, and so does all that is sent afterwards.
    Swallowed,
    /// The connection ends.
    Cut,
}

/// The fate of connections: those that are open have theirs for ever once it is not the best.
type Fates = Arc<Mutex<(Fate, Vec<Arc<Mutex<Fate>>>)>>;

/// The address; its threads end with the test binary.
pub struct Proxy {
    pub port: u16,
    target: Arc<AtomicU16>,
    fates: Fates,
}

impl Proxy {
    /// An address on this machine that leads to a port.
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (own, target) = (listener.local_addr().unwrap().port(), Arc::new(AtomicU16::new(port)));
        let fates: Fates = Arc::new(Mutex::new((Fate::Passed, Vec::new())));
        let (its, of) = (Arc::clone(&target), Arc::clone(&fates));
        std::thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                if let Ok(called) = TcpStream::connect(("127.0.0.1", its.load(Ordering::SeqCst))) {
                    let mut fates = of.lock().unwrap();
                    let fate = Arc::new(Mutex::new(fates.0));
                    fates.1.push(Arc::clone(&fate));
                    join(caller, called, move || *fate.lock().unwrap());
                }
            }
        });
        Self { port: own, target, fates }
    }

    /// Where new connections go from now on.
    pub fn lead_to(&self, port: u16) {
        self.target.store(port, Ordering::SeqCst);
    }

    /// What becomes of connections from now on: of new ones, and of those that are open where
    /// theirs was [`Fate::Passed`]. What was swallowed does not come back.
    pub fn set(&self, fate: Fate) {
        let mut fates = self.fates.lock().unwrap();
        fates.0 = fate;
        for open in &fates.1 {
            let mut open = open.lock().unwrap();
            if *open == Fate::Passed {
                *open = fate;
            }
        }
    }
}

/// Passes on what each of them sends until one ends, or what `fate` says.
pub fn join(
    caller: TcpStream,
    called: TcpStream,
    fate: impl Fn() -> Fate + Clone + Send + 'static,
) {
    let (back, forth) = (called.try_clone().unwrap(), caller.try_clone().unwrap());
    let also = fate.clone();
    std::thread::spawn(move || pass(caller, called, fate));
    std::thread::spawn(move || pass(back, forth, also));
}

fn pass(mut from: TcpStream, mut to: TcpStream, fate: impl Fn() -> Fate) {
    from.set_read_timeout(Some(LOOK)).unwrap();
    let mut buffer = [0; 16 * 1024];
    while fate() != Fate::Cut {
        let read = match from.read(&mut buffer) {
            Ok(read @ 1..) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            _ => break,
        };
        if fate() == Fate::Passed && to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // The other side may have gone first.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
