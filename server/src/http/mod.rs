//! HTTP: routes in one table, one file per resource, one place that turns errors into problems.

pub mod api_description;
pub mod compress;
pub mod consents;
pub mod cors;
pub mod dashboard;
pub mod decisions;
pub mod events;
pub mod extract;
pub mod html;
pub mod json;
pub mod limits;
pub mod listen;
pub mod loader;
pub mod log;
pub mod metrics;
pub mod notices;
pub mod ops;
pub mod place;
pub mod privacy;
pub mod problem;
pub mod public_pages;
pub mod records;
pub mod routes;
pub mod stats;
pub mod trace;
pub mod visitors;
