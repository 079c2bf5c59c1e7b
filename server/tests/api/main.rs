//! Tests of the server from outside, one file per area, in one binary. Everything under `areas`
//! runs on both databases and carries the database's name.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must fail, loudly"
)]

mod batches;
mod cache;
mod every_area;
mod failover;
mod openapi;
mod outage;
mod rolling;
mod slow;
mod stands;
mod startup;
mod support;
mod traces;

#[path = "areas"]
mod sqlite {
    use crate::support::app::Backend;
    const BACKEND: Backend = Backend::Sqlite;

    mod asked;
    mod bad_input;
    mod canaries;
    mod commands;
    mod concurrency;
    mod conflicts;
    mod consents;
    mod dashboard;
    mod decision_reasons;
    mod decisions;
    mod events;
    mod handovers;
    mod idempotency;
    mod keys;
    mod killed;
    mod limits;
    mod loader;
    mod log;
    mod log_commands;
    mod migrations;
    mod million;
    mod nothing_there;
    mod notices;
    mod operations;
    mod pages;
    mod place;
    mod privacy;
    mod receipts;
    mod records;
    mod redis;
    mod registers;
    mod replay;
    mod retention;
    mod schema;
    mod sign_in;
    mod stats;
    mod stopping;
    mod tampering;
    mod tenancy;
    mod unasked;
    mod verify;
    mod visitors;
    mod witness;
}

#[path = "areas"]
#[expect(clippy::duplicate_mod, reason = "one conformance suite, two databases")]
mod postgres {
    use crate::support::app::Backend;
    const BACKEND: Backend = Backend::Postgres;

    mod asked;
    mod bad_input;
    mod canaries;
    mod commands;
    mod concurrency;
    mod conflicts;
    mod consents;
    mod dashboard;
    mod decision_reasons;
    mod decisions;
    mod events;
    mod handovers;
    mod idempotency;
    mod keys;
    mod killed;
    mod limits;
    mod loader;
    mod log;
    mod log_commands;
    mod migrations;
    mod million;
    mod nothing_there;
    mod notices;
    mod operations;
    mod pages;
    mod place;
    mod privacy;
    mod receipts;
    mod records;
    mod redis;
    mod registers;
    mod replay;
    mod retention;
    mod schema;
    mod sign_in;
    mod stats;
    mod stopping;
    mod tampering;
    mod tenancy;
    mod unasked;
    mod verify;
    mod visitors;
    mod witness;
}
