//! A program that runs beside the tests and never outlives them. A small shell owns it: the shell
//! reads commands from a pipe, and when the pipe closes — the test process ended, in whatever way —
//! it kills the program and removes its folder.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// `$1` is the folder, `$2` the signal of the end, the rest the program with its arguments.
const KEEPER: &str = r#"
folder=$1; last=$2; shift 2
run() { "$@" </dev/null >>"$folder/log" 2>&1 & pid=$!; echo "$pid"; }
halt() { kill -"$1" "$pid" 2>/dev/null; kill -CONT "$pid" 2>/dev/null; wait "$pid"; }
run "$@"
while read -r word signal; do
  case $word in
    stop) halt "$signal"; echo stopped ;;
    start) run "$@" ;;
  esac
done
halt "$last"
rm -rf "$folder"
"#;

/// A user to run as, for programs that refuse to be root.
#[derive(Clone, Copy)]
pub struct RunAs {
    /// The user.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

/// A running program, its folder and its keeper.
pub struct Daemon {
    keeper: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
    pid: u32,
}

impl Daemon {
    /// Starts `program` with a `folder` that goes when it goes; `last` is the signal that ends it.
    pub fn start(folder: &Path, last: &str, run_as: Option<RunAs>, program: &[String]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", KEEPER, "keeper"]).arg(folder).arg(last).args(program);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // A group of its own, so that Ctrl-C ends the tests first and the keeper cleans up.
        shell.process_group(0).current_dir(folder);
        if let Some(RunAs { uid, gid }) = run_as {
            shell.uid(uid).gid(gid);
        }
        let mut keeper = shell.spawn().unwrap();
        let commands = keeper.stdin.take();
        let answers = BufReader::new(keeper.stdout.take().unwrap());
        let mut daemon = Self { keeper, commands, answers, folder: folder.to_owned(), pid: 0 };
        daemon.pid = daemon.answer().parse().unwrap();
        daemon
    }

    /// Sends a signal such as `STOP` and goes on.
    pub fn signal(&self, signal: &str) {
        let pid = self.pid.to_string();
        let done = Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap();
        assert!(done.success(), "kill -{signal} {pid}");
    }

    /// Sends a signal to it and to the processes it started.
    pub fn signal_all(&self, signal: &str) {
        let children = Command::new("pgrep").args(["-P", &self.pid.to_string()]).output().unwrap();
        let children = String::from_utf8_lossy(&children.stdout).into_owned();
        let mut kill = Command::new("kill");
        kill.arg(format!("-{signal}")).arg(self.pid.to_string()).args(children.split_whitespace());
        // One of them may have ended meanwhile.
        let _ = kill.stderr(Stdio::null()).status().unwrap();
    }

    /// Ends the program by a signal such as `KILL` and waits until it has gone.
    pub fn stop(&mut self, signal: &str) {
        self.command(&format!("stop {signal}"));
        assert_eq!(self.answer(), "stopped");
    }

    /// Starts the program again, after [`Daemon::stop`].
    pub fn start_again(&mut self) {
        self.command("start");
        self.pid = self.answer().parse().unwrap();
    }

    /// What the program said so far, for messages.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn command(&mut self, line: &str) {
        writeln!(self.commands.as_mut().unwrap(), "{line}").unwrap();
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.commands.take());
        let _ = self.keeper.wait();
    }
}

/// A new folder, in the system's place for such folders: other users must be able to reach it.
pub fn fresh_folder(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder =
        std::env::temp_dir().join(format!("ouinon-{name}-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A port that was free a moment ago, below those that systems give to connections: one of those
/// may be taken before it is used.
pub fn free_port() -> u16 {
    loop {
        let drawn = RandomState::new().build_hasher().finish() % 12_000;
        let port = 20_000 + u16::try_from(drawn).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Asks every few milliseconds until `ready`, for at most `patience`.
pub fn wait_until(patience: Duration, mut ready: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + patience;
    loop {
        if ready() {
            return true;
        }
        if Instant::now() > end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The program `name` in `folders` or on the path; without it the tests cannot run, and say which
/// Debian package has it.
pub fn find_program(name: &str, folders: &[PathBuf], package: &str) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let everywhere = folders.iter().cloned().chain(std::env::split_paths(&path));
    let found = everywhere.map(|folder| folder.join(name)).find(|program| program.is_file());
    let Some(program) = found else {
        panic!("{name} is not installed: apt-get install {package}");
    };
    program.to_string_lossy().into_owned()
}
