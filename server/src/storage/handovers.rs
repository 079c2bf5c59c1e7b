//! Choices on their way to another domain of their site.

use super::entity::handover;
use crate::error::Error;
use ouinon_domain::ids::SiteId;
use ouinon_domain::time::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

/// Stores one, and clears away those of its site whose time is over.
pub async fn insert(
    db: &impl ConnectionTrait,
    row: handover::Model,
    now: Timestamp,
) -> Result<(), Error> {
    use handover::Column as H;
    let over = handover::Entity::delete_many().filter(H::Site.eq(row.site.as_str()));
    over.filter(H::ExpiresAt.lte(now.0)).exec(db).await?;
    handover::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Takes one out. Of several that ask at the same time one gets it.
pub async fn take(
    db: &impl ConnectionTrait,
    site: &SiteId,
    token_hash: [u8; 32],
) -> Result<Option<handover::Model>, Error> {
    let key = (site.as_str().to_owned(), token_hash.to_vec());
    let Some(row) = handover::Entity::find_by_id(key.clone()).one(db).await? else {
        return Ok(None);
    };
    let taken = handover::Entity::delete_by_id(key).exec(db).await?;
    Ok((taken.rows_affected == 1).then_some(row))
}
