//! What the tests stand on: real databases and caches, started by themselves, gone by themselves.

pub mod daemon;
pub mod postgres;
pub mod redis;
