//! The real binary, as a process on a server's ground: a command, or `ouinon serve`.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::app::TestApp;

fn ouinon(app: &TestApp) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ouinon"));
    command.envs(app.ground.settings()).current_dir(app.ground.folder.path());
    command
}

/// Runs a command on the server's database.
pub fn run(app: &TestApp, arguments: &[&str], input: &str) -> Output {
    let mut command = ouinon(app);
    command.args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// A serving process; killed when dropped.
pub struct Server(Child);

impl Server {
    /// Sends a signal such as `TERM`.
    pub fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        kill.args([&format!("-{name}"), &self.0.id().to_string()]);
        assert!(kill.status().unwrap().success());
    }

    /// Waits until it has ended by itself, which must be in order.
    pub async fn ended(&mut self) {
        let status = loop {
            match self.0.try_wait().unwrap() {
                Some(status) => break status,
                None => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        assert!(status.success(), "{status}");
    }

    /// `kill -9`, and waits until it has gone.
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// The same asked for nicely: `kill -TERM`.
    pub fn end(&mut self) {
        self.signal("TERM");
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `ouinon serve` where `app` has stopped, with some settings changed; its address.
pub fn serve(app: &TestApp, changes: &[(&str, &str)], log: Stdio) -> (Server, SocketAddr) {
    let mut command = ouinon(app);
    command.args(["serve", "--json"]).envs(changes.iter().copied());
    let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let address = ready["listening"].as_str().unwrap().trim_start_matches("http://");
    (Server(child), address.parse().unwrap())
}
