//! The script that asks, with the words of one language of one notice in it, and whatever only asking
//! needs to know of the site: what a visitor without a choice loads after the loader, in one answer.
//! Twice: under notice and build, which the loader knows, and as it is now, for the snippet, which
//! knows neither. Of the layouts there are it has the one its notice names.

use super::loader::{self, FOREVER, SCRIPT};
use super::{extract, notices};
use crate::app::App;
use crate::assets;
use crate::error::Error;
use crate::sites::{Published, Site};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::key::Key;
use ouinon_domain::language;
use ouinon_domain::notice::Texts;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where the words go.
const TOKEN: &str = "__OUINON_FIRST_LAYER__";
/// Where the site's layout goes, if it does more than look like one.
const LAYOUT: &str = "__OUINON_LAYOUT__";
/// Where those go that are told of the place.
const PLACED: &str = "__OUINON_PLACED__";
/// The texts of the first layer; some differ by regime.
const FIRST: [&str; 13] = [
    "accept_all",
    "banner_body",
    "banner_body_notice",
    "banner_body_opt-out",
    "banner_new",
    "banner_partners",
    "banner_scope",
    "banner_title",
    "close",
    "control_opt-out",
    "customise",
    "gpc",
    "reject_all",
];

/// Where the script of a notice and this build is, without its name: `{public}/b/{site}/{notice8}.{build}`.
pub fn home(app: &App, site: &Site, published: &Published) -> String {
    let build = build(app.built.manifest.asks(&published.notice));
    format!("{}/b/{}/{}.{build}", app.public.as_str(), site.id, published.hash.short())
}

/// The part of its name that says what is in it: `ask.BUILD.js`.
fn build(name: &str) -> &str {
    name.split('.').nth(1).unwrap_or_default()
}

/// `GET /b/{site}/{notice8}.{build}/ask.js?fr,en-GB`: in the first of these languages that the notice
/// has, the same for good.
pub async fn versioned(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let none = || Error::NotFound("no such script of this site");
    let site = app.sites.fresh(&extract::site_id(&request)?).await?;
    let version = request.match_info().get("version").unwrap_or_default();
    let (short, build) = version.split_once('.').ok_or_else(none)?;
    let published = site.publications().iter().rev().find(|(hash, _)| hash.short() == short);
    let published = published.and_then(|(hash, _)| site.notice(hash)).ok_or_else(none)?;
    let script = script(&app, &site, published, asked(published, &request)?, build).await?;
    let mut answer = app.compressed.answer(&request, SCRIPT, script.into());
    Ok(answer.insert_header((header::CACHE_CONTROL, FOREVER)).take_body())
}

/// `GET /b/{site}/ask.js?fr,en-GB`: the same of the current notice.
pub async fn current(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let site = app.sites.fresh(&extract::site_id(&request)?).await?;
    let published = site.in_force()?;
    let language = asked(published, &request)?;
    let build = build(app.built.manifest.asks(&published.notice));
    let script = script(&app, &site, published, language, build).await?;
    Ok(loader::current_script(&app, &request, script))
}

/// The language of a notice for whoever asks: the query lists theirs, the best first.
fn asked<'a>(published: &'a Published, request: &HttpRequest) -> Result<&'a str, Error> {
    let table = language::table(published.notice.spoken(assets::defaults()?));
    let asked = request.query_string().split(',').find_map(|tag| language::find(&table, tag));
    Ok(asked.unwrap_or(&published.notice.default_language))
}

/// The script of this build or an earlier one, with its words.
async fn script(
    app: &App,
    site: &Site,
    published: &Published,
    language: &str,
    build: &str,
) -> Result<String, Error> {
    let none = || Error::NotFound("no such script of this site");
    let name = format!("ask.{build}.js");
    let file = assets::find(&app.storage, &name, "").await?.ok_or_else(none)?;
    let script = String::from_utf8(file.body).map_err(|why| Error::internal("a script", why))?;
    Ok(worded(app, &script, site, published, language))
}

