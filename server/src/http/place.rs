//! `GET /v1/sites/{site}/place`: the rules where the caller is, for the caller alone.

use super::{cors, extract, json, limits};
use crate::app::App;
use crate::cache::Lane;
use crate::error::Error;
use crate::http::extract::client;
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::regime::{Place, Regime};
use serde_json::{Value, json};
use std::sync::Arc;

/// Answers with the regime of the caller's place.
pub async fn read(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let site = app.sites.fresh(&extract::site_id(&request)?).await?;
    cors::check(&app, &request, &site)?;
    limits::by_network(&app, &request, &site.id, Lane::Read).await?;
    let (place, regime) = client::place(&app, &request);
    json::ok(&json!({ "regime": shape(&place, &regime) }))
}

/// A regime with its place.
pub fn shape(place: &Place, regime: &Regime) -> Value {
    json!({
        "model": regime.model,
        "law": regime.law,
        "country": place.country,
        "region": place.region,
        "gpc_honoured": regime.gpc_honoured,
    })
}
