//! People who sign in to the dashboard, and their sessions. Of the installation, not of a site.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let user = vec![
            id("id"),
            text("email"),
            text("role"),
            text("password_hash"),
            number("created_at"),
            number_or_null("disabled_at"),
        ];
        create(manager, "user_account", user, &["id"]).await?;
        index(manager, "user_by_email", "user_account", &["email"], true).await?;
        let session = vec![
            bytes("hash"),
            id("user"),
            text("csrf"),
            number("created_at"),
            number("expires_at"),
        ];
        create(manager, "session", session, &["hash"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["session", "user_account"]).await
    }
}
