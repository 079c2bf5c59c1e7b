//! The banner and the preferences, compiled to WebAssembly.
//!
//! `machine` decides, `view` draws, `shell` ties both to the page through a handful of imported
//! functions. Nothing here allocates, formats or panics, which is what keeps the module small;
//! cookies, requests and storage belong to the TypeScript around it (`loader/`, `widget/`).

#![cfg_attr(target_arch = "wasm32", no_std)]

pub mod machine;
pub mod view;

#[cfg(target_arch = "wasm32")]
mod shell;
