//! The statements of one write transaction: lock the visitors, append.

use super::counters;
use super::dialect::{self, one_of};
use super::entity::{
    count_group, leaf_queue, record, record_key, record_personal, site, state, subject,
};
use super::hot::{self, Known, Rows};
use super::records::{self, Stored, fixed, read_state, rows, state_row};
use crate::error::Error;
use crate::random::{random_bytes, rising_uuid};
use ouinon_domain::ids::{RecordId, SiteId, VisitorId};
use ouinon_domain::leaf;
use ouinon_domain::state::State;
use ouinon_domain::time::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::HashMap;

/// The site's epoch inside the transaction; `None` where the site is gone.
pub async fn epoch(db: &impl ConnectionTrait, site: &SiteId) -> Result<Option<i64>, Error> {
    let query = site::Entity::find_by_id(site.as_str()).select_only().column(site::Column::Epoch);
    Ok(query.into_tuple().one(db).await?)
}

fn bytes(visitors: &[VisitorId]) -> impl Iterator<Item = Vec<u8>> {
    visitors.iter().map(|id| id.0.to_vec())
}

/// Locks visitors until the transaction ends, making those never seen. They come in the order of
/// their ids, so that two batches never wait for each other in a circle.
pub async fn lock(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitors: impl IntoIterator<Item = VisitorId>,
    now: Timestamp,
) -> Result<(), Error> {
    let failed = |error| Error::internal("no randomness", error);
    let made = |visitor: VisitorId| {
        Ok(subject::Model {
            site: site.as_str().into(),
            visitor: visitor.0.to_vec(),
            // docs/adr/0018
            subject: rising_uuid(now).map_err(failed)?,
            k: random_bytes::<32>().map_err(failed)?.to_vec(),
            created_at: now.0,
        })
    };
    let made = visitors.into_iter().map(made).collect::<Result<Vec<_>, Error>>()?;
    hot::insert(db, [Rows::of::<subject::Entity>(made, Known::Lock)]).await
}

/// The records with ids that `hot::meet` has seen used. Rare, so planned for what is asked.
pub async fn known(
    db: &impl ConnectionTrait,
    site: &SiteId,
    ids: Vec<RecordId>,
) -> Result<HashMap<RecordId, Stored>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    if let Some(statement) = dialect::plan_anew(db.get_database_backend()) {
        db.execute_raw(statement).await?;
    }
    let found = records::by_ids(db, site, ids).await?;
    Ok(found.into_iter().map(|stored| (stored.record.id, stored)).collect())
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

/// Appends records of one site: key, record, personal part, queued leaf, state, and what they count. The
/// key is what keeps an id from naming two records (invariant I4).
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
    let counts = counters::groups(&records, &personals)?;
    let tables = [
        Rows::of::<record_key::Entity>(keys, Known::Refuse),
        Rows::of::<record::Entity>(records, Known::Refuse),
        Rows::of::<record_personal::Entity>(personals, Known::Refuse),
        Rows::of::<leaf_queue::Entity>(leaves, Known::Refuse),
        Rows::of::<count_group::Entity>(counts, Known::Refuse),
        Rows::of::<state::Entity>(states, Known::Replace),
    ];
    hot::insert(db, tables).await
}
