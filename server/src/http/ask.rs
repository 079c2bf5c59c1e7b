//! The script that asks, with the words of one language of one notice in it: what a visitor without
//! a choice loads after the loader, in one answer. Twice: under a name that says all that is in it,
//! which the loader knows, and as it is now, for the snippet, which knows neither notice nor build.
//! Of the layouts there are it has the one its notice names.

use super::loader::{self, FOREVER, SCRIPT};
use super::{extract, notices};
use crate::app::App;
use crate::assets;
use crate::error::Error;
use crate::sites::Published;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
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

/// `GET /n/{notice}/{lang}/{script}`: the same for good.
pub async fn named(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let published = notices::find(&app, &request).await?;
    let part = |name| request.match_info().get(name).unwrap_or_default();
    let script = script(&app, &published, part("lang"), part("name")).await?;
    let mut answer = app.compressed.answer(&request, SCRIPT, script.into());
    Ok(answer.insert_header((header::CACHE_CONTROL, FOREVER)).take_body())
}

/// `GET /b/{site}/ask.js?fr,en-GB`: in the first of these languages that the current notice has.
pub async fn current(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let site = app.sites.fresh(&extract::site_id(&request)?).await?;
    let published = site.in_force()?;
    let table = language::table(published.notice.spoken(assets::defaults()?));
    let asked = request.query_string().split(',').find_map(|tag| language::find(&table, tag));
    let language = asked.unwrap_or(&published.notice.default_language);
    let name = app.built.manifest.asks(&published.notice);
    let script = script(&app, published, language, name).await?;
    Ok(loader::current_script(&app, &request, script))
}

/// The script of that name, of this version or an earlier one, with its words.
pub async fn script(
    app: &App,
    published: &Published,
    language: &str,
    name: &str,
) -> Result<String, Error> {
    let none = || Error::NotFound("no such script in this language");
    let known = published.notice.languages.iter().any(|known| known == language);
    if !known || !name.starts_with("ask.") {
        return Err(none());
    }
    let file = assets::find(&app.storage, name, "").await?.ok_or_else(none)?;
    let script = String::from_utf8(file.body).map_err(|why| Error::internal("a script", why))?;
    Ok(worded(&script, published, language, name))
}

/// The script for a notice in one of its languages.
fn worded(script: &str, published: &Published, language: &str, name: &str) -> String {
    let (layouts, script) = layouts(script);
    let look = &published.notice.look;
    let parts = look.parts();
    let parts = || parts.iter().filter_map(|part| layouts.get(*part));
    let mut words = first_layer(published, language);
    words["path"] = format!("/n/{}/{language}/{name}", published.hash).into();
    let style: String = parts().map(|part| part.style.as_str()).collect();
    let style = style + &published.notice.style();
    // What is as it comes is not there: every new visitor loads this.
    if !style.is_empty() {
        words["style"] = style.into();
    }
    if look.lock {
        words["lock"] = true.into();
    }
    let show = parts().find_map(|part| part.show.as_deref()).unwrap_or("0");
    script.replacen(LAYOUT, show, 1).replacen(TOKEN, &words.to_string(), 1)
}

/// A way to show the first layer: `banner-wasm/layouts/`.
#[derive(Deserialize)]
struct Layout {
    style: String,
    show: Option<String>,
}

/// The layouts in a script's first line, and the script. Those of earlier versions had none.
fn layouts(script: &str) -> (BTreeMap<String, Layout>, &str) {
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
