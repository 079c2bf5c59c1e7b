//! A throwaway PostgreSQL: one cluster for a whole test binary, a fresh database for each test.
//! A test that hurts the cluster starts its own.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::daemon::{Daemon, RunAs, find_program, free_port, fresh_folder, wait_until};

const PATIENCE: Duration = Duration::from_secs(60);

/// The Debian package that has all programs used here.
const PACKAGE: &str = "postgresql";

/// A PostgreSQL cluster, gone when this is dropped or the process ends.
pub struct Cluster {
    daemon: Daemon,
    programs: Vec<PathBuf>,
    /// On the loopback address.
    pub port: u16,
}

/// One database of a cluster, dropped with this.
pub struct TestDatabase<'a> {
    cluster: &'a Cluster,
    name: String,
}

/// The cluster that the tests of this binary share, started by the first that asks.
pub fn shared_cluster() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::start)
}

/// An empty database in the shared cluster.
pub fn fresh_database() -> TestDatabase<'static> {
    shared_cluster().create_database("template0")
}

impl Cluster {
    /// Makes and starts a cluster on a free port of the loopback address, without passwords.
    pub fn start() -> Self {
        Self::start_in(None)
    }

    /// The same with its data in some place.
    pub fn start_in(place: Option<&Path>) -> Self {
        let data = |initdb: &mut Command, data: &Path| {
            initdb.args(["--auth=trust", "--username=ouinon", "--encoding=UTF8", "--no-locale"]);
            initdb.args(["--no-sync", "--pgdata"]).arg(data);
        };
        Self::with(place, "initdb", data)
    }

    /// A standby of this cluster, which follows it from now on.
    pub fn standby(&self) -> Self {
        self.standby_through(self.port)
    }

    /// The same through an address that may fail.
    pub fn standby_through(&self, port: u16) -> Self {
        let port = port.to_string();
        let data = |basebackup: &mut Command, data: &Path| {
            basebackup.args(["--host=127.0.0.1", "--username=ouinon", "--port", &port]);
            basebackup.args(["--checkpoint=fast", "--no-sync", "--write-recovery-conf"]);
            basebackup.arg("--pgdata").arg(data);
        };
        Self::with(None, "pg_basebackup", data)
    }

    /// A cluster on data that `program` makes.
    fn with(place: Option<&Path>, program: &str, arguments: impl Fn(&mut Command, &Path)) -> Self {
        let folder = fresh_folder("postgres");
        let place = place.unwrap_or(&folder);
        let programs = program_folders();
        let run_as = unprivileged_user();
        if let Some(RunAs { uid, gid }) = run_as {
            for own in [&folder, place] {
                chown(own, Some(uid), Some(gid)).unwrap();
            }
        }
        let data = place.join("data");
        let mut making = Command::new(find_program(program, &programs, PACKAGE));
        arguments(&mut making, &data);
        make(making, run_as);
        let port = free_port();
        let mut command = vec![find_program("postgres", &programs, PACKAGE)];
        command.extend(["-D".to_owned(), data.to_string_lossy().into_owned()]);
        for setting in [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            "max_connections=400".to_owned(),
        ] {
            command.extend(["-c".to_owned(), setting]);
        }
        let daemon = Daemon::start(&folder, "QUIT", run_as, &command);
        let cluster = Self { daemon, programs, port };
        assert!(cluster.is_ready(), "PostgreSQL did not start:\n{}", cluster.daemon.log());
        cluster
    }

    /// Changes a setting while it runs.
    pub fn set(&self, name: &str, value: &str) {
        self.psql("postgres", &format!("alter system set {name} = '{value}'"));
        self.psql("postgres", "select pg_reload_conf()");
        let shown = || self.psql("postgres", &format!("show {name}")) == value;
        assert!(wait_until(PATIENCE, shown), "{name} is not {value}");
    }

    /// Waits until so many standbys confirm its commits.
    pub fn confirmed_by(&self, standbys: usize) {
        let sql = "select count(*) from pg_stat_replication where sync_state = 'sync'";
        let all = || self.psql("postgres", sql) == standbys.to_string();
        assert!(wait_until(PATIENCE, all), "not {standbys} standbys:\n{}", self.daemon.log());
    }

    /// What `DATABASE_URL` is set to for the database `name`.
    pub fn url(&self, name: &str) -> String {
        Self::url_at(self.port, name)
    }

    /// The same through another port.
    pub fn url_at(port: u16, name: &str) -> String {
        format!("postgres://ouinon@127.0.0.1:{port}/{name}")
    }

