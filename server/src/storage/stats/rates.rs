//! Consent rates: what was shown, what was answered, and both rates with their denominators.

use crate::error::Error;
use ouinon_domain::ids::SiteId;
use ouinon_domain::wilson::wilson;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use serde::Serialize;
use std::collections::BTreeMap;

/// How finely time is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interval {
    /// By the hour, UTC.
    Hour,
    /// By the day, UTC.
    Day,
    /// Not at all.
    #[default]
    None,
}

/// What rows are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// A row per purpose: granted and denied are that purpose's.
    Purpose,
    /// A row per vendor: granted and denied are that vendor's.
    Vendor,
    /// A row per country.
    Country,
    /// A row per class of device.
    Device,
    /// A row per language shown.
    Language,
    /// A row per notice.
    Notice,
    /// One row.
    #[default]
    None,
}

impl By {
    /// The counter's column for this dimension; purposes and vendors are in the event's key.
    fn column(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Device => "device",
            Self::Language => "language",
            Self::Notice => "notice",
            Self::Purpose | Self::Vendor | Self::None => "''",
        }
    }
}

/// Which counters, and how they are laid out.
#[derive(Clone, Debug)]
pub struct Question {
    /// First hour since 1970, included.
    pub from: i64,
    /// Last hour since 1970, excluded.
    pub to: i64,
    /// How finely.
    pub interval: Interval,
    /// By what.
    pub by: By,
    /// Only this country, device, language, notice (column, value).
    pub only: Vec<(By, String)>,
    /// Granted and denied of this purpose alone, where rows are not per purpose or vendor.
    pub purpose: Option<String>,
}

/// One row of rates.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Rates {
    /// Start of the bucket, hours since 1970; `None` without an interval.
    #[serde(skip)]
    pub hour: Option<i64>,
    /// The purpose, vendor, country …; `None` with `by=none`.
    pub key: Option<String>,
    /// Times the banner was shown.
    pub shown: i64,
    /// Answers: `accept_all + reject_all + saved`.
    pub choices: i64,
    /// "Accept all".
    pub accept_all: i64,
    /// "Refuse all".
    pub reject_all: i64,
    /// A yes or no each.
    pub saved: i64,
    /// Taken back later.
    pub withdrawn: i64,
    /// Answers with a yes (to anything, or to this purpose or vendor).
    pub granted: i64,
    /// Answers without.
    pub denied: i64,
    /// `granted ÷ shown`; `None` where nothing was shown.
    pub opt_in_of_shown: Option<f64>,
    /// `granted ÷ (granted + denied)`; `None` where nothing was answered.
    pub opt_in_of_choices: Option<f64>,
    /// 95 % interval of `opt_in_of_choices` (Wilson).
    pub ci_low: Option<f64>,
    /// 95 % interval of `opt_in_of_choices` (Wilson).
    pub ci_high: Option<f64>,
}

/// Fewer people than this could be recognised: what is counted about them is left out of figures
/// that are passed on.
pub const FEW: i64 = 10;

#[derive(FromQueryResult)]
struct Sum {
    bucket: i64,
    dimension: String,
    event: String,
    key: String,
    total: i64,
}

/// Asks the counters.
pub async fn ask(
    db: &impl ConnectionTrait,
    site: &SiteId,
    question: &Question,
) -> Result<Vec<Rates>, Error> {
    let sums = sums(db, site, question).await?;
    let mut rows: BTreeMap<(i64, Option<String>), Rates> = BTreeMap::new();
    let per_key = matches!(question.by, By::Purpose | By::Vendor);
    let mut totals: BTreeMap<i64, Rates> = BTreeMap::new();
    for sum in &sums {
        if per_key && sum.key.is_empty() {
            totals.entry(sum.bucket).or_default().count(&sum.event, sum.total);
        } else if per_key {
            let row = rows.entry((sum.bucket, Some(sum.key.clone()))).or_default();
            row.count(keyed(&sum.event, question.by), sum.total);
        } else if let Some(event) = plain(sum, question.purpose.as_deref()) {
            let key = (question.by != By::None).then(|| sum.dimension.clone());
            rows.entry((sum.bucket, key)).or_default().count(event, sum.total);
        }
    }
    let finish = |((bucket, key), mut row): ((i64, Option<String>), Rates)| {
        if let (true, Some(total)) = (per_key, totals.get(&bucket)) {
            row = Rates { granted: row.granted, denied: row.denied, ..total.clone() };
        }
        row.hour = match question.interval {
            Interval::Hour => Some(bucket),
            Interval::Day => Some(bucket * 24),
            Interval::None => None,
        };
        row.key = key;
        row.rates();
        row
    };
    let has_events = |row: &Rates| !per_key || row.granted + row.denied > 0;
    Ok(rows.into_iter().map(finish).filter(has_events).collect())
}

