//! What is done to the world, one thing at a time: how it begins and how it ends.

use crate::dice::Dice;
use crate::slow::Slow;
use crate::world::World;
use ouinon_stands::disk::Disk;
use ouinon_stands::proxy::Way;
use std::fmt;
use std::time::Duration;

/// A fault; numbers are servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `kill -9` of a server.
    Kill(usize),
    /// SIGTERM to a server, which finishes what it began.
    Term(usize),
    /// A server stands still.
    Pause(usize),
    /// `kill -9` of PostgreSQL.
    PostgresKill,
    /// Immediate stop of PostgreSQL.
    PostgresStop,
    /// PostgreSQL stands still.
    PostgresPause,
    /// The way of a server to PostgreSQL.
    Postgres(usize, Way),
    /// `kill -9` of Redis.
    RedisKill,
    /// Redis stands still.
    RedisPause,
    /// Redis forgets everything.
    RedisFlush,
    /// Redis holds rubbish under every key.
    RedisFill,
    /// The way of a server to Redis.
    Redis(usize, Way),
    /// The standby is cut off; commits wait.
    Standby(Way),
    /// PostgreSQL has no room left.
    DiskFull,
    /// PostgreSQL's disk loses its power, and its machine with it.
    PowerCut,
    /// Clients that send a byte a second crowd the servers.
    SlowClients,
}

const SLOW: Way = Way::Delay(Duration::from_millis(50));

impl Fault {
    /// All that a world can suffer.
    pub fn all(pair: bool) -> Vec<Self> {
        let mut all = vec![
            Self::PostgresKill,
            Self::PostgresStop,
            Self::PostgresPause,
            Self::RedisKill,
            Self::RedisPause,
            Self::RedisFlush,
            Self::RedisFill,
            Self::SlowClients,
        ];
        for server in 0..2 {
            all.extend([Self::Kill(server), Self::Term(server), Self::Pause(server)]);
            let ways = [Way::Cut, Way::Hole, Way::Swallow, SLOW];
            all.extend(ways.map(|way| Self::Postgres(server, way)));
            let ways = [Way::Cut, Way::Hole, Way::Swallow, SLOW, Way::Garbage];
            all.extend(ways.map(|way| Self::Redis(server, way)));
        }
        if pair {
            all.extend([Self::Standby(Way::Cut), Self::Standby(Way::Hole)]);
        }
        all
    }

    /// One that hits every part, for a short run.
    pub fn some() -> Vec<Self> {
        let slow = Self::Postgres(0, SLOW);
        vec![
            Self::Kill(0),
            Self::RedisKill,
            Self::PostgresStop,
            Self::Redis(1, Way::Swallow),
            Self::Postgres(1, Way::Swallow),
            Self::PostgresKill,
            Self::Redis(0, Way::Garbage),
            Self::Term(1),
            slow,
        ]
    }

    /// All of them in an order that chance gives.
    pub fn shuffled(mut faults: Vec<Self>, dice: &mut Dice) -> Vec<Self> {
        for last in (1..faults.len()).rev() {
            faults.swap(last, dice.below(last + 1));
        }
        faults
    }

    /// It begins.
    pub fn begin(self, world: &mut World) {
        match self {
            Self::Kill(server) => world.servers[server].stop("KILL"),
            Self::Term(server) => world.servers[server].stop("TERM"),
            Self::Pause(server) => world.servers[server].signal("STOP"),
            Self::PostgresKill => world.primary.stop("KILL"),
            Self::PostgresStop => world.primary.stop("QUIT"),
            Self::PostgresPause => world.primary.pause(),
            Self::Postgres(server, way) => world.to_postgres[server].set(way),
            Self::RedisKill => world.redis.kill(),
            Self::RedisPause => world.redis.pause(),
            Self::RedisFlush => drop(world.redis.command("FLUSHALL")),
            Self::RedisFill => world.redis.fill_with("rubbish"),
            Self::Redis(server, way) => world.to_redis[server].set(way),
            Self::Standby(way) => self.standby(world, way),
            Self::DiskFull => world.disk.iter().for_each(Disk::fill),
            Self::PowerCut => {
                world.disk.iter().for_each(Disk::cut);
                world.primary.power_off();
            }
            Self::SlowClients => world.slow = Slow::crowd(&world.target).ok(),
        }
    }

    /// It ends: from here on, it counts how long serving takes.
    pub fn end(self, world: &mut World) {
        match self {
            Self::Kill(server) | Self::Term(server) => world.servers[server].start_again(),
            Self::Pause(server) => world.servers[server].signal("CONT"),
            Self::PostgresKill | Self::PostgresStop => world.primary.start_again(),
            Self::PostgresPause => world.primary.resume(),
            Self::Postgres(server, _) => world.to_postgres[server].set(Way::Pass),
            Self::RedisKill => world.redis.start_again(),
            Self::RedisPause => world.redis.resume(),
            Self::RedisFlush | Self::RedisFill => {}
            Self::Redis(server, _) => world.to_redis[server].set(Way::Pass),
            Self::Standby(_) => self.standby(world, Way::Pass),
            Self::DiskFull => {
                world.disk.iter().for_each(Disk::free);
                world.primary.revive();
            }
            Self::PowerCut => {
                world.disk.iter().for_each(Disk::mend);
                world.primary.start_again();
            }
            Self::SlowClients => world.slow = None,
        }
    }

    fn standby(self, world: &World, way: Way) {
        if let Some(standby) = &world.standby {
            standby.way.set(way);
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = |way: Way| match way {
            Way::Pass => "open",
            Way::Delay(_) => "slow",
            Way::Hole => "held up",
            Way::Swallow => "a black hole",
            Way::Cut => "cut",
            Way::Garbage => "full of rubbish",
        };
        match *self {
            Self::Kill(server) => write!(f, "kill -9 of server {server}"),
            Self::Term(server) => write!(f, "SIGTERM to server {server}"),
            Self::Pause(server) => write!(f, "server {server} stands still"),
            Self::PostgresKill => f.write_str("kill -9 of PostgreSQL"),
            Self::PostgresStop => f.write_str("immediate stop of PostgreSQL"),
            Self::PostgresPause => f.write_str("PostgreSQL stands still"),
            Self::Postgres(server, to) => write!(f, "server {server} to PostgreSQL {}", way(to)),
            Self::RedisKill => f.write_str("kill -9 of Redis"),
            Self::RedisPause => f.write_str("Redis stands still"),
            Self::RedisFlush => f.write_str("Redis flushed"),
            Self::RedisFill => f.write_str("Redis full of rubbish"),
            Self::Redis(server, to) => write!(f, "server {server} to Redis {}", way(to)),
            Self::Standby(to) => write!(f, "the standby's way {}", way(to)),
            Self::DiskFull => f.write_str("PostgreSQL's disk full"),
            Self::PowerCut => f.write_str("PostgreSQL's power cut"),
            Self::SlowClients => f.write_str("crowds of slow clients"),
        }
    }
}
