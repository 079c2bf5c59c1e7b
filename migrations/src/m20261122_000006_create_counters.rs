//! Counters for the rates, per site and hour, and the records that wait to be counted.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let counter = vec![
            text("site"),
            number("hour"),
            text("notice"),
            text("language"),
            text("country"),
            text("device"),
            // What is counted: shown, accept_all, granted …; `key` names the purpose or vendor.
            text("event"),
            text("key"),
            number("count"),
        ];
        let key = &["site", "hour", "notice", "language", "country", "device", "event", "key"];
        create(manager, "counter", counter, key).await?;
        let queue = vec![text("site"), id("record")];
        create(manager, "count_queue", queue, &["site", "record"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["count_queue", "counter"]).await
    }
}
