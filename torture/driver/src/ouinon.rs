//! The binary of Ouinon on the ground of one world: its servers, and commands beside them.

use crate::body::{ORIGIN, Site};
use crate::world::Outcome;
use ouinon_stands::clock::WrongClock;
use ouinon_stands::daemon::{Daemon, wait_until};
use serde_json::Value;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// The binary and what all that run it share.
#[derive(Debug)]
pub struct Ouinon {
    /// Where it is.
    pub binary: PathBuf,
    /// The design it is told to have, where it is the known-bad build.
    pub design: Option<&'static str>,
    /// Of the key and the witness.
    pub folder: PathBuf,
}

impl Ouinon {
    fn settings(&self, database: String) -> [(&'static str, String); 9] {
        let file = |name: &str| self.folder.join(name).display().to_string();
        [
            ("DATABASE_URL", database),
            ("OUINON_SIGNING_KEY_FILE", file("signing.key")),
            ("OUINON_WITNESS", file("witness")),
            ("OUINON_RATE_LIMITS", "off".to_owned()),
            // Nobody looks at /readyz here.
            ("OUINON_DRAIN_SECONDS", "0".to_owned()),
            ("OUINON_DECISION_LOG", "all".to_owned()),
            // Questions come with ids of their own.
            ("OUINON_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
            ("OUINON_LOG", "warn".to_owned()),
            ("OUINON_KNOWN_BAD", self.design.unwrap_or("none").to_owned()),
        ]
    }

    /// Starts a server in this folder, on this port, perhaps with a Redis or a clock.
    pub fn serve(
        &self,
        own: &Path,
        database: String,
        port: u16,
        redis: Option<u16>,
        clock: Option<&WrongClock>,
    ) -> Outcome<Daemon> {
        let mut command = vec!["env".to_owned()];
        command.extend(self.settings(database).map(|(name, to)| format!("{name}={to}")));
        command.extend(redis.map(|port| format!("REDIS_URL=redis://127.0.0.1:{port}")));
        let clock = clock.into_iter().flat_map(WrongClock::environment);
        command.extend(clock.map(|(name, to)| format!("{name}={to}")));
        command.push(format!("OUINON_BIND=127.0.0.1:{port}"));
        command.extend([self.binary.display().to_string(), "serve".into(), "--json".into()]);
        let daemon = Daemon::start(own, "KILL", None, &command);
        match wait_until(PATIENCE, || TcpStream::connect(("127.0.0.1", port)).is_ok()) {
            true => Ok(daemon),
            false => Err(format!("a server did not start:\n{}", daemon.log()).into()),
        }
    }

    /// Runs a command on a database.
    pub fn command(&self, database: String, arguments: &[&str]) -> std::io::Result<Output> {
        let mut command = Command::new(&self.binary);
        command.envs(self.settings(database)).args(arguments);
        command.current_dir(&self.folder).output()
    }

    /// Makes a site, and a key of it that reads.
    pub fn site(&self, database: &str) -> Outcome<Site> {
        let made = ["site", "create", "--name", "Shop", "--origin", ORIGIN, "--json"];
        let made = self.json(database, &made)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (id, notice) = (text(&made["id"]), text(&made["notice"]));
        let mut key = vec!["key", "create", "--json", "--site", &id];
        for scope in ["decisions:read", "consents:read", "log:read", "privacy:write"] {
            key.extend(["--scope", scope]);
        }
        let key = text(&self.json(database, &key)?["key"]);
        Ok(Site { id, notice, key })
    }

    fn json(&self, database: &str, arguments: &[&str]) -> Outcome<Value> {
        let done = self.command(database.to_owned(), arguments)?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match done.status.success() {
            true => Ok(serde_json::from_slice(&done.stdout)?),
            false => Err(format!("{arguments:?}: {}", said(&done.stderr)).into()),
        }
    }
}
