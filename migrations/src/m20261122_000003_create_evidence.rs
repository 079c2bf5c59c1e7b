//! The evidence log: leaves that wait for their index, and the head of each site.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let queue = vec![text("site"), id("record"), bytes("leaf"), number("queued_at")];
        create(manager, "leaf_queue", queue, &["site", "record"]).await?;
        let head = vec![text("site"), number("size"), bytes("root"), number("updated_at")];
        create(manager, "log_head", head, &["site"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["log_head", "leaf_queue"]).await
    }
}
