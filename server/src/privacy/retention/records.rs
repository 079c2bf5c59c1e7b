//! Records at the end of their retention. In one transaction: the record with all that goes with
//! it, the horizon below which the database lets records go, and a signed entry of the register
//! that says which places of the log they had. The leaves stay, so the log proves the same as
//! before.

use super::{Context, Step};
use crate::error::Error;
use crate::evidence::register::{self, Kind};
use crate::privacy::forget::sign_what_stays;
use crate::storage::records;
use crate::storage::rows::Slot;
use crate::storage::{forget, log, retention, write};
use ouinon_domain::ids::{RecordId, SiteId, Subject, VisitorId};
use ouinon_domain::time::Timestamp;
use sea_orm::DatabaseTransaction;
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// Most records in one transaction.
const BATCH: u64 = 500;

/// Retires all records that were given more than `days` ago; answers how many.
pub async fn retire(context: &Context<'_>, days: u32) -> Result<u64, Error> {
    context.all(|after| step(context, days, after, BATCH)).await
}

/// Retires, of the records that were given more than `days` ago, at most so many after a slot.
pub async fn step(
    context: &Context<'_>,
    days: u32,
    after: Option<Slot>,
    most: u64,
) -> Result<Step<Slot>, Error> {
    let site = context.site;
    let tx = context.storage.write_briefly().await?;
    let due = context.now().minus_days(days);
    let found = retention::records_before(&tx, site, due, after, most).await?;
    let next = found.last().map(|(slot, _)| *slot).filter(|_| found.len() as u64 == most);
    // Visitors first, the log's head last, as everywhere.
    let subjects = found.iter().map(|(_, subject)| *subject).collect();
    let owners = retention::lock_owners(&tx, site, &subjects).await?;
    let kept = in_force(&tx, site, &owners, context.now()).await?;
    let ids = found.iter().map(|((_, id), _)| *id);
    let positions = log::positions(&tx, site, ids).await?;
    let goes = |((_, id), _): &&(Slot, Subject)| positions.contains_key(id) && !kept.contains(id);
    let retired: Vec<(Slot, Subject)> = found.iter().filter(goes).copied().collect();
    let Some(((last, _), _)) = retired.last() else {
        tx.rollback().await?;
        return Ok(Step { done: 0, next });
    };
    let horizon = retention::of_site(&tx, site).await?.ok_or(Error::NotFound("no such site"))?.1;
    let before = horizon.max(Timestamp(last.0 + 1));
    retention::raise(&tx, site, before).await?;
    let slots: Vec<Slot> = retired.iter().map(|(slot, _)| *slot).collect();
    retention::remove_records(&tx, site, &slots).await?;
    let subjects = retired.iter().map(|(_, subject)| *subject).collect();
    settle(context, &tx, subjects, &owners).await?;
    let body = json!({
        "before": before,
        "positions": ranges(slots.iter().filter_map(|(_, id)| positions.get(id).copied())),
        "records": slots.len(),
        "days": days,
    });
    register::append(&tx, context.key, site, Kind::Retention, context.now(), body).await?;
    tx.commit().await?;
    Ok(Step { done: slots.len() as u64, next })
}

/// The last records of those visitors whose choice holds still: they stay, however old.
async fn in_force(
    tx: &DatabaseTransaction,
    site: &SiteId,
    owners: &HashMap<Subject, VisitorId>,
    now: Timestamp,
) -> Result<HashSet<RecordId>, Error> {
    let visitors: Vec<VisitorId> = owners.values().copied().collect();
    let states = write::states(tx, site, &visitors).await?;
    Ok(states.values().filter(|state| now < state.expires_at).map(|state| state.record).collect())
}

/// What becomes of the subjects of retired records: without any record left they go too; of the
/// forgotten ones, what is left is signed again.
async fn settle(
    context: &Context<'_>,
    tx: &DatabaseTransaction,
    subjects: HashSet<Subject>,
    owners: &HashMap<Subject, VisitorId>,
) -> Result<(), Error> {
    let site = context.site;
    let of_them = subjects.iter().copied();
    let left = records::of_subjects(tx, site, of_them, Timestamp(i64::MAX)).await?;
    let without = |(subject, visitor): (&Subject, &VisitorId)| {
        (subjects.contains(subject) && !left.contains_key(subject)).then_some((*subject, *visitor))
    };
    let gone: Vec<(Subject, VisitorId)> = owners.iter().filter_map(without).collect();
    forget::remove_visitors(tx, site, &gone).await?;
    for subject in retention::forgotten(tx, site, &subjects).await? {
        let stays = left.get(&subject).map(Vec::as_slice).unwrap_or_default();
        sign_what_stays(tx, context.key, site, subject, stays).await?;
    }
    Ok(())
}

/// Places as ranges `[from, to)`, in order.
fn ranges(places: impl Iterator<Item = u64>) -> Vec<[u64; 2]> {
    let mut places: Vec<u64> = places.collect();
    places.sort_unstable();
    let mut ranges: Vec<[u64; 2]> = Vec::new();
    for place in places {
        match ranges.last_mut() {
            Some([_, to]) if *to == place => *to = place + 1,
            _ => ranges.push([place, place + 1]),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn neighbours_make_a_range() {
        assert_eq!(ranges([4, 2, 3, 9, 0].into_iter()), [[0, 1], [2, 5], [9, 10]]);
        assert!(ranges([].into_iter()).is_empty());
    }
}
