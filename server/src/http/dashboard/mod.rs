//! The dashboard: pages for people who signed in. Each handler reads the session, asks storage for
//! figures or evidence, and renders a page of `ouinon-dashboard`.

pub mod check;
mod counted;
mod csv;
pub mod form;
pub mod install;
pub mod keys;
pub mod login;
pub mod notices;
pub mod overview;
pub mod preview;
mod recipes;
pub mod records;
pub mod session;
pub mod sites;
pub mod throttle;
pub mod users;

use crate::app::App;
use crate::error::Error;
use crate::http::extract;
use crate::sites::{Published, Site};
use actix_web::HttpRequest;
use ouinon_dashboard::Lang;
use ouinon_dashboard::pages::{Choice, SiteRef};
use ouinon_domain::key::Key;
use session::{Area, Session};
use std::sync::Arc;

/// The session and the site of a request, if this user may see this part of it.
pub async fn enter(
    app: &App,
    request: &HttpRequest,
    area: Area,
) -> Result<(Session, Arc<Site>), Error> {
    let session = session::of(app, request).await?;
    session.may(area)?;
    let site = app.sites.fresh(&extract::site_id(request)?).await?;
    Ok((session, site))
}

/// The site as pages name it.
fn site_ref(site: &Site) -> SiteRef {
    SiteRef { id: site.id.to_string(), name: site.name.clone(), enabled: site.enabled }
}

/// A purpose's title in the language of the page, or its key.
fn purpose_title(published: Option<&Arc<Published>>, key: &str, lang: Lang) -> String {
    let notice = published.map(|published| &published.notice);
    let purpose = notice.and_then(|notice| {
        let found = notice.purposes.iter().find(|purpose| purpose.key.as_str() == key);
        found.map(|purpose| purpose.title.get(lang.code(), &notice.default_language).to_owned())
    });
    purpose.filter(|title| !title.is_empty()).unwrap_or_else(|| key.to_owned())
}

/// A vendor's name, or its key.
fn vendor_name(published: Option<&Arc<Published>>, key: &Key) -> String {
    let vendors = published.into_iter().flat_map(|published| &published.notice.vendors);
    let mut named = vendors.filter(|vendor| vendor.key == *key).map(|vendor| vendor.name.clone());
    named.next().unwrap_or_else(|| key.to_string())
}

/// The purposes of the notice in force, to choose from.
fn purpose_choices(site: &Site, lang: Lang, optional_only: bool) -> Vec<Choice> {
    let current = site.current();
    let purposes = current.into_iter().flat_map(|published| &published.notice.purposes);
    purposes
        .filter(|purpose| !(optional_only && purpose.required))
        .map(|purpose| Choice {
            value: purpose.key.to_string(),
            label: purpose_title(current, purpose.key.as_str(), lang),
        })
        .collect()
}
