//! The raw statements of the two paths that must be fast, one file each: what a decision reads, the
//! lock a write takes, the rows it appends, and who waits for the sequencer. Each keeps its text
//! whatever the number of rows, so PostgreSQL parses it once.

mod insert;
mod lock;
mod queue;
mod read;

pub use insert::{Known, insert};
pub use lock::lock_subjects;
pub use queue::sites_with_leaves;
pub use read::{Hashed, Standing, Standings, standings};
