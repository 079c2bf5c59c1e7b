//! The server `ouinon`: what the binary and the tests are made of.

pub mod clock;
pub mod config;
pub mod geo;
pub mod random;
