//! What the tests stand on: real databases and caches, started by themselves, gone by themselves.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop, loudly"
)]

pub mod daemon;
pub mod postgres;
pub mod redis;
