//! The register of erasures: keyed hashes of the visitors who were forgotten.

use super::dialect::one_of;
use super::entity::erasure;
use super::hot::{self, Known, Rows};
use super::rows::fixed;
use crate::error::Error;
use ouinon_domain::ids::SiteId;
use ouinon_domain::time::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::HashSet;

/// The entry of a hash.
pub async fn find(
    db: &impl ConnectionTrait,
    site: &SiteId,
    hash: [u8; 32],
) -> Result<Option<erasure::Model>, Error> {
    let key = (site.as_str().to_owned(), hash.to_vec());
    Ok(erasure::Entity::find_by_id(key).one(db).await?)
}

/// Those of some hashes that have an entry.
pub async fn known(
    db: &impl ConnectionTrait,
    site: &SiteId,
    hashes: impl IntoIterator<Item = [u8; 32]>,
) -> Result<HashSet<[u8; 32]>, Error> {
    use erasure::Column as E;
    let hashes: Vec<Vec<u8>> = hashes.into_iter().map(|hash| hash.to_vec()).collect();
    if hashes.is_empty() {
        return Ok(HashSet::new());
    }
    let query = erasure::Entity::find().filter(E::Site.eq(site.as_str())).filter(one_of(
        db.get_database_backend(),
        E::VisitorHmac,
        hashes,
    ));
    let rows = query.all(db).await?.into_iter();
    rows.map(|row| fixed(row.visitor_hmac, "erasure.visitor_hmac")).collect()
}

/// Enters a hash that has no entry.
pub async fn insert(
    db: &impl ConnectionTrait,
    site: &SiteId,
    hash: [u8; 32],
    at: Timestamp,
    requested_by: String,
) -> Result<(), Error> {
    let row = erasure::Model {
        site: site.as_str().into(),
        visitor_hmac: hash.to_vec(),
        erased_at: at.0,
        requested_by,
    };
    hot::insert(db, [Rows::of::<erasure::Entity>([row], Known::Refuse)]).await
}

/// Where a page begins: just after this entry, newest first.
pub type After = (Timestamp, [u8; 32]);

/// A page of a site's entries, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    site: &SiteId,
    after: Option<After>,
    limit: u64,
) -> Result<Vec<erasure::Model>, Error> {
    use erasure::Column as E;
    let mut query = erasure::Entity::find()
        .filter(E::Site.eq(site.as_str()))
        .order_by_desc(E::ErasedAt)
        .order_by_desc(E::VisitorHmac)
        .limit(limit);
    if let Some((time, hash)) = after {
        let same = E::ErasedAt.eq(time.0).and(E::VisitorHmac.lt(hash.to_vec()));
        query = query.filter(E::ErasedAt.lt(time.0).or(same));
    }
    Ok(query.all(db).await?)
}
