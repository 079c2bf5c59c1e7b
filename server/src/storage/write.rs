//! The statements of one write transaction: lock the visitors, append.

use super::counters;
use super::dialect::{self, one_of};
use super::entity::{
    count_group, leaf_queue, record, record_key, record_personal, site, state, subject,
};
use super::hot::{self, Known, New, Rows};
use super::records;
use super::rows::{Stored, fixed, read_state, record_rows, state_row};
use crate::error::Error;
use ouinon_domain::ids::{RecordId, SiteId, VisitorId};
use ouinon_domain::leaf;
use ouinon_domain::state::State;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::HashMap;
use std::sync::Arc;

/// The site's epoch inside the transaction; `None` where the site is gone.
pub async fn epoch(db: &impl ConnectionTrait, site: &SiteId) -> Result<Option<i64>, Error> {
    let query = site::Entity::find_by_id(site.as_str()).select_only().column(site::Column::Epoch);
    Ok(query.into_tuple().one(db).await?)
}

fn bytes(visitors: &[VisitorId]) -> impl Iterator<Item = Vec<u8>> {
    visitors.iter().map(|id| id.0.to_vec())
}

/// Locks visitors until the transaction ends, making those never seen what is given with them. They
/// come in the order of their ids, so that two batches never wait for each other in a circle.
pub async fn lock(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitors: impl IntoIterator<Item = (VisitorId, New)>,
) -> Result<(), Error> {
    let row = |(visitor, New { subject, k, since }): (VisitorId, New)| subject::Model {
        site: site.as_str().into(),
        visitor: visitor.0.to_vec(),
        subject,
        k: k.to_vec(),
        created_at: since.0,
    };
    let rows = visitors.into_iter().map(row);
    hot::insert(db, [Rows::of::<subject::Entity>(rows, Known::Lock)]).await
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
    dialect::plan_anew(db).await?;
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
#[derive(Debug)]
pub struct Appended {
    /// The record, signed and committed.
    pub stored: Arc<Stored>,
    /// Whose it is.
    pub visitor: VisitorId,
    pub(super) record: record::Model,
    pub(super) personal: Option<record_personal::Model>,
    pub(super) state: state::Model,
}

impl Appended {
    /// Makes the rows.
    pub fn new(stored: Stored, visitor: VisitorId, state: &State) -> Result<Self, Error> {
        let (record, personal) = record_rows(&stored)?;
        let state = state_row(&stored.record.site, visitor, state)?;
        Ok(Self { stored: Arc::new(stored), visitor, record, personal, state })
    }
}

/// Appends records of one site: key, record, personal part, queued leaf, state, and what they count. The
/// key is what keeps an id from naming two records (invariant I4).
pub async fn append(
    db: &impl ConnectionTrait,
    site: &SiteId,
    appended: &[Arc<Appended>],
) -> Result<(), Error> {
    let name = || site.as_str().to_owned();
    let key = |one: &record::Model| record_key::Model {
        site: name(),
        id: one.id,
        given_at: one.given_at,
    };
    let leaf = |one: &Arc<Appended>| leaf_queue::Model {
        site: name(),
        record: one.record.id,
        leaf: leaf::leaf(&one.stored.commitment).to_vec(),
        queued_at: one.record.given_at,
    };
    let personals = || appended.iter().filter_map(|one| one.personal.as_ref());
    let records = || appended.iter().map(|one| &one.record);
    // The one key that two visitors can share: in one order everywhere, so that nobody waits in a circle.
    let mut keys: Vec<_> = records().map(key).collect();
    keys.sort_unstable_by_key(|key| key.id);
    let counts = counters::groups(records().zip(personals()))?;
    let tables = [
        Rows::of::<record_key::Entity>(keys, Known::Refuse),
        Rows::of::<record::Entity>(records(), Known::Refuse),
        Rows::of::<record_personal::Entity>(personals(), Known::Refuse),
        Rows::of::<leaf_queue::Entity>(appended.iter().map(leaf), Known::Refuse),
        Rows::of::<count_group::Entity>(counts, Known::Refuse),
        Rows::of::<state::Entity>(appended.iter().map(|one| &one.state), Known::Replace),
    ];
    hot::insert(db, tables).await
}
