//! The overview of one site: both consent rates over time, by purpose, and by everything else the
//! figures can be split by.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::SiteRef;
use crate::Page;
use crate::charts::{LineChart, Marker, Point, Series};
use crate::period::{Interval, Period, PeriodLink, period_links};
use crate::query::Query;
use crate::rate::Rate;

/// The overview page.
#[derive(Debug, Clone, Serialize)]
pub struct Overview {
    /// The site.
    pub site: SiteRef,
    /// The period shown.
    pub period: Period,
    /// The period it is compared with, where comparing is on.
    pub compared: Option<Period>,
    /// The period selector.
    pub presets: Vec<PeriodLink>,
    /// Where comparing is switched on or off.
    pub compare_href: String,
    /// Everything in the address but the free period, for the free period's form.
    pub kept: Vec<(String, String)>,
    /// The filters in force.
    pub filters: Vec<Filter>,
    /// The figures of the whole period.
    pub headline: Headline,
    /// The rates over time, drawn.
    pub chart: LineChart,
    /// The rates over time, as a table.
    pub buckets: Vec<Bucket>,
    /// Whether buckets are hours.
    pub hourly: bool,
    /// Yes and no by purpose.
    pub purposes: Vec<PurposeRow>,
    /// The other splits.
    pub breakdowns: Vec<Breakdown>,
    /// The CSV of the rates over time.
    pub export_href: String,
    /// Whether the site has ever recorded or shown anything; if not, the page helps to start.
    pub ever_used: bool,
    /// What to paste into the site, for the first steps.
    pub snippet: String,
}

/// A filter in the address.
#[derive(Debug, Clone, Serialize)]
pub struct Filter {
    /// `country`, `device`, `language`, `notice` or `purpose`.
    pub dimension: &'static str,
    /// Its value.
    pub value: String,
    /// The address without it.
    pub without: String,
}

/// The counts a rate is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// How often the banner was shown.
    pub shown: u64,
    /// How many choices were made.
    pub choices: u64,
    /// Choices that allowed at least one purpose.
    pub opted_in: u64,
    /// Of the choices: everything accepted.
    pub accept_all: u64,
    /// Of the choices: everything refused.
    pub reject_all: u64,
    /// Of the choices: chosen one by one.
    pub saved: u64,
    /// Of the choices: taken back.
    pub withdrawn: u64,
}

impl std::ops::Add for Totals {
    type Output = Totals;

    fn add(self, other: Totals) -> Totals {
        Totals {
            shown: self.shown + other.shown,
            choices: self.choices + other.choices,
            opted_in: self.opted_in + other.opted_in,
            accept_all: self.accept_all + other.accept_all,
            reject_all: self.reject_all + other.reject_all,
            saved: self.saved + other.saved,
            withdrawn: self.withdrawn + other.withdrawn,
        }
    }
}

impl Totals {
    /// Opt-in among those who saw the banner.
    pub fn of_shown(&self) -> Rate {
        Rate::of(self.opted_in, self.shown)
    }

    /// Opt-in among those who chose.
    pub fn of_choices(&self) -> Rate {
        Rate::of(self.opted_in, self.choices)
    }
}

/// The figures at the top.
#[derive(Debug, Clone, Serialize)]
pub struct Headline {
    /// This period.
    pub totals: Totals,
    /// Opt-in ÷ shown.
    pub of_shown: Rate,
    /// Opt-in ÷ choices.
    pub of_choices: Rate,
    /// Opt-in ÷ shown one period earlier, where comparing is on.
    pub shown_before: Option<Rate>,
    /// Opt-in ÷ choices one period earlier, where comparing is on.
    pub choices_before: Option<Rate>,
}

impl Headline {
    /// Rates from counts.
    pub fn new(totals: Totals, before: Option<Totals>) -> Headline {
        Headline {
            totals,
            of_shown: totals.of_shown(),
            of_choices: totals.of_choices(),
            shown_before: before.as_ref().map(Totals::of_shown),
            choices_before: before.as_ref().map(Totals::of_choices),
        }
    }
}

