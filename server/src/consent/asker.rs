//! Asks the primary where visitors stand. Questions of one site may share a statement, but a
//! question only ever joins one that has not been sent (trust.md, "why the cache never says yes").
//! No answer leaves here that the lease does not confirm.

use super::desk::Desk;
use super::lanes::Lanes;
use super::lease::Lease;
use crate::apart::Apart;
use crate::error::Error;
use crate::evidence::watch::Watch;
use crate::storage::Storage;
use crate::storage::hot::{self, Hashed, Standing, Standings};
use futures_util::{StreamExt, stream};
use ouinon_domain::ids::SiteId;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;

/// Most visitors in a shared statement.
const BATCH: usize = 128;
/// Most visitors of one caller in a statement.
const PART: usize = 500;
/// Questions that may wait; one more is told to come back.
const WAITING: usize = 8_192;
/// Questions that wait before a statement is sent beside one that runs: each statement costs as
/// much as several questions.
const GATHERED: usize = 32;
/// Statements of one site at a time.
const PARALLEL: usize = 3;

/// The site's epoch and where each visitor stands, in the order asked: what the lease confirmed.
#[derive(Debug)]
pub struct Confirmed {
    /// The site's epoch at that moment.
    pub epoch: i64,
    /// In the order asked.
    pub standings: Vec<Standing>,
}

/// The site's epoch and a standing; `None` where the site is gone or the database is a replica.
type Answer = Result<Option<(i64, Standing)>, Error>;

#[derive(Debug)]
struct Question {
    visitor: Hashed,
    desk: Desk<Answer>,
    reply: oneshot::Sender<Answer>,
}

thread_local! { static DESK: RefCell<Option<Desk<Answer>>> = const { RefCell::new(None) } }

/// Asks the primary.
#[derive(Clone, Debug)]
pub struct Asker {
    storage: Storage,
    lanes: Arc<Lanes<Question>>,
    watch: Arc<Watch>,
    lease: Lease,
    apart: Apart,
}

impl Asker {
    /// An asker whose statements run on a thread of their own.
    pub fn start(storage: Storage, watch: Arc<Watch>, lease: Lease) -> Result<Self, String> {
        let lanes = Arc::new(Lanes::new(PARALLEL, WAITING).gathering(GATHERED));
        Ok(Self { storage, lanes, watch, lease, apart: Apart::start("asker")? })
    }

    /// What the answers depend on.
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Whether the evidence log of a site, which is at this epoch, is what its witness remembers.
    pub async fn log_verified(&self, site: &SiteId, epoch: i64) -> bool {
        self.watch.believes(site, epoch).await
    }

    /// How many questions wait.
    pub fn waiting(&self) -> usize {
        self.lanes.waiting()
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
    ) -> Result<Option<Confirmed>, Error> {
        let &[visitor] = visitors else { return self.ask_many(site, visitors).await };
        let (reply, answer) = oneshot::channel();
        if self.lanes.push(site, Question { visitor, desk: DESK.with(Desk::of_thread), reply })? {
            self.apart.spawn(self.clone().work(site.clone()));
        }
        let answer = answer.await.map_err(|_| stopped())??;
        Ok(answer.map(|(epoch, standing)| Confirmed { epoch, standings: vec![standing] }))
    }

    /// One statement, where its answer counts.
    async fn read(&self, site: &SiteId, visitors: &[Hashed]) -> Result<Option<Confirmed>, Error> {
        let shown = self.lease.show(Instant::now())?;
        let connections = self.storage.reads();
        let asked = hot::standings(&connections, site, visitors, shown.mark());
        let Some(Standings { epoch, marked, standings }) = shown.wait(asked).await? else {
            return Ok(None);
        };
        shown.confirm(marked, Instant::now())?;
        Ok(Some(Confirmed { epoch, standings }))
    }

    /// Many visitors of one caller, a part of them in each statement.
    async fn ask_many(
        &self,
        site: &SiteId,
        visitors: &[Hashed],
    ) -> Result<Option<Confirmed>, Error> {
        let parts: Vec<Vec<Hashed>> = visitors.chunks(PART).map(<[_]>::to_vec).collect();
        let asked = parts.into_iter().map(|part| {
            let (asker, site) = (self.clone(), site.clone());
            self.apart.spawn(async move { asker.read(&site, &part).await })
        });
        let standings = Vec::with_capacity(visitors.len());
        let mut all = Confirmed { epoch: i64::MIN, standings };
        let mut asked = stream::iter(asked).buffered(PARALLEL);
        while let Some(answer) = asked.next().await {
            let Some(part) = answer.map_err(|_| stopped())?? else { return Ok(None) };
            // A site that changed meanwhile is read again: the last epoch is the one to compare.
            all.epoch = all.epoch.max(part.epoch);
            all.standings.extend(part.standings);
        }
        Ok(Some(all))
    }

    /// Sends statement after statement until no question waits.
    async fn work(self, site: SiteId) {
        loop {
            let next = self.lanes.next(&site, |waiting| {
                let most = waiting.len().min(BATCH);
                waiting.drain(..most).collect()
            });
            let Some(batch) = next else { return };
            metrics::histogram!("ouinon_decision_batch_size").record(batch.len() as u32);
            let visitors: Vec<Hashed> = batch.iter().map(|question| question.visitor).collect();
            let answered = self.read(&site, &visitors).await;
            share(batch, answered);
        }
    }
}

fn stopped() -> Error {
    Error::Unavailable("the asker stopped".into())
}

/// Gives each question its own part of the answer.
fn share(batch: Vec<Question>, answered: Result<Option<Confirmed>, Error>) {
    let mut answers = answered
        .map(|found| found.map(|Confirmed { epoch, standings }| (epoch, standings.into_iter())));
    let mut next = || match &mut answers {
        Ok(Some((epoch, standings))) => Ok(standings.next().map(|standing| (*epoch, standing))),
        Ok(None) => Ok(None),
        Err(error) => Err(error.again()),
    };
    Desk::answer(batch.into_iter().map(|Question { desk, reply, .. }| (desk, reply, next())));
}
