//! API keys (only hashes) and the public keys of receipts.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = vec![
            text("site"),
            text("id"),
            bytes("hash"),
            text("scopes"),
            text("cidrs"),
            number("created_at"),
            number_or_null("expires_at"),
            number_or_null("revoked_at"),
        ];
        create(manager, "api_key", key, &["site", "id"]).await?;
        // Of the installation, not of a site: every server signs with a registered key.
        let signing = vec![text("kid"), bytes("public_key"), number("created_at")];
        create(manager, "signing_key", signing, &["kid"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["signing_key", "api_key"]).await
    }
}
