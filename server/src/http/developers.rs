//! What the developers of a website take from here: the types of `window.ouinon`.

use super::loader;
use crate::app::App;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// The declarations, for a site's own TypeScript.
const TYPES: &str = include_str!("../../../banner-wasm/ouinon.d.ts");

/// `GET /ouinon.d.ts`.
pub async fn types(app: web::Data<Arc<App>>, request: HttpRequest) -> HttpResponse {
    loader::current(&app, &request, "text/plain; charset=utf-8", TYPES.to_owned())
}
