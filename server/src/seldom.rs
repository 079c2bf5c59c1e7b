//! What may happen a thousand times a second is said once a minute.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const QUIET: Duration = Duration::from_secs(60);

/// When something was said last.
#[derive(Debug, Default)]
pub struct Seldom(Mutex<Option<Instant>>);

impl Seldom {
    /// It was not said yet.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Whether to say it now; it then counts as said.
    pub fn due(&self) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = said.is_none_or(|said| said.elapsed() >= QUIET);
        if due {
            *said = Some(Instant::now());
        }
        due
    }
}
