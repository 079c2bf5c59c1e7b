//! What the tests stand on: real databases and caches, started by themselves, gone by themselves.

pub mod app;
pub mod balancer;
pub mod forger;
pub mod history;
pub mod http;
pub mod past;
pub mod person;
pub mod process;
pub mod routes;
pub mod shop;
pub mod store;
pub mod vandal;
pub mod visitor;

pub use ouinon_stands::{daemon, line, postgres, proxy, redis};
