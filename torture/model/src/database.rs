//! A primary, its synchronous standby, and the network between them.

use crate::bounds::TERM;
use crate::log::Entry;

/// One of the two PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// The primary of the start. It never learns that it was replaced.
    Old,
    /// The standby, once it was promoted.
    New,
}

/// Both.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Databases {
    /// What the first primary has on disk.
    pub old: Vec<Entry>,
    /// How much of it the standby has, and has confirmed.
    pub confirmed: usize,
    /// How much of it became visible because the primary started again: a restart makes visible
    /// whatever is on disk, also what still waited for the standby.
    pub recovered: usize,
    /// The first primary runs.
    pub up: bool,
    /// What the promoted standby has. Its own standby is not modelled: it commits at once.
    pub new: Option<Vec<Entry>>,
    /// The first primary and server 0 are cut off from the rest.
    pub cut: bool,
    /// Ticks since the standby confirmed something, up to the term.
    pub silence: u8,
}

impl Databases {
    /// Primary and standby alike, a moment after a commit.
    pub fn start(log: Vec<Entry>) -> Self {
        let confirmed = log.len();
        Self { old: log, confirmed, recovered: 0, up: true, new: None, cut: false, silence: 0 }
    }

    /// Whether a server reaches a database that is not in recovery.
    pub fn reach(&self, server: usize, node: Node) -> bool {
        match node {
            Node::Old => self.up && (server == 0 || !self.cut),
            Node::New => self.new.is_some() && (server == 1 || !self.cut),
        }
    }

    /// What a statement on this node sees.
    pub fn visible(&self, node: Node) -> &[Entry] {
        match (node, &self.new) {
            (Node::New, Some(log)) => log,
            (Node::New, None) => &[],
            (Node::Old, _) => &self.old[..self.confirmed.max(self.recovered)],
        }
    }

    /// What this node has on disk.
    pub fn on_disk(&self, node: Node) -> &[Entry] {
        match node {
            Node::Old => &self.old,
            Node::New => self.visible(node),
        }
    }

    /// What the installation goes by: the primary nobody replaced.
    pub fn valid(&self) -> &[Entry] {
        self.new.as_deref().unwrap_or(&self.old)
    }

    /// Writes a commit to disk; its place.
    pub fn commit(&mut self, node: Node, entry: Entry) -> usize {
        let log = match (node, &mut self.new) {
            (Node::New, Some(log)) => log,
            _ => &mut self.old,
        };
        log.push(entry);
        log.len() - 1
    }

    /// Whether whoever committed at this place is told so.
    pub fn acknowledges(&self, node: Node, place: usize) -> bool {
        match node {
            Node::Old => self.up && place < self.confirmed,
            Node::New => true,
        }
    }

    /// Whether the visitor's row is locked by a commit that waits for the standby.
    pub fn waits(&self, node: Node) -> bool {
        let seen = self.visible(node).len();
        self.on_disk(node)[seen..]
            .iter()
            .any(|entry| matches!(entry, Entry::Recorded(_) | Entry::Repeated))
    }

    /// Whether something can still reach the standby.
    pub fn replicates(&self) -> bool {
        self.up && !self.cut && self.new.is_none() && self.confirmed < self.old.len()
    }

    /// Whether the standby may be promoted: the one thing that is asked of the operator.
    pub fn promotable(&self) -> bool {
        self.new.is_none() && self.silence >= TERM
    }
}
