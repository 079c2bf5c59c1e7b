//! Sites, the origins they may be used from, their notices and when each was published.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let site = vec![
            text("id"),
            text("name"),
            flag("enabled"),
            // Raised in the transaction of every change that can turn a yes into a no.
            number("epoch"),
            // First line of the checkpoints, for good.
            text("log_origin"),
            // Keys the register of erasures and the links to customers.
            bytes("secret"),
            text_or_null("cookie_domain"),
            number("created_at"),
        ];
        create(manager, "site", site, &["id"]).await?;
        let origin = vec![text("site"), text("origin")];
        create(manager, "site_origin", origin, &["site", "origin"]).await?;
        let notice = vec![text("site"), bytes("hash"), text("body"), number("created_at")];
        create(manager, "notice", notice, &["site", "hash"]).await?;
        index(manager, "notice_by_hash", "notice", &["hash"], false).await?;
        let publication =
            vec![text("site"), number("seq"), bytes("notice"), number("published_at")];
        create(manager, "publication", publication, &["site", "seq"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["publication", "notice", "site_origin", "site"]).await
    }
}
