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
    /// Decisions and everything else with a key.
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
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site => f.write_str("site"),
            Self::Network(network) => write!(f, "{network}"),
            // A key in Redis outlives an erasure by some seconds: it names nobody.
            Self::Visitor(visitor) => f.write_str(&hex(&sha256(&visitor.0)[..16])),
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

    /// Charges one request at `now` to somebody who owes until `owed_until` (both in µs of any one
    /// clock): until when is owed now, or how long to wait.
    fn charge(self, owed_until: Option<i64>, now: i64) -> Result<i64, i64> {
        let possible = now..=now + self.tolerance_micros;
        let owed = owed_until.filter(|owed| possible.contains(owed)).unwrap_or(now);
        let after = owed + self.interval_micros;
        let wait = after - self.tolerance_micros - now;
        if wait > 0 { Err(wait) } else { Ok(after) }
    }
}

/// One quota that a request is charged to.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'a> {
    /// Who is charged.
    pub subject: Subject<'a>,
    /// Against what.
    pub quota: Quota,
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
