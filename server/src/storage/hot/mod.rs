//! The raw statements of the two paths that must be fast, one file each: what a decision reads, the
//! first records a write appends at once, what other writes read under their lock, the rows they
//! append, who waits for the sequencer, where records stand in the logs and how far those are, and what
//! decisions told. Each keeps its text whatever the number of rows, so PostgreSQL parses it once.

mod first;
pub mod heads;
mod insert;
mod meet;
mod places;
mod queue;
mod read;
mod told;

pub use first::{First, New, append_first};
pub use insert::{Known, Rows, insert};
pub use meet::{Asked, Met, meet};
pub use places::note_places;
pub use queue::{sites_with_leaves, take};
pub use read::{Hashed, Link, Standing, Standings, standings};
pub use told::{Inquiry, Told, tell};
