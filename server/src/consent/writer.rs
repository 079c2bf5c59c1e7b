//! Group commit: concurrent submissions of one site share a transaction, never across sites. A
//! lone submission does not wait for company; while one transaction runs, the next one gathers.

use super::body::Submission;
use super::desk::Desk;
use super::lanes::Lanes;
use super::transaction;
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::receipts::Signer;
use crate::sites::Site;
use crate::storage::Storage;
use crate::storage::hot::First;
use crate::storage::patience::SLOW;
use crate::storage::records;
use crate::storage::rows::Stored;
use crate::storage::write::Appended;
use futures_util::future::join_all;
use ouinon_domain::ids::SiteId;
use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;

/// Most submissions in one transaction.
const BATCH: usize = 64;
/// Submissions that may wait; one more is told to come back.
const WAITING: usize = 4_096;
/// Transactions of one site at a time: one commits while the next one gathers and reads.
const PARALLEL: usize = 2;
/// Submissions that wait before a transaction begins beside one that runs: each transaction costs
/// as much as several submissions.
const GATHERED: usize = 32;

/// What became of a submission.
#[derive(Debug)]
pub struct Outcome {
    /// The record, as committed.
    pub stored: Arc<Stored>,
    /// It was there already: the same id with the same body.
    pub repeated: bool,
}

impl Outcome {
    /// Something new.
    pub(super) fn new(appended: &Appended) -> Self {
        Self { stored: Arc::clone(&appended.stored), repeated: false }
    }
}

/// Why there is no outcome.
#[derive(Debug)]
pub enum Refused {
    /// Final for this body.
    Because(Error),
    /// The site was read before a change: read it again and repeat.
    SiteChanged,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Because(error)
    }
}

/// One submission on its way.
#[derive(Debug)]
pub struct Job {
    /// The site it was checked against.
    pub site: Arc<Site>,
    /// What to write.
    pub submission: Submission,
    /// What it amounts to where it is its visitor's first.
    pub(super) first: Option<First>,
    /// When it came.
    asked: Instant,
    desk: Desk<Answer>,
    reply: oneshot::Sender<Answer>,
}

/// What a submission is answered.
type Answer = Result<Outcome, Refused>;

thread_local! { static DESK: RefCell<Option<Desk<Answer>>> = const { RefCell::new(None) } }

impl Job {
    fn with(self, answer: Answer) -> (Desk<Answer>, oneshot::Sender<Answer>, Answer) {
        (self.desk, self.reply, answer)
    }
}

/// Writes submissions, lane by lane (a lane per site).
#[derive(Clone, Debug)]
pub struct Writer {
    lanes: Arc<Lanes<Job>>,
    runtime: tokio::runtime::Handle,
    context: Context,
}

/// What a transaction needs besides its submissions.
#[derive(Clone, Debug)]
pub struct Context {
    /// The database.
    pub storage: Storage,
    /// Signs the receipts.
    pub signer: Signer,
    /// Tells the time.
    pub clock: Clock,
}

impl Writer {
    /// A writer whose transactions run on `runtime`, apart from the web server's threads.
    pub fn new(context: Context, runtime: tokio::runtime::Handle) -> Self {
        let parallel = if context.storage.is_sqlite() { 1 } else { PARALLEL };
        Self {
            lanes: Arc::new(Lanes::new(parallel, WAITING).gathering(GATHERED)),
            runtime,
            context,
        }
    }

    /// How many submissions wait.
    pub fn waiting(&self) -> usize {
        self.lanes.waiting()
    }

    /// Queues a submission and says where its outcome arrives; refuses at once where too many wait.
    pub fn queue(
        &self,
        site: Arc<Site>,
        submission: Submission,
    ) -> Result<oneshot::Receiver<Answer>, Error> {
        self.lanes.room(&site.id)?;
        let first = transaction::first(&self.context, &site, &submission)?;
        let (reply, answer) = oneshot::channel();
        let (asked, desk) = (Instant::now(), DESK.with(Desk::of_thread));
        let lane = site.id.clone();
        let job = Job { site, submission, first, asked, desk, reply };
        if self.lanes.push(&lane, job)? {
            self.runtime.spawn(self.clone().work(lane));
        }
        Ok(answer)
    }

    /// Writes batch after batch until the lane is empty.
    async fn work(self, site: SiteId) {
        while let Some(batch) = self.lanes.next(&site, take) {
            let (size, begun) = (batch.len() as u32, Instant::now());
            self.write(batch).await;
            metrics::histogram!("ouinon_commit_batch_size").record(size);
            metrics::histogram!("ouinon_commit_seconds").record(begun.elapsed());
        }
    }

    /// One transaction for the batch. Where the database refused a row, or somebody held one, one for
    /// each, so that none harms another; where it could not be reached or did not say, every caller tries again.
    async fn write(&self, batch: Vec<Job>) {
        match self.context.storage.in_time(transaction::run(&self.context, &batch)).await {
            Ok(results) => {
                // A caller may have gone; the record stays.
                Desk::answer(batch.into_iter().zip(results).map(|(job, result)| job.with(result)));
            }
            Err(Error::Internal(_) | Error::Contended(_)) if batch.len() > 1 => {
                let alone = batch.into_iter().map(|job| Box::pin(self.write(vec![job])));
                join_all(alone).await;
            }
            Err(Error::Internal(cause)) => {
                for job in batch {
                    let refused = self.explain(&job, &cause).await;
                    Desk::answer([job.with(Err(refused))]);
                }
            }
            Err(error) => {
                let again = || Err(Error::Unavailable(error.to_string()).into());
                Desk::answer(batch.into_iter().map(|job| job.with(again())));
            }
        }
    }

    /// A refused row whose id another visitor has just used is that, not a fault.
    async fn explain(&self, job: &Job, cause: &str) -> Refused {
        let storage = &self.context.storage.db();
        let taken = records::by_ids(storage, &job.site.id, [job.submission.id]).await;
        match taken {
            Ok(found) if !found.is_empty() => Error::IdReused.into(),
            _ => Error::Internal(cause.to_owned()).into(),
        }
    }
}

/// The next batch: at most one submission per visitor and per id, first records apart from others, the
/// rest stays in its order. Who came too long ago, or waits no more, was told to come again.
fn take(waiting: &mut VecDeque<Job>) -> Vec<Job> {
    let mut batch = Vec::new();
    let mut visitors = HashSet::new();
    let mut ids = HashSet::new();
    let mut later = VecDeque::new();
    while let Some(job) = waiting.pop_front() {
        if job.asked.elapsed() > SLOW || job.reply.is_closed() {
            continue;
        }
        let alike = |one: &Job| one.first.is_some() == job.first.is_some();
        let free = batch.first().is_none_or(alike)
            && !visitors.contains(&job.submission.visitor)
            && !ids.contains(&job.submission.id);
        visitors.insert(job.submission.visitor);
        ids.insert(job.submission.id);
        if free {
            batch.push(job);
        } else {
            later.push_back(job);
        }
        if batch.len() == BATCH {
            break;
        }
    }
    while let Some(job) = later.pop_back() {
        waiting.push_front(job);
    }
    batch.sort_by_key(|job| job.submission.visitor);
    batch
}
