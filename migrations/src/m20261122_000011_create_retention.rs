//! How long each site keeps what, and the one thing that may happen to a record: it is deleted
//! once it is older than the horizon that the retention job signed.

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
        let retention = vec![
            text("site"),
            number("visitors_days"),
            number("records_days"),
            number("counters_days"),
            // Records given before this may be deleted; raised with the signed entry that says so.
            number("records_before"),
        ];
        create(manager, "retention", retention, &["site"]).await?;
        let db = manager.get_connection();
        // 13 months, 5 years, 25 months: docs/SETTINGS.md says why.
        db.execute_unprepared("insert into retention select id, 395, 1827, 760, 0 from site")
            .await?;
        for statement in triggers(manager, POSTGRES_HORIZON, SQLITE_HORIZON) {
            db.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in triggers(manager, POSTGRES_NEVER, SQLITE_NEVER) {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        drop(manager, &["retention"]).await
    }
}

fn triggers(
    manager: &SchemaManager<'_>,
    postgres: &'static str,
    sqlite: &'static str,
) -> Vec<&'static str> {
    match manager.get_database_backend() {
        DbBackend::Postgres => vec![postgres],
        _ => vec!["drop trigger record_frozen_delete", sqlite],
    }
}

const POSTGRES_HORIZON: &str = "create or replace function record_frozen() returns trigger \
    language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        if exists (select 1 from retention where site = old.site and old.given_at < records_before)
        then
            return old;
        end if;
    end if;
    raise exception 'record rows are append-only';
end $$";

const POSTGRES_NEVER: &str = "create or replace function record_frozen() returns trigger \
    language plpgsql as $$ begin raise exception 'record rows are append-only'; end $$";

const SQLITE_HORIZON: &str = "create trigger record_frozen_delete before delete on record \
    when not exists (select 1 from retention where site = old.site \
    and old.given_at < records_before) \
    begin select raise(abort, 'record rows are append-only'); end";

const SQLITE_NEVER: &str = "create trigger record_frozen_delete before delete on record \
    begin select raise(abort, 'record rows are append-only'); end";
