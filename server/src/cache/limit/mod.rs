//! How much one site, network or visitor may ask: GCRA, the same in Redis (one script, one way and
//! back for all quotas of a request) and in the process. Losing the counts lets more through, never
//! less.

mod local;
mod shared;

use std::fmt;
use std::time::Duration;

use ouinon_domain::canonical::{hex, sha256};
use ouinon_domain::ids::VisitorId;

use crate::geo::Network;

pub(super) use local::LocalLimits;
pub(super) use shared::redis_check;

/// What is asked for; each lane has its own counts, so that a flood in one leaves the others free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// A choice that gives or refuses.
    Consent,
    /// Taking consent back: nothing else may crowd it out.
    Withdrawal,
    /// Being forgotten: nothing else may crowd it out either.
    Erasure,
    /// Impressions.
    Event,
    /// Notices, places and a visitor's own state.
    Read,
    /// Decisions.
    Decision,
    /// Everything else with a key.
    Program,
    /// Passwords.
    SignIn,
}

impl Lane {
    /// The lane's name in keys and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Withdrawal => "withdrawal",
            Self::Erasure => "erasure",
            Self::Event => "event",
            Self::Read => "read",
            Self::Decision => "decision",
            Self::Program => "program",
            Self::SignIn => "sign-in",
        }
    }
}

/// Who uses a quota up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject<'a> {
    /// The whole site.
    Site,
    /// A /24 or /48.
    Network(Network),
    /// One browser.
    Visitor(&'a VisitorId),
    /// One API key: the beginning of its hash, so that only who has the key uses its quota up.
    Key(u64),
}

impl Subject<'_> {
    /// What kind of subject it is.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Network(_) => "network",
            Self::Visitor(_) => "visitor",
            Self::Key(_) => "key",
        }
    }
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site => f.write_str("site"),
            Self::Network(network) => write!(f, "{network}"),
            // A key in Redis outlives an erasure by some seconds: it names nobody.
            Self::Visitor(visitor) => f.write_str(&hex(&sha256(&visitor.0)[..16])),
            Self::Key(key) => write!(f, "{key:016x}"),
        }
    }
}

/// `count` requests at once, and as many again in each `per`, refilled evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    interval_micros: i64,
    tolerance_micros: i64,
}

impl Quota {
    /// A quota; a `count` of 0 counts as 1, because nothing is closed by a quota.
    #[must_use]
    pub const fn new(count: u32, per: Duration) -> Self {
        let count = if count == 0 { 1 } else { count as i64 };
        let micros = per.as_micros();
        let capped = if micros > 86_400_000_000 { 86_400_000_000 } else { micros as i64 };
        let interval_micros = if capped < count { 1 } else { capped / count };
        Self { interval_micros, tolerance_micros: interval_micros * count }
    }

    /// How many requests.
    #[must_use]
    pub fn count(self) -> i64 {
        self.tolerance_micros / self.interval_micros
    }

    /// In how many seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        seconds(self.tolerance_micros)
    }
}

/// One quota that a request is charged to.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'a> {
    /// Who is charged.
    pub subject: Subject<'a>,
    /// Against what.
    pub quota: Quota,
    /// As so many requests.
    pub units: u32,
}

impl Demand<'_> {
    /// What it costs, in µs of the quota.
    fn cost(&self) -> i64 {
        self.quota.interval_micros.saturating_mul(i64::from(self.units))
    }

    /// How much somebody owes now, in µs, who owes until `until` (of the clock of `now`); what
    /// cannot be is not believed.
    fn owed(&self, until: Option<i64>, now: i64) -> i64 {
        let owed = until.map_or(0, |until| until - now);
        if (0..=self.quota.tolerance_micros).contains(&owed) { owed } else { 0 }
    }
}

/// Whether a request may pass, and what is left of each quota it was charged to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// Where a quota is used up: when to come back. Then nothing was charged.
    pub retry_after: Option<RetryAfter>,
    /// Of each demand, in their order; empty where nothing is limited.
    pub left: Vec<Left>,
}

impl Verdict {
    /// `wait` µs, 0 for none, and what is owed of each demand.
    fn new(wait: i64, owed: &[i64], demands: &[Demand<'_>]) -> Self {
        let left = |(owed, demand): (&i64, &Demand<'_>)| Left {
            requests: (demand.quota.tolerance_micros - owed) / demand.quota.interval_micros,
            full_in: seconds(*owed),
        };
        Self {
            retry_after: (wait > 0).then(|| RetryAfter::micros(wait)),
            left: owed.iter().zip(demands).map(left).collect(),
        }
    }
}

/// What is left of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// So many requests at once.
    pub requests: i64,
    /// All of it after so many seconds.
    pub full_in: i64,
}

/// Whole seconds, upwards.
fn seconds(micros: i64) -> i64 {
    (micros + 999_999).div_euclid(1_000_000)
}

/// The quota is used up; it has room again after this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter(Duration);

impl RetryAfter {
    fn micros(wait: i64) -> Self {
        Self(Duration::from_micros(wait.unsigned_abs()))
    }

    /// Whole seconds, at least 1, as the header `Retry-After` says them.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.0.as_micros().div_ceil(1_000_000).try_into().unwrap_or(u64::MAX).max(1)
    }
}
