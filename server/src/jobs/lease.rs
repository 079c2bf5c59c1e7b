//! Leaves a mark in PostgreSQL twice a second: what decisions are made with (`consent/lease`).
//! Every server leaves its own.

use super::every;
use crate::consent::lease::{Lease, Mark, TERM};
use crate::known_bad::{self, Design};
use crate::storage::Storage;
use crate::storage::dialect::lease::Marks;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use uuid::Uuid;

/// How often.
const TICK: Duration = Duration::from_millis(500);
/// Marks that stay: some statement may look for one as long as it counts.
const KEPT: usize = 8;

/// Leaves the marks of one lease.
#[derive(Debug)]
pub struct Renewal {
    lease: Lease,
    /// `None` where no marks are needed.
    marks: Option<Marks>,
    left: VecDeque<Uuid>,
    held: bool,
}

impl Renewal {
    /// No mark was left yet.
    pub fn new(storage: &Storage) -> Result<Self, String> {
        let marks = Marks::of(storage).map_err(|error| format!("no randomness: {error}"))?;
        let lease = Lease::new(marks.is_some() && !known_bad::is(Design::NoLease), Instant::now());
        Ok(Self { lease, marks, left: VecDeque::new(), held: true })
    }

    /// What it renews.
    pub fn lease(&self) -> Lease {
        self.lease.clone()
    }

    /// Leaves marks until it is aborted.
    pub async fn run(mut self) {
        let mut ticks = every(TICK);
        while self.marks.is_some() {
            ticks.tick().await;
            self.renew().await;
        }
    }

    /// Leaves a mark, or says why not. Waiting longer than it would count is of no use.
    pub async fn renew(&mut self) {
        let Some(marks) = &mut self.marks else { return };
        let mark = Mark::new(Instant::now());
        let gone = self.left.front().filter(|_| self.left.len() >= KEPT).copied();
        let failed = match timeout(TERM, marks.leave(mark.id, gone)).await {
            Ok(Ok(true)) => {
                self.lease.renew(mark);
                self.left.push_back(mark.id);
                self.left.drain(..usize::from(gone.is_some()));
                None
            }
            Ok(Ok(false)) => Some("an earlier one still waits to be committed".to_owned()),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("not committed within {} s", TERM.as_secs())),
        };
        match (&failed, self.held) {
            (Some(why), true) => tracing::warn!(
                why,
                "the database does not show that it is the primary: decisions answer 503"
            ),
            (None, false) => tracing::info!("the database is the primary: decisions are answered"),
            _ => {}
        }
        self.held = failed.is_none();
    }
}