/// One hour or day.
#[derive(Debug, Clone, Serialize)]
pub struct Bucket {
    /// Its start.
    pub start: DateTime<Utc>,
    /// Leads to that day; hours lead nowhere.
    pub href: Option<String>,
    /// Its counts.
    pub totals: Totals,
    /// Opt-in ÷ shown.
    pub of_shown: Rate,
    /// Opt-in ÷ choices.
    pub of_choices: Rate,
}

/// One purpose: how many of those who chose said yes.
#[derive(Debug, Clone, Serialize)]
pub struct PurposeRow {
    /// Its key.
    pub key: String,
    /// Its title in the current notice.
    pub title: String,
    /// Yes among choices about it.
    pub rate: Rate,
    /// The same one period earlier.
    pub before: Option<Rate>,
    /// Filters everything by it, or takes that filter away.
    pub href: String,
    /// Whether it is the filter.
    pub active: bool,
}

/// The figures split by one dimension.
#[derive(Debug, Clone, Serialize)]
pub struct Breakdown {
    /// `country`, `device`, `language` or `notice`.
    pub dimension: &'static str,
    /// The most frequent values.
    pub rows: Vec<BreakdownRow>,
    /// The CSV of this table.
    pub export_href: String,
}

/// One value of a dimension.
#[derive(Debug, Clone, Serialize)]
pub struct BreakdownRow {
    /// The raw value; empty where unknown.
    pub key: String,
    /// Its counts.
    pub totals: Totals,
    /// Opt-in ÷ shown.
    pub of_shown: Rate,
    /// Opt-in ÷ choices.
    pub of_choices: Rate,
    /// Filters everything by it, or takes that filter away.
    pub href: String,
    /// Whether it is the filter.
    pub active: bool,
}

/// The keys of the address that filter figures.
const FILTERS: [&str; 5] = ["purpose", "country", "device", "language", "notice"];

/// What the server has counted; [`Overview::new`] makes the page of it.
#[derive(Debug, Clone)]
pub struct Counted {
    /// The site.
    pub site: SiteRef,
    /// What to paste into the site.
    pub snippet: String,
    /// Whether anything was ever shown or recorded.
    pub ever_used: bool,
    /// Counts of the period.
    pub totals: Totals,
    /// Counts of the period before, where comparing is on.
    pub before: Option<Totals>,
    /// Counts by hour or day, without gaps, in order.
    pub series: Vec<(DateTime<Utc>, Totals)>,
    /// The same one period earlier, as long as `series`.
    pub series_before: Option<Vec<Totals>>,
    /// Publications inside the period: hash and moment.
    pub publications: Vec<(String, DateTime<Utc>)>,
    /// Purposes in the notice's order: key, title, rate, rate one period earlier.
    pub purposes: Vec<(String, String, Rate, Option<Rate>)>,
    /// Dimension and its values, most frequent first.
    pub splits: Vec<(&'static str, Vec<(String, Totals)>)>,
}

impl Overview {
    /// Makes the page from counts and the address it was asked with.
    pub fn new(counted: Counted, period: Period, query: &Query) -> Overview {
        let path = format!("/dashboard/sites/{}", counted.site.id);
        let query = query.only(&[&FILTERS[..], &["period", "from", "to", "compare"]].concat());
        let links = Links { path, query };
        let hourly = period.interval() == Interval::Hour;
        let compare = links.query.get("compare").is_some();
        Overview {
            compared: compare.then(|| period.previous()),
            presets: period_links(&period, &links.query, &links.path),
            compare_href: links.toggle("compare", "1"),
            kept: links.query.without("period").without("from").without("to").pairs().to_vec(),
            filters: links.filters(),
            headline: Headline::new(counted.totals, counted.before),
            chart: chart(&counted, &links, hourly),
            buckets: buckets(&counted.series, &links, hourly),
            purposes: links.purposes(counted.purposes),
            breakdowns: links.breakdowns(counted.splits),
            export_href: links.export("none"),
            site: counted.site,
            snippet: counted.snippet,
            ever_used: counted.ever_used,
            period,
            hourly,
        }
    }
}

/// Makes the links of the page: each keeps the rest of the address.
struct Links {
    path: String,
    query: Query,
}

impl Links {
    fn toggle(&self, key: &str, value: &str) -> String {
        let next = if self.query.get(key) == Some(value) {
            self.query.without(key)
        } else {
            self.query.with(key, value)
        };
        next.on(&self.path)
    }

