//! `/dashboard/sites/{site}/notices`: every publication, newest first.

use super::enter;
use super::session::Area;
use crate::app::App;
use crate::error::Error;
use crate::http::html;
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_dashboard::pages::{NoticeRow, Notices};
use ouinon_domain::lint;
use std::sync::Arc;

/// The list.
pub async fn list(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let (session, site) = enter(&app, &request, Area::Figures).await?;
    let newest = site.publications().len().saturating_sub(1);
    let rows = site.publications().iter().enumerate().rev().filter_map(|(place, (hash, at))| {
        let notice = &site.notice(hash)?.notice;
        Some(NoticeRow {
            hash: hash.to_string(),
            published_at: at.datetime(),
            current: place == newest,
            languages: notice.languages.clone(),
            purposes: notice.purposes.len() as u64,
            vendors: notice.vendors.len() as u64,
            findings: lint::findings(notice).len() as u64,
        })
    });
    let page = Notices {
        site: super::site_ref(&site),
        items: rows.collect(),
        look: super::preview::form(&app, &site),
    };
    html::private(&app, &request, &session, &page)
}
