//! Where servers show that PostgreSQL is still the primary: rows that live for seconds. SQLite has
//! the table and no use for it.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One of an installation, not of a site: it says nothing about sites, only about who may
        // still write.
        create(manager, "lease", vec![id("mark"), number("written_at")], &["mark"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["lease"]).await
    }
}
