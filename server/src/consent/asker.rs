//! Asks the primary where visitors stand. Questions of one site may share a statement, but a
//! question only ever joins one that has not been sent (trust.md, "why the cache never says yes").
//! No answer leaves here that the lease does not confirm.

use super::lanes::Lanes;
use super::lease::Lease;
use crate::error::Error;
use crate::evidence::watch::Watch;
use crate::storage::Storage;
use crate::storage::hot::{self, Standing, Standings};
use ouinon_domain::ids::{SiteId, VisitorId};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;

/// Most visitors in a shared statement.
const BATCH: usize = 128;
/// Questions that may wait; one more is told to come back.
const WAITING: usize = 8_192;
/// Statements of one site at a time.
const PARALLEL: usize = 3;

/// A visitor and its hash in the register of erasures.
pub type Hashed = (VisitorId, [u8; 32]);
/// The site's epoch and a standing; `None` where the site is gone or the database is a replica.
type Answer = Result<Option<(i64, Standing)>, Error>;

#[derive(Debug)]
struct Question {
    visitor: Hashed,
    reply: oneshot::Sender<Answer>,
}

/// Asks the primary.
#[derive(Clone, Debug)]
pub struct Asker {
    storage: Storage,
    lanes: Arc<Lanes<Question>>,
    watch: Arc<Watch>,
    lease: Lease,
    runtime: tokio::runtime::Handle,
}

impl Asker {
    /// An asker whose statements run on `runtime`, apart from the web server's threads.
    pub fn new(
        storage: Storage,
        watch: Arc<Watch>,
        lease: Lease,
        runtime: tokio::runtime::Handle,
    ) -> Self {
        Self { storage, lanes: Arc::new(Lanes::new(PARALLEL, WAITING)), watch, lease, runtime }
    }

    /// What the answers depend on.
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Whether the evidence log of a site, which is at this epoch, is what its witness remembers.
    pub async fn log_verified(&self, site: &SiteId, epoch: i64) -> bool {
        self.watch.believes(site, epoch).await
    }

    /// The database that is asked.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Where the visitors stand, in the order asked; `None` where the site is gone or the database
    /// is a replica.
    pub async fn ask(
        &self,
        site: &SiteId,
        visitors: &[Hashed],
    ) -> Result<Option<Standings>, Error> {
        let &[visitor] = visitors else {
            return self.read(site, visitors).await;
        };
        let (reply, answer) = oneshot::channel();
        if self.lanes.push(site, Question { visitor, reply })? {
            self.runtime.spawn(self.clone().work(site.clone()));
        }
        let answer = answer.await.map_err(|_| Error::Unavailable("the asker stopped".into()))??;
        let alone =
            |(epoch, standing)| Standings { epoch, marked: true, standings: vec![standing] };
        Ok(answer.map(alone))
    }

    /// One statement, and whether its answer counts.
    async fn read(&self, site: &SiteId, visitors: &[Hashed]) -> Result<Option<Standings>, Error> {
        let shown = self.lease.show(Instant::now())?;
        let asked = hot::standings(self.storage.db(), site, visitors, shown.mark());
        let Some(answer) = shown.wait(asked).await? else { return Ok(None) };
        shown.confirm(answer.marked, Instant::now())?;
        Ok(Some(answer))
    }

    /// Sends statement after statement until no question waits.
    async fn work(self, site: SiteId) {
        loop {
            let next = self.lanes.next(&site, |waiting| {
                let most = waiting.len().min(BATCH);
                waiting.drain(..most).collect()
            });
            let Some(batch) = next else { return };
            let visitors: Vec<Hashed> = batch.iter().map(|question| question.visitor).collect();
            let answered = self.read(&site, &visitors).await;
            share(batch, answered);
        }
    }
}

/// Gives each question its own part of the answer. Who asked may have gone.
fn share(batch: Vec<Question>, answered: Result<Option<Standings>, Error>) {
    match answered {
        Ok(Some(Standings { epoch, standings, .. })) => {
            for (question, standing) in batch.into_iter().zip(standings) {
                let _ = question.reply.send(Ok(Some((epoch, standing))));
            }
        }
        Ok(None) => {
            for question in batch {
                let _ = question.reply.send(Ok(None));
            }
        }
        Err(error) => {
            for question in batch {
                let _ = question.reply.send(Err(error.again()));
            }
        }
    }
}
