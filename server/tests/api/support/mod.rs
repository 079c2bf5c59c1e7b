//! What the tests stand on: real databases and caches, started by themselves, gone by themselves.

pub mod app;
pub mod balancer;
pub mod daemon;
pub mod forger;
pub mod history;
pub mod http;
pub mod line;
pub mod past;
pub mod person;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod redis;
pub mod routes;
pub mod shop;
pub mod store;
pub mod vandal;
pub mod visitor;
