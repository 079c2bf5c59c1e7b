//! Built files by content-hashed name, kept for pages that still ask for an older widget.

use super::entity::asset;
use crate::error::Error;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};

/// Keeps a file; a name always stands for the same bytes, so a known one is left alone.
pub async fn keep(db: &impl ConnectionTrait, row: asset::Model) -> Result<(), Error> {
    asset::Entity::insert(row.into_active_model())
        .on_conflict_do_nothing_on([asset::Column::Name])
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// A kept file.
pub async fn find(db: &impl ConnectionTrait, name: &str) -> Result<Option<asset::Model>, Error> {
    Ok(asset::Entity::find_by_id(name).one(db).await?)
}
