//! The two paths of the product. `submit` is the way of one choice into the database; `decide` is
//! the way of one question to its answer. Everything else here serves one of them.

pub mod asker;
pub mod body;
pub mod browser_key;
pub mod decide;
pub mod decision_log;
mod desk;
mod lanes;
pub mod lease;
pub mod resolve;
pub mod submit;
mod transaction;
pub mod writer;
