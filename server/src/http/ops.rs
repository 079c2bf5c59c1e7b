//! For those who run the server: health, readiness, metrics, public keys, the API's description.

use super::{api_description, json, metrics as figures};
use crate::app::App;
use crate::error::Error;
use crate::evidence::jwks::jwks as key_set;
use crate::http::extract::client;
use crate::http::listen::Local;
use crate::storage::{self, promises::Promises};
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;

/// How far our clock and the database's may be apart, in microseconds.
const MAX_SKEW: i64 = 5_000_000;
const APART: &str = "the clocks of server and database are more than 5 s apart";
const ENDING: &str = "the server was told to end; send new requests elsewhere";
const NO_ANSWER: &str = "the database does not answer; the server's log says why";

/// `GET /healthz`: the process runs.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: the database answers, keeps what it commits, is the primary still, and its clock
/// agrees with ours. A log that its witness contradicts is named, and what could not be compared yet
/// is counted: the server is ready for all others. One that was told to end is not.
pub async fn readyz(app: web::Data<Arc<App>>) -> Result<HttpResponse, Error> {
    if app.ending.begun() {
        let answer = json!({ "ready": false, "why": ENDING });
        return json::private(StatusCode::SERVICE_UNAVAILABLE, &answer);
    }
    let (skew, promises) = match look(&app).await {
        Ok(seen) => seen,
        Err(error) => {
            tracing::warn!(%error, "not ready");
            return json::private(
                StatusCode::SERVICE_UNAVAILABLE,
                &json!({ "ready": false, "why": NO_ANSWER, "database": "does not answer" }),
            );
        }
    };
    let held = app.asker.lease().show(Instant::now()).map(drop);
    let why = promises
        .refusal()
        .or_else(|| held.as_ref().err().map(ToString::to_string))
        .or_else(|| (skew.abs() > MAX_SKEW).then(|| APART.to_owned()));
    let ready = why.is_none();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let (distrust, witness) = (&app.publisher.distrust, &app.publisher.witness);
    let contradicted = distrust.contradicted().into_iter();
    let unverified = contradicted.map(|(site, why)| json!({ "site": site, "why": why }));
    let answer = json!({
        "ready": ready, "why": why, "database": "answers", "clock_skew_us": skew,
        "lease_held": held.is_ok(), "durability": promises.shape(),
        "logs_unverified": unverified.collect::<Vec<_>>(),
        "witness": {
            "sites_not_compared": distrust.not_compared(), "unreachable": witness.unreachable(),
        },
    });
    json::private(status, &answer)
}

/// The database's clock minus ours, and what it promises.
async fn look(app: &App) -> Result<(i64, Promises), Error> {
    let asked = async {
        let skew = app.storage.now().await? - app.clock.now();
        Ok((skew, Promises::of(&app.storage).await?))
    };
    app.storage.in_time(asked).await
}

/// `GET /metrics`: for loopback callers, or on the port for operations.
pub async fn metrics(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let apart = app.config.listen.ops.is_some();
    let ours = request.app_data::<Local>().map(|local| local.0);
    let on_ops = apart && app.config.listen.ops == ours;
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
        .body(figures::render(&app)))
}

/// `GET /.well-known/jwks.json`: the public keys of receipts and of the sites' logs.
pub async fn jwks(app: web::Data<Arc<App>>) -> Result<HttpResponse, Error> {
    let db = &app.storage.db();
    let (keys, sites) = (storage::keys::signing(db).await?, storage::sites::list(db).await?);
    let keys = key_set(&keys, &sites, &app.publisher.keys)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .json(keys))
}

/// `GET /.well-known/gpc.json`: Global Privacy Control is acted upon here (its specification, section 4). A
/// site that has the server on its own origin answers for itself with it.
pub async fn gpc() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .json(json!({ "gpc": true, "lastUpdate": "2026-11-23" }))
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
