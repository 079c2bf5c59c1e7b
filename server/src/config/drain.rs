//! `OUINON_DRAIN_SECONDS`: how long a server that was told to end goes on serving everything but
//! `/readyz`, so that whoever balances the load sends new requests elsewhere first.

use std::time::Duration;

use super::error::ConfigError;
use super::sources::{Given, Name};

/// The setting's names.
pub const NAME: Name = Name { env: "OUINON_DRAIN_SECONDS", key: "drain_seconds" };

/// Used where nothing is set: long enough for a balancer that looks every second or two.
pub const DEFAULT: Duration = Duration::from_secs(5);

/// Longer than anybody waits for a process to end.
const MOST: f64 = 300.0;

pub(super) fn parse(given: Option<&Given>) -> Result<Duration, ConfigError> {
    let Some(given) = given else { return Ok(DEFAULT) };
    let seconds = given.value.parse().ok().filter(|seconds| (0.0..=MOST).contains(seconds));
    let wrong = || given.wrong("a number of seconds from 0 to 300");
    seconds.map(Duration::from_secs_f64).ok_or_else(wrong)
}
