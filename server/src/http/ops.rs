//! For those who run the server: health, readiness, metrics, public keys, the API's description.

use super::{api_description, json};
use crate::app::App;
use crate::error::Error;
use crate::evidence::jwks::jwks as key_set;
use crate::http::extract::client;
use crate::storage;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use std::sync::Arc;

/// How far our clock and the database's may be apart, in microseconds.
const MAX_SKEW: i64 = 5_000_000;

/// `GET /healthz`: the process runs.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: the database answers, and its clock agrees with ours. A log that its witness
/// contradicts is named, and what could not be compared yet is counted: the server is ready for all
/// others.
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
    let (distrust, witness) = (&app.publisher.distrust, &app.publisher.witness);
    let contradicted = distrust.contradicted().into_iter();
    let unverified = contradicted.map(|(site, why)| json!({ "site": site, "why": why }));
    let answer = json!({
        "ready": ready, "database": "answers", "clock_skew_us": skew,
        "logs_unverified": unverified.collect::<Vec<_>>(),
        "witness": {
            "sites_not_compared": distrust.not_compared(), "unreachable": witness.unreachable(),
        },
    });
    json::private(status, &answer)
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

/// `GET /.well-known/jwks.json`: the public keys of receipts and of the sites' logs.
pub async fn jwks(app: web::Data<Arc<App>>) -> Result<HttpResponse, Error> {
    let db = app.storage.db();
    let (keys, sites) = (storage::keys::signing(db).await?, storage::sites::list(db).await?);
    let keys = key_set(&keys, &sites, &app.publisher.keys)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .json(keys))
}

/// `GET /openapi.json`
pub async fn openapi(app: web::Data<Arc<App>>) -> Result<HttpResponse, Error> {
    let mut document = api_description::document()?;
    document["servers"] = json!([{ "url": app.public.as_str() }]);
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(document.to_string()))
}
