//! Whether the PostgreSQL that answers is the primary still. One that was cut off and replaced does
//! not know it, and answers on; but where commits wait for standbys it cannot commit. So every
//! server leaves a mark twice a second (`jobs/lease`), and a decision counts only if its own
//! statement found the mark that was last acknowledged to this server, begun at most two seconds
//! before on the server's steady clock. A standby must not be promoted sooner than that.
//!
//! Marks are never used twice, so a mark that a primary has but never acknowledged (it restarted
//! while a commit waited) proves nothing.

use crate::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long a mark counts, from the moment when it was begun.
pub const TERM: Duration = Duration::from_secs(2);

/// The right to decide.
#[derive(Clone, Debug)]
pub enum Lease {
    /// SQLite: the file has one server and no other primary.
    Unneeded,
    /// PostgreSQL: until the newest mark is too old.
    Marked(Arc<Mutex<Mark>>),
}

/// A row that one commit left in the table `lease`.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Its key.
    pub id: Uuid,
    /// When this server began to write it.
    pub begun: Instant,
}

impl Mark {
    /// A mark that nobody else has, not written yet.
    pub fn new(now: Instant) -> Self {
        Self { id: Uuid::now_v7(), begun: now }
    }
}

impl Lease {
    /// In PostgreSQL, at first a mark that was never written: nothing finds it.
    pub fn new(needed: bool, now: Instant) -> Self {
        match needed {
            true => Self::Marked(Arc::new(Mutex::new(Mark::new(now)))),
            false => Self::Unneeded,
        }
    }

    /// A mark was acknowledged: from now on it is the one to find.
    pub fn renew(&self, mark: Mark) {
        if let Self::Marked(newest) = self {
            *newest.lock().unwrap_or_else(PoisonError::into_inner) = mark;
        }
    }

    /// Since when no mark was acknowledged; `None` where none is needed.
    pub fn age(&self, now: Instant) -> Option<Duration> {
        self.newest().map(|mark| now.saturating_duration_since(mark.begun))
    }

    /// What a statement is to find. Fails where that would come too late already.
    pub fn show(&self, now: Instant) -> Result<Shown, Error> {
        let shown = Shown(self.newest());
        shown.left(now)?;
        Ok(shown)
    }

    fn newest(&self) -> Option<Mark> {
        match self {
            Self::Unneeded => None,
            Self::Marked(newest) => Some(*newest.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

/// The mark that one statement is to find.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Shown(Option<Mark>);

impl Shown {
    /// Its key.
    pub fn mark(self) -> Option<Uuid> {
        self.0.map(|mark| mark.id)
    }

    /// Waits for the statement's answer as long as the mark counts.
    pub async fn wait<T>(self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        match self.left(Instant::now())? {
            None => answer.await,
            Some(left) => {
                tokio::time::timeout(left, answer).await.map_err(|_| Error::LeaseLapsed)?
            }
        }
    }

    /// Whether the answer counts: the statement found the mark, and it is young enough still.
    pub fn confirm(self, found: bool, now: Instant) -> Result<(), Error> {
        match self.left(now)? {
            Some(_) if !found => Err(Error::LeaseLapsed),
            _ => Ok(()),
        }
    }

    /// How long the mark counts; `None` where none is needed.
    fn left(self, now: Instant) -> Result<Option<Duration>, Error> {
        let Some(mark) = self.0 else { return Ok(None) };
        let left = TERM.saturating_sub(now.saturating_duration_since(mark.begun));
        if left.is_zero() {
            return Err(Error::LeaseLapsed);
        }
        Ok(Some(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_with_its_mark_and_for_its_term() {
        let start = Instant::now();
        let lease = Lease::new(true, start);
        assert!(lease.show(start).unwrap().confirm(false, start).is_err(), "nothing was written");
        assert!(lease.show(start + TERM).is_err());
        let later = start + 5 * TERM;
        let mark = Mark::new(later);
        lease.renew(mark);
        let shown = lease.show(later).unwrap();
        assert_eq!(shown.mark(), Some(mark.id));
        let last = later + TERM - Duration::from_millis(1);
        assert!(shown.confirm(true, last).is_ok());
        assert!(shown.confirm(false, last).is_err(), "another database answered");
        assert!(shown.confirm(true, later + TERM).is_err(), "it came too late");
        assert_eq!(lease.age(later + TERM), Some(TERM));
    }

    #[test]
    fn one_file_needs_none() {
        let now = Instant::now();
        let lease = Lease::new(false, now);
        let shown = lease.show(now).unwrap();
        assert_eq!((shown.mark(), lease.age(now)), (None, None));
        assert!(shown.confirm(false, now + 100 * TERM).is_ok());
    }
}
