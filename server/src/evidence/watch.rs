//! Compares every log with its witness: at every start before the first request, then once a
//! minute, spread out, and again for a site that is not believed when its epoch changed. Rewinding
//! a database to an older signed checkpoint is consistent in itself: only this shows it.

use super::compare::{Compared, Log};
use super::distrust::{Reason, Why};
use super::publish::Publisher;
use super::witness::{Keeper, SEGMENT, Trouble};
use crate::clock::Clock;
use crate::error::Error;
use crate::privacy::again;
use crate::sites::Sites;
use crate::storage::dialect::turns::PublishTurn;
use crate::storage::log::{self, Head};
use crate::storage::write;
use futures_util::{StreamExt, stream};
use ouinon_domain::ids::SiteId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// One look at every site takes so long.
const ROUND: Duration = Duration::from_secs(60);
/// The same, while a keeper could not be asked or lacks something.
const SOON: Duration = Duration::from_secs(5);
/// Sites looked at at once.
const PARALLEL: usize = 8;

/// What was found to agree; while neither side changes it need not be compared again.
#[derive(Debug)]
struct Seen {
    head: Head,
    note: Option<String>,
    entries: u64,
    last: Option<String>,
}

/// What a look at a site said.
#[derive(Clone, Copy, Debug, Default)]
struct Look {
    /// A keeper could not be asked.
    unreachable: bool,
    /// A keeper lacks something that is published.
    behind: bool,
    /// A keeper holds all that was published, and agrees.
    remembered: bool,
}

/// Compares.
#[derive(Debug)]
pub struct Watch {
    publisher: Publisher,
    sites: Sites,
    clock: Clock,
    /// Whether keepers that lack something are given it, or another server does that.
    gives: bool,
    seen: Mutex<HashMap<(SiteId, usize), Seen>>,
    /// One site that is not believed is looked at again at a time.
    again: tokio::sync::Mutex<()>,
    /// Every keeper was asked about everything, and lacked nothing.
    complete: AtomicBool,
    /// No round has ended yet: the sites there are were there before this server.
    starting: AtomicBool,
    /// How many sites were told to wait for a keeper.
    told: AtomicUsize,
}

impl Watch {
    /// Nothing is compared yet.
    pub fn new(publisher: Publisher, sites: Sites, clock: Clock, gives: bool) -> Self {
        let (seen, again) = (Mutex::default(), tokio::sync::Mutex::default());
        let (complete, starting) = (AtomicBool::new(false), AtomicBool::new(true));
        let told = AtomicUsize::new(0);
        Self { publisher, sites, clock, gives, seen, again, complete, starting, told }
    }

    /// Compares every site, as fast as it goes; fails where the database cannot be asked.
    pub async fn compare_all(&self) -> Result<(), Error> {
        self.round(Duration::ZERO).await
    }

    /// Compares every site again and again, until aborted.
    pub async fn run(self: Arc<Self>) {
        loop {
            let complete = self.complete.load(Ordering::Relaxed);
            let pause = if complete { ROUND } else { SOON };
            tokio::time::sleep(pause / 10).await;
            if let Err(error) = self.publisher.storage.unless_lost(self.round(pause)).await {
                tracing::warn!(%error, "the logs are compared with the witness later");
                tokio::time::sleep(SOON).await;
            }
        }
    }

    /// Whether a site's log is believed; one that was contradicted is compared again where the
    /// site's epoch is another: an operator may have reconciled it.
    pub async fn believes(&self, site: &SiteId, epoch: i64) -> bool {
        let changed = |reason: &Reason| reason.epoch != epoch && reason.why != Why::NotCompared;
        match self.publisher.distrust.of(site) {
            None => return true,
            Some(reason) if !changed(&reason) => return false,
            Some(_) => {}
        }
        let _one = self.again.lock().await;
        if self.publisher.distrust.of(site).is_some_and(|reason| changed(&reason))
            && let Err(error) = self.site(site).await
        {
            tracing::warn!(%error, %site, "the log is compared with its witness later");
        }
        self.publisher.distrust.of(site).is_none()
    }

