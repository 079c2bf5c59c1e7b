//! The register's entries. Appending goes through `evidence::register`, which signs.

use super::entity::{log_head, register};
use super::hot::{self, Known, Rows};
use super::rows::fixed;
use crate::error::Error;
use ouinon_domain::canonical::sha256;
use ouinon_domain::ids::SiteId;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::HashMap;

/// Where a site's register ends: how many entries, and the hash of the last one (zeros before the
/// first).
pub struct End {
    /// Entries.
    pub size: i64,
    /// SHA-256 of the last statement.
    pub hash: [u8; 32],
}

/// Locks the end of a site's register until the transaction ends; `None` where the site is gone.
pub async fn lock_end(db: &impl ConnectionTrait, site: &SiteId) -> Result<Option<End>, Error> {
    let mut query = log_head::Entity::find_by_id(site.as_str());
    if db.get_database_backend() == DatabaseBackend::Postgres {
        query = query.lock(LockType::Update);
    }
    let Some(row) = query.one(db).await? else { return Ok(None) };
    let hash = row.register_hash.map(|hash| fixed(hash, "register_hash")).transpose()?;
    Ok(Some(End { size: row.register_size, hash: hash.unwrap_or([0; 32]) }))
}

/// Appends a signed entry at the locked end; `statement` is what was signed.
pub async fn append(
    db: &impl ConnectionTrait,
    row: register::Model,
    statement: &[u8],
) -> Result<(), Error> {
    use log_head::Column as H;
    let (site, size) = (row.site.clone(), row.seq + 1);
    hot::insert(db, [Rows::of::<register::Entity>([row], Known::Refuse)]).await?;
    log_head::Entity::update_many()
        .filter(H::Site.eq(site))
        .col_expr(H::RegisterSize, Expr::value(size))
        .col_expr(H::RegisterHash, Expr::value(sha256(statement).to_vec()))
        .exec(db)
        .await?;
    Ok(())
}

/// How many entries each site has; sites without any are left out.
pub async fn sizes(db: &impl ConnectionTrait) -> Result<HashMap<String, u64>, Error> {
    use register::Column as R;
    let query = register::Entity::find().select_only().column(R::Site);
    let counted = query.column_as(R::Seq.count(), "entries").group_by(R::Site);
    let rows: Vec<(String, i64)> = counted.into_tuple().all(db).await?;
    let size = |(site, entries)| Some((site, u64::try_from(entries).ok()?));
    Ok(rows.into_iter().filter_map(size).collect())
}

/// A site's entries from a place on, oldest first.
pub async fn from(
    db: &impl ConnectionTrait,
    site: &SiteId,
    first: u64,
    most: u64,
) -> Result<Vec<register::Model>, Error> {
    use register::Column as R;
    let first = i64::try_from(first).unwrap_or(i64::MAX);
    let query = register::Entity::find()
        .filter(R::Site.eq(site.as_str()))
        .filter(R::Seq.gte(first))
        .order_by_asc(R::Seq)
        .limit(most);
    Ok(query.all(db).await?)
}
