//! The raw statements of the two paths that must be fast, one file each: what a decision reads, the
//! lock a write takes, what it then reads, the rows it appends, who waits for the sequencer, how far the logs are, and
//! what is counted. Each keeps its text whatever the number of rows, so PostgreSQL parses it once.

pub mod heads;
mod insert;
mod meet;
mod queue;
mod read;

pub use insert::{Known, Rows, insert};
pub use meet::{Asked, Met, meet};
pub use queue::sites_with_leaves;
pub use read::{Hashed, Standing, Standings, standings};
