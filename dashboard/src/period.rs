//! The period a page looks at: read from the address, written back into links. Days are UTC and
//! both ends belong to the period.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::Serialize;

use crate::Query;

/// The longest period that can be asked for, in days: two years of daily points.
const LONGEST: u64 = 731;

/// The periods one click away, and the free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// The current day.
    Today,
    /// Seven days, today included.
    Days7,
    /// Thirty days, today included; the default.
    Days30,
    /// Ninety days, today included.
    Days90,
    /// From and to as given.
    Custom,
}

impl Preset {
    const ALL: [Preset; 5] =
        [Preset::Today, Preset::Days7, Preset::Days30, Preset::Days90, Preset::Custom];

    /// The value of `?period=`.
    pub fn code(self) -> &'static str {
        match self {
            Preset::Today => "today",
            Preset::Days7 => "7d",
            Preset::Days30 => "30d",
            Preset::Days90 => "90d",
            Preset::Custom => "custom",
        }
    }
}

/// The width of one point of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// One hour, for periods of at most two days.
    Hour,
    /// One day.
    Day,
}

/// A period of whole days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Period {
    /// How it was chosen.
    pub preset: Preset,
    /// First day.
    pub from: NaiveDate,
    /// Last day, not before `from`.
    pub to: NaiveDate,
}

impl Period {
    /// Reads `period`, `from` and `to`. What cannot be read falls back to thirty days; ends given
    /// the wrong way round are swapped; the length is capped.
    pub fn parse(query: &Query, today: NaiveDate) -> Period {
        let day = |key: &str| query.get(key).and_then(|text| text.parse::<NaiveDate>().ok());
        let custom = (day("from"), day("to"));
        let asked = query.get("period");
        let preset = match (asked, custom) {
            (Some("custom") | None, (Some(_), _) | (_, Some(_))) => Preset::Custom,
            (Some(code), _) => Preset::ALL
                .into_iter()
                .find(|preset| preset.code() == code && *preset != Preset::Custom)
                .unwrap_or(Preset::Days30),
            (None, _) => Preset::Days30,
        };
        let back = |days: u64| today.checked_sub_days(Days::new(days)).unwrap_or(today);
        let (from, to) = match preset {
            Preset::Today => (today, today),
            Preset::Days7 => (back(6), today),
            Preset::Days30 => (back(29), today),
            Preset::Days90 => (back(89), today),
            Preset::Custom => {
                let to = custom.1.unwrap_or(today);
                let from = custom.0.unwrap_or(to);
                (from.min(to), from.max(to))
            }
        };
        let earliest = to.checked_sub_days(Days::new(LONGEST)).unwrap_or(to);
        Period { preset, from: from.max(earliest), to }
    }

    /// The number of days.
    pub fn days(&self) -> u64 {
        u64::try_from((self.to - self.from).num_days()).unwrap_or(0) + 1
    }

    /// The period of the same length just before this one.
    #[must_use]
    pub fn previous(&self) -> Period {
        let back = |day: NaiveDate| day.checked_sub_days(Days::new(self.days())).unwrap_or(day);
        Period { preset: Preset::Custom, from: back(self.from), to: back(self.to) }
    }

    /// Start (included) and end (excluded) as moments.
    pub fn bounds(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        let after = self.to.checked_add_days(Days::new(1)).unwrap_or(self.to);
        (self.from.and_time(NaiveTime::MIN).and_utc(), after.and_time(NaiveTime::MIN).and_utc())
    }

    /// How wide a point of a chart of this period is.
    pub fn interval(&self) -> Interval {
        if self.days() <= 2 { Interval::Hour } else { Interval::Day }
    }
}

/// One entry of the period selector.
#[derive(Debug, Clone, Serialize)]
pub struct PeriodLink {
    /// Names the text: `period.7d` and so on.
    pub code: &'static str,
    /// The address with this period.
    pub href: String,
    /// Whether it is the one shown.
    pub current: bool,
}

/// The period selector: a link for each fixed period, keeping everything else in the address.
pub fn period_links(period: &Period, query: &Query, path: &str) -> Vec<PeriodLink> {
    let rest = query.without("from").without("to");
    Preset::ALL
        .into_iter()
        .filter(|preset| *preset != Preset::Custom)
        .map(|preset| PeriodLink {
            code: preset.code(),
            href: rest.with("period", preset.code()).on(path),
            current: preset == period.preset,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::{Interval, Period, Preset};
    use crate::Query;

    fn parse(query: &str) -> Period {
        Period::parse(&Query::parse(query), NaiveDate::from_ymd_opt(2026, 11, 20).unwrap())
    }

    #[test]
    fn periods_are_read_from_the_address() {
        assert_eq!(parse("").preset, Preset::Days30);
        assert_eq!(parse("").days(), 30);
        assert_eq!(parse("period=today").interval(), Interval::Hour);
        assert_eq!(parse("period=nonsense").preset, Preset::Days30);
        assert_eq!(parse("period=custom").preset, Preset::Days30);
        let swapped = parse("from=2026-11-10&to=2026-11-01");
        assert_eq!((swapped.preset, swapped.days()), (Preset::Custom, 10));
        assert_eq!(parse("from=1000-01-01").days(), 732);
        assert_eq!(parse("period=7d&from=2026-01-01").preset, Preset::Days7);
    }

    #[test]
    fn the_previous_period_touches_this_one() {
        let period = parse("period=7d");
        let previous = period.previous();
        assert_eq!(previous.days(), 7);
        assert_eq!(previous.bounds().1, period.bounds().0);
    }
}
