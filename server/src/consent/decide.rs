//! The read path: from a question to an answer that is true when it is given.
//!
//! The site as cached says whether the caller may ask. One statement goes to the primary, after the
//! question came (`storage/hot/read`). Where its epoch is not the cached site's, the site is read again
//! and the whole is repeated. Then `ouinon_domain::decision` judges. A yes or a no is never cached.

use super::asker::Asker;
use crate::error::Error;
use crate::sites::{Site, Sites};
use crate::storage::Storage;
use crate::storage::hot::{Link, Standing, Told};
use crate::storage::log;
use crate::storage::records;
use crate::storage::rows::Stored;
use ouinon_domain::decision::{Facts, Question, Reason, decide};
use ouinon_domain::ids::{SiteId, VisitorId};
use ouinon_domain::key::Key;
use ouinon_domain::regime::{Place, Regime};
use ouinon_domain::state::State;
use ouinon_domain::time::{DAY, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// How often a site may change under one question before the caller is told to come back.
const ATTEMPTS: usize = 4;

/// What is asked, about each of some visitors.
#[derive(Clone, Debug)]
pub struct Ask {
    /// For this use,
    pub purpose: Key,
    /// by this vendor,
    pub vendor: Option<Key>,
    /// at this moment; `None`: now.
    pub at: Option<Timestamp>,
    /// The rules where the visitor is, if the caller knows; used where no record tells.
    pub place: Option<(Place, Regime)>,
}

/// The answer about one visitor.
#[derive(Debug)]
pub struct Decided {
    /// The answer's own id.
    pub id: Uuid,
    /// Who.
    pub visitor: VisitorId,
    /// Which subject that was, where it is known yet.
    pub link: Option<Link>,
    /// Yes or no, and why.
    pub reason: Reason,
    /// What it was decided from.
    pub state: Option<State>,
    /// Where the record it was decided from stands in the evidence log, once it does.
    pub log_index: Option<u64>,
    /// The moment it is true for.
    pub as_of: Timestamp,
    /// When to ask again at the latest.
    pub recheck_after: Timestamp,
}

impl Decided {
    /// What the decision log keeps of it.
    pub fn told(&self) -> Told {
        let record = self.state.as_ref().map(|state| state.record);
        let Self { id, visitor, link, reason, .. } = *self;
        Told { id, visitor, link, reason, record }
    }
}

/// Answers about visitors, in the order asked. `admit` is asked whether this caller may ask the
/// site at all, each time the site is read; `now` tells the time.
pub async fn answer(
    sites: &Sites,
    asker: &Asker,
    site: &SiteId,
    ask: &Ask,
    visitors: &[VisitorId],
    admit: impl Fn(&Site) -> Result<(), Error>,
    now: impl Fn() -> Timestamp,
) -> Result<(Arc<Site>, Vec<Decided>), Error> {
    let mut known = sites.cached(site).await?;
    for _ in 0..ATTEMPTS {
        let cached_will_do = admit(&known).is_ok() && asks_what_exists(&known, ask, now());
        if !cached_will_do || visitors.is_empty() {
            known = sites.fresh(site).await?;
            admit(&known)?;
            if !asks_what_exists(&known, ask, now()) {
                return Err(unknown_purpose(&known, ask));
            }
        }
        if visitors.is_empty() {
            return Ok((known, Vec::new()));
        }
        let hashed: Vec<_> = visitors.iter().map(|id| (*id, known.erasure_hash(*id))).collect();
        let Some(asked) = asker.ask(site, &hashed).await? else {
            sites.fresh(site).await?;
            return Err(Error::Unavailable("the database is not the primary".into()));
        };
        if asked.epoch == known.epoch {
            let now = now();
            let log_verified = asker.log_verified(site, known.epoch).await;
            let storage = asker.storage();
            let past = storage.in_time(past(storage, site, ask, visitors)).await?;
            let mut decided = Vec::with_capacity(visitors.len());
            for (visitor, standing) in visitors.iter().zip(asked.standings) {
                let past = past.as_ref().map(|states| states.get(visitor).cloned());
                decided.push(judge(&known, log_verified, ask, *visitor, standing, past, now)?);
            }
            if ask.at.is_some() {
                storage.in_time(index(storage, site, &mut decided)).await?;
            }
            return Ok((known, decided));
        }
        known = sites.reload(site).await?;
    }
    Err(Error::Unavailable("the site's settings keep changing".into()))
}

/// What the visitors' records amounted to at the moment asked about; `None` for now.
async fn past(
    storage: &Storage,
    site: &SiteId,
    ask: &Ask,
    visitors: &[VisitorId],
) -> Result<Option<HashMap<VisitorId, State>>, Error> {
    let Some(at) = ask.at else { return Ok(None) };
    let histories = records::histories(&storage.db(), site, visitors, at).await?;
    let fold = |(visitor, history): (VisitorId, Vec<Stored>)| {
        Some((visitor, State::fold(history.iter().map(|stored| &stored.record))?))
    };
    Ok(Some(histories.into_iter().filter_map(fold).collect()))
}

fn judge(
    site: &Site,
    log_verified: bool,
    ask: &Ask,
    visitor: VisitorId,
    standing: Standing,
    past: Option<Option<State>>,
    now: Timestamp,
) -> Result<Decided, Error> {
    let no_notice = || Error::Internal("a site without a notice".into());
    let as_of = ask.at.unwrap_or(now);
    let historic = past.is_some();
    let (erased, log_index, link) = (standing.erased(), standing.log_index(), standing.link());
    let state = past.unwrap_or_else(|| standing.into_state());
    let current = if historic { site.current_at(as_of) } else { site.current() };
    let recorded = state.as_ref().and_then(|state| site.notice(&state.notice));
    let personal = state.as_ref().and_then(|state| state.personal.as_ref());
    let facts = Facts {
        // The past is judged by records, not by what an operator switched off since.
        site_enabled: historic || site.enabled,
        // Also about the past: records that may be forged or missing tell nothing about it either.
        log_verified,
        erased,
        state: state.as_ref(),
        recorded: recorded.map(|published| &published.terms),
        current: &current.ok_or_else(no_notice)?.terms,
        regime: personal.map(|p| &p.regime).or(ask.place.as_ref().map(|(_, regime)| regime)),
    };
    let question = Question { purpose: &ask.purpose, vendor: ask.vendor.as_ref(), at: as_of };
    let reason = decide(&facts, &question);
    let tomorrow = Timestamp(as_of.0.saturating_add(DAY));
    let lapses = state.as_ref().map(|state| state.expires_at).filter(|end| *end > as_of);
    Ok(Decided {
        id: decided_at(now),
        visitor,
        link,
        reason,
        recheck_after: lapses.map_or(tomorrow, |end| end.min(tomorrow)),
        state: state.filter(|_| !erased),
        log_index: log_index.filter(|_| !erased && !historic),
        as_of,
    })
}

/// An answer's id, which begins with its time.
fn decided_at(now: Timestamp) -> Uuid {
    let micros = u64::try_from(now.0).unwrap_or_default();
    let nanos = (micros % 1_000_000 * 1_000) as u32;
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, micros / 1_000_000, nanos))
}

/// Finds where the records that past answers stand on stand themselves.
async fn index(storage: &Storage, site: &SiteId, decided: &mut [Decided]) -> Result<(), Error> {
    let records = decided.iter().filter_map(|one| Some(one.state.as_ref()?.record));
    let found = log::positions(&storage.db(), site, records).await?;
    for one in decided {
        one.log_index = one.state.as_ref().and_then(|state| found.get(&state.record).copied());
    }
    Ok(())
}

fn asks_what_exists(site: &Site, ask: &Ask, now: Timestamp) -> bool {
    let notice = site.current_at(ask.at.unwrap_or(now));
    notice.is_some_and(|published| published.terms.has(&ask.purpose))
}

fn unknown_purpose(site: &Site, ask: &Ask) -> Error {
    let known = site.current().map(|published| &published.notice.purposes);
    let known: Vec<_> = known.into_iter().flatten().map(|purpose| purpose.key.as_str()).collect();
    let why =
        format!("`{}` is not a purpose of this site; use one of {}", ask.purpose, known.join(", "));
    Error::field("/purpose", why)
}
