//! `GET /b/{site}.js`, the script every page loads, and the content-hashed files it loads next.

use super::compress::Encoding;
use super::extract;
use crate::app::App;
use crate::assets;
use crate::error::Error;
use crate::sites::Site;
use actix_web::http::header::{self, EntityTag, Header, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::canonical::{base64url, sha256};
use ouinon_domain::language;
use ouinon_domain::notice::Notice;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Where the loader's configuration goes.
const TOKEN: &str = "__OUINON_CONFIG__";
/// A loader may be held this long by anyone, and shown a day longer while it is asked for again.
const CACHE: &str = "public, max-age=300, stale-while-revalidate=86400";
/// The small control's words in most languages, as in `banner-wasm/loader/control.ts`.
const CONTROL: &str = "Cookies";
const FOREVER: &str = "public, max-age=31536000, immutable";

/// The site's loader, the same for everyone.
pub async fn loader(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let site = app.sites.fresh(&extract::site_id(&request)?).await?;
    let script = app.built.loader.replacen(TOKEN, &config(&app, &site)?.to_string(), 1);
    let tag = EntityTag::new_strong(base64url(&sha256(script.as_bytes())[..12]));
    let known = match IfNoneMatch::parse(&request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|other| other.weak_eq(&tag)),
        Err(_) => false,
    };
    if known {
        return Ok(HttpResponse::NotModified()
            .insert_header((header::ETAG, tag.to_string()))
            .insert_header((header::CACHE_CONTROL, CACHE))
            .insert_header((header::VARY, "Accept-Encoding"))
            .finish());
    }
    let mut answer =
        app.compressed.answer(&request, "text/javascript; charset=utf-8", script.into());
    Ok(answer
        .insert_header((header::ETAG, tag.to_string()))
        .insert_header((header::CACHE_CONTROL, CACHE))
        .take_body())
}

/// What the loader knows about its site.
fn config(app: &App, site: &Site) -> Result<Value, Error> {
    let current =
        site.current().ok_or_else(|| Error::Internal("a site without a notice".into()))?;
    let notice = &current.notice;
    let mut bases = Map::new();
    for (purpose, basis) in notice.bases().into_iter().filter(|(purpose, _)| !purpose.required) {
        bases.insert(purpose.key.to_string(), basis.hash().into());
    }
    let required = notice.purposes.iter().filter(|purpose| purpose.required);
    let vendors: Map<String, Value> = notice
        .vendors
        .iter()
        .map(|vendor| (vendor.key.to_string(), json!(vendor.purposes)))
        .collect();
    let mut cookies: Map<String, Value> = Map::new();
    for cookie in &notice.cookies {
        let names = cookies.entry(cookie.purpose.as_str()).or_insert_with(|| json!([]));
        if let Some(names) = names.as_array_mut() {
            names.push(cookie.name.clone().into());
        }
    }
    let spoken = notice.spoken(assets::defaults()?);
    let mut config = json!({
        "site": site.id,
        "base": app.public.as_str(),
        "notice": current.hash,
        "bases": bases,
        "required": required.map(|purpose| &purpose.key).collect::<Vec<_>>(),
        "vendors": vendors,
        "cookies": cookies,
        "older": older(site),
        "languages": language::table(spoken.iter().copied()),
        "language": notice.default_language,
        "cookie_domain": site.cookie_domain,
        "expires_after_days": notice.expires_after_days,
        "signals": notice.signals,
        "assets": app.built.manifest,
    });
    let labels = labels(notice, &spoken);
    if !labels.is_empty() {
        config["labels"] = labels.into();
    }
    Ok(config)
}

/// What the small control says, in the languages where that is not what the loader itself has.
fn labels(notice: &Notice, spoken: &[&str]) -> Map<String, Value> {
    let own = |language: &&str| {
        let label = notice.texts.get(*language)?.get("control")?;
        (label != CONTROL).then(|| ((*language).to_owned(), label.as_str().into()))
    };
    spoken.iter().filter_map(own).collect()
}

/// For each older notice, by the short id in cookies: the purposes whose grants no longer hold.
fn older(site: &Site) -> Map<String, Value> {
    let Some(current) = site.current() else { return Map::new() };
    let mut older = Map::new();
    for (hash, _) in site.publications().iter().rev().filter(|(hash, _)| *hash != current.hash) {
        let Some(then) = site.notice(hash) else { continue };
        let lost = |key: &&ouinon_domain::key::Key| !then.terms.covers(&current.terms, key);
        let lost: Vec<_> = current.terms.optional().filter(lost).collect();
        older.insert(hash.short(), json!(lost));
    }
    older
}

/// A content-hashed file of the widget.
pub async fn asset(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let name = request.match_info().get("name").unwrap_or_default();
    let mut encoding = Encoding::of(&request);
    let mut file = assets::find(&app.storage, name, encoding.ending()).await?;
    if file.is_none() {
        encoding = Encoding::Identity;
        file = assets::find(&app.storage, name, encoding.ending()).await?;
    }
    let file = file.ok_or(Error::NotFound("no such file"))?;
    let mut response = HttpResponse::Ok();
    response.content_type(file.kind);
    if let Some(encoding) = encoding.name() {
        response.insert_header((header::CONTENT_ENCODING, encoding));
    }
    Ok(response
        .insert_header((header::CACHE_CONTROL, FOREVER))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .body(file.body))
}
