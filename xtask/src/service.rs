//! A server started for a while: waited for until it answers, and stopped in an orderly way.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::step::Outcome;

const PATIENCE: Duration = Duration::from_secs(30);

/// A running program; dropping it stops it.
pub struct Service {
    name: &'static str,
    child: Child,
}

impl Service {
    /// Starts a program in a process group of its own: Ctrl-C reaches us, and we stop it.
    pub fn start(name: &'static str, command: &mut Command) -> Outcome<Self> {
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|why| format!("{name} could not be started: {why}."))?;
        Ok(Self { name, child })
    }

    /// Waits until the address answers a request for `path` with 200.
    pub fn ready(&mut self, address: SocketAddr, path: &str) -> Outcome {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.ended()? {
                return Err(format!("{} stopped while starting ({status}).", self.name).into());
            }
            if answers(address, path) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("{} did not answer on {address} within 30 seconds.", self.name).into())
    }

    /// How the program ended, if it has.
    pub fn ended(&mut self) -> Outcome<Option<std::process::ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Asks the program to stop and waits; ends it by force after ten seconds.
    pub fn stop(&mut self) -> Outcome {
        if self.ended()?.is_some() {
            return Ok(());
        }
        kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGINT)?;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(10) {
            if self.ended()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// Says early, in a sentence, that somebody else holds a port.
pub fn must_be_free(address: SocketAddr, option: &str) -> Outcome {
    TcpListener::bind(address).map(drop).map_err(|why| {
        format!("{address} cannot be used: {why}. Another port: {option} NUMBER.").into()
    })
}

fn answers(address: SocketAddr, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(200))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(head.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}
