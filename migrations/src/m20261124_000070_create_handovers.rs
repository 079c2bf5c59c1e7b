//! Choices on their way to another domain of their site: rows that live for a minute and are used once.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![
            text("site"),
            bytes("token_hash"),
            bytes("covered_secret"),
            text("origin"),
            number("expires_at"),
        ];
        create(manager, "handover", columns, &["site", "token_hash"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["handover"]).await
    }
}
