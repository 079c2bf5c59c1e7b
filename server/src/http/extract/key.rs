//! `Authorization: Bearer KEY`, and what it may do on a site.

use crate::app::App;
use crate::cache::Lane;
use crate::error::Error;
use crate::http::extract::client;
use crate::http::limits;
use crate::sites::Site;
use crate::sites::key::{Presented, Scope};
use actix_web::HttpRequest;
use actix_web::http::header;
use ouinon_domain::ids::{SiteId, VisitorSecret};
use ouinon_domain::time::Timestamp;
use std::sync::Arc;

/// The credentials of a scheme, if the request has them.
fn credentials<'a>(request: &'a HttpRequest, scheme: &str) -> Option<&'a str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (given, rest) = value.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// Whether a Bearer key came along.
pub fn present(request: &HttpRequest) -> bool {
    credentials(request, "Bearer").is_some()
}

/// The visitor's own secret (`Authorization: Visitor SECRET`).
pub fn visitor(request: &HttpRequest) -> Result<VisitorSecret, Error> {
    let text = credentials(request, "Visitor");
    text.and_then(VisitorSecret::parse)
        .ok_or(Error::Unauthorized("send `Authorization: Visitor SECRET`"))
}

/// Checks the key of a request against a site as read: unknown key 401, another site's key 404,
/// missing scope 403.
pub fn check(
    app: &App,
    request: &HttpRequest,
    presented: &Presented,
    site: &Site,
    scope: Scope,
) -> Result<(), Error> {
    let key = site.key(&presented.id).filter(|_| presented.site == site.id);
    let key = key.ok_or(Error::Unauthorized("the API key is unknown"))?;
    let from = client::address(app, request);
    key.check(presented, scope, Timestamp(app.clock.now()), from)
}

/// The key that came along; whether it may do anything is `check`'s to say.
pub fn presented(request: &HttpRequest) -> Result<Presented, Error> {
    let text = credentials(request, "Bearer")
        .ok_or(Error::Unauthorized("send `Authorization: Bearer KEY`"))?;
    Presented::parse(text).ok_or(Error::Unauthorized("the API key is unknown"))
}

/// Refuses a key of another site: it is valid at home, and unknown and foreign sites look alike.
/// Whether a key of this site works is `check`'s to say.
pub async fn belongs(
    app: &App,
    request: &HttpRequest,
    site: &SiteId,
    scope: Scope,
) -> Result<Presented, Error> {
    let presented = presented(request)?;
    if presented.site == *site {
        return Ok(presented);
    }
    let unknown = |error| match error {
        Error::NotFound(_) => Error::Unauthorized("the API key is unknown"),
        other => other,
    };
    let home = app.sites.fresh(&presented.site).await.map_err(unknown)?;
    match check_at_home(app, request, &home, &presented, scope) {
        Err(error @ Error::Unauthorized(_)) => Err(error),
        _ => Err(Error::NotFound("no such site")),
    }
}

fn check_at_home(
    app: &App,
    request: &HttpRequest,
    home: &Site,
    presented: &Presented,
    scope: Scope,
) -> Result<(), Error> {
    let key = home.key(&presented.id).ok_or(Error::Unauthorized("the API key is unknown"))?;
    key.check(presented, scope, Timestamp(app.clock.now()), client::address(app, request))
}

/// A key that works on a site as cached, or as it is now. Whoever comes with another is charged by its
/// network: there is no end of keys that nobody made.
pub async fn known(
    app: &App,
    request: &HttpRequest,
    site: &SiteId,
    scope: Scope,
) -> Result<Presented, Error> {
    let key = belongs(app, request, site, scope).await?;
    let cached = app.sites.cached(site).await?;
    if check(app, request, &key, &cached, scope).is_err() {
        limits::by_network(app, request, site, Lane::Decision).await?;
        let fresh = app.sites.fresh(site).await?;
        check(app, request, &key, &fresh, scope)?;
    }
    Ok(key)
}

/// The site of a request that needs a key, read afresh, with the key checked.
pub async fn site(app: &App, request: &HttpRequest, scope: Scope) -> Result<Arc<Site>, Error> {
    let id = super::site_id(request)?;
    let key = belongs(app, request, &id, scope).await?;
    let site = app.sites.fresh(&id).await?;
    check(app, request, &key, &site, scope)?;
    limits::by_key(app, request, &id, &key, scope)?;
    Ok(site)
}
