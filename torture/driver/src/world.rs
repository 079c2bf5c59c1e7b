//! The world that is tortured: PostgreSQL, perhaps with a standby that confirms each commit, Redis,
//! two servers, and a proxy on each way between. All of it goes when this goes, in whatever way.

use crate::body::Target;
use crate::ouinon::Ouinon;
use crate::slow::Slow;
use ouinon_stands::clock::WrongClock;
use ouinon_stands::daemon::{Daemon, free_port, fresh_folder};
use ouinon_stands::disk::Disk;
use ouinon_stands::postgres::Cluster;
use ouinon_stands::proxy::Proxy;
use ouinon_stands::redis::RedisServer;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;

/// Its name in the cluster.
pub const DATABASE: &str = "ouinon";

/// Of a small disk: an empty cluster takes 70.
const MEGABYTES: u32 = 300;
/// Of a disk that loses its power; only what is written takes room.
const GIGABYTE: u32 = 1024;

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
    /// The servers' clocks can be set.
    pub clocks: bool,
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
    /// One primary on a disk that can lose its power.
    Power,
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
    /// What the servers take for the time of day, where that can be set.
    pub clocks: Option<[WrongClock; 2]>,
    /// Crowds at the servers' doors.
    pub slow: Option<Slow>,
    /// In the stories with a disk of their own; it goes after PostgreSQL.
    pub disk: Option<Disk>,
    /// The cache.
    pub redis: RedisServer,
    ouinon: Ouinon,
}

impl World {
    /// Starts everything and makes two sites.
    pub fn start(plan: Plan) -> Outcome<Self> {
        let disk = match plan.ground {
            Ground::SmallDisk => Disk::small(MEGABYTES),
            Ground::Power => Disk::with_power(GIGABYTE),
            Ground::Alone | Ground::Pair => None,
        };
        let primary = Cluster::start_in(disk.as_ref().map(|disk| disk.folder.as_path()));
        // A new cluster is made without waiting for the disk.
        disk.iter().filter(|_| plan.ground == Ground::Power).for_each(Disk::sync);
        let redis = RedisServer::start();
        primary.psql("postgres", &format!("create database {DATABASE}"));
        let standby = (plan.ground == Ground::Pair).then(|| follow(&primary));
        let to_postgres = [Proxy::to(primary.port), Proxy::to(primary.port)];
        let to_redis = [Proxy::to(redis.port), Proxy::to(redis.port)];
        // The folder of the server that goes last holds the files that both need.
        let folders = [fresh_folder("torture"), fresh_folder("torture")];
        let Plan { binary, design, seed, clocks, .. } = plan;
        let clocks = clocks.then(|| folders.each_ref().map(|own| WrongClock::in_folder(own)));
        let ouinon = Ouinon { binary, design, folder: folders[1].clone() };
        let ports = [free_port(), free_port()];
        let serve = |number: usize| {
            let database = Cluster::url_at(to_postgres[number].port, DATABASE);
            let clock = clocks.as_ref().map(|clocks| &clocks[number]);
            let redis = Some(to_redis[number].port);
            ouinon.serve(&folders[number], database, ports[number], redis, clock)
        };
        let daemons = [serve(0)?, serve(1)?];
        let database = primary.url(DATABASE);
        let sites = [ouinon.site(&database)?, ouinon.site(&database)?];
        let servers = ports.map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let target = Arc::new(Target { servers, sites, seed });
        let (servers, slow) = (daemons, None);
        Ok(Self {
            target,
            servers,
            to_postgres,
            to_redis,
            primary,
            standby,
            clocks,
            slow,
            disk,
            redis,
            ouinon,
        })
    }

    /// The PostgreSQL that has what was acknowledged.
    pub fn database(&self) -> &Cluster {
        match &self.standby {
            Some(Standby { cluster, promoted: true, .. }) => cluster,
            _ => &self.primary,
        }
    }

    /// Runs a command of Ouinon beside the servers.
    pub fn command(&self, arguments: &[&str]) -> std::io::Result<Output> {
        self.ouinon.command(self.database().url(DATABASE), arguments)
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
