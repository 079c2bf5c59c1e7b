//! `/dashboard/sites/{site}`: consent rates, and the same figures as CSV.

use super::session::Area;
use super::{counted, csv, enter};
use crate::app::App;
use crate::error::Error;
use crate::http::html;
use crate::http::stats::by;
use crate::storage::stats::rates::{self, By, Interval, Rates};
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_dashboard::Query;
use ouinon_dashboard::pages::Overview;
use ouinon_dashboard::period::Period;
use ouinon_domain::time::HOUR;
use ouinon_domain::time::Timestamp;
use std::sync::Arc;

const COLUMNS: [&str; 14] = [
    "from",
    "key",
    "shown",
    "choices",
    "accept_all",
    "reject_all",
    "saved",
    "withdrawn",
    "granted",
    "denied",
    "opt_in_of_shown",
    "opt_in_of_choices",
    "ci_low",
    "ci_high",
];

fn period(app: &App, query: &Query) -> Period {
    Period::parse(query, Timestamp(app.clock.now()).datetime().date_naive())
}

/// The page.
pub async fn show(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let (session, site) = enter(&app, &request, Area::Figures).await?;
    let query = Query::parse(request.query_string());
    let period = period(&app, &query);
    let lang = html::lang(&request);
    let counted = counted::overview(&app, &site, &period, &query, lang).await?;
    html::private(&app, &request, &session, &Overview::new(counted, period, &query))
}

/// The figures of one table, with the page's filters.
pub async fn export(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let (_, site) = enter(&app, &request, Area::Figures).await?;
    let query = Query::parse(request.query_string());
    let period = period(&app, &query);
    let by = by(query.get("by"))?;
    let interval = if by == By::None { counted::interval(&period) } else { Interval::None };
    let question = counted::question(&query, &period, by, interval);
    let rows = rates::ask(&app.storage.db(), &site.id, &question).await?;
    let mut text = csv::line(COLUMNS);
    for row in &rows {
        text.push_str(&csv::line(cells(row)));
    }
    let name = format!("ouinon-{}-{}-{}.csv", site.id, period.from, period.to);
    Ok(csv::answer(&name).body(text))
}

/// A row to pass on: what tells of few people says so instead.
fn cells(row: &Rates) -> [String; 14] {
    let mut cells = every_cell(row);
    for (cell, column) in cells.iter_mut().zip(COLUMNS) {
        if row.tells_of_few(column) {
            *cell = format!("<{}", rates::FEW);
        }
    }
    cells
}

fn every_cell(row: &Rates) -> [String; 14] {
    let share = |value: Option<f64>| value.map(|share| format!("{share:.4}")).unwrap_or_default();
    [
        row.hour.map(|hour| Timestamp(hour * HOUR).to_string()).unwrap_or_default(),
        row.key.clone().unwrap_or_default(),
        row.shown.to_string(),
        row.choices.to_string(),
        row.accept_all.to_string(),
        row.reject_all.to_string(),
        row.saved.to_string(),
        row.withdrawn.to_string(),
        row.granted.to_string(),
        row.denied.to_string(),
        share(row.opt_in_of_shown),
        share(row.opt_in_of_choices),
        share(row.ci_low),
        share(row.ci_high),
    ]
}
