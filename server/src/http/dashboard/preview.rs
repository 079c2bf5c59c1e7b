//! `/dashboard/sites/{site}/preview.js`: the script that asks, as visitors would load it with another
//! look, or what keeps that look from being published. Nothing is published here.

use super::enter;
use super::session::Area;
use crate::app::App;
use crate::error::Error;
use crate::http::{ask, loader};
use crate::sites::{Published, Site};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_dashboard::Query;
use ouinon_dashboard::pages::{Colour, LookChoice, LookForm};
use ouinon_domain::look::{Look, Theme};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The fields of a notice that are tried.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    #[serde(default)]
    theme: Theme,
    #[serde(default)]
    look: Look,
}

/// The script.
pub async fn script(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let (_, site) = enter(&app, &request, Area::Figures).await?;
    let current = site.in_force()?;
    let query = Query::parse(request.query_string());
    let draft = query.get("draft").unwrap_or("{}");
    let Draft { theme, mut look } =
        serde_json::from_str(draft).map_err(|error| Error::field("/draft", error.to_string()))?;
    // Too long for an address: the logo is the one in force.
    look.logo.clone_from(&current.notice.look.logo);
    let errors = look.errors(&theme);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let (look, theme) = look.always(theme, query.get("scheme") == Some("dark"));
    let mut notice = current.notice.clone();
    (notice.look, notice.theme) = (look, theme);
    let language = query.get("words").unwrap_or(&notice.default_language).to_owned();
    let published = Published { hash: current.hash, notice, terms: current.terms.clone() };
    let script = ask::preview(&app, &site, &published, &language).await?;
    Ok(HttpResponse::Ok()
        .content_type(loader::SCRIPT)
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(script))
}

/// The form, filled in with the look in force.
pub fn form(app: &App, site: &Site) -> Option<LookForm> {
    let notice = &site.current()?.notice;
    let (theme, look) = (&notice.theme, &notice.look);
    let said = |theme: &Theme, name: &str| theme.get(name).cloned().unwrap_or_default();
    let (day, night) = (Look::usual(false), Look::usual(true));
    let colour = |name: &String| Colour {
        name: name.clone(),
        light: said(theme, name),
        usual_light: said(&day, name),
        dark: said(&look.dark, name),
        usual_dark: said(&night, name),
    };
    let first = |language: &&String| **language != notice.default_language;
    let mut languages: Vec<_> = notice.languages.iter().collect();
    languages.sort_by_key(first);
    Some(LookForm {
        languages: languages.into_iter().cloned().collect(),
        partners: notice.vendors.len() as u64,
        colours: day.keys().map(colour).collect(),
        font: said(theme, "font"),
        radius: said(theme, "radius"),
        choices: choices(look),
        lock: look.lock,
        short: json!(app.built.manifest.short).to_string(),
    })
}

fn choices(look: &Look) -> Vec<LookChoice> {
    let positions = &["bottom", "bottom-start", "bottom-end", "top", "top-start", "top-end"];
    let said = serde_json::to_value(look).unwrap_or_default();
    let choice = |name, values: &'static [&'static str]| LookChoice {
        name,
        value: said.get(name).and_then(Value::as_str).unwrap_or(values[0]).to_owned(),
        values,
    };
    vec![
        choice("layout", &["box", "bar", "modal"]),
        choice("position", positions),
        choice("control", &["start", "end"]),
    ]
}
