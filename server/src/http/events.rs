//! `POST /v1/sites/{site}/events`: impressions for the rates. No identifier comes along and none
//! is made; counted only, and the one answer that may be lost.

use super::{cors, extract, limits};
use crate::app::App;
use crate::cache::Lane;
use crate::consent::body::read_json;
use crate::error::Error;
use crate::http::extract::client;
use crate::storage::counters::Cell;
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::ids::NoticeHash;
use ouinon_domain::time::HOUR;
use serde::Deserialize;
use std::sync::Arc;

const MAX_BYTES: usize = 1_024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    event: Event,
    notice: NoticeHash,
    language: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Event {
    Shown,
    Dismissed,
}

/// Counts an impression.
pub async fn create(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let site = app.sites.fresh(&extract::site_id(&request)?).await?;
    if !cors::check(&app, &request, &site)? {
        return Err(Error::ForeignOrigin);
    }
    limits::by_network(&app, &request, &site.id, Lane::Event).await?;
    let body: Body = read_json(&extract::body(payload, MAX_BYTES).await?)?;
    let notice = site.notice(&body.notice);
    let notice =
        notice.ok_or_else(|| Error::field("/notice", "this site never published that notice"))?;
    if !notice.notice.languages.contains(&body.language) {
        return Err(Error::field("/language", "is not a language of this notice"));
    }
    let agent = client::user_agent(&request);
    if !client::is_bot(agent) {
        let (place, _) = client::place(&app, &request);
        let event = match body.event {
            Event::Shown => "shown",
            Event::Dismissed => "dismissed",
        };
        let cell = Cell {
            hour: app.clock.now().div_euclid(HOUR),
            notice: body.notice.to_string(),
            language: body.language,
            country: place.country.unwrap_or_default(),
            device: client::device(agent).into(),
            event: event.into(),
            key: String::new(),
        };
        app.impressions.count(&site.id, cell);
    }
    Ok(HttpResponse::Accepted().finish())
}
