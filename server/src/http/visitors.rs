//! `GET /v1/sites/{site}/consent`: a visitor's own state and history, read with its secret; and
//! the cookies the server writes itself where it runs on the site's own origin.

use super::{cors, extract, json, limits};
use crate::app::App;
use crate::cache::Lane;
use crate::error::Error;
use crate::http::extract::key;
use crate::sites::Site;
use crate::storage::records;
use crate::storage::rows::Stored;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::choice::{Choices, Vendors};
use ouinon_domain::ids::{VisitorId, VisitorSecret};
use ouinon_domain::record::Record;
use ouinon_domain::time::Timestamp;
use serde_json::json;
use std::sync::Arc;

/// Answers with the visitor's state, newest record first.
pub async fn read(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let id = extract::site_id(&request)?;
    let site = app.sites.fresh(&id).await?;
    cors::check(&app, &request, &site)?;
    limits::by_network(&app, &request, &id, Lane::Read).await?;
    let secret = key::visitor(&request)?;
    let visitor = secret.visitor();
    let history = history(&app, &site, visitor).await?;
    let last = history.first().map(|stored| &stored.record);
    let personal = last.and_then(|record| record.personal.as_ref());
    let answers: Vec<_> = history.iter().map(json::answer).collect::<Result<_, _>>()?;
    let mut response = json::ok(&json!({
        "site": id,
        "visitor": visitor,
        "version": last.map_or(0, |record| record.version),
        "choices": last.map(|record| &record.choices).unwrap_or(&Choices::new()),
        "vendors": last.map(|record| &record.vendors).unwrap_or(&Vendors::new()),
        "notice": last.map(|record| record.notice),
        "language": personal.map(|personal| &personal.language),
        "regime": personal.map(|personal| &personal.regime),
        "given_at": last.map(|record| record.given_at),
        "expires_at": last.map(|record| record.expires_at),
        "history": answers,
    }))?;
    if let Some(record) = last {
        state_cookies(&app, &request, &site, &secret, record, &mut response);
    }
    Ok(response)
}

/// A visitor's records, newest first; none of a stranger's.
async fn history(app: &App, site: &Site, visitor: VisitorId) -> Result<Vec<Stored>, Error> {
    let db = &app.storage.db();
    let hashed = [(visitor, site.erasure_hash(visitor))];
    let standing = crate::storage::hot::standings(db, &site.id, &hashed, None).await?;
    if standing.is_some_and(|found| found.standings.iter().any(|one| one.erased())) {
        return Err(Error::Erased);
    }
    let mut history = records::history(db, &site.id, visitor, Timestamp(i64::MAX)).await?;
    history.reverse();
    Ok(history)
}

/// The newest of them.
pub async fn last(app: &App, site: &Site, visitor: VisitorId) -> Result<Option<Stored>, Error> {
    Ok(history(app, site, visitor).await?.into_iter().next())
}

/// The cookie `ouinon` of whoever has this record as its last; nothing once it was forgotten.
pub fn state_cookie(record: &Record) -> Option<String> {
    let personal = record.personal.as_ref()?;
    let entry = |prefix: &str, key: &str, yes: bool| format!("{prefix}{key}:{}", u8::from(yes));
    let choices = record.choices.iter().map(|(key, yes)| entry("", key.as_str(), *yes));
    let vendors = record.vendors.iter().map(|(key, yes)| entry("v/", key.as_str(), *yes));
    let choices: Vec<String> = choices.chain(vendors).collect();
    Some(format!(
        "1.{}.{}.{}.{}.{}",
        personal.visitor,
        record.version,
        record.expires_at.seconds(),
        record.notice.short(),
        choices.join("!"),
    ))
}

/// Where the server is reached on the site's own origin, it writes the visitor's cookies itself:
/// browsers that cap cookies written by scripts at seven days keep these.
pub fn state_cookies(
    app: &App,
    request: &HttpRequest,
    site: &Site,
    secret: &VisitorSecret,
    record: &Record,
    response: &mut HttpResponse,
) {
    let Some(value) = state_cookie(record) else { return };
    let seconds = record.expires_at.seconds() - Timestamp(app.clock.now()).seconds();
    write_cookies(app, request, site, [value, secret.expose()], seconds, response);
}

/// Takes back what `state_cookies` wrote.
pub fn remove_cookies(app: &App, request: &HttpRequest, site: &Site, response: &mut HttpResponse) {
    write_cookies(app, request, site, [String::new(), String::new()], 0, response);
}

/// Writes the state's cookie and the secret's, where the server is on the site's own origin.
fn write_cookies(
    app: &App,
    request: &HttpRequest,
    site: &Site,
    values: [String; 2],
    seconds: i64,
    response: &mut HttpResponse,
) {
    let origin = request.headers().get("origin").and_then(|value| value.to_str().ok());
    let same_origin = origin.is_none_or(|origin| origin == app.public.origin());
    if !same_origin || !site.allows_origin(app.public.origin()) {
        return;
    }
    for (name, value) in ["ouinon", "ouinon_s"].into_iter().zip(values) {
        let mut cookie = Cookie::build(name, value)
            .path("/")
            .same_site(SameSite::Lax)
            .secure(app.public.is_https())
            .max_age(Duration::seconds(seconds));
        if let Some(domain) = &site.cookie_domain {
            cookie = cookie.domain(domain.clone());
        }
        // A cookie that cannot be added is one the widget writes.
        let _ = response.add_cookie(&cookie.finish());
    }
}
