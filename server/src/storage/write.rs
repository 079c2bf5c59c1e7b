//! The statements of one write transaction: lock the visitors, read where they stand, append.

use super::dialect::one_of;
use super::entity::{
    count_queue, erasure, leaf_queue, record, record_key, record_personal, site, state, subject,
};
use super::hot::{self, Known};
use super::records::{Stored, fixed, read_state, rows, state_row};
use crate::error::Error;
use crate::random::random_bytes;
use ouinon_domain::ids::{SiteId, Subject, VisitorId};
use ouinon_domain::leaf;
use ouinon_domain::state::State;
use ouinon_domain::time::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{HashMap, HashSet};

/// A visitor about to write, with what it becomes if it was never seen.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Who.
    pub visitor: VisitorId,
    /// Its hash in the register of erasures.
    pub erasure_hash: [u8; 32],
    /// A new surrogate.
    pub subject: Subject,
    /// A new key for its leaves.
    pub k: [u8; 32],
}

impl Arrival {
    /// A visitor with a surrogate and a key drawn for it.
    pub fn new(visitor: VisitorId, erasure_hash: [u8; 32]) -> Result<Self, Error> {
        let failed = |error| Error::internal("no randomness", error);
        Ok(Self {
            visitor,
            erasure_hash,
            subject: Subject::from_bytes(random_bytes().map_err(failed)?),
            k: random_bytes().map_err(failed)?,
        })
    }
}

/// Where a locked visitor stands.
#[derive(Clone, Debug)]
pub struct Locked {
    /// The surrogate.
    pub subject: Subject,
    /// The key of its leaves.
    pub k: [u8; 32],
    /// The sum of its records so far.
    pub state: Option<State>,
    /// Forgotten: nothing may be written for it.
    pub erased: bool,
}

/// The site's epoch inside the transaction; `None` where the site is gone.
pub async fn epoch(db: &impl ConnectionTrait, site: &SiteId) -> Result<Option<i64>, Error> {
    let query = site::Entity::find_by_id(site.as_str()).select_only().column(site::Column::Epoch);
    Ok(query.into_tuple().one(db).await?)
}

fn bytes(visitors: &[VisitorId]) -> impl Iterator<Item = Vec<u8>> {
    visitors.iter().map(|id| id.0.to_vec())
}

/// Locks the visitors until the transaction ends, making those never seen, and reads where they
/// stand. The insert comes first: on SQLite it takes the writer's lock before anything is read.
pub async fn lock(
    db: &impl ConnectionTrait,
    site: &SiteId,
    arrivals: &[Arrival],
    now: Timestamp,
) -> Result<HashMap<VisitorId, Locked>, Error> {
    let new = arrivals.iter().map(|arrival| subject::Model {
        site: site.as_str().into(),
        visitor: arrival.visitor.0.to_vec(),
        subject: arrival.subject,
        k: arrival.k.to_vec(),
        created_at: now.0,
    });
    hot::insert::<subject::Entity>(db, new.collect(), Known::Keep).await?;
    let ids: Vec<VisitorId> = arrivals.iter().map(|arrival| arrival.visitor).collect();
    hot::lock_subjects(db, site, &ids).await?;
    let erased = erased(db, site, arrivals).await?;
    let mut states = states(db, site, &ids).await?;
    let subjects = subject::Entity::find()
        .filter(subject::Column::Site.eq(site.as_str()))
        .filter(one_of(db.get_database_backend(), subject::Column::Visitor, bytes(&ids)))
        .all(db)
        .await?;
    let mut locked = HashMap::with_capacity(subjects.len());
    for row in subjects {
        let visitor = VisitorId(fixed(row.visitor, "visitor")?);
        let one = Locked {
            subject: row.subject,
            k: fixed(row.k, "k")?,
            state: states.remove(&visitor),
            erased: erased.contains(&visitor),
        };
        locked.insert(visitor, one);
    }
    Ok(locked)
}

