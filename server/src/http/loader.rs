//! `GET /b/{site}.js`, the script every page loads, put together from the parts its site uses, and
//! the content-hashed files it loads next. What asks, with its words in it, is in `ask`.

use super::compress::Encoding;
use super::{extract, parts};
use crate::app::App;
use crate::assets;
use crate::error::Error;
use crate::sites::{Published, Site};
use actix_web::http::header::{self, EntityTag, Header, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::canonical::{base64url, sha256};
use ouinon_domain::language;
use ouinon_domain::look::Side;
use ouinon_domain::notice::{Notice, Vendor};
use ouinon_domain::signals::Signals;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Where the loader's configuration goes.
const CONFIG: &str = "__OUINON_CONFIG__";
/// Where the parts go that only some sites use.
const PARTS: &str = "__OUINON_PARTS__";
/// A loader may be held this long by anyone, and shown a day longer while it is asked for again.
const CACHE: &str = "public, max-age=300, stale-while-revalidate=86400";
/// The small control's words in most languages, as in `banner-wasm/loader/control.ts`.
const CONTROL: &str = "Cookies";
/// The media type of every script.
pub const SCRIPT: &str = "text/javascript; charset=utf-8";
/// What never changes may be kept for good.
pub const FOREVER: &str = "public, max-age=31536000, immutable";

/// The site's loader, the same for everyone.
pub async fn loader(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let site = app.sites.fresh(&extract::site_id(&request)?).await?;
    let current = site.in_force()?;
    let script =
        app.built.loader.replacen(PARTS, &parts::of(&app.built, &site, &current.notice), 1);
    let script = script.replacen(CONFIG, &config(&app, &site, current)?.to_string(), 1);
    Ok(current_script(&app, &request, script))
}

/// What the site's owner pastes, with the notice in force.
pub fn snippet(app: &App, site: &Site) -> String {
    let signals = site.current().map(|current| current.notice.signals.clone()).unwrap_or_default();
    let free = app.regimes.unasked(app.clock.now());
    app.built.snippet(app.public.as_str(), site.id.as_str(), &signals, &free)
}

/// A script that changes with its site.
pub fn current_script(app: &App, request: &HttpRequest, script: String) -> HttpResponse {
    current(app, request, SCRIPT, script)
}

/// What changes now and then: held for a while, and not sent to whoever has this one.
pub fn current(app: &App, request: &HttpRequest, kind: &'static str, text: String) -> HttpResponse {
    let tag = EntityTag::new_strong(base64url(&sha256(text.as_bytes())[..12]));
    let known = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|other| other.weak_eq(&tag)),
        Err(_) => false,
    };
    if known {
        return HttpResponse::NotModified()
            .insert_header((header::ETAG, tag.to_string()))
            .insert_header((header::CACHE_CONTROL, CACHE))
            .insert_header((header::VARY, "Accept-Encoding"))
            .finish();
    }
    let mut answer = app.compressed.answer(request, kind, text.into());
    answer
        .insert_header((header::ETAG, tag.to_string()))
        .insert_header((header::CACHE_CONTROL, CACHE))
        .take_body()
}

/// What the loader knows about its site.
fn config(app: &App, site: &Site, current: &Published) -> Result<Value, Error> {
    let notice = &current.notice;
    let mut bases = Map::new();
    for (purpose, basis) in notice.bases().into_iter().filter(|(purpose, _)| !purpose.required) {
        bases.insert(purpose.key.to_string(), basis.hash().into());
    }
    let required = notice.purposes.iter().filter(|purpose| purpose.required);
    let spoken = notice.spoken(assets::defaults()?);
    let mut config = json!({
        "site": site.id,
        "base": app.public.as_str(),
        "notice": current.hash,
        "bases": bases,
        "required": required.map(|purpose| &purpose.key).collect::<Vec<_>>(),
        "vendors": vendors(notice),
        "cookies": cookies(notice),
        "older": older(site),
        "languages": language::table(spoken.iter().copied()),
        "language": notice.default_language,
        "ask": app.built.manifest.asks(notice),
    });
    // What a site does not have is not there: every page loads this.
    if let Some(domain) = &site.cookie_domain {
        config["cookie_domain"] = json!(domain);
    }
    if !notice.signals.mapping().is_empty() {
        config["signals"] = json!(notice.signals.mapping());
    }
    let tools = tools(&notice.signals);
    if !tools.is_empty() {
        config["tools"] = tools.into();
    }
    if notice.look.control != Side::default() {
        config["control"] = json!(notice.look.control);
    }
    let labels = labels(notice, &spoken);
    if !labels.is_empty() {
        config["labels"] = labels.into();
    }
    if notice.policy.trusted_types {
        config["trusted"] = true.into();
    }
    Ok(config)
}

/// What goes with each purpose that is not allowed.
fn cookies(notice: &Notice) -> Map<String, Value> {
    let mut cookies: Map<String, Value> = Map::new();
    for cookie in &notice.cookies {
        let names = cookies.entry(cookie.purpose.as_str()).or_insert_with(|| json!([]));
        if let Some(names) = names.as_array_mut() {
            names.push(cookie.name.clone().into());
        }
    }
    cookies
}

/// The vendors the notice discloses, each with its purposes.
pub fn vendors(notice: &Notice) -> Map<String, Value> {
    let purposes = |vendor: &Vendor| (vendor.key.to_string(), json!(vendor.purposes));
    notice.vendors.iter().map(purposes).collect()
}

/// How tools are told, by the names of the loader's parts, where there is something to say.
fn tools(signals: &Signals) -> Map<String, Value> {
    let mut tools = Map::new();
    for (tool, vendor) in signals.vendors() {
        tools.insert(tool.into(), json!({ "vendor": vendor }));
    }
    let google = signals.google().unwrap_or_default();
    let mut said = Map::new();
    if !google.set().is_empty() {
        said.insert("set".into(), json!(google.set()));
    }
    if let Some(wait) = google.wait_for_update {
        said.insert("wait".into(), json!(wait));
    }
    if !said.is_empty() {
        let google = tools.entry("google").or_insert_with(|| json!({}));
        google.as_object_mut().into_iter().for_each(|google| google.append(&mut said));
    }
    tools
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
