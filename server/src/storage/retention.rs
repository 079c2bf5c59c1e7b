//! How long sites keep what.

use super::entity::{retention, site};

/// Days a site keeps things, with the reasons for the defaults in docs/SETTINGS.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Periods {
    /// Who a visitor is, after its last record.
    pub visitors: u32,
    /// A record, after it was given.
    pub records: u32,
    /// Counters, after the hour they count.
    pub counters: u32,
}

impl Default for Periods {
    /// 13 months, 5 years, 25 months.
    fn default() -> Self {
        Self { visitors: 395, records: 1_827, counters: 760 }
    }
}

/// The row of a new site: the defaults, and nothing retired.
pub fn new(site: &site::Model) -> retention::Model {
    let periods = Periods::default();
    retention::Model {
        site: site.id.clone(),
        visitors_days: periods.visitors.into(),
        records_days: periods.records.into(),
        counters_days: periods.counters.into(),
        records_before: 0,
    }
}
