//! The checkers: what the journal says against what the database holds and the servers answer. Each
//! finds broken invariants of docs/TRUST.md and nothing else.

pub mod asked;
pub mod decisions;
pub mod log;
pub mod receipts;
pub mod records;