    /// A new database, a copy of `template`, to which nobody may be connected meanwhile.
    pub fn create_database(&self, template: &str) -> TestDatabase<'_> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("create database {name} template {template}"));
        TestDatabase { cluster: self, name }
    }

    /// Runs one statement in the database `name` and returns what psql prints, without frames.
    pub fn psql(&self, name: &str, statement: &str) -> String {
        let program = find_program("psql", &self.programs, PACKAGE);
        let done = Command::new(program)
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1", "--command", statement])
            .arg(self.url(name))
            .output()
            .unwrap();
        assert!(done.status.success(), "{statement}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// `kill -9` (`KILL`) or an immediate stop (`QUIT`) of the whole cluster.
    pub fn stop(&mut self, signal: &str) {
        self.daemon.stop(signal);
    }

    /// `kill -9` of all of its processes at once, as when a machine stops.
    pub fn power_off(&mut self) {
        self.daemon.signal_all("KILL");
        self.daemon.stop("KILL");
    }

    /// Stops all of its processes where they are: it holds its connections and says nothing.
    pub fn pause(&self) {
        self.daemon.signal_all("STOP");
    }

    /// Lets them go on, after [`Cluster::pause`].
    pub fn resume(&self) {
        self.daemon.signal_all("CONT");
    }

    /// `kill -9` of one of its processes: PostgreSQL starts itself anew, from its log.
    pub fn crash(&self) {
        let sql = "select pid from pg_stat_activity where backend_type = 'walwriter'";
        let pid = self.psql("postgres", sql);
        assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
        std::thread::sleep(Duration::from_millis(100));
        assert!(self.is_ready(), "PostgreSQL did not start again:\n{}", self.daemon.log());
    }

    /// Starts it again on the same port with the same data, after [`Cluster::stop`].
    pub fn start_again(&mut self) {
        // After kill -9 the children may hold the shared memory for a moment; and what was written since the
        // last checkpoint is read first, which a busy disk makes long.
        let started = (0..5).any(|_| {
            self.daemon.start_again();
            self.is_ready_within(PATIENCE) || {
                self.daemon.stop("QUIT");
                false
            }
        });
        assert!(started, "PostgreSQL did not start again:\n{}", self.daemon.log());
    }

    /// Starts it again only where it has gone by itself.
    pub fn revive(&mut self) {
        if !self.is_ready_within(Duration::from_secs(2)) {
            self.stop("QUIT");
            self.start_again();
        }
    }

    fn is_ready(&self) -> bool {
        self.is_ready_within(PATIENCE)
    }

    fn is_ready_within(&self, patience: Duration) -> bool {
        let program = find_program("pg_isready", &self.programs, PACKAGE);
        let port = self.port.to_string();
        let mut ask = Command::new(program);
        ask.args(["--quiet", "--host", "127.0.0.1", "--port", &port]);
        wait_until(patience, || ask.status().unwrap().success())
    }
}

impl TestDatabase<'_> {
    /// What `DATABASE_URL` is set to.
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    /// Its name in the cluster.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A copy of it; whoever is still connected is sent away.
    pub fn copy(&self) -> Self {
        let away = "select pg_terminate_backend(pid) from pg_stat_activity where datname =";
        self.cluster.psql("postgres", &format!("{away} '{}'", self.name));
        self.cluster.create_database(&self.name)
    }

    /// Runs one statement here; see [`Cluster::psql`].
    pub fn psql(&self, statement: &str) -> String {
        self.cluster.psql(&self.name, statement)
    }
}

impl Drop for TestDatabase<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.cluster.psql("postgres", &format!("drop database {} with (force)", self.name));
        }
    }
}

/// Where Debian keeps the programs, newest version first.
fn program_folders() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut found: Vec<_> = versions.map(|entry| entry.path()).collect();
    found.sort_by_key(|path| std::cmp::Reverse(version(path)));
    found.into_iter().map(|path| path.join("bin")).collect()
}

/// PostgreSQL refuses to run as root; then its own user runs it.
fn unprivileged_user() -> Option<RunAs> {
    let id = |arguments: &[&str]| {
        let done = Command::new("id").args(arguments).output().unwrap();
        String::from_utf8_lossy(&done.stdout).trim().parse::<u32>().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    let missing = "root needs the user postgres: apt-get install postgresql";
    let uid = id(&["-u", "postgres"]).expect(missing);
    Some(RunAs { uid, gid: id(&["-g", "postgres"]).expect(missing) })
}

fn make(mut command: Command, run_as: Option<RunAs>) {
    command.current_dir("/");
    if let Some(RunAs { uid, gid }) = run_as {
        std::os::unix::process::CommandExt::uid(&mut command, uid);
        std::os::unix::process::CommandExt::gid(&mut command, gid);
    }
    let done = command.output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}
