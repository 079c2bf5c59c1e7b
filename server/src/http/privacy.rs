//! A person's rights over HTTP: `DELETE …/visitors/{visitor}` and the visitor's own
//! `DELETE …/consent`, the export, and the register of erasures.

use super::page::Limit;
use super::{cors, extract, json, limits, visitors};
use crate::app::App;
use crate::cache::Lane;
use crate::error::Error;
use crate::http::extract::key;
use crate::privacy::{self, erase::Requester};
use crate::sites::Site;
use crate::sites::key::Scope;
use crate::storage::entity::erasure;
use crate::storage::erasures::{self, After};
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::canonical::{base64url, from_base64url, hex};
use ouinon_domain::ids::VisitorId;
use ouinon_domain::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Forgets a visitor in an operator's name.
pub async fn erase(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let site = key::site(&app, &request, Scope::PRIVACY_WRITE).await?;
    let visitor = in_path(&request)?;
    json::ok(&forgotten(&app, &site, visitor, &Requester::Key(key::presented(&request)?.id)).await?)
}

/// Forgets a visitor who asks for it with its secret.
pub async fn erase_own(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let id = extract::site_id(&request)?;
    let site = app.sites.fresh(&id).await?;
    // Only from the site's own pages: without an origin anyone could fill the register.
    if !cors::check(&app, &request, &site)? {
        return Err(Error::ForeignOrigin);
    }
    let visitor = key::visitor(&request)?.visitor();
    limits::write(&app, &request, &id, Lane::Erasure, &visitor, None).await?;
    let answer = forgotten(&app, &site, visitor, &Requester::Visitor).await?;
    let mut response = json::ok(&answer)?;
    visitors::remove_cookies(&app, &request, &site, &mut response);
    Ok(response)
}

async fn forgotten(
    app: &App,
    site: &Site,
    visitor: VisitorId,
    requester: &Requester,
) -> Result<Value, Error> {
    let now = Timestamp(app.clock.now());
    let (storage, keys) = (&app.storage, &app.publisher.keys);
    let done = privacy::erase::erase(storage, keys, site, visitor, requester, now).await?;
    metrics::counter!("ouinon_erasures_total").increment(u64::from(!done.repeated));
    Ok(json!({ "visitor": visitor, "erased_at": done.at }))
}

/// All that is kept about a visitor.
pub async fn export(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let site = key::site(&app, &request, Scope::PRIVACY_READ).await?;
    let now = Timestamp(app.clock.now());
    json::ok(&privacy::export::export(&app.storage, &site, in_path(&request)?, now).await?)
}

fn in_path(request: &HttpRequest) -> Result<VisitorId, Error> {
    extract::visitor(request.match_info().get("visitor").unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    after: Option<String>,
    limit: Option<u64>,
}

/// A page of the register of erasures, newest first.
pub async fn erasures(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let site = key::site(&app, &request, Scope::PRIVACY_READ).await?;
    let page: Page = extract::query(&request)?;
    let limit = Limit::read(page.limit)?;
    let after = page.after.as_deref().map(read_cursor).transpose()?;
    let mut found = erasures::list(&app.storage.db(), &site.id, after, limit.ask()).await?;
    let next = limit.cut(&mut found, cursor);
    let items: Vec<_> = found.iter().map(shape).collect();
    json::ok(&json!({ "items": items, "next_cursor": next }))
}

fn shape(entry: &erasure::Model) -> Value {
    json!({
        "visitor_hmac": hex(&entry.visitor_hmac),
        "erased_at": Timestamp(entry.erased_at),
        "requested_by": entry.requested_by,
    })
}

fn cursor(entry: &erasure::Model) -> String {
    base64url(&[&entry.erased_at.to_be_bytes(), entry.visitor_hmac.as_slice()].concat())
}

fn read_cursor(text: &str) -> Result<After, Error> {
    let wrong = || Error::field("/after", "is not a cursor of this list");
    let bytes: [u8; 40] = from_base64url(text).ok_or_else(wrong)?;
    let (time, hash) = bytes.split_first_chunk::<8>().ok_or_else(wrong)?;
    let hash = <[u8; 32]>::try_from(hash).map_err(|_| wrong())?;
    Ok((Timestamp(i64::from_be_bytes(*time)), hash))
}
