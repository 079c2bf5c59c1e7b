//! For those who run the server: health, readiness, metrics, public keys, the API's description.

use super::json;
use crate::app::App;
use crate::error::Error;
use crate::evidence::keys;
use crate::http::extract::client;
use crate::storage;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use std::sync::Arc;

/// The API's description, kept beside the routes and compared with them by a test.
pub const OPENAPI: &str = include_str!("../../data/openapi.json");
/// How far our clock and the database's may be apart, in microseconds.
const MAX_SKEW: i64 = 5_000_000;

/// `GET /healthz`: the process runs.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: the database answers, and its clock agrees with ours.
pub async fn readyz(app: web::Data<Arc<App>>) -> Result<HttpResponse, Error> {
    let skew = match app.storage.now().await {
        Ok(theirs) => theirs - app.clock.now(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            return json::private(
                StatusCode::SERVICE_UNAVAILABLE,
                &json!({ "ready": false, "database": "does not answer" }),
            );
        }
    };
    let ready = skew.abs() <= MAX_SKEW;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json::private(status, &json!({ "ready": ready, "database": "answers", "clock_skew_us": skew }))
}

/// `GET /metrics`: for loopback callers, or on the port for operations.
pub async fn metrics(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let apart = app.config.listen.ops.is_some();
    let ours = request.app_config().local_addr();
    let on_ops = app.config.listen.ops.is_some_and(|ops| ops.port() == ours.port());
    // A proxy on this machine looks like loopback too, but says that it passes something on.
    let passed_on = ["x-forwarded-for", "forwarded", "via"]
        .iter()
        .any(|name| request.headers().contains_key(*name));
    let local = client::address(&app, &request).is_loopback() && !passed_on;
    if (apart && !on_ops) || (!apart && !local) {
        return Err(Error::NotFound("no such address"));
    }
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(app.metrics.render()))
}

/// `GET /.well-known/jwks.json`: the public keys of receipts.
pub async fn jwks(app: web::Data<Arc<App>>) -> Result<HttpResponse, Error> {
    let keys = keys::jwks(&storage::keys::signing(app.storage.db()).await?);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .json(keys))
}

/// `GET /openapi.json`
pub async fn openapi(app: web::Data<Arc<App>>) -> Result<HttpResponse, Error> {
    let mut document: serde_json::Value =
        serde_json::from_str(OPENAPI).map_err(|error| Error::internal("openapi.json", error))?;
    document["servers"] = json!([{ "url": app.public.as_str() }]);
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(document.to_string()))
}
