//! The end of a retention: records that are too old to be needed, visitors who were silent too
//! long. Each step is one transaction over a small batch, so that a kill at any moment loses
//! nothing and the next run goes on where this one was.

pub mod records;
pub mod visitors;

use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::log_keys::LogKey;
use crate::storage::Storage;
use ouinon_domain::ids::SiteId;
use ouinon_domain::time::Timestamp;
use std::time::Duration;

/// Between two transactions: choices go first.
const PAUSE: Duration = Duration::from_millis(20);

/// What a step works with.
pub struct Context<'a> {
    /// The database.
    pub storage: &'a Storage,
    /// Tells the time.
    pub clock: &'a Clock,
    /// Whose things.
    pub site: &'a SiteId,
    /// Signs what was done.
    pub key: &'a LogKey,
}

/// What a step did, and where the next one begins.
#[derive(Debug)]
pub struct Step<P> {
    /// How many it removed.
    pub done: u64,
    /// Where the next step begins; `None` where nothing more is due.
    pub next: Option<P>,
}

impl Context<'_> {
    async fn pause(&self) {
        tokio::time::sleep(PAUSE).await;
    }

    /// Takes step after step, with pauses; answers how many were removed.
    async fn all<P, R>(&self, step: impl Fn(Option<P>) -> R) -> Result<u64, Error>
    where
        R: Future<Output = Result<Step<P>, Error>>,
    {
        let (mut done, mut after) = (0, None);
        loop {
            let taken = step(after).await?;
            done += taken.done;
            after = taken.next;
            if after.is_none() {
                return Ok(done);
            }
            self.pause().await;
        }
    }

    /// Removes again and again, with pauses, until nothing is left to remove; answers how many went.
    pub async fn empty<R>(&self, remove: impl Fn() -> R) -> Result<u64, Error>
    where
        R: Future<Output = Result<u64, Error>>,
    {
        let step = |_| {
            let removed = remove();
            async {
                let done = removed.await?;
                Ok(Step { done, next: (done > 0).then_some(()) })
            }
        };
        self.all(step).await
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.clock.now())
    }
}