async fn erased(
    db: &impl ConnectionTrait,
    site: &SiteId,
    arrivals: &[Arrival],
) -> Result<HashSet<VisitorId>, Error> {
    use erasure::Column as E;
    let hashes = arrivals.iter().map(|arrival| arrival.erasure_hash.to_vec());
    let rows = erasure::Entity::find()
        .filter(E::Site.eq(site.as_str()))
        .filter(one_of(db.get_database_backend(), E::VisitorHmac, hashes))
        .all(db)
        .await?;
    let found: HashSet<Vec<u8>> = rows.into_iter().map(|row| row.visitor_hmac).collect();
    let is_in = |arrival: &&Arrival| found.contains(arrival.erasure_hash.as_slice());
    Ok(arrivals.iter().filter(is_in).map(|arrival| arrival.visitor).collect())
}

/// The states of visitors; those never seen are left out.
pub async fn states(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitors: &[VisitorId],
) -> Result<HashMap<VisitorId, State>, Error> {
    use state::Column as S;
    let rows = state::Entity::find()
        .filter(S::Site.eq(site.as_str()))
        .filter(one_of(db.get_database_backend(), S::Visitor, bytes(visitors)))
        .all(db)
        .await?;
    let read = |row: state::Model| {
        let visitor = VisitorId(fixed(row.visitor.clone(), "visitor")?);
        Ok((visitor, read_state(row)?))
    };
    rows.into_iter().map(read).collect()
}

/// Removes visitors' subject rows: those that `lock` made for visitors who may not write, and those
/// of visitors who go.
pub async fn unmake(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitors: &[VisitorId],
) -> Result<(), Error> {
    subject::Entity::delete_many()
        .filter(subject::Column::Site.eq(site.as_str()))
        .filter(one_of(db.get_database_backend(), subject::Column::Visitor, bytes(visitors)))
        .exec(db)
        .await?;
    Ok(())
}

/// A record to append, with the state it leads to.
#[derive(Clone, Debug)]
pub struct Appended {
    /// The record, signed and committed.
    pub stored: Stored,
    /// Whose it is.
    pub visitor: VisitorId,
    /// What holds after it.
    pub state: State,
}

/// Appends records of one site: key, record, personal part, queued leaf, queued count, state. The
/// key comes first: it is what keeps an id from naming two records (invariant I4).
pub async fn append(
    db: &impl ConnectionTrait,
    site: &SiteId,
    appended: &[Appended],
) -> Result<(), Error> {
    let mut records = Vec::with_capacity(appended.len());
    let mut personals = Vec::with_capacity(appended.len());
    let mut states = Vec::with_capacity(appended.len());
    for one in appended {
        let (record, personal) = rows(&one.stored)?;
        records.push(record);
        personals.extend(personal);
        states.push(state_row(site, one.visitor, &one.state)?);
    }
    let name = || site.as_str().to_owned();
    let keys = appended.iter().map(|one| &one.stored.record).map(|record| record_key::Model {
        site: name(),
        id: record.id,
        given_at: record.given_at.0,
    });
    let leaves = appended.iter().map(|one| leaf_queue::Model {
        site: name(),
        record: one.stored.record.id,
        leaf: leaf::leaf(&one.stored.commitment).to_vec(),
        queued_at: one.stored.record.given_at.0,
    });
    let counts = appended
        .iter()
        .map(|one| count_queue::Model { site: name(), record: one.stored.record.id });
    hot::insert::<record_key::Entity>(db, keys.collect(), Known::Refuse).await?;
    hot::insert::<record::Entity>(db, records, Known::Refuse).await?;
    hot::insert::<record_personal::Entity>(db, personals, Known::Refuse).await?;
    hot::insert::<leaf_queue::Entity>(db, leaves.collect(), Known::Refuse).await?;
    hot::insert::<count_queue::Entity>(db, counts.collect(), Known::Refuse).await?;
    hot::insert::<state::Entity>(db, states, Known::Replace).await
}
