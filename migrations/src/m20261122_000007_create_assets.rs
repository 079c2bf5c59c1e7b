//! Built files by their content-hashed name, kept so that an older page finds its widget after an upgrade. Of the installation.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let asset = vec![text("name"), bytes("body"), text("kind"), number("created_at")];
        create(manager, "asset", asset, &["name"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["asset"]).await
    }
}