    /// Compares one site from the beginning, whatever was found to agree before.
    pub async fn compare_anew(&self, site: &SiteId) -> Result<(), Error> {
        let of_another = |(own, _): &(SiteId, usize), _: &mut Seen| own != site;
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).retain(of_another);
        self.site(site).await.map(drop)
    }

    async fn round(&self, length: Duration) -> Result<(), Error> {
        let heads = log::heads(&self.publisher.storage.db()).await?;
        let pace = length / u32::try_from(heads.len().max(1)).unwrap_or(u32::MAX);
        let paced = stream::iter(heads).then(move |head| async move {
            tokio::time::sleep(pace).await;
            head
        });
        let looks = paced.map(|head| self.look(head));
        let looks: Vec<Result<Look, Error>> = looks.buffer_unordered(PARALLEL).collect().await;
        let mut complete = true;
        for look in looks {
            let look = look?;
            complete &= !look.unreachable && !look.behind;
        }
        self.complete.store(complete, Ordering::Relaxed);
        self.starting.store(false, Ordering::Relaxed);
        self.tell();
        Ok(())
    }

    /// Tells, after a round, of sites that no keeper could be asked about yet.
    fn tell(&self) {
        self.publisher.distrust.measure();
        let sites = self.publisher.distrust.not_compared();
        match (self.told.swap(sites, Ordering::Relaxed), sites) {
            (told, now) if told == now => {}
            (_, 0) => tracing::warn!("every evidence log was compared with its witness"),
            _ => {
                let unreachable = self.publisher.witness.unreachable().join(", ");
                tracing::error!(
                    sites,
                    unreachable,
                    "these sites' decisions answer LOG_UNVERIFIED: since this server started no \
                     witness that remembers their logs could be asked, and the database may be an \
                     older one. It is asked again every 5 s: make it reachable, or, where it is \
                     lost for good, take it out of OUINON_WITNESS and restart"
                );
            }
        }
    }

    async fn look(&self, head: Head) -> Result<Look, Error> {
        let believed = self.publisher.distrust.of(&head.site).is_none();
        match believed && self.unchanged(&head).await {
            true => Ok(Look::default()),
            false => self.site(&head.site).await,
        }
    }

    /// Whether head and keepers are as they were when they agreed: two small reads a keeper.
    async fn unchanged(&self, head: &Head) -> bool {
        for (place, keeper) in self.publisher.witness.keepers().iter().enumerate() {
            let (note, entries, last) = {
                let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                match seen.get(&(head.site.clone(), place)) {
                    Some(seen) if seen.head == *head => {
                        (seen.note.clone(), seen.entries, seen.last.clone())
                    }
                    _ => return false,
                }
            };
            if keeper.checkpoint(&head.site).await != Ok(note) {
                return false;
            }
            let Ok(held) = keeper.segment(&head.site, entries / SEGMENT).await else {
                return false;
            };
            let same_end = held.last().map(|entry| &entry.signature) == last.as_ref();
            if held.len() as u64 != entries % SEGMENT || !same_end {
                return false;
            }
        }
        true
    }

    /// Compares one site with every keeper and notes what that says.
    async fn site(&self, site: &SiteId) -> Result<Look, Error> {
        let db = &self.publisher.storage.db();
        // Before anything is compared: what changes meanwhile is looked at again.
        let Some(epoch) = write::epoch(db, site).await? else { return Ok(Look::default()) };
        let (mut look, mut why) = (Look::default(), None);
        for (place, keeper) in self.publisher.witness.keepers().iter().enumerate() {
            match self.one(site, place, keeper).await? {
                Ok(held) => {
                    look.behind |= held.behind;
                    look.remembered |= held.remembered;
                }
                Err(Trouble::Contradicts(sentence)) => why = why.or(Some(sentence)),
                Err(Trouble::Unreachable(sentence)) => {
                    tracing::debug!(sentence, %keeper, %site, "compared later");
                    look.unreachable = true;
                }
            }
        }
        let why = why.map(Why::Contradicted).or_else(|| self.still(site, look));
        let believed = why.is_none();
        self.publisher.distrust.note(site, why.map(|why| Reason { why, epoch }));
        if believed && look.behind && self.gives {
            let turn =
                PublishTurn::take(&self.publisher.storage, std::slice::from_ref(site)).await?;
            let given = self.publisher.bring_up(&turn.sites).await;
            turn.end().await;
            given?;
        }
        Ok(look)
    }

    /// Why a log that nobody contradicts is not believed yet (docs/adr/0012).
    fn still(&self, site: &SiteId, look: Look) -> Option<Why> {
        if !look.unreachable {
            return None;
        }
        match self.publisher.distrust.of(site).map(|reason| reason.why) {
            // Who could not be asked may be the one who knows better.
            Some(Why::Contradicted(why)) => Some(Why::Contradicted(why)),
            _ if look.remembered => None,
            Some(Why::NotCompared) => Some(Why::NotCompared),
            // What appears while the server runs was made now.
            None => self.starting.load(Ordering::Relaxed).then_some(Why::NotCompared),
        }
    }

    /// Compares one site with one keeper that can be asked.
    async fn one(
        &self,
        site: &SiteId,
        place: usize,
        keeper: &Keeper,
    ) -> Result<Result<Look, Trouble>, Error> {
        let known = self.sites.cached(site).await?;
        let key = self.publisher.keys.of(&known.log_origin)?;
        let log = Log { storage: &self.publisher.storage, key: &key, site };
        let from = {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.get(&(site.clone(), place)).map_or(0, |seen| seen.entries / SEGMENT)
        };
        let held = match log.compare(keeper, from).await {
            Ok(held) => held,
            Err(trouble) => return Ok(Err(trouble)),
        };
        if !held.lost.is_empty() {
            again::erase(&self.publisher.storage, &key, &known, &held.lost, &self.clock).await?;
        }
        if let Some(why) = held.contradiction {
            tracing::error!(why, %keeper, %site, "the log and its witness disagree");
            return Ok(Err(Trouble::Contradicts(why)));
        }
        Ok(Ok(self.agreed(site, place, keeper, held)))
    }

    fn agreed(&self, site: &SiteId, place: usize, keeper: &Keeper, held: Compared) -> Look {
        let Compared { head, note, size, entries, last, .. } = held;
        let lacks_log = head.published.is_some() && size < head.published;
        let behind = lacks_log || entries < head.register_published;
        if note.is_none() && lacks_log {
            let size = head.published;
            tracing::warn!(
                ?size, %keeper, %site,
                "this witness holds nothing of a log that was published; it takes the log as it is"
            );
        }
        let remembered = note.is_some() && !behind;
        let seen = Seen { head, note, entries, last };
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert((site.clone(), place), seen);
        Look { unreachable: false, behind, remembered }
    }
}