/// The word for counting, where the event is of the dimension asked for.
fn keyed(event: &str, by: By) -> &str {
    match (by, event) {
        (By::Purpose, "purpose_granted") | (By::Vendor, "vendor_granted") => "granted",
        (By::Purpose, "purpose_denied") | (By::Vendor, "vendor_denied") => "denied",
        _ => "",
    }
}

/// The word for counting where rows are not per purpose or vendor: with a purpose, its own yes and
/// no stand in for those to anything.
fn plain<'a>(sum: &'a Sum, purpose: Option<&str>) -> Option<&'a str> {
    let overall = matches!(sum.event.as_str(), "granted" | "denied");
    match purpose {
        None => sum.key.is_empty().then_some(sum.event.as_str()),
        Some(_) if sum.key.is_empty() => (!overall).then_some(sum.event.as_str()),
        Some(purpose) => (sum.key == purpose).then(|| keyed(&sum.event, By::Purpose)),
    }
}

async fn sums(
    db: &impl ConnectionTrait,
    site: &SiteId,
    question: &Question,
) -> Result<Vec<Sum>, Error> {
    let bucket = match question.interval {
        Interval::Hour => "hour",
        Interval::Day => "hour / 24",
        Interval::None => "cast(0 as bigint)",
    };
    let column = question.by.column();
    let mut sql = format!(
        "select {bucket} as bucket, {column} as dimension, event, key, \
         cast(sum(count) as bigint) as total from counter \
         where site = $1 and hour >= $2 and hour < $3"
    );
    let mut values = vec![site.as_str().into(), question.from.into(), question.to.into()];
    for (by, value) in &question.only {
        values.push(value.as_str().into());
        sql.push_str(&format!(" and {} = ${}", by.column(), values.len()));
    }
    sql.push_str(" group by 1, 2, 3, 4");
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(Sum::find_by_statement(statement).all(db).await?)
}

impl Rates {
    /// Whether a field tells about at least one person and fewer than [`FEW`].
    pub fn tells_of_few(&self, field: &str) -> bool {
        let few = |count: i64| (1..FEW).contains(&count);
        let answers = few(self.choices) || few(self.granted + self.denied);
        match field {
            "from" | "bucket" | "key" => false,
            "shown" => few(self.shown),
            "withdrawn" => few(self.withdrawn),
            "opt_in_of_shown" => answers || few(self.shown),
            _ => answers,
        }
    }

    fn count(&mut self, event: &str, total: i64) {
        match event {
            "shown" => self.shown += total,
            "accept_all" => self.accept_all += total,
            "reject_all" => self.reject_all += total,
            "save" => self.saved += total,
            "withdraw" => self.withdrawn += total,
            "granted" => self.granted += total,
            "denied" => self.denied += total,
            _ => {}
        }
    }

    fn rates(&mut self) {
        self.choices = self.accept_all + self.reject_all + self.saved;
        let answered = self.granted + self.denied;
        self.opt_in_of_shown = ratio(self.granted, self.shown);
        self.opt_in_of_choices = ratio(self.granted, answered);
        if self.opt_in_of_choices.is_some() {
            let count = |value: i64| u64::try_from(value).unwrap_or(0);
            let (low, high) = wilson(count(self.granted), count(answered));
            (self.ci_low, self.ci_high) = (Some(low), Some(high));
        }
    }
}

fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_name_their_denominators() {
        let mut row =
            Rates { shown: 10, accept_all: 3, saved: 1, granted: 4, denied: 2, ..Rates::default() };
        row.reject_all = 2;
        row.rates();
        assert_eq!((row.choices, row.opt_in_of_shown), (6, Some(0.4)));
        assert_eq!(row.opt_in_of_choices, Some(4.0 / 6.0));
        assert!(!row.tells_of_few("shown") && !row.tells_of_few("withdrawn"));
        assert!(row.tells_of_few("granted") && row.tells_of_few("opt_in_of_shown"));
        row.denied = 6;
        row.saved = 5;
        row.rates();
        assert!(!row.tells_of_few("granted") && !row.tells_of_few("ci_low"));
        let mut none = Rates::default();
        none.rates();
        assert_eq!((none.opt_in_of_shown, none.ci_low), (None, None));
    }
}
