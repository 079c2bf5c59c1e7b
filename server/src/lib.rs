//! The server `ouinon`: what the binary and the tests are made of.

pub mod apart;
pub mod app;
pub mod assets;
pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
pub mod consent;
pub mod error;
pub mod evidence;
pub mod geo;
pub mod http;
pub mod jobs;
pub mod known_bad;
pub mod log;
pub mod privacy;
pub mod random;
pub mod request;
pub mod seldom;
pub mod sites;
pub mod stop;
pub mod storage;
pub mod traces;
