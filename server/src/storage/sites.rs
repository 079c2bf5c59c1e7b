//! Sites and their origins.

use super::dialect::one_of;
use super::entity::{log_head, publication, retention, site, site_origin};
use super::{log, retention as keeping};
use crate::error::Error;
use crate::random::random_bytes;
use ouinon_domain::ids::{NoticeHash, SiteId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::HashMap;

/// All sites, by name.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<site::Model>, Error> {
    Ok(site::Entity::find().order_by_asc(site::Column::Name).all(db).await?)
}

/// One site; `None` where there is none.
pub async fn find(db: &impl ConnectionTrait, id: &SiteId) -> Result<Option<site::Model>, Error> {
    Ok(site::Entity::find_by_id(id.as_str()).one(db).await?)
}

/// Stores a new site and its origins.
pub async fn insert(
    db: &impl ConnectionTrait,
    row: site::Model,
    origins: &[String],
) -> Result<(), Error> {
    let (id, head) = (row.id.clone(), log::new_head(&row));
    let kept = keeping::new(&row);
    site::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    log_head::Entity::insert(head.into_active_model()).exec_without_returning(db).await?;
    retention::Entity::insert(kept.into_active_model()).exec_without_returning(db).await?;
    insert_origins(db, &id, origins).await
}

/// The origins a site may be used from.
pub async fn origins(db: &impl ConnectionTrait, id: &SiteId) -> Result<Vec<String>, Error> {
    let rows = site_origin::Entity::find()
        .filter(site_origin::Column::Site.eq(id.as_str()))
        .order_by_asc(site_origin::Column::Origin)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.origin).collect())
}

/// The origins of the logs of some sites: the first lines of their checkpoints.
pub async fn log_origins(
    db: &impl ConnectionTrait,
    sites: &[SiteId],
) -> Result<HashMap<SiteId, String>, Error> {
    let names = sites.iter().map(|site| site.as_str().to_owned());
    let rows: Vec<(String, String)> = site::Entity::find()
        .select_only()
        .columns([site::Column::Id, site::Column::LogOrigin])
        .filter(one_of(db.get_database_backend(), site::Column::Id, names))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(id, origin)| Some((SiteId::parse(&id)?, origin))).collect())
}

/// Replaces a site's origins.
pub async fn replace_origins(
    db: &impl ConnectionTrait,
    id: &SiteId,
    origins: &[String],
) -> Result<(), Error> {
    site_origin::Entity::delete_many()
        .filter(site_origin::Column::Site.eq(id.as_str()))
        .exec(db)
        .await?;
    insert_origins(db, id.as_str(), origins).await
}

async fn insert_origins(
    db: &impl ConnectionTrait,
    id: &str,
    origins: &[String],
) -> Result<(), Error> {
    let rows = origins.iter().map(|origin| {
        site_origin::Model { site: id.into(), origin: origin.clone() }.into_active_model()
    });
    site_origin::Entity::insert_many(rows)
        .on_conflict_do_nothing_on([site_origin::Column::Site, site_origin::Column::Origin])
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// What of a site can be changed later; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// A new name.
    pub name: Option<String>,
    /// Switched on or off.
    pub enabled: Option<bool>,
    /// The parent domain its cookies are written for; `Some(None)` takes it away.
    pub cookie_domain: Option<Option<String>>,
}

/// By how much a number rises that stands for what a site was: at random, so that a primary that was cut
/// off and the one in its place never come to the same number by different changes (torture/model,
/// `EpochCounter`).
fn step() -> Result<i64, Error> {
    let step = random_bytes().map_err(|error| Error::internal("no randomness", error))?;
    Ok(i64::from(u32::from_be_bytes(step)) + 1)
}

/// Changes a site and raises its epoch: whatever was cached about it is read again.
pub async fn update(db: &impl ConnectionTrait, id: &SiteId, changes: Changes) -> Result<(), Error> {
    let mut update = site::Entity::update_many()
        .filter(site::Column::Id.eq(id.as_str()))
        .col_expr(site::Column::Epoch, Expr::col(site::Column::Epoch).add(step()?));
    if let Some(name) = changes.name {
        update = update.col_expr(site::Column::Name, Expr::value(name));
    }
    if let Some(enabled) = changes.enabled {
        update = update.col_expr(site::Column::Enabled, Expr::value(enabled));
    }
    if let Some(domain) = changes.cookie_domain {
        update = update.col_expr(site::Column::CookieDomain, Expr::value(domain));
    }
    update.exec(db).await?;
    Ok(())
}

/// Raises a site's epoch: to be called in the transaction of every change that can turn a yes
/// into a no.
pub async fn raise_epoch(db: &impl ConnectionTrait, id: &SiteId) -> Result<(), Error> {
    update(db, id, Changes::default()).await
}

/// Raises the number of a site's forgettings: to be called in the transaction of each.
pub async fn raise_forgettings(db: &impl ConnectionTrait, id: &SiteId) -> Result<(), Error> {
    let raised = Expr::col(site::Column::Forgettings).add(step()?);
    site::Entity::update_many()
        .filter(site::Column::Id.eq(id.as_str()))
        .col_expr(site::Column::Forgettings, raised)
        .exec(db)
        .await?;
    Ok(())
}

/// A site's publications, oldest first: sequence, notice, time.
pub async fn publications(
    db: &impl ConnectionTrait,
    id: &SiteId,
) -> Result<Vec<(i64, NoticeHash, i64)>, Error> {
    let rows = publication::Entity::find()
        .filter(publication::Column::Site.eq(id.as_str()))
        .order_by_asc(publication::Column::Seq)
        .all(db)
        .await?;
    let read = |row: publication::Model| {
        let notice = super::rows::fixed(row.notice, "publication.notice")?;
        Ok((row.seq, NoticeHash(notice), row.published_at))
    };
    rows.into_iter().map(read).collect()
}
