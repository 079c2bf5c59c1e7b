//! Tests of the server from outside, one file per area, in one binary.

mod stands;
mod support;
