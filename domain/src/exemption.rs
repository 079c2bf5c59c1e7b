//! Audience measurement that may run without consent: what a site declares about it. Off unless it is declared,
//! and part of the notice, so that every record names the declaration that held.

use serde::{Deserialize, Serialize};

/// What makes audience measurement exempt (CNIL guidelines 2020-091, art. 5): the site states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// It measures the audience of this site for its publisher alone: nothing is joined with other data or passed on.
    pub own_audience_only: bool,
    /// It yields anonymous statistics and nothing else.
    pub anonymous_statistics: bool,
    /// How long the tracker stays in the browser.
    pub tracker_months: u32,
    /// How long what it collected is kept.
    pub data_months: u32,
}

impl Exemption {
    /// Longest life of the tracker.
    pub const TRACKER_MONTHS: u32 = 13;
    /// Longest life of the data.
    pub const DATA_MONTHS: u32 = 25;

    /// Why what is declared exempts nothing; empty where it does.
    #[must_use]
    pub fn errors(&self) -> Vec<(&'static str, &'static str)> {
        [
            (
                self.own_audience_only,
                "own_audience_only",
                "only measuring one's own audience is exempt",
            ),
            (
                self.anonymous_statistics,
                "anonymous_statistics",
                "only anonymous statistics are exempt",
            ),
            (
                (1..=Self::TRACKER_MONTHS).contains(&self.tracker_months),
                "tracker_months",
                "must be 1 to 13 months",
            ),
            (
                (1..=Self::DATA_MONTHS).contains(&self.data_months),
                "data_months",
                "must be 1 to 25 months",
            ),
        ]
        .into_iter()
        .filter_map(|(holds, field, why)| (!holds).then_some((field, why)))
        .collect()
    }
}