/// The script as it is now, for a notice that need not be published.
pub async fn preview(
    app: &App,
    site: &Site,
    published: &Published,
    language: &str,
) -> Result<String, Error> {
    if !published.notice.languages.iter().any(|known| known == language) {
        return Err(Error::NotFound("this notice has no such language"));
    }
    script(app, site, published, language, build(&app.built.manifest.ask)).await
}

/// The script for a notice in one of its languages.
fn worded(app: &App, script: &str, site: &Site, published: &Published, language: &str) -> String {
    let (extras, script) = extras(script);
    let notice = &published.notice;
    let parts = notice.look.parts();
    let parts = || parts.iter().filter_map(|part| extras.get(*part));
    let mut words = first_layer(published, language);
    words["path"] = home(app, site, published).into();
    words["of"] = about(app, site, published, language);
    let style: String = parts().map(|part| part.style.as_str()).collect();
    let style = style + &notice.style();
    // What is as it comes is not there: every new visitor loads this.
    if !style.is_empty() {
        words["style"] = style.into();
    }
    if notice.look.lock {
        words["lock"] = true.into();
    }
    let show = parts().find_map(|part| part.show.as_deref()).unwrap_or("0");
    let google = extras.get("told_google").filter(|_| notice.signals.google().is_some());
    let placed = google.and_then(|part| part.show.as_deref()).unwrap_or("0");
    let script = script.replacen(LAYOUT, show, 1).replacen(PLACED, placed, 1);
    script.replacen(TOKEN, &words.to_string(), 1)
}

/// What only asking needs to know of the site.
fn about(app: &App, site: &Site, published: &Published, language: &str) -> Value {
    let notice = &published.notice;
    let mut about = json!({
        "base": app.public.as_str(),
        "site": site.id,
        "notice": published.hash,
        "language": language,
    });
    if let Some(domain) = &site.cookie_domain {
        about["cookie_domain"] = json!(domain);
    }
    let mut cookies: BTreeMap<&Key, Vec<&str>> = BTreeMap::new();
    for cookie in &notice.cookies {
        cookies.entry(&cookie.purpose).or_default().push(&cookie.name);
    }
    if !cookies.is_empty() {
        about["cookies"] = json!(cookies);
    }
    about
}

/// What only some sites' scripts have: a way to show the first layer (`banner-wasm/layouts/`), or whom
/// to tell of the place (`banner-wasm/asking/`).
#[derive(Deserialize)]
struct Extra {
    style: String,
    show: Option<String>,
}

/// What stands in a script's first line, and the script.
fn extras(script: &str) -> (BTreeMap<String, Extra>, &str) {
    let split = || {
        let (line, script) = script.split_once('\n')?;
        let json = line.strip_prefix("/*")?.strip_suffix("*/")?;
        Some((serde_json::from_str(json).ok()?, script))
    };
    split().unwrap_or_else(|| (BTreeMap::new(), script))
}

/// What is seen without opening the preferences: a part of the notice in one language, in the same
/// words and the same shape.
fn first_layer(published: &Published, language: &str) -> Value {
    let whole = notices::texts(published, language);
    let texts = published.notice.texts.get(language);
    let first = |(key, _): &(&String, &String)| FIRST.contains(&key.as_str());
    let texts: Texts = texts.into_iter().flatten().filter(first).map(own).collect();
    let purposes = whole["purposes"].as_array().into_iter().flatten().map(|purpose| {
        json!({"key": purpose["key"], "required": purpose["required"], "title": purpose["title"]})
    });
    json!({
        "language": language,
        "dir": whole["dir"],
        "controller": {"name": whole["controller"]["name"]},
        "purposes": purposes.collect::<Vec<_>>(),
        "texts": texts,
        "expires_after_days": whole["expires_after_days"],
    })
}

fn own((key, text): (&String, &String)) -> (String, String) {
    (key.clone(), text.clone())
}
