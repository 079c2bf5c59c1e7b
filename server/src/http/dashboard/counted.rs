//! From counters to what the overview shows: one question for each part of the page, all with the
//! same filters.

use crate::app::App;
use crate::error::Error;
use crate::http::loader;
use crate::sites::Site;
use crate::storage::stats::rates::{self, By, Interval, Question, Rates};
use ouinon_dashboard::pages::{Counted, Totals};
use ouinon_dashboard::period::{self, Period};
use ouinon_dashboard::rate::Rate;
use ouinon_dashboard::{Lang, Query};
use ouinon_domain::time::HOUR;
use ouinon_domain::time::Timestamp;
use std::collections::BTreeMap;

/// Most rows of a table.
const ROWS: usize = 12;
/// What a filter says for "unknown", as empty values do not survive in an address.
pub const UNKNOWN: &str = "-";
/// The dimensions with a table of their own.
const SPLITS: [(&str, By); 4] = [
    ("country", By::Country),
    ("device", By::Device),
    ("language", By::Language),
    ("notice", By::Notice),
];

/// Counts of a row; what was answered is its own denominator.
pub fn totals(row: &Rates) -> Totals {
    let count = |value: i64| u64::try_from(value).unwrap_or(0);
    Totals {
        shown: count(row.shown),
        choices: count(row.granted + row.denied),
        opted_in: count(row.granted),
        accept_all: count(row.accept_all),
        reject_all: count(row.reject_all),
        saved: count(row.saved),
        withdrawn: count(row.withdrawn),
    }
}

/// A question about a period with the filters of an address.
pub fn question(query: &Query, period: &Period, by: By, interval: Interval) -> Question {
    let (from, to) = period.bounds();
    let hour = |micros: i64| micros.div_euclid(HOUR);
    let value = |text: &str| if text == UNKNOWN { String::new() } else { text.to_owned() };
    Question {
        from: hour(from.timestamp_micros()),
        to: hour(to.timestamp_micros()),
        interval,
        by,
        only: SPLITS
            .into_iter()
            .filter_map(|(name, by)| query.get(name).map(|text| (by, value(text))))
            .collect(),
        purpose: query.get("purpose").map(str::to_owned),
    }
}

/// The interval of a period's points.
pub fn interval(period: &Period) -> Interval {
    match period.interval() {
        period::Interval::Hour => Interval::Hour,
        period::Interval::Day => Interval::Day,
    }
}

/// Asks for everything the overview shows.
pub async fn overview(
    app: &App,
    site: &Site,
    period: &Period,
    query: &Query,
    lang: Lang,
) -> Result<Counted, Error> {
    let compare = query.get("compare").is_some();
    let series = series(app, site, period, query).await?;
    let earlier = match compare {
        true => Some(self::series(app, site, &period.previous(), query).await?),
        false => None,
    };
    let totals = sum(series.values());
    let now = Timestamp(app.clock.now());
    let started: Vec<_> = series.iter().filter(|(hour, _)| **hour * HOUR <= now.0).collect();
    let length = started.len();
    let mut splits = Vec::new();
    for (name, by) in SPLITS {
        splits.push((name, split(app, site, period, query, by).await?));
    }
    Ok(Counted {
        site: super::site_ref(site),
        snippet: loader::snippet(app, site),
        ever_used: totals != Totals::default() || ever_used(app, site).await?,
        totals,
        before: earlier.as_ref().map(|rows| sum(rows.values())),
        publications: publications(site, period),
        purposes: purposes(app, site, period, query, lang).await?,
        splits,
        series: started
            .into_iter()
            .map(|(hour, totals)| (Timestamp(hour * HOUR).datetime(), *totals))
            .collect(),
        series_before: earlier.map(|rows| rows.into_values().take(length).collect()),
    })
}

/// Counts by the start of each bucket in hours since 1970, without gaps.
async fn series(
    app: &App,
    site: &Site,
    period: &Period,
    query: &Query,
) -> Result<BTreeMap<i64, Totals>, Error> {
    let interval = interval(period);
    let question = question(query, period, By::None, interval);
    let step = if interval == Interval::Hour { 1 } else { 24 };
    let mut buckets: BTreeMap<i64, Totals> =
        (question.from..question.to).step_by(step).map(|hour| (hour, Totals::default())).collect();
    for row in rates::ask(&app.storage.db(), &site.id, &question).await? {
        if let Some(hour) = row.hour {
            buckets.insert(hour, totals(&row));
        }
    }
    Ok(buckets)
}

async fn split(
    app: &App,
    site: &Site,
    period: &Period,
    query: &Query,
    by: By,
) -> Result<Vec<(String, Totals)>, Error> {
    let question = question(query, period, by, Interval::None);
    let rows = rates::ask(&app.storage.db(), &site.id, &question).await?;
    let mut rows: Vec<_> =
        rows.iter().map(|row| (row.key.clone().unwrap_or_default(), totals(row))).collect();
    rows.sort_by_key(|(_, totals)| std::cmp::Reverse((totals.choices, totals.shown)));
    rows.truncate(ROWS);
    Ok(rows)
}

/// Rates by purpose in the notice's order, with those one period earlier.
async fn purposes(
    app: &App,
    site: &Site,
    period: &Period,
    query: &Query,
    lang: Lang,
) -> Result<Vec<(String, String, Rate, Option<Rate>)>, Error> {
    let query = query.without("purpose");
    let now = by_purpose(app, site, period, &query).await?;
    let earlier = match query.get("compare") {
        Some(_) => Some(by_purpose(app, site, &period.previous(), &query).await?),
        None => None,
    };
    let none = Rate::of(0, 0);
    let row = |(key, title): (String, String)| {
        let rate = now.get(&key).copied().unwrap_or(none);
        let before = earlier.as_ref().map(|rates| rates.get(&key).copied().unwrap_or(none));
        (key, title, rate, before)
    };
    let known = super::purpose_choices(site, lang, true);
    Ok(known.into_iter().map(|purpose| row((purpose.value, purpose.label))).collect())
}

async fn by_purpose(
    app: &App,
    site: &Site,
    period: &Period,
    query: &Query,
) -> Result<BTreeMap<String, Rate>, Error> {
    let question = question(query, period, By::Purpose, Interval::None);
    let rows = rates::ask(&app.storage.db(), &site.id, &question).await?;
    let rate = |row: &Rates| {
        let totals = totals(row);
        Rate::of(totals.opted_in, totals.choices)
    };
    Ok(rows.iter().filter_map(|row| Some((row.key.clone()?, rate(row)))).collect())
}

fn publications(site: &Site, period: &Period) -> Vec<(String, ouinon_dashboard::charts::Moment)> {
    let (from, to) = period.bounds();
    site.publications()
        .iter()
        .map(|(hash, at)| (hash.to_string(), at.datetime()))
        .filter(|(_, at)| (from..to).contains(at))
        .collect()
}

async fn ever_used(app: &App, site: &Site) -> Result<bool, Error> {
    let question = Question {
        from: 0,
        to: i64::MAX,
        interval: Interval::None,
        by: By::None,
        only: Vec::new(),
        purpose: None,
    };
    let rows = rates::ask(&app.storage.db(), &site.id, &question).await?;
    Ok(rows.iter().any(|row| totals(row) != Totals::default()))
}

fn sum<'a>(rows: impl Iterator<Item = &'a Totals>) -> Totals {
    rows.fold(Totals::default(), |sum, row| sum + *row)
}
