//! `POST /v1/sites/{site}/consents`: records a choice. Everything that matters happens in
//! `consent::submit`; here the caller is admitted and the answer is shaped.

use super::{cors, extract, json, limits};
use crate::app::App;
use crate::consent::body::{Body, Circumstances, MAX_BYTES};
use crate::consent::submit::submit;
use crate::consent::writer::Outcome;
use crate::error::Error;
use crate::http::extract::{client, key};
use crate::http::visitors::state_cookies;
use crate::sites::Site;
use crate::sites::key::Scope;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::choice::Method;
use std::sync::Arc;

/// Records a choice and answers with the receipt.
pub async fn create(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let site = extract::site_id(&request)?;
    // So that a page can read whatever is answered; who may write is checked again below.
    let known = app.sites.cached(&site).await?;
    let _ = cors::check(&app, &request, &known);
    let raw = raw_body(&request, payload).await?;
    let mut key = None;
    if key::present(&request) {
        let presented = key::belongs(&app, &request, &site, Scope::CONSENTS_WRITE).await?;
        // One that does not work is charged as a page is.
        let works = key::check(&app, &request, &presented, &known, Scope::CONSENTS_WRITE).is_ok();
        key = works.then_some(presented);
    }
    let body = Body::read(&raw)?;
    let visitor = body.secret().visitor();
    let lane = limits::lane(body.action());
    limits::write(&app, &request, &site, lane, &visitor, key.as_ref()).await?;
    let admit = |site: &Site, body: &Body| admit(&app, &request, site, body);
    let submitted = submit(&app.sites, &app.writer, &site, &raw, &body, admit);
    let (site, outcome) = app.storage.in_time(submitted).await?;
    answer(&app, &request, &site, &body, &outcome)
}

/// The raw body, of the types pages and servers send, within its limit.
async fn raw_body(request: &HttpRequest, payload: web::Payload) -> Result<web::Bytes, Error> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or("text/plain").split(';').next().unwrap_or_default().trim();
    if !["text/plain", "application/json"].iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        return Err(Error::UnsupportedMediaType("application/json or text/plain"));
    }
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Error::UnsupportedMediaType("the body without compression"));
    }
    extract::body(payload, MAX_BYTES).await
}

/// Pages write from the site's origins. Without an origin, or in an operator's name, a key does.
fn admit(
    app: &App,
    request: &HttpRequest,
    site: &Site,
    body: &Body,
) -> Result<Circumstances, Error> {
    let from_page = cors::check(app, request, site)?;
    if !from_page || body.method() == Some(Method::Operator) {
        key::check(app, request, &key::presented(request)?, site, Scope::CONSENTS_WRITE)?;
    }
    Ok(client::circumstances(app, request))
}

fn answer(
    app: &App,
    request: &HttpRequest,
    site: &Site,
    body: &Body,
    outcome: &Outcome,
) -> Result<HttpResponse, Error> {
    let record = &outcome.stored.record;
    let status = if outcome.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = json::private(status, &json::answer(&outcome.stored)?)?;
    if !outcome.repeated {
        let address =
            format!("{}/v1/sites/{}/consents/{}", app.public.as_str(), site.id, record.id);
        if let Ok(value) = HeaderValue::from_str(&address) {
            response.headers_mut().insert(header::LOCATION, value);
        }
        metrics::counter!("ouinon_consents_total", "action" => record.action.as_str()).increment(1);
    }
    state_cookies(app, request, site, body.secret(), record, &mut response);
    Ok(response)
}
