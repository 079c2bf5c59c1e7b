//! Counters behind the rates: adding to them, and what waits to be counted.

use super::dialect::one_of;
use super::entity::{count_group, counter, record, record_personal};
use super::rows::{fixed, from_json, unreadable};
use crate::error::Error;
use crate::random::random_bytes;
use ouinon_domain::choice::{Action, Choices, Vendors};
use ouinon_domain::ids::{NoticeHash, SiteId};
use ouinon_domain::time::HOUR;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::BTreeMap;
use uuid::Uuid;

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

/// Records of one hour that count alike.
#[derive(Clone, Debug)]
pub struct Alike {
    /// How many.
    pub records: i64,
    /// Hours since 1970.
    pub hour: i64,
    /// The notice that was shown.
    pub notice: NoticeHash,
    /// What was done.
    pub action: Action,
    /// What holds since.
    pub choices: Choices,
    /// What holds since.
    pub vendors: Vendors,
    /// Language of the texts shown.
    pub language: String,
    /// Where that is known.
    pub country: Option<String>,
    /// The class of device.
    pub device: String,
}

/// What these new records count, for the queue: one row for all that count alike. Robots are left
/// out.
pub fn groups<'a>(
    records: impl Iterator<Item = (&'a record::Model, &'a record_personal::Model)>,
) -> Result<Vec<count_group::Model>, Error> {
    let mut groups: BTreeMap<_, i64> = BTreeMap::new();
    for (record, personal) in records.filter(|(_, personal)| !personal.bot) {
        let shown = (&personal.language, &personal.country, &personal.device);
        let said = (&record.action, &record.choices, &record.vendors);
        let hour = record.given_at.div_euclid(HOUR);
        *groups.entry((&record.site, hour, &record.notice, said, shown)).or_default() += 1;
    }
    let row = |((site, hour, notice, said, shown), records): ((&String, _, &Vec<u8>, _, _), _)| {
        let (action, choices, vendors): (&String, &String, &String) = said;
        let (language, country, device): (&String, &Option<String>, &String) = shown;
        // Nothing in it leads to a record.
        let id = random_bytes().map_err(|error| Error::internal("no randomness", error))?;
        Ok(count_group::Model {
            site: site.clone(),
            id: Uuid::from_bytes(id),
            hour,
            notice: notice.clone(),
            action: action.clone(),
            choices: choices.clone(),
            vendors: vendors.clone(),
            language: language.clone(),
            country: country.clone(),
            device: device.clone(),
            records,
        })
    };
    groups.into_iter().map(row).collect()
}

fn read(row: count_group::Model) -> Result<Alike, Error> {
    Ok(Alike {
        records: row.records,
        hour: row.hour,
        notice: NoticeHash(fixed(row.notice, "notice")?),
        action: Action::parse(&row.action).ok_or_else(|| unreadable("action"))?,
        choices: from_json(&row.choices, "choices")?,
        vendors: from_json(&row.vendors, "vendors")?,
        language: row.language,
        country: row.country,
        device: row.device,
    })
}

/// Sites with records that wait to be counted.
pub async fn waiting_sites(db: &impl ConnectionTrait) -> Result<Vec<String>, Error> {
    let query =
        count_group::Entity::find().select_only().column(count_group::Column::Site).distinct();
    Ok(query.into_tuple().all(db).await?)
}

/// Takes up to `limit` groups of a site out of the queue, in the caller's transaction.
pub async fn take_waiting(
    db: &impl ConnectionTrait,
    site: &SiteId,
    limit: u64,
) -> Result<Vec<Alike>, Error> {
    use count_group::Column as G;
    let query = count_group::Entity::find()
        .select_only()
        .column(G::Id)
        .filter(G::Site.eq(site.as_str()))
        .limit(limit);
    let found: Vec<Uuid> = query.into_tuple().all(db).await?;
    let taken = count_group::Entity::delete_many()
        .filter(G::Site.eq(site.as_str()))
        .filter(one_of(db.get_database_backend(), G::Id, found))
        .exec_with_returning(db)
        .await?;
    taken.into_iter().map(read).collect()
}
