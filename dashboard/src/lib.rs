//! Every page Ouinon renders on the server: the dashboard, the hosted preferences page, published
//! notices, problem pages and the API's documentation.
//!
//! This crate renders and does nothing else: no database, no HTTP, no clock. The server hands it
//! typed contexts (`pages`) and a [`Chrome`], and gets HTML back. All texts are in `texts/`, all
//! output is escaped by the template engine, and no page needs an inline style or script.

mod assets;
mod chrome;
mod filters;
mod format;
mod lang;
mod names;
mod query;
mod reasons;
mod renderer;
mod texts;

pub mod charts;
pub mod pages;
pub mod period;
pub mod rate;

pub use assets::Asset;
pub use chrome::{Chrome, Role, SignedIn};
pub use lang::Lang;
pub use query::Query;
pub use reasons::{Facts, explain};
pub use renderer::{Page, Policy, RenderError, Renderer};
