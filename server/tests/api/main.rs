//! Tests of the server from outside, one file per area, in one binary.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must fail, loudly"
)]

mod cache;
mod stands;
mod support;
