//! Who writes: bodies, each with an id of its own, and what its sender knows of it.

use crate::database::Node;
use crate::log::Entry;

/// How many bodies there are.
pub const BODIES: usize = 3;
/// The visitor's withdrawal.
pub const WITHDRAWAL: usize = 0;
/// A grant by somebody who knows version 1 only.
pub const STALE_GRANT: usize = 1;
/// The visitor's new yes, sent once the withdrawal was acknowledged.
pub const REGRANT: usize = 2;

/// What became of a body, or of an operator's command, as its sender sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Not sent, or not answered: it may be sent again.
    Open,
    /// A server has it; its transaction holds the lock and knows what it will write, and the version it will answer.
    Begun(u8, Node, Entry, u8),
    /// The commit is on disk, at this place.
    Written(u8, Node, usize, u8),
    /// 2xx, with this version.
    Acknowledged(u8),
    /// 409.
    Refused,
}

/// A body on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Body {
    /// What its sender knows.
    pub status: Status,
    /// How often it was sent.
    pub sent: u8,
}

impl Body {
    /// Nobody sent it.
    pub const NEW: Self = Self { status: Status::Open, sent: 0 };

    /// The acknowledged version.
    pub fn acknowledged(&self) -> Option<u8> {
        match self.status {
            Status::Acknowledged(version) => Some(version),
            _ => None,
        }
    }

    /// The server that has it.
    pub fn at(&self) -> Option<usize> {
        match self.status {
            Status::Begun(server, ..) | Status::Written(server, ..) => Some(usize::from(server)),
            _ => None,
        }
    }

    /// The database that its transaction runs on.
    pub fn on(&self) -> Option<Node> {
        match self.status {
            Status::Begun(_, node, ..) | Status::Written(_, node, ..) => Some(node),
            _ => None,
        }
    }
}

/// What was acknowledged when a question was asked: the answer may not fall behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Floor {
    /// The highest version.
    pub version: u8,
    /// The withdrawal's version.
    pub withdrawn: u8,
    /// The revocation of the key.
    pub revoked: bool,
}

impl Floor {
    /// What satisfies both.
    pub fn and(self, other: Self) -> Self {
        Self {
            version: self.version.max(other.version),
            withdrawn: self.withdrawn.max(other.withdrawn),
            revoked: self.revoked || other.revoked,
        }
    }
}
