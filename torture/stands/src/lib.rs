//! What tests stand on: real databases and caches and the links to them, started by themselves,
//! hurt on request, gone by themselves. Nothing here knows Ouinon.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must fail, loudly"
)]

pub mod clock;
pub mod daemon;
pub mod disk;
pub mod line;
pub mod postgres;
pub mod proxy;
pub mod redis;
