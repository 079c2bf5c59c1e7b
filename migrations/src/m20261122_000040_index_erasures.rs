//! The register of erasures in the order of time, for those who page through it.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_time = &["site", "erased_at", "visitor_hmac"];
        index(manager, "erasure_by_time", "erasure", by_time, false).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("drop index erasure_by_time").await?;
        Ok(())
    }
}
