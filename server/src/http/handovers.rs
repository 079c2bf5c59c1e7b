//! A visitor's choice goes along to another domain of the same site, whose pages cannot read the cookies of
//! the first: `POST …/handovers` gives a token for one origin and one minute, `POST …/arrivals` takes it
//! there, once. The token names nobody; why it is made so is in docs/adr/0027.

use super::visitors::{self, last};
use super::{cors, extract, json, limits};
use crate::app::App;
use crate::cache::Lane;
use crate::consent::body::read_json;
use crate::error::Error;
use crate::random::random_bytes;
use crate::sites::Site;
use crate::storage::entity::handover;
use crate::storage::handovers;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::canonical::{base64url, from_base64url, sha256};
use ouinon_domain::ids::VisitorSecret;
use ouinon_domain::leaf::hmac_sha256;
use ouinon_domain::time::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

const MAX_BYTES: usize = 1_024;
/// From a click to the page it leads to, in microseconds.
const LIFE: i64 = 60_000_000;
/// The same for a token that never was, was used, is over, or is another origin's.
const GONE: Error = Error::NotFound("no such hand-over: it was used, is over, or is another's");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Departure {
    visitor_secret: VisitorSecret,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arrival {
    token: String,
}

/// Gives a token to a visitor who is about to follow a link to another origin of the site.
pub async fn create(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let (site, _) = page_of(&app, &request).await?;
    let body: Departure = read_json(&extract::body(payload, MAX_BYTES).await?)?;
    let visitor = body.visitor_secret.visitor();
    limits::write(&app, &request, &site.id, Lane::Consent, &visitor, None).await?;
    if !site.allows_origin(&body.to) {
        return Err(Error::field("/to", "is not an origin of this site"));
    }
    last(&app, &site, visitor).await?.ok_or(Error::NotFound("nothing is known of this visitor"))?;
    let token: [u8; 32] = random_bytes().map_err(|why| Error::internal("randomness", why))?;
    let now = Timestamp(app.clock.now());
    let expires_at = Timestamp(now.0 + LIFE);
    let row = handover::Model {
        site: site.id.as_str().into(),
        token_hash: sha256(&token).to_vec(),
        covered_secret: covered(&token, &body.visitor_secret).ok_or(GONE)?.to_vec(),
        origin: body.to,
        expires_at: expires_at.0,
    };
    let tx = app.storage.write_briefly().await?;
    handovers::insert(&tx, row, now).await?;
    tx.commit().await?;
    let answer = json!({"token": base64url(&token), "expires_at": expires_at});
    json::private(StatusCode::CREATED, &answer)
}

/// Takes a token, once, from the origin it was given for: who the visitor is, and the cookie it has.
pub async fn arrive(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let (site, origin) = page_of(&app, &request).await?;
    limits::by_network(&app, &request, &site.id, Lane::Consent).await?;
    let body: Arrival = read_json(&extract::body(payload, MAX_BYTES).await?)?;
    let token: [u8; 32] = from_base64url(&body.token).ok_or(GONE)?;
    let tx = app.storage.write_briefly().await?;
    let row = handovers::take(&tx, &site.id, sha256(&token)).await?;
    tx.commit().await?;
    let now = Timestamp(app.clock.now());
    let row = row.filter(|row| row.origin == origin && row.expires_at > now.0).ok_or(GONE)?;
    let secret = uncovered(&token, &row.covered_secret).ok_or(GONE)?;
    let stored = last(&app, &site, secret.visitor()).await?.ok_or(GONE)?;
    let cookie = visitors::state_cookie(&stored.record).ok_or(GONE)?;
    let answer = json!({
        "visitor_secret": secret.expose(),
        "cookie": cookie,
        "expires_at": stored.record.expires_at,
    });
    json::private(StatusCode::OK, &answer)
}

/// The site, where it says that choices go along, and the origin of its page that asks.
async fn page_of(app: &App, request: &HttpRequest) -> Result<(Arc<Site>, String), Error> {
    let site = app.sites.fresh(&extract::site_id(request)?).await?;
    let origin = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok());
    let origin = origin.unwrap_or_default().to_owned();
    // The hosted page has no choice to hand over, so the server's own origin does not do.
    if !cors::check(app, request, &site)? || !site.allows_origin(&origin) {
        return Err(Error::ForeignOrigin);
    }
    if !site.in_force()?.notice.handover {
        return Err(Error::NotFound("the site's notice does not say `handover`"));
    }
    Ok((site, origin))
}

/// A secret of 16 bytes under a key as long that is used for nothing else: what is stored says nothing
/// without the token, and the token nothing without what is stored.
fn covered(token: &[u8; 32], secret: &VisitorSecret) -> Option<[u8; 16]> {
    Some(under(token, from_base64url(&secret.expose())?))
}

fn uncovered(token: &[u8; 32], covered: &[u8]) -> Option<VisitorSecret> {
    VisitorSecret::parse(&base64url(&under(token, covered.try_into().ok()?)))
}

fn under(token: &[u8; 32], mut bytes: [u8; 16]) -> [u8; 16] {
    let pad = hmac_sha256(token, &[b"ouinon/handover/v1"]);
    bytes.iter_mut().zip(pad).for_each(|(byte, pad)| *byte ^= pad);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_says_nothing_without_the_token() {
        let secret = VisitorSecret::parse("AAECAwQFBgcICQoLDA0ODw").unwrap();
        let stored = covered(&[7; 32], &secret).unwrap();
        assert_eq!(uncovered(&[7; 32], &stored).unwrap().expose(), secret.expose());
        assert_ne!(uncovered(&[8; 32], &stored).unwrap().expose(), secret.expose());
        assert_ne!(covered(&[8; 32], &secret).unwrap(), stored);
        assert!(uncovered(&[7; 32], &stored[1..]).is_none());
    }
}
