//! How long each site keeps who asked.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Half a year: docs/SETTINGS.md says why. A server of the version before makes sites
        // without it.
        let days = number("decisions_days").default(180).take();
        add_column(manager, "retention", days).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_columns(manager, "retention", &["decisions_days"]).await
    }
}
