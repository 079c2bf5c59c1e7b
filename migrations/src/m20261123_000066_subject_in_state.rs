//! What a decision reads says which subject the visitor is, and the number of the site's
//! forgettings: while that stands, the log of decisions need not look the subject up, at random among all
//! visitors there are.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // First the site, then the state: the order in which decisions lock them.
        add_column(manager, "site", number("forgettings").default(0).take()).await?;
        // Noted with the place of the record. Not `subject`: writes read all columns beside that one.
        add_column(manager, "state", id_or_null("noted_subject")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_columns(manager, "site", &["forgettings"]).await?;
        drop_columns(manager, "state", &["noted_subject"]).await
    }
}
