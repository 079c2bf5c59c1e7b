//! `GET /v1/sites/{site}/stats`: consent rates with their denominators, from counters alone.

use super::{extract, json};
use crate::app::App;
use crate::error::Error;
use crate::http::extract::key;
use crate::sites::key::Scope;
use crate::storage::stats::rates::{self, By, Interval, Question};
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_domain::time::{HOUR, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    from: Option<String>,
    to: Option<String>,
    interval: Option<String>,
    by: Option<String>,
    suppress: Option<String>,
}

/// Answers with rates.
pub async fn read(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let site = key::site(&app, &request, Scope::STATS_READ).await?;
    let query: Query = extract::query(&request)?;
    let hour = |name: &str, text: &String| extract::time(name, text).map(|time| time.0);
    let from = query.from.as_ref().map(|text| hour("from", text)).transpose()?;
    let to = query.to.as_ref().map(|text| hour("to", text)).transpose()?;
    let question = Question {
        from: from.map_or(0, |time| time.div_euclid(HOUR)),
        // An hour begun counts whole.
        to: to.map_or(i64::MAX, |time| (time + HOUR - 1).div_euclid(HOUR)),
        interval: interval(query.interval.as_deref())?,
        by: by(query.by.as_deref())?,
        only: Vec::new(),
        purpose: None,
    };
    let suppress = match query.suppress.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Error::field("/suppress", "use true or false")),
    };
    let rows = rates::ask(&app.storage.db(), &site.id, &question).await?;
    let items = rows.iter().map(|row| shape(row, suppress)).collect::<Result<Vec<_>, _>>()?;
    json::ok(&json!({ "items": items, "next_cursor": null }))
}

/// A row of the answer; with `suppress`, `null` where it tells of few people.
fn shape(row: &rates::Rates, suppress: bool) -> Result<Value, Error> {
    let mut value = json::to_value(row)?;
    for (field, value) in value.as_object_mut().into_iter().flatten() {
        if suppress && row.tells_of_few(field) {
            *value = Value::Null;
        }
    }
    value["bucket"] = json!(row.hour.map(|hour| Timestamp(hour * HOUR)));
    Ok(value)
}

fn interval(text: Option<&str>) -> Result<Interval, Error> {
    match text {
        None | Some("none") => Ok(Interval::None),
        Some("hour") => Ok(Interval::Hour),
        Some("day") => Ok(Interval::Day),
        Some(_) => Err(Error::field("/interval", "use hour, day or none")),
    }
}

/// Reads `by`.
pub fn by(text: Option<&str>) -> Result<By, Error> {
    match text {
        None | Some("none") => Ok(By::None),
        Some("purpose") => Ok(By::Purpose),
        Some("vendor") => Ok(By::Vendor),
        Some("country") => Ok(By::Country),
        Some("device") => Ok(By::Device),
        Some("language") => Ok(By::Language),
        Some("notice") => Ok(By::Notice),
        Some(_) => Err(Error::field(
            "/by",
            "use purpose, vendor, country, device, language, notice or none",
        )),
    }
}
