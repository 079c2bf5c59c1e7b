//! The world that is tortured: PostgreSQL, perhaps with a standby that confirms each commit, Redis,
//! two servers, and a proxy on each way between. All of it goes when this goes, in whatever way.

use crate::body::{ORIGIN, Site, Target};
use ouinon_stands::daemon::{Daemon, free_port, fresh_folder, wait_until};
use ouinon_stands::disk::Disk;
use ouinon_stands::postgres::Cluster;
use ouinon_stands::proxy::Proxy;
use ouinon_stands::redis::RedisServer;
use serde_json::Value;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

/// Its name in the cluster.
pub const DATABASE: &str = "ouinon";

/// Of a small disk: an empty cluster takes 70.
const MEGABYTES: u32 = 300;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// What went wrong with the driver's own work, as a sentence.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What is built.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The binary of the servers.
    pub binary: PathBuf,
    /// The design it is told to have, where it is the known-bad build.
    pub design: Option<&'static str>,
    /// What PostgreSQL is.
    pub ground: Ground,
    /// Of everything random.
    pub seed: u64,
}

/// What PostgreSQL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// One primary.
    Alone,
    /// A primary whose commits a standby confirms.
    Pair,
    /// One primary on a disk of a few hundred megabytes.
    SmallDisk,
}

/// A standby and the way from it to its primary.
pub struct Standby {
    /// It follows until it is promoted.
    pub cluster: Cluster,
    /// What it follows through.
    pub way: Proxy,
    /// It is the primary now.
    pub promoted: bool,
}

/// All of it.
pub struct World {
    /// What the load is aimed at.
    pub target: Arc<Target>,
    /// The servers.
    pub servers: [Daemon; 2],
    /// The way of each server to PostgreSQL.
    pub to_postgres: [Proxy; 2],
    /// The way of each server to Redis.
    pub to_redis: [Proxy; 2],
    /// The first primary.
    pub primary: Cluster,
    /// In the story with a pair.
    pub standby: Option<Standby>,
    /// In the story with a small disk; it goes after PostgreSQL.
    pub disk: Option<Disk>,
    /// The cache.
    pub redis: RedisServer,
    plan: Plan,
    folder: PathBuf,
}

impl World {
    /// Starts everything and makes two sites.
    pub fn start(plan: Plan) -> Outcome<Self> {
        let disk = (plan.ground == Ground::SmallDisk).then(|| Disk::small(MEGABYTES)).flatten();
        let primary = match &disk {
            Some(disk) => Cluster::start_in(&disk.folder),
            None => Cluster::start(),
        };
        let redis = RedisServer::start();
        primary.psql("postgres", &format!("create database {DATABASE}"));
        let standby = (plan.ground == Ground::Pair).then(|| follow(&primary));
        let to_postgres = [Proxy::to(primary.port), Proxy::to(primary.port)];
        let to_redis = [Proxy::to(redis.port), Proxy::to(redis.port)];
        let folder = fresh_folder("torture");
        let ports = [free_port(), free_port()];
        let serve = |number: usize, own: &Path| {
            let database = Cluster::url_at(to_postgres[number].port, DATABASE);
            let mut command = vec!["env".to_owned()];
            command.extend(
                settings(&plan, &folder, &database).map(|(name, to)| format!("{name}={to}")),
            );
            command.push(format!("REDIS_URL=redis://127.0.0.1:{}", to_redis[number].port));
            command.push(format!("OUINON_BIND=127.0.0.1:{}", ports[number]));
            command.extend([plan.binary.display().to_string(), "serve".into(), "--json".into()]);
            let daemon = Daemon::start(own, "KILL", None, &command);
            let up = || TcpStream::connect(("127.0.0.1", ports[number])).is_ok();
            match wait_until(PATIENCE, up) {
                true => Ok(daemon),
                false => Err(format!("server {number} did not start:\n{}", daemon.log())),
            }
        };
        // The folder of the first holds the files that both need.
        let first = serve(0, &folder)?;
        let second = serve(1, &fresh_folder("torture"))?;
        let servers = ports.map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let target = Arc::new(Target { servers, sites: Default::default(), seed: plan.seed });
        let servers = [first, second];
        let mut world = Self {
            target,
            servers,
            to_postgres,
            to_redis,
            primary,
            standby,
            disk,
            redis,
            plan,
            folder,
        };
        let sites = [world.site()?, world.site()?];
        let (servers, seed) = (world.target.servers, world.target.seed);
        world.target = Arc::new(Target { servers, sites, seed });
        Ok(world)
    }

    /// The PostgreSQL that has what was acknowledged.
    pub fn database(&self) -> &Cluster {
        match &self.standby {
            Some(Standby { cluster, promoted: true, .. }) => cluster,
            _ => &self.primary,
        }
    }

    /// Runs a command of Ouinon beside the servers.
    pub fn command(&self, arguments: &[&str]) -> Output {
        let database = self.database().url(DATABASE);
        let mut command = Command::new(&self.plan.binary);
        command.envs(settings(&self.plan, &self.folder, &database)).args(arguments);
        let done = command.current_dir(&self.folder).output();
        done.unwrap_or_else(|why| Output {
            status: std::os::unix::process::ExitStatusExt::from_raw(2 << 8),
            stdout: why.to_string().into_bytes(),
            stderr: Vec::new(),
        })
    }

    fn site(&self) -> Outcome<Site> {
        let made =
            self.json(&["site", "create", "--name", "Shop", "--origin", ORIGIN, "--json"])?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (id, notice) = (text(&made["id"]), text(&made["notice"]));
        let mut key = vec!["key", "create", "--json", "--site", &id];
        for scope in ["decisions:read", "consents:read", "log:read"] {
            key.extend(["--scope", scope]);
        }
        let key = text(&self.json(&key)?["key"]);
        Ok(Site { id, notice, key })
    }

    fn json(&self, arguments: &[&str]) -> Outcome<Value> {
        let done = self.command(arguments);
        match done.status.success() {
            true => Ok(serde_json::from_slice(&done.stdout)?),
            false => Err(format!(
                "{arguments:?}: {}{}",
                String::from_utf8_lossy(&done.stdout),
                String::from_utf8_lossy(&done.stderr)
            )
            .into()),
        }
    }
}

/// A standby whose confirmation every commit of the primary waits for.
fn follow(primary: &Cluster) -> Standby {
    let way = Proxy::to(primary.port);
    let cluster = primary.standby_through(way.port);
    cluster.set("wal_retrieve_retry_interval", "200ms");
    primary.set("synchronous_standby_names", "*");
    primary.confirmed_by(1);
    Standby { cluster, way, promoted: false }
}

fn settings(
    plan: &Plan,
    folder: &Path,
    database: &str,
) -> impl Iterator<Item = (&'static str, String)> {
    let file = |name: &str| folder.join(name).display().to_string();
    [
        ("DATABASE_URL", database.to_owned()),
        ("OUINON_SIGNING_KEY_FILE", file("signing.key")),
        ("OUINON_WITNESS", file("witness")),
        ("OUINON_RATE_LIMITS", "off".to_owned()),
        ("OUINON_LOG", "warn".to_owned()),
        ("OUINON_KNOWN_BAD", plan.design.unwrap_or("none").to_owned()),
    ]
    .into_iter()
}
