//! The product's design, and designs that are known to be wrong: each differs in one point.

/// How the protocol is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// As in `server/src/consent`, or as that has to be (docs/TRUST.md says where it is not yet).
    Product,
    /// A yes is kept in a shared cache, and deleted after the commit, before the acknowledgement.
    CachedYes,
    /// The client is told before the commit.
    AckBeforeCommit,
    /// A grant is recorded whatever its `base_version` is.
    NoVersionCheck,
    /// A server keeps its answers by id from when the transaction began, and repeats them from memory.
    ReplayedAck,
    /// The same id again is answered from the row that is there, without a commit of its own.
    RepeatWithoutCommit,
    /// A question joins a statement that was sent.
    JoinsSentStatement,
    /// A decision needs no mark.
    NoLease,
    /// Servers raise a number; a decision needs that this server saw it advance within the term.
    LeaseCounter,
    /// A mark counts from the moment when its commit was acknowledged.
    LeaseFromAnswer,
    /// The epoch that comes with a decision is not compared with the cached site's.
    NoEpochComparison,
    /// The epoch counts changes, so that two primaries can count to the same number.
    EpochCounter,
    /// Two transactions may read a visitor's state before either writes.
    NoLock,
    /// A commit does not wait for the standby.
    UnconfirmedCommit,
}
