//! Notices: immutable bodies by hash, and when each came into force.

use super::entity::{notice, publication};
use super::rows::fixed;
use super::sites;
use crate::error::Error;
use ouinon_domain::ids::{NoticeHash, SiteId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
};

/// A notice by its id alone, whichever site published it: the bytes are the same.
pub async fn find(db: &impl ConnectionTrait, hash: &NoticeHash) -> Result<Option<String>, Error> {
    let query = notice::Entity::find().filter(notice::Column::Hash.eq(hash.0.to_vec()));
    Ok(query.one(db).await?.map(|row| row.body))
}

/// All notices a site ever published, in no order.
pub async fn of_site(
    db: &impl ConnectionTrait,
    site: &SiteId,
) -> Result<Vec<(NoticeHash, String)>, Error> {
    let query = notice::Entity::find().filter(notice::Column::Site.eq(site.as_str()));
    let read = |row: notice::Model| Ok((NoticeHash(fixed(row.hash, "notice.hash")?), row.body));
    query.all(db).await?.into_iter().map(read).collect()
}

/// Stores a notice and puts it in force, in the caller's transaction: its place among the site's
/// publications and the time. Publishing the notice that is already in force changes nothing.
pub async fn publish(
    db: &impl ConnectionTrait,
    site: &SiteId,
    hash: NoticeHash,
    body: String,
    now: i64,
) -> Result<Option<(i64, i64)>, Error> {
    sites::raise_epoch(db, site).await?;
    let last = sites::publications(db, site).await?.pop();
    if last.is_some_and(|(_, current, _)| current == hash) {
        return Ok(None);
    }
    let (seq, not_before) = last.map_or((1, i64::MIN), |(seq, _, at)| (seq + 1, at + 1));
    let at = now.max(not_before);
    let row =
        notice::Model { site: site.as_str().into(), hash: hash.0.to_vec(), body, created_at: at };
    notice::Entity::insert(row.into_active_model())
        .on_conflict_do_nothing_on([notice::Column::Site, notice::Column::Hash])
        .exec_without_returning(db)
        .await?;
    let row = publication::ActiveModel {
        site: Set(site.as_str().into()),
        seq: Set(seq),
        notice: Set(hash.0.to_vec()),
        published_at: Set(at),
    };
    publication::Entity::insert(row).exec_without_returning(db).await?;
    Ok(Some((seq, at)))
}
