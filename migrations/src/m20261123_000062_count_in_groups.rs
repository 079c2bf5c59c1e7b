//! What waits to be counted are numbers, no longer records: how many of a transaction's records count
//! alike, and as what. Nobody has to read the records again to count them.

use crate::columns::*;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let group = vec![
            text("site"),
            id("id"),
            number("hour"),
            bytes("notice"),
            text("action"),
            text("choices"),
            text("vendors"),
            text("language"),
            text_or_null("country"),
            text("device"),
            number("records"),
        ];
        create(manager, "count_group", group, &["site", "id"]).await?;
        let id = match manager.get_database_backend() {
            DbBackend::Postgres => "gen_random_uuid()",
            _ => "randomblob(16)",
        };
        if manager.get_database_backend() == DbBackend::Postgres {
            // A choice that an older server is committing just now is waited for, and counted.
            let db = manager.get_connection();
            db.execute_unprepared("set local statement_timeout = 0").await?;
            db.execute_unprepared("lock table count_queue in access exclusive mode").await?;
        }
        let waiting = format!("insert into count_group select q.site, {id}, {WAITING}");
        manager.get_connection().execute_unprepared(&waiting).await?;
        drop(manager, &["count_queue"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if db.query_one_raw(any(manager.get_database_backend())).await?.is_some() {
            let why = "choices wait to be counted, and the schema before this one cannot keep them: start \
                       `ouinon serve` of this version for ten seconds, stop it, and go back then";
            return Err(DbErr::Custom(why.into()));
        }
        create(manager, "count_queue", vec![text("site"), id("record")], &["site", "record"])
            .await?;
        drop(manager, &["count_group"]).await
    }
}

/// The records that wait, one by one; robots, and who was forgotten, are not counted.
const WAITING: &str = "r.given_at / 3600000000, r.notice, r.action, r.choices, r.vendors, \
    p.language, p.country, p.device, 1 from count_queue q \
    join record_key k on k.site = q.site and k.id = q.record \
    join record r on r.site = q.site and r.given_at = k.given_at and r.id = q.record \
    join record_personal p on p.site = q.site and p.given_at = k.given_at and p.record = q.record \
    and not p.bot";

fn any(backend: DbBackend) -> sea_orm_migration::sea_orm::Statement {
    let sql = "select 1 from count_group limit 1";
    sea_orm_migration::sea_orm::Statement::from_string(backend, sql)
}
