//! What one server remembers. A kill forgets all of it but how many marks were made: those are
//! random names, and never the same.

use crate::client::{BODIES, Floor};
use crate::database::Node;
use crate::log::{Record, Site};

/// A server's memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Server {
    /// The site as cached.
    pub site: Option<Site>,
    /// The mark to find.
    pub mark: Option<Mark>,
    /// The mark that waits for its commit.
    pub writing: Option<Writing>,
    /// Marks made.
    pub made: u8,
    /// Questions that wait for a statement. Of several, the one asked last is the one to satisfy.
    pub waiting: Option<Floor>,
    /// The statement that was sent.
    pub sent: Option<Statement>,
    /// `Design::ReplayedAck`: answers by id.
    pub answers: [Option<u8>; BODIES],
}

/// A mark that was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark {
    /// Its name.
    pub name: u8,
    /// Ticks since it was begun, up to the term.
    pub age: u8,
}

/// A mark on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Writing {
    /// What it becomes.
    pub mark: Mark,
    /// Where.
    pub node: Node,
    /// Its place in the log.
    pub place: usize,
}

/// A statement that asks where the visitor stands, for everyone who waited when it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Statement {
    /// What the answer must satisfy.
    pub floor: Floor,
    /// To which database.
    pub node: Node,
    /// The site it is judged by.
    pub site: Site,
    /// The mark it is to find.
    pub mark: Option<Mark>,
    /// What it found, once it ran.
    pub row: Option<Row>,
}

/// What a statement found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// The visitor's last record.
    pub record: Record,
    /// The site's epoch.
    pub epoch: u8,
    /// The mark was there.
    pub marked: bool,
    /// `Design::LeaseCounter`: the number.
    pub count: u8,
}

/// Who waits, if one more question, or one that is asked again, waits too.
pub fn later(waiting: Option<Floor>, floor: Floor) -> Option<Floor> {
    Some(waiting.map_or(floor, |other| other.and(floor)))
}
