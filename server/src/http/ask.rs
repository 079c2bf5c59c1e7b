//! The script that asks, with the words of one language of one notice in it: what a visitor without
//! a choice loads after the loader, in one answer. Twice: under a name that says all that is in it,
//! which the loader knows, and as it is now, for the snippet, which knows neither notice nor build.

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
use serde_json::{Value, json};
use std::sync::Arc;

/// Where the words go.
const TOKEN: &str = "__OUINON_FIRST_LAYER__";
/// The texts of the first layer; the body differs by regime.
const FIRST: [&str; 11] = [
    "accept_all",
    "banner_body",
    "banner_body_notice",
    "banner_body_opt-out",
    "banner_partners",
    "banner_scope",
    "banner_title",
    "close",
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
    let published =
        site.current().ok_or_else(|| Error::Internal("a site without a notice".into()))?;
    let table = language::table(published.notice.spoken(assets::defaults()?));
    let asked = request.query_string().split(',').find_map(|tag| language::find(&table, tag));
    let language = asked.unwrap_or(&published.notice.default_language);
    let script = script(&app, published, language, &app.built.manifest.ask).await?;
    Ok(loader::current_script(&app, &request, script))
}

/// The script of that name, of this version or an earlier one, with its words.
async fn script(
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
    let mut words = first_layer(published, language);
    words["path"] = format!("/n/{}/{language}/{name}", published.hash).into();
    Ok(script.replacen(TOKEN, &words.to_string(), 1))
}

/// What is seen without opening the preferences: a part of the notice in one language, in the same
/// words and the same shape.
fn first_layer(published: &Published, language: &str) -> Value {
    let mut whole = notices::texts(published, language);
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
        "theme": whole["theme"].take(),
        "expires_after_days": whole["expires_after_days"],
    })
}

fn own((key, text): (&String, &String)) -> (String, String) {
    (key.clone(), text.clone())
}
