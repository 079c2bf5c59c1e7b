//! `/dashboard`: all sites.

use super::session::{self, Area};
use crate::app::App;
use crate::error::Error;
use crate::http::html;
use crate::storage::entity::site;
use crate::storage::records::{self, Filter};
use crate::storage::sites as stored;
use crate::storage::stats::rates::{self, By, Interval, Question};
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_dashboard::Query;
use ouinon_dashboard::pages::{SiteRow, Sites};
use ouinon_dashboard::rate::Rate;
use ouinon_domain::ids::SiteId;
use ouinon_domain::time::HOUR;
use std::sync::Arc;

/// Most sites on the page.
const SHOWN: usize = 50;
/// Hours the rate looks back: 30 days.
const BACK: i64 = 30 * 24;

/// The list, by name or address.
pub async fn list(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let session = session::of(&app, &request).await?;
    session.may(Area::Figures)?;
    let query = Query::parse(request.query_string());
    let search = query.get("q").unwrap_or_default().trim().to_lowercase();
    let mut items = Vec::new();
    let mut more = false;
    for row in stored::list(&app.storage.db()).await? {
        let Some(id) = SiteId::parse(&row.id) else { continue };
        let origins = stored::origins(&app.storage.db(), &id).await?;
        if !fits(&row, &origins, &search) {
            continue;
        }
        if items.len() == SHOWN {
            more = true;
            break;
        }
        items.push(shape(&app, &id, row, origins).await?);
    }
    let search = query.get("q").unwrap_or_default().to_owned();
    html::private(&app, &request, &session, &Sites { search, items, more })
}

fn fits(row: &site::Model, origins: &[String], search: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(search);
    has(&row.name) || row.id == search || origins.iter().any(|origin| has(origin))
}

async fn shape(
    app: &App,
    id: &SiteId,
    row: site::Model,
    origins: Vec<String>,
) -> Result<SiteRow, Error> {
    let db = &app.storage.db();
    let now = app.clock.now().div_euclid(HOUR);
    let question = Question {
        from: now - BACK,
        to: now + 1,
        interval: Interval::None,
        by: By::None,
        only: Vec::new(),
        purpose: None,
    };
    let sums = rates::ask(db, id, &question).await?;
    let totals = sums.first().map(super::counted::totals).unwrap_or_default();
    let last = records::list(db, id, &Filter::default(), None, 1).await?;
    Ok(SiteRow {
        id: row.id,
        name: row.name,
        origins,
        enabled: row.enabled,
        rate: Rate::of(totals.opted_in, totals.choices),
        last_choice: last.first().map(|stored| stored.record.given_at.datetime()),
    })
}