    fn day(&self, start: DateTime<Utc>) -> String {
        let day = start.date_naive().to_string();
        self.query.without("period").with("from", &day).with("to", &day).on(&self.path)
    }

    fn export(&self, by: &str) -> String {
        self.query.without("compare").with("by", by).on(&format!("{}/stats.csv", self.path))
    }

    fn filters(&self) -> Vec<Filter> {
        let one = |dimension: &'static str| {
            let value = self.query.get(dimension)?.to_owned();
            Some(Filter { dimension, value, without: self.query.without(dimension).on(&self.path) })
        };
        FILTERS.into_iter().filter_map(one).collect()
    }

    fn purposes(&self, rows: Vec<(String, String, Rate, Option<Rate>)>) -> Vec<PurposeRow> {
        rows.into_iter()
            .map(|(key, title, rate, before)| PurposeRow {
                href: self.toggle("purpose", &key),
                active: self.query.get("purpose") == Some(&key),
                key,
                title,
                rate,
                before,
            })
            .collect()
    }

    fn breakdowns(&self, splits: Vec<(&'static str, Vec<(String, Totals)>)>) -> Vec<Breakdown> {
        // An empty value does not survive in an address, so "unknown" is written as a dash there.
        let value = |key: &str| if key.is_empty() { "-".to_owned() } else { key.to_owned() };
        let row = |dimension: &'static str, (key, totals): (String, Totals)| BreakdownRow {
            href: self.toggle(dimension, &value(&key)),
            active: self.query.get(dimension) == Some(&value(&key)),
            of_shown: totals.of_shown(),
            of_choices: totals.of_choices(),
            totals,
            key,
        };
        splits
            .into_iter()
            .map(|(dimension, rows)| Breakdown {
                dimension,
                rows: rows.into_iter().map(|one| row(dimension, one)).collect(),
                export_href: self.export(dimension),
            })
            .collect()
    }
}

fn buckets(series: &[(DateTime<Utc>, Totals)], links: &Links, hourly: bool) -> Vec<Bucket> {
    series
        .iter()
        .map(|(start, totals)| Bucket {
            start: *start,
            href: (!hourly).then(|| links.day(*start)),
            totals: *totals,
            of_shown: totals.of_shown(),
            of_choices: totals.of_choices(),
        })
        .collect()
}

fn chart(counted: &Counted, links: &Links, hourly: bool) -> LineChart {
    let point = |(start, _): &(DateTime<Utc>, Totals)| Point {
        start: *start,
        href: (!hourly).then(|| links.day(*start)),
    };
    let axis: Vec<Point> = counted.series.iter().map(point).collect();
    let series = |key, rate: fn(&Totals) -> Rate| Series {
        key,
        rates: counted.series.iter().map(|(_, totals)| rate(totals)).collect(),
        previous: counted.series_before.as_ref().map(|rows| rows.iter().map(rate).collect()),
    };
    let lines = [series("of_choices", Totals::of_choices), series("of_shown", Totals::of_shown)];
    let marker = |(hash, at): &(String, DateTime<Utc>)| {
        let index = axis.iter().rposition(|point| point.start <= *at)?;
        let name = hash.trim_start_matches("sha256:").chars().take(8).collect();
        Some(Marker { index, at: *at, name, href: format!("/notices/{hash}") })
    };
    let mut markers: Vec<Marker> = counted.publications.iter().filter_map(marker).collect();
    markers.sort_by_key(|marker| marker.at);
    LineChart::new(&axis, &lines, markers, hourly)
}

impl Page for Overview {
    const TEMPLATE: &'static str = "pages/overview.html";
    const NAV: &'static str = "overview";
}
