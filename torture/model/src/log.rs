//! What a database committed, in order. Its tables are what the entries amount to.

/// One commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// A record, and the state row that the same transaction wrote.
    Recorded(Record),
    /// A transaction that found its record there already: it changes nothing, and takes its turn.
    Repeated,
    /// The key that asks was revoked; raises the epoch.
    Revoked,
    /// Something else of the site changed; raises the epoch.
    Changed,
    /// A server's so manieth mark.
    Marked(u8, u8),
}

/// A record of the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// The body it was made from; with its id, one and the same.
    pub id: u8,
    /// Its place among the visitor's records.
    pub version: u8,
    /// The version that the client knew.
    pub base: u8,
    /// What it says.
    pub yes: bool,
    /// The state row: version and answer after it.
    pub state: (u8, bool),
}

/// The record that is there from the start: a yes that everyone knows.
pub const FIRST: Record = Record { id: u8::MAX, version: 1, base: 0, yes: true, state: (1, true) };

/// A site's settings at one epoch, as a server caches them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    /// Names the changes it has seen: each raises it by a step of its own.
    pub epoch: u8,
    /// Whether the key may ask.
    pub key_works: bool,
}

/// The visitor's records, first to last.
pub fn records(log: &[Entry]) -> impl DoubleEndedIterator<Item = Record> {
    let record = |entry: &Entry| match entry {
        Entry::Recorded(record) => Some(*record),
        _ => None,
    };
    std::iter::once(FIRST).chain(log.iter().filter_map(record))
}

/// The last record, with the state row.
pub fn last(log: &[Entry]) -> Record {
    records(log).next_back().unwrap_or(FIRST)
}

/// The site's settings. Where the epoch only counts changes, another change raises it as much.
pub fn site(log: &[Entry], counted: bool) -> Site {
    let step = |entry: &Entry| match entry {
        Entry::Revoked => 1,
        Entry::Changed if counted => 1,
        Entry::Changed => 2,
        _ => 0,
    };
    let epoch = log.iter().map(step).sum();
    Site { epoch, key_works: !log.contains(&Entry::Revoked) }
}

/// How many marks were left since the start.
pub fn marks(log: &[Entry]) -> u8 {
    log.iter().filter(|entry| matches!(entry, Entry::Marked(_, 1..))).fold(0, |count, _| count + 1)
}
