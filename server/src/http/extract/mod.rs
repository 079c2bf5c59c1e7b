//! What handlers take out of a request, read once into types that cannot be wrong.

pub mod client;
pub mod key;

use crate::error::Error;
use crate::request::RequestId;
use actix_web::{HttpMessage, HttpRequest, web};
use ouinon_domain::ids::{SiteId, VisitorId};
use ouinon_domain::key::Key;
use ouinon_domain::regime::Place;
use ouinon_domain::time::Timestamp;
use serde::de::DeserializeOwned;
use std::time::Duration;
use uuid::Uuid;

/// The site in the path. An id that cannot be one looks like an unknown one.
pub fn site_id(request: &HttpRequest) -> Result<SiteId, Error> {
    let text = request.match_info().get("site").unwrap_or_default();
    SiteId::parse(text).ok_or(Error::NotFound("no such site"))
}

/// The request's id in the server's log.
pub fn request_id(request: &HttpRequest) -> Uuid {
    request.extensions().get::<RequestId>().map_or(Uuid::nil(), |id| id.uuid())
}

/// Longest wait for a body.
const PATIENCE: Duration = Duration::from_secs(10);

/// A body of at most `most` bytes, in reasonable time.
pub async fn body(payload: web::Payload, most: usize) -> Result<web::Bytes, Error> {
    let late = |_| Error::Malformed("the body did not come within 10 s".into());
    let read = tokio::time::timeout(PATIENCE, payload.to_bytes_limited(most)).await;
    let read = read.map_err(late)?.map_err(|_| Error::TooLarge(most))?;
    read.map_err(|_| Error::Malformed("the body ended early".into()))
}

/// The query; a missing, unknown, repeated or malformed parameter is named.
pub fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Error> {
    let pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    let pairs = serde_urlencoded::Deserializer::new(pairs);
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let (at, said) = (error.path().to_string(), error.inner().to_string());
        // Of one that is missing or repeated the reader knows no place, but it quotes the name.
        let name = if at == "." { said.split('`').nth(1).unwrap_or("query") } else { &at };
        Error::field(&format!("/{name}"), said)
    })
}

/// A purpose or vendor from the query.
pub fn key(name: &str, text: &str) -> Result<Key, Error> {
    let why = "is not a key: 1 to 40 of a-z, 0-9, _ and -";
    Key::parse(text).ok_or_else(|| Error::field(&format!("/{name}"), why))
}

/// A visitor from the query.
pub fn visitor(text: &str) -> Result<VisitorId, Error> {
    let why = "is not a visitor id: 22 characters of base64url";
    VisitorId::parse(text).ok_or_else(|| Error::field("/visitor", why))
}

/// A time from the query.
pub fn time(name: &str, text: &str) -> Result<Timestamp, Error> {
    let why = "is not an RFC 3339 time such as 2026-11-22T10:00:00Z";
    Timestamp::parse(text).ok_or_else(|| Error::field(&format!("/{name}"), why))
}

/// A place from the query, `FR` or `US-TX`.
pub fn place(text: &str) -> Result<Place, Error> {
    Place::parse(text).map_err(|error| Error::field("/place", error.to_string()))
}
