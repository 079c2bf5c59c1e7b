//! API keys of sites, and the installation's public signing keys.

use super::entity::{api_key, signing_key};
use super::sites;
use crate::error::Error;
use ouinon_domain::ids::SiteId;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, UpdateMany,
};

/// A site's keys, newest first, revoked ones too.
pub async fn list(db: &impl ConnectionTrait, site: &SiteId) -> Result<Vec<api_key::Model>, Error> {
    let query = api_key::Entity::find()
        .filter(api_key::Column::Site.eq(site.as_str()))
        .order_by_desc(api_key::Column::CreatedAt);
    Ok(query.all(db).await?)
}

/// A key of a site, working or not.
pub async fn find(
    db: &impl ConnectionTrait,
    site: &SiteId,
    id: &str,
) -> Result<Option<api_key::Model>, Error> {
    let key = (site.as_str().to_owned(), id.to_owned());
    Ok(api_key::Entity::find_by_id(key).one(db).await?)
}

/// Stores a new key; known to every server at its next request.
pub async fn insert(
    db: &impl ConnectionTrait,
    site: &SiteId,
    row: api_key::Model,
) -> Result<(), Error> {
    sites::raise_epoch(db, site).await?;
    api_key::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Has a key end at a moment, in the caller's transaction; `false` where it was revoked.
pub async fn end(
    db: &impl ConnectionTrait,
    site: &SiteId,
    id: &str,
    at: i64,
) -> Result<bool, Error> {
    sites::raise_epoch(db, site).await?;
    let done = unrevoked(site, id).col_expr(api_key::Column::ExpiresAt, Expr::value(at));
    Ok(done.exec(db).await?.rows_affected == 1)
}

fn unrevoked(site: &SiteId, id: &str) -> UpdateMany<api_key::Entity> {
    api_key::Entity::update_many()
        .filter(api_key::Column::Site.eq(site.as_str()))
        .filter(api_key::Column::Id.eq(id))
        .filter(api_key::Column::RevokedAt.is_null())
}

/// Revokes a key, in the caller's transaction; `false` where there is none that still works.
pub async fn revoke(
    db: &impl ConnectionTrait,
    site: &SiteId,
    id: &str,
    now: i64,
) -> Result<bool, Error> {
    sites::raise_epoch(db, site).await?;
    let done = unrevoked(site, id).col_expr(api_key::Column::RevokedAt, Expr::value(now));
    Ok(done.exec(db).await?.rows_affected == 1)
}

/// The registered public keys of the installation, oldest first.
pub async fn signing(db: &impl ConnectionTrait) -> Result<Vec<signing_key::Model>, Error> {
    let query = signing_key::Entity::find().order_by_asc(signing_key::Column::CreatedAt);
    Ok(query.all(db).await?)
}

/// Registers a signing key.
pub async fn register(db: &impl ConnectionTrait, row: signing_key::Model) -> Result<(), Error> {
    signing_key::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}
