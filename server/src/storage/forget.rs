//! Removing what can be forgotten about a visitor.

use super::decisions;
use super::dialect::{in_slots, one_of};
use super::entity::{forgotten_subject, record_personal, state, subject};
use super::hot::{self, Known, Rows};
use super::rows::{Slot, fixed};
use super::write;
use crate::error::Error;
use ouinon_domain::ids::{SiteId, Subject, VisitorId};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

/// A page of a site's visitors, by id, after one of them.
pub async fn visitors(
    db: &impl ConnectionTrait,
    site: &SiteId,
    after: Option<VisitorId>,
    most: u64,
) -> Result<Vec<VisitorId>, Error> {
    use subject::Column as S;
    let mut query = subject::Entity::find()
        .select_only()
        .column(S::Visitor)
        .filter(S::Site.eq(site.as_str()))
        .order_by_asc(S::Visitor)
        .limit(most);
    if let Some(after) = after {
        query = query.filter(S::Visitor.gt(after.0.to_vec()));
    }
    let rows: Vec<Vec<u8>> = query.into_tuple().all(db).await?;
    rows.into_iter().map(|id| Ok(VisitorId(fixed(id, "subject.visitor")?))).collect()
}

/// Locks a visitor as a write would, and says which subject it is; `None` where it was never seen.
pub async fn lock(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitor: VisitorId,
) -> Result<Option<Subject>, Error> {
    Ok(lock_all(db, site, &[visitor]).await?.pop().map(|row| row.subject))
}

/// Locks visitors as a write would; those never seen are left out.
pub async fn lock_all(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitors: &[VisitorId],
) -> Result<Vec<subject::Model>, Error> {
    let ids = visitors.iter().map(|visitor| visitor.0.to_vec());
    lock_where(db, site, one_of(db.get_database_backend(), subject::Column::Visitor, ids)).await
}

/// Locks some subjects' rows in the order of their visitors' ids, so that two transactions never
/// wait for each other in a circle. SQLite has one writer: the transaction's begin was its lock.
pub async fn lock_where(
    db: &impl ConnectionTrait,
    site: &SiteId,
    which: Expr,
) -> Result<Vec<subject::Model>, Error> {
    use subject::Column as S;
    let mut query = subject::Entity::find()
        .filter(S::Site.eq(site.as_str()))
        .filter(which)
        .order_by_asc(S::Visitor);
    if db.get_database_backend() == DatabaseBackend::Postgres {
        query = query.lock(LockType::Update);
    }
    Ok(query.all(db).await?)
}

/// Removes the visitor's link to its subject, its key, its state, who asked about it and the
/// personal parts of its records.
pub async fn remove(
    db: &impl ConnectionTrait,
    site: &SiteId,
    who: (Subject, VisitorId),
    records: &[Slot],
) -> Result<(), Error> {
    use record_personal::Column as P;
    let slots = records.iter().map(|slot| (site, *slot));
    record_personal::Entity::delete_many()
        .filter(in_slots(db.get_database_backend(), [P::Site, P::GivenAt, P::Record], slots))
        .exec(db)
        .await?;
    remove_visitors(db, site, &[who]).await
}

/// Removes who asked about visitors, their states and their links to subjects, with the keys of
/// their leaves.
pub async fn remove_visitors(
    db: &impl ConnectionTrait,
    site: &SiteId,
    all: &[(Subject, VisitorId)],
) -> Result<(), Error> {
    if all.is_empty() {
        return Ok(());
    }
    decisions::forget(db, site, all.iter().map(|(subject, _)| *subject)).await?;
    let visitors: Vec<VisitorId> = all.iter().map(|(_, visitor)| *visitor).collect();
    let ids = visitors.iter().map(|visitor| visitor.0.to_vec());
    state::Entity::delete_many()
        .filter(state::Column::Site.eq(site.as_str()))
        .filter(one_of(db.get_database_backend(), state::Column::Visitor, ids))
        .exec(db)
        .await?;
    write::unmake(db, site, &visitors).await
}

/// Keeps the signed hash of what stayed of a subject.
pub async fn keep_residue(
    db: &impl ConnectionTrait,
    site: &SiteId,
    subject: Subject,
    residue: [u8; 32],
    signature: [u8; 64],
) -> Result<(), Error> {
    let row = forgotten_subject::Model {
        site: site.as_str().into(),
        subject,
        residue: residue.to_vec(),
        signature: signature.to_vec(),
    };
    hot::insert(db, [Rows::of::<forgotten_subject::Entity>([row], Known::Replace)]).await
}

/// Removes the signed hash of a forgotten subject of which nothing stayed.
pub async fn drop_residue(
    db: &impl ConnectionTrait,
    site: &SiteId,
    subject: Subject,
) -> Result<(), Error> {
    let key = (site.as_str().to_owned(), subject);
    forgotten_subject::Entity::delete_by_id(key).exec(db).await?;
    Ok(())
}
