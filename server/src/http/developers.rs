//! What the developers of a website take from here: the types of `window.ouinon`, and the panel that
//! says on a page what is held back there and why.

use super::loader::{self, SCRIPT};
use crate::app::App;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// The declarations, for a site's own TypeScript.
const TYPES: &str = include_str!("../../../banner-wasm/ouinon.d.ts");
/// Where the panel is told which version serves it.
const VERSION: &str = "__OUINON_VERSION__";

/// `GET /ouinon.d.ts`.
pub async fn types(app: web::Data<Arc<App>>, request: HttpRequest) -> HttpResponse {
    loader::current(&app, &request, "text/plain; charset=utf-8", TYPES.to_owned())
}

/// `GET /debug.js`: the loader asks for it where a page's address has `ouinon=debug`.
pub async fn debug(app: web::Data<Arc<App>>, request: HttpRequest) -> HttpResponse {
    let version = concat!("\"", env!("CARGO_PKG_VERSION"), "\"");
    let script = app.built.debug.replacen(VERSION, version, 1);
    loader::current(&app, &request, SCRIPT, script)
}
