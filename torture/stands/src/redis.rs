//! A throwaway Redis on a free port, with everything a test may do to it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::daemon::{Daemon, find_program, free_port, fresh_folder, wait_until};

const PATIENCE: Duration = Duration::from_secs(10);

/// One redis-server, gone when this is dropped.
pub struct RedisServer {
    daemon: Daemon,
    /// On the loopback address.
    pub port: u16,
}

impl RedisServer {
    /// Starts one that keeps nothing on disk.
    pub fn start() -> Self {
        let program = find_program("redis-server", &[], "redis-server");
        let port = free_port();
        let arguments = [
            "--bind",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--save",
            "",
            "--appendonly",
            "no",
        ];
        let command: Vec<_> = [program].into_iter().chain(arguments.map(str::to_owned)).collect();
        let daemon = Daemon::start(&fresh_folder("redis"), "KILL", None, &command);
        let server = Self { daemon, port };
        server.wait();
        server
    }

    /// What `REDIS_URL` is set to.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.daemon.stop("KILL");
    }

    /// Starts it again on the same port, empty.
    pub fn start_again(&mut self) {
        self.daemon.start_again();
        self.wait();
    }

    /// It keeps its connections and answers nothing until [`RedisServer::resume`].
    pub fn pause(&self) {
        self.daemon.signal("STOP");
    }

    /// Ends a pause.
    pub fn resume(&self) {
        self.daemon.signal("CONT");
    }

    /// Sends one command of words without spaces and returns the raw answer.
    pub fn command(&self, words: &str) -> String {
        self.try_command(words).unwrap()
    }

    /// Writes `value` over every key there is, as text.
    pub fn fill_with(&self, value: &str) {
        let script =
            "for _, k in ipairs(redis.call('keys', '*')) do redis.call('set', k, ARGV[1]) end";
        self.send(&["EVAL", script, "0", value]).unwrap();
    }

    /// Every key and its value, as bytes.
    pub fn contents(&self) -> Vec<u8> {
        let script = "local all = {} for _, k in ipairs(redis.call('keys', '*')) do \
                      table.insert(all, k) table.insert(all, redis.call('dump', k)) end return all";
        let mut connection = self.request(&["EVAL", script, "0"]).unwrap();
        // What comes within this time is the whole answer.
        connection.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let mut contents = Vec::new();
        let end = connection.read_to_end(&mut contents).unwrap_err();
        assert!(contents.starts_with(b"*"), "{end}: {}", String::from_utf8_lossy(&contents));
        contents
    }

    fn try_command(&self, words: &str) -> std::io::Result<String> {
        self.send(&words.split(' ').collect::<Vec<_>>())
    }

    fn send(&self, words: &[&str]) -> std::io::Result<String> {
        let mut connection = self.request(words)?;
        let mut answer = vec![0; 64 * 1024];
        let length = connection.read(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
    }

    fn request(&self, words: &[&str]) -> std::io::Result<TcpStream> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port))?;
        connection.set_read_timeout(Some(PATIENCE))?;
        let mut request = format!("*{}\r\n", words.len());
        for word in words {
            request += &format!("${}\r\n{word}\r\n", word.len());
        }
        connection.write_all(request.as_bytes())?;
        Ok(connection)
    }

    fn wait(&self) {
        let ready = || self.try_command("PING").is_ok_and(|answer| answer.contains("PONG"));
        assert!(wait_until(PATIENCE, ready), "redis-server did not start:\n{}", self.daemon.log());
    }
}
