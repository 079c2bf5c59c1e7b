//! The raw statements of the two paths that must be fast, one file each: what a decision reads, the
//! lock a write takes, what it then reads, the rows it appends, who waits for the sequencer, how far the logs are,
//! what is counted, and what decisions told. Each keeps its text whatever the number of rows, so PostgreSQL parses it once.

pub mod heads;
mod insert;
mod meet;
mod queue;
mod read;
mod told;

pub use insert::{Known, Rows, insert};
pub use meet::{Asked, Met, meet};
pub use queue::sites_with_leaves;
pub use read::{Hashed, Standing, Standings, standings};
pub use told::{Inquiry, Told, tell};
