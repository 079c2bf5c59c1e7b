//! Notices for people and programs: the immutable texts in one language, the notice with the
//! caller's regime, and every notice ever published, whole.

use super::loader::FOREVER;
use super::{cors, extract, json, limits, place};
use crate::app::App;
use crate::cache::Lane;
use crate::error::Error;
use crate::http::extract::client;
use crate::sites::Published;
use crate::storage::notices;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::basis::Terms;
use ouinon_domain::ids::NoticeHash;
use ouinon_domain::language::direction;
use ouinon_domain::notice::{Localized, Notice};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET /n/{notice}/{lang}.json`: a notice in one language, the same for good.
pub async fn in_language(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let published = find(&app, &request).await?;
    let language = request.match_info().get("lang").unwrap_or_default();
    if !published.notice.languages.iter().any(|known| known == language) {
        return Err(Error::NotFound("this notice has no such language"));
    }
    let text = texts(&published, language).to_string();
    let mut answer = app.compressed.answer(&request, "application/json", text.into());
    Ok(answer.insert_header((header::CACHE_CONTROL, FOREVER)).take_body())
}

/// `GET /notices/{hash}.json`: the notice whole, exactly the bytes its id is the hash of.
pub async fn whole(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let published = find(&app, &request).await?;
    let (_, bytes) = published.notice.seal().map_err(|error| Error::internal("notice", error.0))?;
    let mut answer = app.compressed.answer(&request, "application/json", bytes.into());
    Ok(answer.insert_header((header::CACHE_CONTROL, FOREVER)).take_body())
}

/// The notice in the path, whichever site published it.
pub async fn find(app: &App, request: &HttpRequest) -> Result<Published, Error> {
    let none = || Error::NotFound("no notice with this id was published here");
    let text = request.match_info().get("hash").unwrap_or_default();
    let hash = NoticeHash::parse(text).ok_or_else(none)?;
    let body = match app.cache.notice(&hash).await {
        Some(body) => body,
        None => {
            let body = notices::find(&app.storage.db(), &hash).await?.ok_or_else(none)?;
            let body = web::Bytes::from(body);
            app.cache.put_notice(body.clone()).await;
            body
        }
    };
    let notice: Notice = serde_json::from_slice(&body)
        .map_err(|error| Error::internal("a stored notice cannot be read", error))?;
    let terms = Terms::of(hash, &notice);
    Ok(Published { hash, notice, terms })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    lang: Option<String>,
}

/// `GET /v1/sites/{site}/notice?lang=fr`: the current notice and the caller's regime in one.
pub async fn current(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let site = app.sites.fresh(&extract::site_id(&request)?).await?;
    cors::check(&app, &request, &site)?;
    limits::by_network(&app, &request, &site.id, Lane::Read).await?;
    let query: Query = extract::query(&request)?;
    let published = site.in_force()?;
    let notice = &published.notice;
    let language = query.lang.as_deref().unwrap_or(&notice.default_language);
    if !notice.languages.iter().any(|known| known == language) {
        let why = format!("this notice is in {}", notice.languages.join(", "));
        return Err(Error::field("/lang", why));
    }
    let mut body = texts(published, language);
    let (place, regime) = client::place(&app, &request);
    body["regime"] = place::shape(&place, &regime);
    json::ok(&body)
}

/// A notice in one language, as the widget and the API show it.
pub fn texts(published: &Published, language: &str) -> Value {
    let notice = &published.notice;
    let say = |text: &Localized| text.get(language, &notice.default_language).to_owned();
    let vendors_of = |key| {
        let own = notice.vendors.iter().filter(move |vendor| vendor.purposes.contains(key));
        own.map(|vendor| vendor.key.as_str()).collect::<Vec<_>>()
    };
    let purposes = notice.bases().into_iter().map(|(purpose, basis)| {
        json!({
            "key": purpose.key, "required": purpose.required,
            "title": say(&purpose.title), "description": say(&purpose.description),
            "legal_basis": purpose.legal_basis, "basis": basis.hash(),
            "data_categories": purpose.data_categories, "retention": say(&purpose.retention),
            "vendors": vendors_of(&purpose.key),
        })
    });
    let vendors = notice.vendors.iter().map(|vendor| {
        json!({
            "key": vendor.key, "name": vendor.name, "purposes": vendor.purposes,
            "policy_url": vendor.policy_url, "country": vendor.country,
            "safeguard": vendor.safeguard,
        })
    });
    let cookies = notice.cookies.iter().map(|cookie| {
        json!({
            "name": cookie.name, "purpose": cookie.purpose, "vendor": cookie.vendor,
            "duration": say(&cookie.duration), "party": cookie.party,
        })
    });
    json!({
        "notice": published.hash,
        "language": language,
        "languages": notice.languages,
        "dir": direction(language),
        "controller": {
            "name": notice.controller.name, "contact": notice.controller.contact,
            "address": notice.controller.address, "dpo": notice.controller.dpo,
            "privacy_url": notice.controller.privacy_url,
        },
        "purposes": purposes.collect::<Vec<_>>(),
        "vendors": vendors.collect::<Vec<_>>(),
        "cookies": cookies.collect::<Vec<_>>(),
        "texts": notice.texts.get(language),
        "theme": notice.theme,
        "look": notice.look,
        "style": notice.style(),
        "expires_after_days": notice.expires_after_days,
    })
}
