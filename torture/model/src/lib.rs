//! The protocol of decisions and withdrawals as a state machine, and a search through every order in
//! which its steps can happen. What a test on real processes finds by luck, this finds if it is
//! there, within the bounds of `bounds.rs`.
//!
//! It models what `server/src/consent` does (one visitor, one purpose, one key), not its code: who
//! changes the protocol changes it here too. `design.rs` lists designs that are known to be wrong; the
//! tests see that the search finds each of them, which is what makes its silence worth something.
//! docs/TRUST.md says what was checked and what is left out.
//!
//! Read in this order: `log`, `database` (a primary and its standby), `server` (what one remembers),
//! `client` (bodies and what became of them), `world` (all of it); then the steps, `write`, `read`,
//! `fault`; then `invariant` and `search`.

mod bounds;
mod client;
mod database;
mod design;
mod fault;
mod invariant;
mod log;
mod read;
mod search;
mod server;
mod step;
mod world;
mod write;

pub use bounds::{Bounds, TERM};
pub use design::Design;
pub use invariant::Broken;
pub use search::{Found, search};
pub use step::{Said, Step};
