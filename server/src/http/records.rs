//! `GET /v1/sites/{site}/consents` and `…/consents/{id}`: the records, for those who keep them.

use super::page::Limit;
use super::{extract, json};
use crate::app::App;
use crate::error::Error;
use crate::evidence::receipts;
use crate::http::extract::key;
use crate::sites::key::Scope;
use crate::storage::records::{self, Filter};
use crate::storage::rows::Slot;
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::canonical::base64url;
use ouinon_domain::choice::{Action, Method};
use ouinon_domain::time::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    after: Option<String>,
    limit: Option<u64>,
    visitor: Option<String>,
    action: Option<String>,
    method: Option<String>,
    country: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// A page of records, newest first.
pub async fn list(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let site = key::site(&app, &request, Scope::CONSENTS_READ).await?;
    let query: Query = extract::query(&request)?;
    let limit = Limit::read(query.limit)?;
    let after = query.after.as_deref().map(read_cursor).transpose()?;
    let filter = query.filter()?;
    let db = &app.storage.db();
    let mut found = records::list(db, &site.id, &filter, after, limit.ask()).await?;
    let next = limit.cut(&mut found, |stored| cursor(&stored.record));
    let items = found.iter().map(receipts::whole).collect::<Result<Vec<_>, _>>()?;
    json::ok(&json!({ "items": items, "next_cursor": next }))
}

/// One record, whole.
pub async fn read(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let site = key::site(&app, &request, Scope::CONSENTS_READ).await?;
    let none = || Error::NotFound("no record with this id");
    let id = request.match_info().get("id").and_then(|text| Uuid::parse_str(text).ok());
    let found = records::by_ids(&app.storage.db(), &site.id, [id.ok_or_else(none)?]).await?;
    json::ok(&receipts::whole(found.first().ok_or_else(none)?)?)
}

impl Query {
    fn filter(&self) -> Result<Filter, Error> {
        let wrong = |field: &str, why: &str| Error::field(&format!("/{field}"), why);
        let action = |text: &String| {
            Action::parse(text)
                .ok_or_else(|| wrong("action", "use accept_all, reject_all, save or withdraw"))
        };
        let method = |text: &String| {
            Method::parse(text).ok_or_else(|| {
                wrong("method", "use banner, preferences, gpc, link, import or operator")
            })
        };
        Ok(Filter {
            visitor: self.visitor.as_deref().map(extract::visitor).transpose()?,
            action: self.action.as_ref().map(action).transpose()?,
            method: self.method.as_ref().map(method).transpose()?,
            granted: None,
            country: self.country.as_deref().map(country).transpose()?,
            from: self.from.as_deref().map(|text| extract::time("from", text)).transpose()?,
            to: self.to.as_deref().map(|text| extract::time("to", text)).transpose()?,
        })
    }
}

fn country(text: &str) -> Result<String, Error> {
    let place = extract::place(text).ok().and_then(|place| place.country);
    place.ok_or_else(|| Error::field("/country", "is not a country such as FR"))
}

/// Where the next page begins.
pub fn cursor(record: &ouinon_domain::record::Record) -> String {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&record.given_at.0.to_be_bytes());
    bytes[8..].copy_from_slice(record.id.as_bytes());
    base64url(&bytes)
}

/// Reads a cursor.
pub fn read_cursor(text: &str) -> Result<Slot, Error> {
    let wrong = || Error::field("/after", "is not a cursor of this list");
    let bytes: [u8; 24] = ouinon_domain::canonical::from_base64url(text).ok_or_else(wrong)?;
    let (time, id) = bytes.split_at(8);
    let time = <[u8; 8]>::try_from(time).map_err(|_| wrong())?;
    let id = Uuid::from_slice(id).map_err(|_| wrong())?;
    Ok((Timestamp(i64::from_be_bytes(time)), id))
}
