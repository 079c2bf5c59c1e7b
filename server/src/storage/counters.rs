//! Counters behind the rates: adding to them, and the queue of records that wait to be counted.

use super::dialect::one_of;
use super::entity::{count_queue, counter};
use crate::error::Error;
use ouinon_domain::ids::{RecordId, SiteId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::BTreeMap;

/// Rows in one statement: a database takes only so many parameters (SQLite 32,766).
const ROWS: usize = 3_000;

/// What one count is about; a row of the counter table without its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Hours since 1970.
    pub hour: i64,
    /// The notice's id.
    pub notice: String,
    /// Language of the texts shown.
    pub language: String,
    /// ISO 3166-1, or empty where unknown.
    pub country: String,
    /// `desktop`, `mobile`, `tablet`, `other`.
    pub device: String,
    /// `shown`, `accept_all`, `granted` …
    pub event: String,
    /// Purpose or vendor, or empty.
    pub key: String,
}

/// Adds to a site's counters, in the caller's transaction. Cells come in the order of their keys, so that two servers never
/// wait for each other in a circle.
pub async fn add(
    db: &impl ConnectionTrait,
    site: &SiteId,
    cells: &BTreeMap<Cell, i64>,
) -> Result<(), Error> {
    use counter::Column as C;
    if cells.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = cells
        .iter()
        .map(|(cell, count)| {
            let cell = cell.clone();
            counter::Model {
                site: site.as_str().into(),
                hour: cell.hour,
                notice: cell.notice,
                language: cell.language,
                country: cell.country,
                device: cell.device,
                event: cell.event,
                key: cell.key,
                count: *count,
            }
            .into_active_model()
        })
        .collect();
    let key = [C::Site, C::Hour, C::Notice, C::Language, C::Country, C::Device, C::Event, C::Key];
    let sum = Expr::col((counter::Entity, C::Count)).add(Expr::col(("excluded", C::Count)));
    let conflict = OnConflict::columns(key).value(C::Count, sum).to_owned();
    for chunk in rows.chunks(ROWS) {
        counter::Entity::insert_many(chunk.iter().cloned())
            .on_conflict(conflict.clone())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// The last hour (since 1970) in which a page of the site showed the banner.
pub async fn last_shown(db: &impl ConnectionTrait, site: &SiteId) -> Result<Option<i64>, Error> {
    let query = counter::Entity::find()
        .filter(counter::Column::Site.eq(site.as_str()))
        .filter(counter::Column::Event.eq("shown"))
        .order_by_desc(counter::Column::Hour);
    Ok(query.one(db).await?.map(|row| row.hour))
}

/// Sites with records that wait to be counted.
pub async fn waiting_sites(db: &impl ConnectionTrait) -> Result<Vec<String>, Error> {
    let query =
        count_queue::Entity::find().select_only().column(count_queue::Column::Site).distinct();
    Ok(query.into_tuple().all(db).await?)
}

/// Takes up to `limit` records of a site out of the queue, in the caller's transaction.
pub async fn take_waiting(
    db: &impl ConnectionTrait,
    site: &SiteId,
    limit: u64,
) -> Result<Vec<RecordId>, Error> {
    use count_queue::Column as Q;
    let query = count_queue::Entity::find()
        .select_only()
        .column(Q::Record)
        .filter(Q::Site.eq(site.as_str()))
        .limit(limit);
    let found: Vec<RecordId> = query.into_tuple().all(db).await?;
    let taken = count_queue::Entity::delete_many()
        .filter(Q::Site.eq(site.as_str()))
        .filter(one_of(db.get_database_backend(), Q::Record, found))
        .exec_with_returning(db)
        .await?;
    Ok(taken.into_iter().map(|row| row.record).collect())
}
