//! Everything at one moment.

use crate::bounds::{Bounds, TERM};
use crate::client::{BODIES, Body, Floor, Status, WITHDRAWAL};
use crate::database::{Databases, Node};
use crate::design::Design;
use crate::invariant::Broken;
use crate::log::{Entry, Record, site};
use crate::server::{Mark, Server};
use crate::step::Step;
use crate::{fault, read, write};

/// The servers.
pub const SERVERS: usize = 2;
/// Both databases.
pub const NODES: [Node; 2] = [Node::Old, Node::New];

/// The state of the search.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    /// PostgreSQL.
    pub databases: Databases,
    /// Two servers.
    pub servers: [Server; SERVERS],
    /// What clients send.
    pub bodies: [Body; BODIES],
    /// The command that revokes the key.
    pub revocation: Status,
    /// The command that changes something else.
    pub change: Status,
    /// `Design::CachedYes`: what Redis holds.
    pub cache: Option<Record>,
    /// Kills so far: of servers, of the first primary.
    pub kills: (u8, u8),
    /// The network was cut once.
    pub was_cut: bool,
}

/// A step from one world to the next, and what it broke.
#[derive(Debug)]
pub struct Next {
    /// What happens.
    pub step: Step,
    /// What is then.
    pub world: World,
    /// The promise that the step itself breaks.
    pub broken: Option<Broken>,
}

/// What every step needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How the protocol is built.
    pub design: Design,
    /// How much may happen.
    pub bounds: Bounds,
}

impl World {
    /// A yes is recorded and known, both servers have a mark and the site.
    pub fn start() -> Self {
        let log: Vec<Entry> = (0..SERVERS).map(|server| Entry::Marked(server as u8, 0)).collect();
        let server = Server {
            site: Some(site(&log, false)),
            mark: Some(Mark { name: 0, age: 0 }),
            ..Server::default()
        };
        Self {
            databases: Databases::start(log),
            servers: [server.clone(), server],
            bodies: [Body::NEW; BODIES],
            revocation: Status::Open,
            change: Status::Open,
            cache: None,
            kills: (0, 0),
            was_cut: false,
        }
    }

    /// Everything that can happen next.
    pub fn next(&self, rules: &Rules) -> Vec<Next> {
        let mut next = Vec::new();
        write::steps(self, rules, &mut next);
        read::steps(self, rules, &mut next);
        fault::steps(self, rules, &mut next);
        next
    }

    /// This world after a step that breaks nothing by itself.
    pub fn after(&self, step: Step, change: impl FnOnce(&mut Self)) -> Next {
        let mut world = self.clone();
        change(&mut world);
        Next { step, world, broken: None }
    }

    /// What has been acknowledged.
    pub fn floor(&self) -> Floor {
        let versions = self.bodies.iter().filter_map(Body::acknowledged);
        Floor {
            version: versions.max().unwrap_or(1),
            withdrawn: self.bodies[WITHDRAWAL].acknowledged().unwrap_or(0),
            revoked: matches!(self.revocation, Status::Acknowledged(_)),
        }
    }

    /// A tick: everything that counts the time grows older, up to the term.
    pub fn tick(&mut self) {
        let older = |age: &mut u8| *age = TERM.min(*age + 1);
        older(&mut self.databases.silence);
        for server in &mut self.servers {
            let shown = server.sent.as_mut().and_then(|sent| sent.mark.as_mut());
            let writing = server.writing.as_mut().map(|writing| &mut writing.mark);
            for mark in server.mark.as_mut().into_iter().chain(shown).chain(writing) {
                older(&mut mark.age);
            }
        }
    }
}
