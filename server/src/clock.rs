//! The server's clock: the one place that reads the time of day.
//!
//! Time is passed in everywhere else, so that tests can stand still, jump ten years or run
//! backwards. Ordering never comes from here: it comes from the visitor's lock (`given_at` is
//! `max(clock, previous + 1 µs)`).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where "now" comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A time set by a test, in microseconds since the Unix epoch; clones share it.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `micros` (microseconds since the Unix epoch) until it is moved
    /// through the returned handle.
    #[must_use]
    pub fn fixed(micros: i64) -> (Self, Arc<AtomicI64>) {
        let handle = Arc::new(AtomicI64::new(micros));
        (Self::Fixed(Arc::clone(&handle)), handle)
    }

    /// Microseconds since the Unix epoch, negative before it.
    #[must_use]
    pub fn now(&self) -> i64 {
        match self {
            Self::System => system_micros(),
            Self::Fixed(micros) => micros.load(Ordering::SeqCst),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
fn system_micros() -> i64 {
    let now = SystemTime::now();
    let saturated = |micros: u128| i64::try_from(micros).unwrap_or(i64::MAX);
    match now.duration_since(UNIX_EPOCH) {
        Ok(since) => saturated(since.as_micros()),
        Err(before) => -saturated(before.duration().as_micros()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let (clock, handle) = Clock::fixed(1_000_000);
        let copy = clock.clone();
        assert_eq!(clock.now(), 1_000_000);
        handle.store(-5, Ordering::SeqCst);
        assert_eq!((clock.now(), copy.now()), (-5, -5));
    }

    #[test]
    fn the_system_clock_is_in_microseconds_of_this_century() {
        let now = Clock::System.now();
        let year_2024 = 1_704_067_200_000_000;
        let year_2100 = 4_102_444_800_000_000;
        assert!((year_2024..year_2100).contains(&now), "{now}");
    }
}
