//! `GET /b/{site}.js`, the script every page loads, put together from the parts its site uses, and
//! the content-hashed files it loads next. What asks, with its words in it, is in `ask`.

use super::compress::Encoding;
use super::{configuration, extract, parts};
use crate::app::App;
use crate::assets;
use crate::error::Error;
use crate::sites::Site;
use actix_web::http::header::{self, EntityTag, Header, HeaderValue, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::canonical::{base64url, sha256};
use std::sync::Arc;

/// Where the loader's configuration goes.
const CONFIG: &str = "__OUINON_CONFIG__";
/// Where the parts go that only some sites use.
const PARTS: &str = "__OUINON_PARTS__";
/// A loader may be held this long by anyone, and shown a day longer while it is asked for again.
const CACHE: &str = "max-age=300, stale-while-revalidate=86400";
/// The media type of every script.
pub const SCRIPT: &str = "text/javascript; charset=utf-8";
/// What never changes may be kept for good.
pub const FOREVER: &str = "public, max-age=31536000, immutable";

/// The site's loader, the same for everyone; with `?hosted` that of the hosted preferences page.
pub async fn loader(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let site = app.sites.fresh(&extract::site_id(&request)?).await?;
    let current = site.in_force()?;
    let hosted = request.query_string() == "hosted";
    let script = app.built.loader.replacen(PARTS, &parts::of(&app, &site, &current.notice), 1);
    let script = parts::places(&app.built, &current.notice)?
        .into_iter()
        .fold(script, |script, (token, text)| script.replacen(token, &text, 1));
    let configuration = configuration::written(&app, &site, current, hosted)?;
    let script = script.replacen(CONFIG, &configuration, 1);
    let mut answer = current_script(&app, &request, script);
    // Every page loads this: what a plain tag does not need is not sent.
    let headers = answer.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding, Origin"));
    if !request.headers().contains_key(header::ORIGIN) {
        headers.remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    }
    Ok(answer)
}

/// What the site's owner pastes, with the notice in force.
pub fn snippet(app: &App, site: &Site) -> String {
    let signals = site.current().map(|current| current.notice.signals.clone()).unwrap_or_default();
    let free = app.regimes.unasked(app.clock.now());
    app.built.snippet(app.public.as_str(), site.id.as_str(), &signals, &free)
}

/// A script that changes with its site.
pub fn current_script(app: &App, request: &HttpRequest, script: String) -> HttpResponse {
    // Without other letters a script reads the same in any page, whatever that is written in.
    let kind = if script.is_ascii() { "text/javascript" } else { SCRIPT };
    current(app, request, kind, script)
}

/// What changes now and then: held for a while, and not sent to whoever has this one.
pub fn current(app: &App, request: &HttpRequest, kind: &'static str, text: String) -> HttpResponse {
    let tag = EntityTag::new_strong(base64url(&sha256(text.as_bytes())[..6]));
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
